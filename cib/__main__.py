"""`python -m cib` and the `cib` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line.

    The import waits until here so that importing this module stays free: tools that look at
    entry points should not pay for it.
    """
    from cib.cli import run

    run()


if __name__ == "__main__":
    main()
