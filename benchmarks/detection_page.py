"""The tables of an evaluation as a page of Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cib.cli.evaluation_tables import tables

_KS = (10, 25)


def page_of(world: str, command: str, evaluation: Any, not_run: Sequence[str], data: Path) -> str:
    """Write what `cib evaluate` prints, as Markdown.

    Parameters
    ----------
    world : name of the preset
    command : that makes the page
    evaluation : from `cib.evaluate`
    not_run : sentences on methods that are missing
    data : folder whose path is left out of the notes
    """
    parts = [
        f"# Detection in {world}",
        f"Made by `{command}`, seeds pooled; docs/evaluation.md says what each measure is.",
    ]
    for title, header, rows in tables(evaluation, _KS):
        lines = [f"## {title}", "", line(header), line(["---"] * len(header))]
        parts.append("\n".join([*lines, *(line(row) for row in rows)]))
    notes = [*not_run, *(note.replace(f"{data}/", "") for note in evaluation.notes)]
    if notes:
        parts.append("\n".join(f"- {note}" for note in notes))
    return "\n\n".join(parts)


def line(cells: Any) -> str:
    """One row; a bar inside a cell must not end it."""
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
