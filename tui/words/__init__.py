"""The sentences of the screen."""
