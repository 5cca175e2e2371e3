"""`cib scan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cib.cli import console
from cib.cli.options import with_settings
from cib.cli.paths import path
from cib.datasets.hostile import printable
from cib.settings import Settings

if TYPE_CHECKING:
    from cib.run import Run

NOTHING_TO_DO = 99


@with_settings()
def scan(
    settings: Settings,
    source: Annotated[
        str,
        typer.Argument(
            help="Parquet file, folder of *.parquet, glob, Hive-partitioned data set or URI."
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Folder for runs; each scan gets its own inside.",
            parser=path,
        ),
    ],
    skip_done: Annotated[
        bool,
        typer.Option("--skip-done", help="Exit with 99 when this very scan was done before."),
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Log as JSON lines, print the result as JSON.")
    ] = False,
) -> None:
    """Find coordinated accounts in a log and explain them.

    [bold]Examples[/bold]

    cib scan log.parquet --out runs

    cib scan "s3://bucket/log/date=2026-11-*/" --out runs --window 60s,1h --q 0.01

    cib scan tweets.parquet --out runs --map account_id=user,content_id=object,ts=time:s
    """
    console.use_json(json)
    # Arrow is only loaded once the arguments are known to be right, numba once there is work to do
    from cib.run import find_done

    run = find_done(source, settings, out=out)
    done = run is not None
    if run is None:
        from cib.pipeline import run_scan

        with console.reporting() as reporter:
            run = run_scan(source, settings, out=out, reporter=reporter)
    elif json:
        console.log("nothing_to_do", path=str(run.path))
    else:
        console.say(f"This scan was done before: {run.path}")
    if "other_files" in run.manifest:  # runs of earlier versions lack it
        console.warn_of_others(run.manifest["other_files"])
    warn_of_files(run)
    warn_of_actions(run)
    if json:
        console.result(
            {
                "run_id": run.id,
                "path": str(run.path),
                "rows": run.manifest["rows"],
                "files_not_read": len(files_not_read(run)),
                "clusters": len(run.clusters),
                "edges": len(run.edges),
            }
        )
    elif not (done and skip_done):
        show(run)
    if done and skip_done:
        raise typer.Exit(NOTHING_TO_DO)


def files_not_read(run: Run) -> list[dict[str, Any]]:
    """Return the entries of files that could not be read at all: their rows are in no count."""
    # where rows are at fault, and be it a whole row group, the first one is known
    return [
        entry
        for entry in run.quarantine.to_pylist()
        if not entry["column"] and entry["first_row"] is None
    ]


def warn_of_files(run: Run) -> None:
    """Say which files or parts of files could not be read."""
    entries = [entry for entry in run.quarantine.to_pylist() if not entry["column"]]
    if entries:
        more = f" and {len(entries) - 1} more, see quarantine.parquet" if entries[1:] else ""
        console.say(f"Not read: {entries[0]['file']}: {entries[0]['reason']}{more}")


def warn_of_actions(run: Run) -> None:
    """Say which actions were asked for in vain: in this period, or because they are misspelt."""
    missing, found = (
        ", ".join(printable(name, 40) for name in run.manifest.get(key, ())[:10])
        for key in ("actions_missing", "actions_found")
    )
    if missing:
        console.say(f"No row of the period has the action {missing}; actions found: {found}.")


def verdicts_used(told: dict[str, Any]) -> str:
    """Say how many past verdicts met accounts of the log, and what they did to the prior."""
    said = (
        f"Verdicts: {told['n_confirmed']:,} accounts confirmed, {told['n_benign']:,} benign, "
        f"{told['n_not_in_log']:,} not in this log"
    )
    moved = told["prior"] - told["prior_before"]
    if not moved:
        return f"{said}."
    return (
        f"{said}; of {told['n_clusters_judged']:,} clusters judged, "
        f"{told['n_clusters_confirmed']:g} were confirmed where "
        f"{told['n_clusters_expected']:.1f} were expected, so log-odds move by {moved:+.2f}."
    )


def show(run: Run) -> None:
    """Print what a run found for a person."""
    rows = run.manifest["rows"]
    console.say(
        f"{rows['read']:,} rows read = {rows['used']:,} used + {rows['quarantined']:,} quarantined "
        f"+ {rows['duplicates']:,} duplicates + {rows['out_of_scope']:,} out of scope"
    )
    if "verdicts" in run.manifest:
        console.say(verdicts_used(run.manifest["verdicts"]))
    n, shown = len(run.clusters), run.clusters.slice(0, 10).to_pylist()
    if shown:
        console.table(
            f"{n} cluster{'s' if n > 1 else ''}"
            + (f", the first {len(shown)}" if n > len(shown) else ""),
            ("rank", "accounts", "targets", "coord.", "inauth.", "kind", "but maybe"),
            (
                (
                    row["rank"],
                    row["n_accounts"],
                    row["n_contents"],
                    row["coordination"],
                    row["inauthenticity"],
                    row["kind"],
                    "–" if row["benign_ruled_out"] else row["benign_alternative"],
                )
                for row in shown
            ),
        )
    else:
        console.say("No cluster: nothing beyond what chance brings about.")
    if run.path is not None:
        console.say(f"Tables:  {run.path}")
        console.say(f"Report:  {run.path / 'report.html'}")
