"""The widgets that draw."""
