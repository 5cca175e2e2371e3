"""`cib calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cib.cli import console
from cib.cli.options import with_settings
from cib.datasets.errors import UsageError
from cib.settings import Settings

MATTERS = [
    "map",
    "action",
    "since",
    "until",
    "max_bad_share",
    "layers",
    "window",
    "min_tokens",
    "q",
    "fdr",
    "seed",
    "threads",
    "memory",
    "scratch",
]


@with_settings(MATTERS)
def calibrate(
    settings: Settings,
    source: Annotated[str, typer.Argument(help="The log, as for cib scan.")],
    permutations: Annotated[
        int, typer.Option("--permutations", min=1, help="Permuted logs to test.")
    ] = 20,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write the table to this .parquet or .csv file.")
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Log as JSON lines, print the result as JSON.")
    ] = False,
) -> None:
    """Check on your own log that the error rate holds.

    Accounts are permuted within each content, which destroys all coordination and keeps
    everything else. What is found afterwards is false: the share of permuted logs with any
    finding must stay at or under q. The plain rule (co-actions on at least two contents) is
    counted beside it.

    [bold]Examples[/bold]

    cib calibrate log.parquet --window 10s,60s,300s

    cib calibrate log.parquet --action RT --permutations 100 --out calibration.csv
    """
    console.use_json(json)
    if out is not None and out.suffix not in (".parquet", ".csv"):
        raise UsageError(f"--out {out}: name a file that ends in .parquet or .csv.")
    if out is not None and not out.parent.is_dir():
        raise UsageError(f"--out {out}: there is no folder {out.parent}; make it first.")
    from cib.datasets.sources import lies_in

    if out is not None and lies_in(source, out):
        raise UsageError(
            f"--out {out} is the log itself, or lies in its folder; name a file elsewhere."
        )
    from cib.calibration import run_calibration, write_table

    with console.reporting() as reporter:
        table = run_calibration(source, settings, permutations=permutations, reporter=reporter)
    if out is not None:
        write_table(table, out)
    rows = table.to_pylist()
    if json:
        console.result({"calibration": rows})
        return
    console.table(
        f"Calibration over {permutations} permutations at q = {settings.q:g}",
        ("window", "edges", "accounts", "permuted logs with any", "edges per permuted log"),
        (
            (r["window"], r["edges"], r["accounts"], r["permuted_any"], r["permuted_edges"])
            for r in rows
        ),
    )
    console.table(
        f"The plain rule: co-actions on at least {settings.min_tokens} contents",
        ("window", "edges", "accounts", "accounts on a permuted log", "permuted / real"),
        (
            (
                r["window"],
                r["plain_edges"],
                r["plain_accounts"],
                r["plain_permuted_accounts"],
                r["plain_chance_ratio"],
            )
            for r in rows
        ),
    )
    broken = [r["window"] for r in rows if not r["holds"]]
    console.say(
        f"The error rate does NOT hold at {', '.join(broken)}: be careful with this log."
        if broken
        else f"The error rate holds: {permutations} permuted logs agree with q = {settings.q:g}."
    )
