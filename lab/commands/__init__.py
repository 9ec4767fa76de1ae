"""The command line: `python -m lab`, one file a command."""
