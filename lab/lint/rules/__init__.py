"""The rules of lint: one subject a file, from settings to findings. They open nothing and read no clock."""
