"""How quick the explorer is for a person: a real server, a real Chromium, medians.

    python benchmarks/explorer_run.py build/explorer          # a run of 1M accounts, 50k clusters
    python benchmarks/explorer.py build/explorer --repeats 5

Measured from the outside, with the server up: how long until the first rows of triage can be read
and until the map of all clusters is drawn, with a run that was never opened (a new server each
time, `.explorer` removed) and again; how long until the clusters of the largest group are drawn;
until a cluster is open, heading, scores, raster and network drawn; until its network has the
neighbours of an account; from moving the slider or brushing until the pictures have changed. And
the most memory that the server takes, and whether so many people at once, each logged in with a
browser context of their own, see an error. Writes `explorer.md` beside itself.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import explorer_visits as visits
from explorer_sessions import crowd, server, token_file
from machine import machine

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

MIB = 1 << 20


class Table:
    """Rows of the table, printed as they come."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, list[float], float]] = []

    def add(self, what: str, times: list[float], goal: float) -> None:
        """Add seconds measured, and what they should be."""
        self.rows.append((what, times, goal))
        print(f"{what}: {statistics.median(times):.2f} of {[round(t, 2) for t in times]} s "
              f"(goal {goal})", flush=True)  # fmt: skip

    def repeat(self, what: str, goal: float, n: int, one: Callable[[int], float]) -> None:
        """Measure something several times."""
        self.add(what, [one(i) for i in range(n)], goal)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, help="folder that holds the run")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--out", type=Path, default=HERE / "explorer.md")
    options = parser.parse_args()

    from browsers import chromium, complaints
    from cib.viz.explorer.runs.library import Library

    run = Library(options.runs).runs()[0]
    largest = run.tables.clusters(sort=[("n_accounts", "desc")], limit=1)[0].to_pylist()[0]
    group = run.tables.cluster_map().groups.sort_by([("n_clusters", "descending")]).to_pylist()[0]
    table = Table()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with chromium(folder / "profile") as browser:
            never_opened(table, browser, run, folder, options.repeats, largest, group)
            with server(run.path, folder / "casebook.sqlite") as (url, memory):
                prepared(run.path)
                again(table, browser, url, run, options.repeats, largest, group)
                alone = memory.peak
            wrong = complaints(browser)
            path, tokens = token_file(folder, options.sessions)
            total = run.tables.n_clusters
            chosen = [1 + i * total // options.sessions for i in range(options.sessions)]
            book = folder / "crowd.sqlite"
            with server(run.path, book, "--token-file", str(path)) as (url, memory):
                seconds, more = crowd(browser, url, run.id, chosen, tokens)
                crowded = memory.peak
    print(f"{options.sessions} people at once: all clusters open after {seconds:.1f} s")
    write(table, alone, crowded, wrong + more, options, run)


def never_opened(
    table: Table,
    browser: Any,
    run: Any,
    folder: Path,
    repeats: int,
    largest: dict[str, Any],
    group: dict[str, Any],
) -> None:
    """Measure a run that nobody has looked at, each time with a new server."""
    triage, cluster, picture, inside = [], [], [], []
    for i in range(repeats):
        for of_map in (False, True):
            shutil.rmtree(run.path / ".explorer", ignore_errors=True)
            with server(run.path, folder / f"{i}-{of_map}.sqlite") as (url, _):
                if of_map:
                    picture.append(visits.map_painted(browser, url, cached=False))
                    inside.append(
                        visits.group_drawn(browser, run.id, group["group"], group["n_clusters"])
                    )
                    marks, lines = visits.size_of(browser, "map", "clusters", "links")
                else:
                    triage.append(visits.triage_painted(browser, url, cached=False))
                    cluster.append(visits.opened(browser, run.id, largest["cluster_id"]))
                browser.get("about:blank")  # before the server goes
    table.add("never opened: first useful paint of triage, empty browser cache", triage, 3.0)
    table.add("never opened: then the largest cluster, both pictures", cluster, 1.0)
    table.add("never opened: first useful paint of the map, empty browser cache", picture, 3.0)
    table.add(f"never opened: then its largest group, {marks:,} clusters, {lines:,} links",
              inside, 3.0)  # fmt: skip


def again(
    table: Table,
    browser: Any,
    url: str,
    run: Any,
    repeats: int,
    largest: dict[str, Any],
    group: dict[str, Any],
) -> None:
    """Measure a run for which the server has made what it makes once."""
    for cached in (False, True):
        what = "again" if cached else "empty browser cache"
        for name, painted in (("triage", visits.triage_painted), ("the map", visits.map_painted)):
            table.repeat(
                f"first useful paint of {name}, {what}",
                1.0 if cached and name == "the map" else 3.0,
                repeats,
                lambda _, c=cached, p=painted: p(browser, url, cached=c),
            )  # fmt: skip

    def anew(path: str, one: Callable[[], float]) -> float:
        visits.go(browser, path)
        visits.wait(browser, "return !document.querySelector('#map-group, #cluster-at')")
        return one()

    table.repeat(
        "a group of the map", 1.0, repeats,
        lambda _: anew("/help", lambda: visits.group_drawn(
            browser, run.id, group["group"], group["n_clusters"])),
    )  # fmt: skip
    chosen = [1 + i * run.tables.n_clusters // (repeats + 1) for i in range(repeats)]
    table.repeat("open a cluster, both pictures", 1.0, repeats,
                 lambda i: visits.opened(browser, run.id, chosen[i]))  # fmt: skip
    number = largest["cluster_id"]
    table.repeat(
        f"open the largest, {largest['n_accounts']:,} accounts, {largest['n_edges']:,} edges", 1.0,
        repeats, lambda _: anew("/help", lambda: visits.opened(browser, run.id, number)),
    )  # fmt: skip
    nodes, edges = visits.size_of(browser, "network", "nodes", "edges")
    size = f"{nodes:,} nodes, {edges:,} edges"
    table.repeat(f"slider, {size}", 0.3, repeats, lambda i: visits.slid(browser, i))
    visits.slid(browser, -2)
    table.repeat(f"brush, {size}", 0.3, repeats, lambda i: visits.brushed(browser, i))
    table.repeat("expand the neighbours of an account", 1.0, repeats,
                 lambda _: visits.expanded(browser))  # fmt: skip


def prepared(run: Path, seconds: float = 120) -> None:
    """Wait until the server has made what it makes once for each run."""
    end = time.monotonic() + seconds
    while not list(run.glob(".explorer/between-*")):
        if time.monotonic() > end:
            raise SystemExit("the server prepares nothing")
        time.sleep(0.5)


def write(
    table: Table,
    alone: int,
    crowded: int,
    wrong: list[str],
    options: argparse.Namespace,
    run: Any,
) -> None:
    """Write the table."""
    n_edges = pq.ParquetFile(run.path / "edges.parquet").metadata.num_rows
    lines = [
        "# The explorer in a browser",
        "",
        f"{time.strftime('%Y-%m-%d')}, `python benchmarks/explorer_run.py DIR && python "
        f"benchmarks/explorer.py DIR --repeats {options.repeats}`, on {machine()}. A run of "
        f"{run.tables.n_accounts:,} accounts, {run.tables.n_clusters:,} clusters and "
        f"{n_edges:,} edges, in headless Chromium on the same machine (software drawing); medians. "
        "Never opened: a new server each time, and nothing kept beside the run. At once: "
        f"{options.sessions} people logged in with a token each, in browser contexts that share "
        "nothing, each on another cluster and then on triage.",
        "",
        "| what | seconds | goal |",
        "| --- | --- | --- |",
    ]
    for what, times, goal in table.rows:
        lines.append(f"| {what} | {statistics.median(times):.2f} | {goal} |")
    lines += [
        f"| server's memory, most, one person | {alone / MIB:,.0f} MiB | 1,024 MiB |",
        f"| server's memory, most, {options.sessions} at once | {crowded / MIB:,.0f} MiB "
        "| 1,024 MiB |",
        f"| errors with {options.sessions} at once | {len(wrong)} | 0 |",
        "",
    ]
    options.out.write_text("\n".join(lines))
    print("\n".join(lines + wrong[:10]))


if __name__ == "__main__":
    main()
