"""A folder for a worker's PYTHONPATH; Python imports what is in it (`lab.experiments.steps.skew`)."""
