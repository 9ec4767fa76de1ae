"""Pure functions from values to styled text: one line, one bar, one track at a time."""
