"""Pieces to take into one's own project; each stands alone."""
