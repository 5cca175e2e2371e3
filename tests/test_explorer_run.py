"""The fabricated run that the explorer is measured on looks like one of a scan."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq

import cib
from cib.datasets.run_folder import TABLES, table_path
from cib.viz.explorer.runs.library import Library
from small_log import small_log, write


def test_it_has_the_tables_of_a_scan(module, tmp_path: Path, monkeypatch, capsys) -> None:
    fabricated = tmp_path / "fab0000000000001"
    asked = ["--accounts", "3000", "--clusters", "60", "--edges", "9000", "--interactions", "5000"]
    monkeypatch.setattr(sys, "argv", ["explorer_run.py", str(tmp_path), *asked])
    module("explorer_run").main()
    assert "edges" in capsys.readouterr().out
    scanned = cib.scan(write(small_log(), tmp_path / "log.parquet"), out=tmp_path / "scan").path
    assert scanned is not None
    for name in TABLES:
        if name == "quarantine":
            continue
        real = pq.read_schema(table_path(scanned, name))
        made = pq.read_schema(table_path(fabricated, name))
        # ids may be of any type, and columns of the log and signals may be there or not
        for field in real:
            if field.name not in ("content_id",) and not field.name.startswith("signal_"):
                assert made.field(field.name).type == field.type, (name, field.name)

    run = Library(tmp_path).runs()[0].tables
    run.prepare()
    clusters, total = run.clusters(limit=100)
    assert total == len(clusters) == 60
    for row in clusters.to_pylist()[:9]:
        graph = run.edges_within(row["cluster_id"])
        assert graph.n_edges_all == row["n_edges"]
        assert graph.n_nodes_all == row["n_accounts"] == len(run.members(row["cluster_id"])[0])
        assert run.interactions(row["cluster_id"])[1] == row["n_interactions"]
    # as many edges as asked for, and what it takes to hold each cluster together
    assert 9000 <= pq.read_metadata(fabricated / "edges.parquet").num_rows <= 1.2 * 9000
