"""The checkers: each holds one invariant of the model against the truth of a history."""
