"""A probe of the workers, and who puts messages back while it runs."""
