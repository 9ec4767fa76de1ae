"""The simulation: any number of histories of a broker and its workers, each drawn from a seed, with the facts
that would be seen of it and the truth, which the model is held against."""
