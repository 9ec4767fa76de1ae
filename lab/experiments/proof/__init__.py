"""The proof: real experiments, what was foretold against what happened, the ledger against the truth."""
