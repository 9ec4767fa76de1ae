"""Measurements, each a program that prints its figures beside those of a named peer of the same run."""
