"""One run of one scenario: started, stepped through, logged and judged."""
