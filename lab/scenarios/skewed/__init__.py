"""A folder for a worker's PYTHONPATH: what is in it Python imports by itself (see `lab.scenarios.skew`)."""
