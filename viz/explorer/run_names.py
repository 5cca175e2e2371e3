"""What a run is called on pages: when it was made, of what, and the beginning of its name."""

from __future__ import annotations

from cib.datasets.wording import moment
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.text import printable


def run_label(run: RunFiles) -> str:
    """Name a run for a person, in one line."""
    return " · ".join(run_lines(run))


def run_lines(run: RunFiles, characters: int = 34) -> tuple[str, str, str]:
    """Name a run for a person: when it was made, of what, and the beginning of its name.

    The source is a path that somebody typed: shown as text, its end is what tells. The name tells
    apart what was scanned twice within a minute.

    Parameters
    ----------
    characters : of the source, at most
    """
    source = printable(run.manifest.get("source", ""), 200)
    short = source if len(source) <= characters else "…" + source[1 - characters :]
    return moment(run.created), short, run.id[:8]
