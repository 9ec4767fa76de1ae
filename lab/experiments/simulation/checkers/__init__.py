"""The checkers: one invariant a file, which holds the model against the truth of a history."""
