"""What a key does."""
