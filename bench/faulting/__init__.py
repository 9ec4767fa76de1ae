"""Faults: what is done to a broker, to the way to it or to its workers, while `lab watch` looks on."""
