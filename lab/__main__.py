"""`python -m lab`, and `unacked-lab`."""

from __future__ import annotations

from lab.commands.cli import cli
from lab.commands.gate import gated


def main() -> None:
    """The console script `unacked-lab`."""
    with gated():
        cli()


if __name__ == "__main__":
    main()
