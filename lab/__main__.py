"""`python -m lab`."""

from __future__ import annotations

from lab.commands.cli import cli


def main() -> None:
    """The console script `unacked-lab`."""
    cli(prog_name="python -m lab")


if __name__ == "__main__":
    main()
