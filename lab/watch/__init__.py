"""The instruments: facts from a broker in, what happened and what will happen out."""
