"""The screens of the screen."""
