"""The commands together, and what the shell gets back."""

from __future__ import annotations

import gc
import signal
import sys
from typing import Annotated, Any

import typer

from cib._version import __version__
from cib.cli import console
from cib.cli.calibrate import calibrate
from cib.cli.evaluate import evaluate
from cib.cli.explore import explore
from cib.cli.generate import generate
from cib.cli.inspect import inspect
from cib.cli.plant import plant
from cib.cli.scan import scan
from cib.cli.settings import settings
from cib.datasets.errors import CibError, TemporaryError, UsageError

NOT_GIVEN = dict.fromkeys(("help", "install_completion", "show_completion"), False)
"""Typer loads pydantic to make something of a flag that is None, and nothing for one that is
False: a quarter of the time that `cib scan --help` takes."""

app = typer.Typer(
    name="cib",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"default_map": NOT_GIVEN},
    help=(
        "Find and explain coordinated inauthentic behaviour in interaction logs.\n\n"
        "[bold]Example[/bold]\n\n"
        "cib generate --out demo && cib scan demo/log --out runs"
    ),
    epilog=(
        "Exit codes: 0 done · 2 usage · 65 bad data (retrying is useless) · 75 temporary (retry) · "
        "99 nothing to do · 130 interrupted · 143 terminated"
    ),
)

for command in (scan, explore, inspect, calibrate, evaluate, generate, plant, settings):
    app.command()(command)


OUT_OF_MEMORY = TemporaryError(
    "Memory ran out; nothing was published. Narrow the scan with --since, --until or --action, or "
    "run it on a machine with more memory."
)

UNCACHED = UsageError(
    "Compiled code cannot be put anywhere: neither the folder of cib, nor your cache folder, nor "
    "the folder for temporary files can be written; set NUMBA_CACHE_DIR to a folder that can."
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


class Unneeded:
    """Hides packages that others import whenever they are installed, each for half a second.

    Arrow imports pandas at the first array it meets. Numba looks for BLAS, which no kernel uses,
    in scipy.linalg; scipy.special, which judging clusters uses, and scipy.sparse, which finding
    blocks uses, bring that along by themselves.
    """

    WANTED_BY = frozenset({"scipy.special", "scipy.sparse"})

    def find_spec(self, name: str, *_: object) -> None:
        """Find nothing: say that what is unneeded is not there, and leave the rest to others."""
        unwanted = name == "scipy.linalg" and self.WANTED_BY.isdisjoint(sys.modules)
        if name == "pandas" or unwanted:
            raise ModuleNotFoundError(f"the commands of cib do without {name}", name=name)


WrongArguments: Any = typer.BadParameter.__base__
"""The usage error of typer's parser, which has no public name."""

INTERRUPTED, TERMINATED = 130, 143


def run() -> None:
    """Run the command line; every expected error is one clear sentence and an exit code."""
    console.use_json("--json" in sys.argv)  # wrong arguments are reported as JSON as well
    console.use_any_encoding()
    sys.meta_path.insert(0, Unneeded())
    gc.set_threshold(20_000, 20, 20)  # imports make many objects and hardly any waste
    signal.signal(signal.SIGTERM, terminate)
    try:
        # commands return nothing: a code comes from typer.Exit, or is 130 after Ctrl-C
        code = app(standalone_mode=False)
        if "duckdb" not in sys.modules:  # which counts what is not collected, and complains
            gc.freeze()  # or Python's last collection looks at all of numba, a quarter of a second
        if code == INTERRUPTED:
            interrupted()
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

        console.drop_unwritable()
        if error.errno in UNWRITABLE:
            fail(UsageError(f"The system refused: {error}; choose another folder."))
        fail(TemporaryError(f"The system refused: {error}; nothing more was done. Run it again."))
    except RuntimeError as error:
        if "cannot cache function" not in str(error):  # numba's words; it has no class for it
            raise
        fail(UNCACHED)
    except SystemError as error:
        stop = stopped_by(error)
        if stop is None:
            raise
        if isinstance(stop, SystemExit):
            sys.exit(stop.code)
        interrupted()
        sys.exit(INTERRUPTED)


def stopped_by(error: BaseException) -> KeyboardInterrupt | SystemExit | None:
    """The stop that an error came from: numba wraps one that meets it while it loads a kernel."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt | SystemExit):
        cause = cause.__cause__ or cause.__context__
    return cause


def interrupted() -> None:
    """Say that Ctrl-C was heard."""
    console.say("Interrupted; what was unfinished is removed.")


def fail(error: CibError) -> None:
    """Say what went wrong and stop."""
    console.fail(error)
    sys.exit(error.exit_code)


def terminate(*_: object) -> None:
    """Stop as after Ctrl-C, which removes what is unfinished, when told to by SIGTERM."""
    console.say("Terminated; what was unfinished is removed.")
    sys.exit(TERMINATED)
