"""What is wrong, and what to do about it: advice that screen, check and what-if share."""
