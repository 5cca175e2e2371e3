"""Baselines end to end: what they write, foreign columns, limits."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import small_log
from command_line import environment
from wheel_tree import ROOT

BENCHMARKS = ROOT / "benchmarks"


def test_findings_are_ranked_and_ids_come_back(module, tmp_path):
    findings = module("baselines.findings")
    ids = pa.array(["ann", "bob", "cy", "dee"])
    clusters = [findings.Cluster(np.array([0, 1]), 1.0), findings.Cluster(np.array([2, 3]), 5.0)]
    findings.Findings(np.array([0, 1, 2, 3]), clusters).write(ids, tmp_path)
    tables = {
        name: pq.read_table(tmp_path / f"{name}.parquet") for name in module("baselines").TABLES
    }
    assert tables["accounts"].to_pydict() == {"account_id": ids.to_pylist(), "score": [0, 1, 2, 3]}
    assert tables["clusters"].to_pydict() == {
        "cluster_id": [0, 1],
        "rank": [1, 2],
        "score": [5.0, 1.0],
        "reported": [True, True],
    }
    assert tables["members"].to_pydict() == {
        "cluster_id": [0, 0, 1, 1],
        "account_id": ["cy", "dee", "ann", "bob"],
    }
    with pytest.raises(ValueError, match="3 scores, 2 of them finite, for 4 accounts"):
        findings.Findings(np.array([0, 1, np.nan])).write(ids, tmp_path)


def run_baselines(*arguments):
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / "run_baselines.py"), *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=300,
        check=False,
    )


@pytest.mark.slow
def test_every_baseline_runs_on_foreign_columns(module, tmp_path):
    names = {f"user{i:03d}": i for i in range(150)}
    names |= {name: 150 + i for i, name in enumerate(small_log.RING)}
    table = small_log.small_log()
    account = pa.array([names[name] for name in table["account_id"].to_pylist()], pa.uint32())
    foreign = pa.table({"who": account, "what": table["content_id"], "when": table["ts"]})
    log = small_log.write(foreign, tmp_path / "log.parquet")
    columns = "account_id=who,content_id=what,ts=when"
    result = run_baselines(log, "--out", tmp_path / "found", "--map", columns)
    assert result.returncode == 0, result.stderr + result.stdout
    baselines = module("baselines").BASELINES
    rings = {}
    for name in baselines:
        folder = tmp_path / "found" / name
        record = json.loads((folder / "baseline.json").read_text(encoding="utf-8"))
        accounts, clusters, members = (
            pq.read_table(folder / f"{table}.parquet") for table in module("baselines").TABLES
        )
        assert record["status"] == "ok"
        assert record["peak"] > 30 << 20
        assert record["clusters"] == len(clusters)
        assert f"| {name} | {record['title']} |" in result.stdout
        assert accounts.schema.types == [pa.uint32(), pa.float64()]
        assert accounts["account_id"].to_pylist() == sorted(set(account.to_pylist()))
        assert clusters.schema.types == [pa.int32(), pa.int32(), pa.float64(), pa.bool_()]
        assert clusters["rank"].to_pylist() == list(range(1, len(clusters) + 1))
        assert clusters["score"].to_pylist() == sorted(clusters["score"].to_pylist())[::-1]
        assert members.schema.types == [pa.int32(), pa.uint32()]
        assert set(members["cluster_id"].to_pylist()) == set(clusters["cluster_id"].to_pylist())
        order = np.argsort(-accounts["score"].to_numpy(), kind="stable")
        first = accounts["account_id"].to_numpy()[order[:10]]
        rings[name] = int((first >= 150).sum())
    # ten bots within 20 s of each other on twelve songs: what looks at time finds them
    for name in ("rule-2", "rule-5", "coortweet-99", "synchrotrap"):
        assert rings[name] == 10, rings


def test_a_baseline_past_a_limit_is_recorded_and_leaves_nothing(module, tmp_path):
    log = small_log.write(small_log.small_log(), tmp_path / "log.parquet")
    out = tmp_path / "found"
    volume = module("baselines").BASELINES["volume"]
    run = module("run_baselines").run_baseline
    assert run(volume, str(log), out)["status"] == "ok"
    assert (out / "accounts.parquet").exists()
    for limits, status in (
        ({"memory_limit": 0.01}, "not run: it needs more than 0.01 GiB of memory"),
        ({"time_limit": 0.05}, "not run: it needs more than 0.05 s"),
    ):
        assert run(volume, str(log), out, **limits)["status"] == status
        assert [path.name for path in out.iterdir()] == ["baseline.json"]
    result = run_baselines(log, "--out", out, "--baseline", "volume,rule-2", "--map", "ts=clock")
    assert result.returncode == 1
    assert result.stdout.count("not run") == 2
    assert result.stdout.count("clock") == 2
    result = run_baselines(log, "--out", out, "--baseline", "luck")
    assert result.returncode == 2
    assert "no baseline 'luck'; there are volume, rule-2" in result.stderr
