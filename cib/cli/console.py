"""Printing: progress and tables for people, JSON lines for programs. Ids are hostile text."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from cib.datasets.errors import CibError
from cib.datasets.hostile import printable
from cib.stages import Reporter


class Output(Console):
    """Standard output."""

    def on_broken_pipe(self) -> None:
        """Stop when the reader has gone (cib inspect … | head), which is not our failure."""
        with suppress(SystemExit):
            super().on_broken_pipe()
        sys.exit(0)


out = Output(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

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


def log(event: str, **fields: Any) -> None:
    """Write one JSON log line to standard error."""
    sys.stderr.write(json.dumps({"event": event, **fields}, default=str) + "\n")
    sys.stderr.flush()


def say(text: str) -> None:
    """Say something to the person who started the command."""
    if as_json:
        log("message", text=text)
    else:
        err.print(Text(text))


def fail(error: CibError) -> None:
    """Say what went wrong."""
    if as_json:
        log("error", message=str(error), exit_code=error.exit_code)
    else:
        err.print(Text("Error: ", "bold red") + Text(str(error)))


def result(fields: dict[str, Any]) -> None:
    """Write a result for programs to standard output, as one JSON object."""
    write(json.dumps(fields, default=str) + "\n")


def write(text: str) -> None:
    """Write text to standard output as it is."""
    out.out(text, end="")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table; numbers are right-aligned, every text is made safe for the terminal."""
    shown = list(rows)
    grid = Table(title=Text(title, "bold"), title_justify="left", box=None, pad_edge=False)
    for i, name in enumerate(columns):
        number = bool(shown) and all(isinstance(row[i], int | float) for row in shown)
        grid.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in shown:
        grid.add_row(*(Text(cell(value)) for value in row))
    out.print(grid)
    out.print()


def cell(value: Any) -> str:
    """Write one value for a person."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return printable(str(value), limit=200)


class JsonReporter(Reporter):
    """Stages as JSON lines on standard error."""

    def start(self, name: str) -> None:  # noqa: D102
        log("stage_started", stage=name)

    def finish(self, stage: dict[str, Any]) -> None:  # noqa: D102
        log("stage_finished", **{("stage" if k == "name" else k): v for k, v in stage.items()})


class BarReporter(Reporter):
    """Stages as progress bars on standard error, when that is a terminal; a context manager."""

    def __init__(self) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            console=err,
            disable=not err.is_terminal,
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


class reporting:
    """Context manager that gives the reporter which fits the output."""

    def __enter__(self) -> Reporter:
        self.bars = None if as_json else BarReporter()
        return self.bars.__enter__() if self.bars else JsonReporter()

    def __exit__(self, *error: object) -> None:
        if self.bars:
            self.bars.__exit__(*error)
