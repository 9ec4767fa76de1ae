"""The simulator: histories of a broker and its workers from a seed, told as facts, and the truth of each."""
