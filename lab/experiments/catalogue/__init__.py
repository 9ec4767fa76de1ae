"""The catalogue of failure modes: one file each, each a declaration of how it comes about."""
