"""Printing: progress and tables for people, JSON lines for programs. Ids are hostile text."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from cib.datasets.errors import CibError
from cib.datasets.hostile import printable
from cib.stages import Reporter

if TYPE_CHECKING:
    from rich.console import Console

# rich is imported where it is used: what batch jobs run with --json does without it.

as_json = False
"""Whether log lines are JSON; set by a command's --json."""


def use_json(wanted: bool) -> None:
    """Choose JSON log lines for the rest of this process."""
    global as_json
    as_json = wanted


def use_any_encoding() -> None:
    """Write characters that the terminal's encoding lacks as escapes, and do not fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # not so when closed, or caught by a test
            stream.reconfigure(errors="backslashreplace")


@cache
def err() -> Console:
    """Return standard error as rich writes to it."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def log(event: str, **fields: Any) -> None:
    """Write one JSON log line to standard error."""
    sys.stderr.write(json.dumps({"event": event, **fields}, default=str) + "\n")
    sys.stderr.flush()


def say(text: str) -> None:
    """Say something to the person who started the command."""
    if as_json:
        log("message", text=text)
    else:
        from rich.text import Text

        err().print(Text(text))


def warn_of_others(found: Mapping[str, Any]) -> None:
    """Say how many files of a log's folders were not read because of their names."""
    if found["n"]:
        what = "1 other file was" if found["n"] == 1 else f"{found['n']:,} other files were"
        say(
            f"{what} not read, such as {printable(found['example'], limit=300)}: a folder stands "
            "for its *.parquet files; name others by a glob."
        )


def fail(error: CibError) -> None:
    """Say what went wrong."""
    if as_json:
        log("error", message=str(error), exit_code=error.exit_code)
    else:
        from rich.text import Text

        err().print(Text("Error: ", "bold red") + Text(str(error)))


def result(fields: dict[str, Any]) -> None:
    """Write a result for programs to standard output, as one JSON object."""
    write(json.dumps(fields, default=str) + "\n")


def write(text: str) -> None:
    """Write text to standard output as it is.

    A reader that has gone (cib inspect … | head) is not our failure: stop.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        drop_unwritable()
        sys.exit(0)


def drop_unwritable() -> None:
    """Forget buffered output that cannot be written: Python would fail on it once more at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; numbers are right-aligned, every text is made safe for the terminal."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = list(rows)
    grid = Table(
        title=Text(printable(title, limit=200), "bold"),
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    for i, name in enumerate(columns):
        number = bool(shown) and all(isinstance(row[i], int | float) for row in shown)
        grid.add_column(
            Text(printable(name)), justify="right" if number else "left", overflow="fold"
        )
    for row in shown:
        grid.add_row(*(Text(cell(value)) for value in row))
    out = Console(highlight=False, soft_wrap=True)
    with out.capture() as captured:
        out.print(grid)
        out.print()
    write(captured.get())


def cell(value: Any) -> str:
    """Write one value for a person."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if 0.9995 <= value < 1:  # no probability is rounded to certainty
            return ">0.999"
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return printable(str(value), limit=200)


class JsonReporter(Reporter):
    """Stages as JSON lines on standard error."""

    def start(self, name: str) -> None:  # noqa: D102
        log("stage_started", stage=name)

    def finish(self, stage: dict[str, Any]) -> None:  # noqa: D102
        log("stage_finished", **{("stage" if k == "name" else k): v for k, v in stage.items()})


class BarReporter(Reporter):
    """Stages as progress bars on standard error, which must be a terminal; a context manager."""

    def __init__(self) -> None:
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            console=err(),
        )
        self.name = ""
        self.task: Any = None

    def __enter__(self) -> BarReporter:
        self.progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.progress.stop()

    def start(self, name: str) -> None:  # noqa: D102
        self.name = name
        self.task = self.progress.add_task(name, total=None)

    def update(self, done: int, total: int | None) -> None:  # noqa: D102
        self.progress.update(self.task, completed=done, total=total)

    def note(self, text: str) -> None:  # noqa: D102
        self.progress.update(self.task, description=f"{self.name}: {printable(text, limit=30)}")

    def finish(self, stage: dict[str, Any]) -> None:  # noqa: D102
        self.progress.update(self.task, description=self.name, completed=1, total=1)


@contextmanager
def reporting() -> Iterator[Reporter]:
    """Give the reporter that fits the output, for work that kernels do."""
    from cib.compiling import announced

    with announced(say):
        if as_json:
            yield JsonReporter()
        elif err().is_terminal:
            with BarReporter() as bars:
                yield bars
        else:
            yield Reporter()
