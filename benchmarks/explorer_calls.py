"""Time what the explorer's pages ask a run: `explorer_calls.py RUN [--repeats 5]`.

RUN is a run's folder, such as `explorer_run.py` makes. Clusters of four sizes are opened: the
largest, and those at a thousandth, a tenth and half of all, by size. Printed are medians of wall
time and of processor time (all threads), in milliseconds, and the memory of the process at the end
and at most.
"first" is the first time in this process; what is kept in the run's `.explorer` is removed before.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pyarrow.compute as pc

from cib.viz.explorer.runs.library import Library
from cib.viz.explorer.runs.run_tables import ClusterFilter, RunTables
from machine import machine


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Wall and processor time of a call, milliseconds."""
    wall, work = time.perf_counter(), time.process_time()
    call()
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - work) * 1e3


def report(name: str, times: list[tuple[float, float]], note: str = "") -> None:
    """Print one line."""
    wall, work = (statistics.median(one) for one in zip(*times, strict=True))
    print(f"| {name} | {wall:,.0f} | {work:,.0f} | {note} |", flush=True)


def triage(run: RunTables) -> None:
    """What the first page asks."""
    page, _ = run.clusters(limit=50)
    run.sparkline(page["cluster_id"].to_pylist())


def filtered(run: RunTables) -> None:
    """The first page with filters set."""
    where = ClusterFilter(
        kinds=("ring",), markets=("SE",), text="accounts", coordination=(0.2, 1.0)
    )
    page, _ = run.clusters(where, [("n_accounts", "desc")], limit=50)
    run.sparkline(page["cluster_id"].to_pylist())


def cluster_page(run: RunTables, cluster_id: int) -> None:
    """What a cluster's page asks, its layout left out."""
    run.cluster(cluster_id)
    run.members(cluster_id, limit=200)
    run.targets(cluster_id, limit=200)
    run.evidence(cluster_id)
    run.interactions(cluster_id)
    run.lockstep(cluster_id, 20_000)
    run.edges_within(cluster_id)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    shutil.rmtree(asked.run / ".explorer", ignore_errors=True)
    run = Library(asked.run).runs()[0].tables
    print(f"{machine()}\n\n| Call | ms | ms of processor | |\n|---|---:|---:|---|")
    report("triage, first", [timed(lambda: triage(run))])
    report("prepare, once for each run", [timed(run.prepare)])
    report("triage", [timed(lambda: triage(run)) for _ in range(asked.repeats)])
    report("triage, filtered", [timed(lambda: filtered(run)) for _ in range(asked.repeats)])
    report("map", [timed(run.cluster_map) for _ in range(asked.repeats)])
    again = Library(asked.run).runs()[0].tables
    report("map, kept by another process", [timed(again.cluster_map)])

    sizes = run.clusters(sort=[("n_accounts", "desc")], limit=run.n_clusters)[0]
    ids = sizes["cluster_id"].to_pylist()
    for place in sorted({0, len(ids) // 1000, len(ids) // 10, len(ids) // 2}):
        # neighbours in size, each opened for the first time
        near = ids[place : place + asked.repeats]
        graph = run.edges_within(near[0])
        note = f"{sizes['n_accounts'][place].as_py():,} accounts, {graph.n_edges_all:,} edges"
        pages = [timed(lambda one=one: cluster_page(run, one)) for one in near[1:]]
        report("cluster page", pages, note)
        shown = f"{len(graph.nodes):,} nodes, {len(graph.edges):,} edges"
        report(
            "layout", [timed(lambda g=graph: run.positions(g)) for _ in range(asked.repeats)], shown
        )
        rows = [row for row in graph.nodes["account_row"].to_pylist()[: asked.repeats] if row]
        report("neighbours", [timed(lambda row=row: run.neighbours([row])) for row in rows])

    account = run.account(12_345 % run.n_accounts)
    for what, text in (
        ("account", str(account["account_id"])),
        ("account", str(account["account_id"])[:4]),
        ("content", str(pc.max(run.targets(1)[0]["content_id"]))),
    ):
        found = [timed(lambda w=what, t=text: run.search(t, w)) for _ in range(asked.repeats)]
        report(f"search {what}", found, f"{len(run.search(text, what))} found")
    memory = psutil.Process().memory_info().rss / 2**20
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"\nMemory at the end {memory:,.0f} MiB, at most {most:,.0f} MiB.")


if __name__ == "__main__":
    main()
