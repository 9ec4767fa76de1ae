"""Who sweeps, when, and with which timeout: what was said, what was seen, and what is only assumed."""
