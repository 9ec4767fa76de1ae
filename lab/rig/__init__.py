"""The rig: a broker and its workers, up and down as one, seen from the program."""
