"""Where facts come from: threads over a live broker, which know nothing of what the facts add up to."""
