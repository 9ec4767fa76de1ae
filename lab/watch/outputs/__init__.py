"""The model in other words: lines to read, JSON."""
