"""One run of one scenario: set up, stepped through, logged and judged."""
