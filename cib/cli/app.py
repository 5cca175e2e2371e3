"""The commands together, and what the shell gets back."""

from __future__ import annotations

import signal
import sys
from typing import Annotated, Any

import typer

from cib._version import __version__
from cib.cli import console
from cib.cli.calibrate import calibrate
from cib.cli.generate import generate
from cib.cli.inspect import inspect
from cib.cli.scan import scan
from cib.cli.settings import settings
from cib.datasets.errors import CibError, TemporaryError, UsageError

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

UNCACHED = UsageError(
    "Compiled code cannot be kept: neither the folder of cib nor your cache folder can be written; "
    "set NUMBA_CACHE_DIR to a folder that can."
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


WrongArguments: Any = typer.BadParameter.__base__
"""The usage error of typer's parser, which has no public name."""

INTERRUPTED, TERMINATED = 130, 143


def run() -> None:
    """Run the command line; every expected error is one clear sentence and an exit code."""
    console.use_json("--json" in sys.argv)  # wrong arguments are reported as JSON as well
    console.use_any_encoding()
    signal.signal(signal.SIGTERM, terminate)
    try:
        # commands return nothing: a code comes from typer.Exit, or is 130 after Ctrl-C
        code = app(standalone_mode=False)
        if code == INTERRUPTED:
            console.say("Interrupted; what was unfinished is removed.")
        sys.exit(code)
    except WrongArguments as error:
        if not console.as_json:
            error.show()
            sys.exit(UsageError.exit_code)
        fail(UsageError(error.format_message()))
    except CibError as error:
        fail(error)
    except MemoryError:
        fail(OUT_OF_MEMORY)
    except OSError as error:
        from cib.store import UNWRITABLE

        if error.errno in UNWRITABLE:
            fail(UsageError(f"The system refused: {error}; choose another folder."))
        fail(TemporaryError(f"The system refused: {error}; nothing more was done. Run it again."))
    except RuntimeError as error:
        if "cannot cache function" not in str(error):  # numba's words; it has no class for it
            raise
        fail(UNCACHED)


def fail(error: CibError) -> None:
    """Say what went wrong and stop."""
    console.fail(error)
    sys.exit(error.exit_code)


def terminate(*_: object) -> None:
    """Stop as after Ctrl-C, which removes what is unfinished, when told to by SIGTERM."""
    console.say("Terminated; what was unfinished is removed.")
    sys.exit(TERMINATED)
