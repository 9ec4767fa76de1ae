"""`python -m lab`, and `unacked-lab`."""

from __future__ import annotations

from lab.commands.cli import cli


def main() -> None:
    """The console script `unacked-lab`."""
    cli()


if __name__ == "__main__":
    main()
