"""The Celery app that the lab's workers run, its tasks, and who sends them."""
