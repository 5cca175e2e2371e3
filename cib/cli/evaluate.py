"""`cib evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cib.cli import console
from cib.cli.paths import path
from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable

if TYPE_CHECKING:
    from cib.evaluation import Evaluation


def evaluate(
    runs: Annotated[
        list[str],
        typer.Argument(
            help="Runs of cib scan or folders of findings; NAME=RUN names the method.",
            metavar="RUN…",
        ),
    ],
    truth: Annotated[
        list[Path],
        typer.Option("--truth", help="Folder with the truth: once for all runs, or once each."),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            help="Folder for evaluation.parquet, rings.parquet, detection.html.",
            parser=path,
        ),
    ] = None,
    k: Annotated[
        str, typer.Option("--k", help="Numbers of clusters that a review can take.", metavar="N,…")
    ] = "10,25,50,100",
    degrade: Annotated[
        list[str] | None,
        typer.Option(
            "--degrade",
            help="What was taken from the log on purpose: once for all runs, or once each.",
            metavar="NAME",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option("--draws", min=0, max=100_000, help="Bootstrap draws of rings.")
    ] = 1000,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**31 - 1, help="Seed of the bootstrap.")
    ] = 0,
    json: Annotated[
        bool, typer.Option("--json", help="Log as JSON lines, print the result as JSON.")
    ] = False,
) -> None:
    """Hold what was found against what is true, by hardness, size and innocent look-alike.

    Runs of one method on several logs are pooled; runs on one log that end at different times tell
    the time to detect. Intervals are bootstrapped over rings.

    [bold]Examples[/bold]

    cib evaluate runs/4f0c22ab17d3e956 --truth demo

    cib evaluate cib=runs/4f0c22ab17d3e956 plain=findings/plain --truth demo --out evaluation
    """
    console.use_json(json)
    sizes = numbers(k)
    named = [name_and_run(text) for text in runs]
    from cib.evaluation import evaluate as hold_against_truth

    evaluation = hold_against_truth(
        named, truth, out=out, k=sizes, degrade=degrade, draws=draws, seed=seed
    )
    if json:
        console.result(
            {
                "measures": evaluation.table.to_pylist(),
                "notes": evaluation.notes,
                "path": None if out is None else str(out),
            }
        )
        return
    show(evaluation, sizes)
    if out is not None:
        console.say(f"Tables:  {out / 'evaluation.parquet'}, {out / 'rings.parquet'}")
        console.say(f"Curves:  {out / 'detection.html'}")


def numbers(text: str) -> list[int]:
    """Read --k.

    Examples
    --------
    >>> numbers("25, 10")
    [25, 10]
    """
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = [0]
    if min(found) < 1 or max(found) > 2**31:
        raise UsageError(
            f"--k: “{printable(text, 60)}” is not a list of whole numbers from 1 on, such as 10,25."
        )
    return found


def name_and_run(text: str) -> str | tuple[str, str]:
    """Tell NAME=RUN from a run; a folder whose own name has an equals sign is a run.

    Examples
    --------
    >>> name_and_run("plain=findings/plain"), name_and_run("runs/abc")
    (('plain', 'findings/plain'), 'runs/abc')
    """
    name, equals, run = text.partition("=")
    if not equals or not name or "/" in name or Path(text).exists():
        return text
    return name, run


def show(evaluation: Evaluation, ks: list[int]) -> None:
    """Print what a person reads first."""
    from cib.cli import evaluation_tables

    for title, columns, rows in evaluation_tables.tables(evaluation, ks):
        console.table(title, columns, rows)
    for sentence in evaluation_tables.worst_cells(evaluation):
        console.say(sentence)
    for note in evaluation.notes:
        console.say(note)
