"""What an app's settings will do at the visibility timeout: said before there is a broker."""
