"""Fabricate a finished run of any size, to measure the explorer on: `explorer_run.py DIR`.

The tables have the columns, types, order and row groups of a scan's. Sizes of clusters are
heavy-tailed (Pareto with exponent 1.1 by default, cut off at 20,000 accounts); what the columns
hold is drawn, not found. Made piece by piece, in less than 1 GiB of memory.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from explorer_edges import edge_rows
from explorer_run_tables import (
    account_table,
    act_rows,
    alternative_table,
    cluster_table,
    evidence_table,
    member_table,
    target_table,
)
from explorer_world import World

ROW_GROUP = 1 << 15


def write(path: Path, pieces: Iterator[pa.Table]) -> int:
    """Write pieces as one table in row groups of the scan's size; return its rows."""
    rows = 0
    writer: pq.ParquetWriter | None = None
    rest: list[pa.Table] = []
    for piece in pieces:
        rest = [pa.concat_tables([*rest, piece])]
        writer = writer or pq.ParquetWriter(path, piece.schema, compression="zstd")
        whole = len(rest[0]) // ROW_GROUP * ROW_GROUP
        writer.write_table(rest[0].slice(0, whole), row_group_size=ROW_GROUP)
        rest = [rest[0].slice(whole)]
        rows += len(piece)
    if writer is not None:
        writer.write_table(rest[0], row_group_size=ROW_GROUP)
        writer.close()
    return rows


def main() -> None:
    """Make the run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the run's folder")
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--clusters", type=int, default=50_000)
    parser.add_argument("--edges", type=int, default=20_000_000)
    parser.add_argument("--interactions", type=int, default=10_000_000)
    parser.add_argument("--run-id", default="fab0000000000001")
    asked = parser.parse_args()
    began = time.perf_counter()
    folder = asked.out / asked.run_id
    folder.mkdir(parents=True)
    world = World(asked.accounts, asked.clusters, asked.edges, asked.interactions)
    rows = {
        "accounts": write(folder / "accounts.parquet", iter([account_table(world)])),
        "members": write(folder / "members.parquet", iter([member_table(world)])),
        "targets": write(folder / "targets.parquet", iter([target_table(world)])),
        "evidence": write(folder / "evidence.parquet", iter([evidence_table(world)])),
        "alternatives": write(folder / "alternatives.parquet", iter([alternative_table(world)])),
        "edges": write(folder / "edges.parquet", edge_rows(world)),
        # after the edges, which say how many there are of each
        "clusters": write(folder / "clusters.parquet", iter([cluster_table(world)])),
        "interactions": write(folder / "interactions.parquet", act_rows(world, outside=False)),
        "controls": write(folder / "controls.parquet", act_rows(world, outside=True)),
    }
    quarantine = pa.schema({name: pa.string() for name in ("file", "column", "reason")})
    pq.write_table(quarantine.empty_table(), folder / "quarantine.parquet")
    manifest = {
        "version": "fabricated",
        "run_id": asked.run_id,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "source": "fabricated",
        "configuration": {"top": 20, "q": 0.05, "window": "10s,1m,5m"},
        "inputs": [],
        "rows": {"read": 0, "used": rows["interactions"], "quarantined": 0, "duplicates": 0},
        "n_accounts": asked.accounts,
        "n_contents": len(world.contents),
        "layers": [],
        "signals": [],
        "capped": [],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2))
    size = sum(file.stat().st_size for file in folder.iterdir()) / 2**20
    for name, n in rows.items():
        print(f"{name:14}{n:>12,} rows")
    print(f"{folder}: {size:,.0f} MiB in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
