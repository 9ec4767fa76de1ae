"""The vocabulary that scenarios are written in: what is done, what is waited for."""
