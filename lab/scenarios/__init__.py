"""The catalogue of failure modes: one file each, a declaration that reads like its row in MECHANISM.md."""
