"""The laboratory: a broker with real Celery workers, and the instruments that watch them."""
