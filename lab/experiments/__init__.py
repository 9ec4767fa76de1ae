"""The experiments: scenarios on real workers, their cures, the proof and the matrix of them all."""
