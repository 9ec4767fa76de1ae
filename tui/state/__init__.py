"""What the screen speaks of besides messages: broker, workers, settings."""
