"""The commands together, and what the shell gets back."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cib._version import __version__
from cib.cli import console
from cib.cli.calibrate import calibrate
from cib.cli.generate import generate
from cib.cli.inspect import inspect
from cib.cli.scan import scan
from cib.cli.settings import settings
from cib.datasets.errors import CibError, TemporaryError

app = typer.Typer(
    name="cib",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Find and explain coordinated inauthentic behaviour in interaction logs.",
    epilog=(
        "Exit codes: 0 done · 2 usage · 65 bad data (retrying is useless) · 75 temporary (retry) · "
        "99 nothing to do"
    ),
)

for command in (scan, inspect, calibrate, generate, settings):
    app.command()(command)


OUT_OF_MEMORY = TemporaryError(
    "Memory ran out; nothing was published. Narrow the scan with --since, --until or --action, or "
    "run it on a machine with more memory."
)


def show_version(wanted: bool) -> None:
    """Print the version and stop."""
    if wanted:
        typer.echo(f"cib {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Find and explain coordinated inauthentic behaviour in interaction logs."""


def run() -> None:
    """Run the command line; every expected error is one clear sentence and an exit code."""
    try:
        app()
    except CibError as error:
        console.fail(error)
        sys.exit(error.exit_code)
    except MemoryError:
        console.fail(OUT_OF_MEMORY)
        sys.exit(OUT_OF_MEMORY.exit_code)
    except KeyboardInterrupt:
        console.say("Interrupted; nothing was published.")
        sys.exit(130)
    except BrokenPipeError:
        # the reader of our output has gone (cib inspect … | head): not our failure
        sys.stderr.close()
        sys.exit(0)
