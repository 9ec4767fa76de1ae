"""The cures: one file each. Nothing here gives exactly-once: make the task idempotent all the same."""
