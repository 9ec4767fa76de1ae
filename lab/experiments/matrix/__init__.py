"""The matrix: every scenario without and with the cures that claim it or are doubted, each a real run."""
