"""`cib inspect`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from cib.cli import console
from cib.cli.options import with_settings
from cib.settings import Settings

BARS = " ▁▂▃▄▅▆▇█"
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@with_settings(("map", "threads", "memory", "scratch"))
def inspect(
    settings: Settings,
    source: Annotated[str, typer.Argument(help="The log, as for cib scan.")],
    json: Annotated[
        bool, typer.Option("--json", help="Log as JSON lines, print the result as JSON.")
    ] = False,
) -> None:
    """Say what is in a log before it is scanned.

    [bold]Examples[/bold]

    cib inspect log.parquet

    cib inspect log.parquet --map account_id=user,content_id=object,ts=time:s --json
    """
    console.use_json(json)
    from cib.inspection import run_inspection

    with console.reporting() as reporter:
        summary = run_inspection(source, settings, reporter=reporter)
    console.warn_of_others(summary["other_files"])
    if json:
        console.result(summary)
    else:
        show(summary)


def show(summary: dict[str, Any]) -> None:
    """Print a summary for a person."""
    rows, clock = summary["rows"], summary["clock"]
    console.table(
        "Log",
        ("", ""),
        [
            (
                "rows",
                f"{rows['read']:,} read = {rows['used']:,} usable + "
                f"{rows['quarantined']:,} to quarantine + {rows['duplicates']:,} duplicates",
            ),
            ("accounts", summary["accounts"]),
            ("contents", summary["contents"]),
            ("span", f"{summary['first_ts']} to {summary['last_ts']}"),
            ("clock", clock["label"] if clock else None),
            ("files", len(summary["inputs"])),
        ],
    )
    console.table(
        "Actions",
        ("action", "rows", "share"),
        ((name, n, share(n, rows["used"])) for name, n in list(summary["actions"].items())[:20]),
    )
    console.table(
        "Activity (UTC)",
        ("", ""),
        [
            ("hours 0–23", bars(summary["hours"])),
            (f"{WEEKDAYS[0]}–{WEEKDAYS[-1]}", bars(summary["weekdays"])),
        ],
    )
    for what in ("accounts", "contents"):
        console.table(
            f"Heaviest {what}",
            (what[:-1], "rows", "share"),
            (
                (str(h["id"]), h["n_interactions"], f"{h['share']:.2%}")
                for h in summary[f"heaviest_{what}"]
            ),
        )
    console.table(
        "Columns",
        ("column", "null"),
        ((name, f"{null:.2%}") for name, null in summary["null_share"].items()),
    )
    unknown = [
        f"{c['name']} (map it? {c['suggestion']}={c['name']})" if c["suggestion"] else c["name"]
        for c in summary["columns_unknown"]
    ]
    if unknown:
        console.table("Not used", ("column",), ((name,) for name in unknown))
    for title, key in (("To quarantine", "quarantine"), ("Read as null", "notes")):
        if summary[key]:
            console.table(
                title,
                ("file", "column", "rows", "reason", "example"),
                (
                    (r["file"], r["column"], r["n_rows"], r["reason"], r["example"])
                    for r in summary[key][:20]
                ),
            )
    console.table(
        "What a scan will use",
        ("kind", "name", "used", "why not"),
        ((u["kind"], u["name"], u["available"], u["reason"]) for u in summary["usable"]),
    )


def share(n: int, total: int) -> str:
    """A share as a percentage."""
    return f"{n / total:.1%}" if total else "–"


def bars(counts: Sequence[int]) -> str:
    """Draw counts as a row of bars.

    Examples
    --------
    >>> bars([0, 4, 8])
    ' ▄█'
    """
    top = max(counts, default=0) or 1
    return "".join(BARS[-(-count * (len(BARS) - 1) // top)] for count in counts)
