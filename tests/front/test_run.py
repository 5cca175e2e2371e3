"""Runs as libraries take them: in memory and on disk, tables, networks, ids as they went in."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import cib
from cib import store
from cib.datasets.errors import BadDataError, UsageError
from cib.datasets.run_folder import TABLES
from command_line import cib as run_cib
from small_log import RING, small_log, write

FIXED = {
    "accounts": (
        "account_id cluster_id coordination inauthenticity n_interactions n_contents "
        "first_ts last_ts"
    ),
    "edges": "account_a account_b layer observed expected log10_p q_value weight",
    "clusters": (
        "cluster_id rank n_accounts n_contents n_interactions first_ts last_ts coordination "
        "inauthenticity log10_p kind reason benign_alternative"
    ),
    "members": "cluster_id account_id role strength place",
    "targets": (
        "cluster_id content_id n_interactions n_interactions_all share n_members beneficiary"
    ),
    "evidence": "cluster_id signal observed expected log10_p statement",
    "alternatives": "cluster_id alternative fit likeness ruled_out statement tested",
    "interactions": "cluster_id account_id content_id action ts",
    "controls": "cluster_id account_id content_id action ts",
    "quarantine": "file column reason n_rows first_row example",
}
"""Columns that users rely on, at the front and in this order (design.md, "Fixed: a run")."""


@pytest.fixture(scope="module")
def run(log):
    """The small log, scanned in memory."""
    return cib.scan(log)


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    """A run that found nothing."""
    return cib.scan(write(small_log().slice(0, 1), tmp_path_factory.mktemp("one") / "log.parquet"))


def test_fixed_columns_come_first(run, empty, scanned):
    assert list(FIXED) == sorted(FIXED, key=list(TABLES).index)
    for name, columns in FIXED.items():
        fixed = columns.split()
        assert run.table(name).column_names[: len(fixed)] == fixed
        assert empty.table(name).schema.equals(run.table(name).schema), name
        assert pq.read_schema(scanned[1] / f"{name}.parquet").equals(run.table(name).schema)
    moments = {
        run.table(t).schema.field(c).type
        for t in ("accounts", "clusters")
        for c in ("first_ts", "last_ts")
    }
    assert moments == {pa.timestamp("us", "UTC")}


def test_what_the_tables_say_of_the_planted_ring(run):
    assert set(run.members["account_id"].to_pylist()) == set(RING)
    edges = run.edges.to_pylist()
    assert all(edge["account_a"] < edge["account_b"] for edge in edges)
    assert {edge["account_a"] for edge in edges} | {edge["account_b"] for edge in edges} == set(
        RING
    )
    assert all(edge["q_value"] <= 0.05 and edge["observed"] > edge["expected"] for edge in edges)
    accounts = run.accounts.to_pylist()
    assert [a["account_id"] for a in accounts if a["cluster_id"] is not None] == sorted(RING)
    assert sum(a["n_interactions"] for a in accounts) == run.manifest["rows"]["used"]
    for scores in (run.accounts, run.clusters):
        for name in ("coordination", "inauthenticity"):
            values = scores[name].to_numpy()
            assert ((values >= 0) & (values <= 1)).all()


def test_a_run_on_disk_is_the_run_in_memory(log, run, tmp_path):
    stored = cib.scan(str(log), out=str(tmp_path / "runs"), q=0.05, window=["10s", "1m", "5m"])
    assert stored.id == run.id == stored.path.name
    again = cib.scan(log, out=tmp_path / "runs", threads=1)
    assert again.path == stored.path
    opened = cib.open_run(str(stored.path))
    assert (
        opened.manifest
        == stored.manifest
        == json.loads((stored.path / "manifest.json").read_bytes())
    )
    for name in TABLES:
        assert opened.table(name).equals(run.table(name))
        assert getattr(opened, name).equals(again.table(name))
    assert opened.report == (stored.path / "report.html").read_text(encoding="utf-8")
    assert run.report.lower().startswith("<!doctype html>")
    assert run.path is None
    assert stored.id in repr(opened)
    assert sorted(path.name for path in stored.path.parent.iterdir()) == [stored.id]


def test_what_is_no_run(run, scanned, tmp_path):
    with pytest.raises(BadDataError, match=r"is not a run of cib: manifest\.json cannot be read"):
        cib.open_run(tmp_path)
    (tmp_path / "manifest.json").write_text('{"run_id":')
    with pytest.raises(BadDataError, match="remove the folder and scan again"):
        cib.open_run(tmp_path)
    (tmp_path / "manifest.json").write_bytes((scanned[1] / "manifest.json").read_bytes())
    with pytest.raises(BadDataError, match=r"edges\.parquet cannot be read"):
        _ = cib.open_run(tmp_path).edges
    with pytest.raises(KeyError, match="no table nope"):
        run.table("nope")
    with pytest.raises(ValueError, match="'networkx' or 'igraph', not 'neo4j'"):
        run.network("neo4j")


def test_settings_of_the_library_call(log):
    with pytest.raises(UsageError, match=r"“windows” is not a setting \(did you mean window\?\)"):
        cib.scan(log, windows="60s")
    with pytest.raises(BadDataError, match="no such file"):
        cib.scan(log.parent / "nowhere")


def test_networks(run, empty):
    graph = run.network()
    assert set(graph.nodes) == set(RING)
    assert set(graph.nodes.data("cluster_id")) == {(name, 1) for name in RING}
    weights = dict(
        zip(
            zip(
                run.edges["account_a"].to_pylist(), run.edges["account_b"].to_pylist(), strict=True
            ),
            run.edges["weight"].to_pylist(),
            strict=True,
        )
    )
    assert {tuple(sorted(ends)): graph.edges[ends]["weight"] for ends in graph.edges} == weights
    other = run.network("igraph")
    assert set(other.vs["name"]) == set(RING)
    found = {tuple(sorted(other.vs[i]["name"] for i in e.tuple)): e["weight"] for e in other.es}
    assert found == weights
    assert (empty.network().number_of_nodes(), empty.network("igraph").vcount()) == (0, 0)


def test_tables_in_pandas(run):
    pytest.importorskip("pandas")
    for name in TABLES:
        assert run.table(name).to_pandas().shape == run.table(name).shape


def test_tables_in_polars(run):
    polars = pytest.importorskip("polars")
    for name in TABLES:
        frame = polars.from_arrow(run.table(name))
        assert frame.columns == run.table(name).column_names
        assert frame.height == len(run.table(name))


def test_tables_in_duckdb(run, scanned):
    duckdb = pytest.importorskip("duckdb")
    members, targets = run.members, run.targets
    connection = duckdb.connect()
    connection.register("members", members)
    connection.register("targets", targets)
    query = "select count(*), max(share) from members join targets using (cluster_id)"
    n, share = connection.execute(query).fetchone()
    assert n == len(members) * len(targets)
    assert share == max(targets["share"].to_pylist())
    rows = connection.execute(f"select account_id from '{scanned[1]}/accounts.parquet'").fetchall()
    assert len(rows) == len(run.accounts)


# Ids


def ids_of(kind):
    """A function from numbers to ids of a type, extreme values among them."""
    make = {
        pa.int32(): lambda i: i * 1000 - 2**31,
        pa.int64(): lambda i: i - 2**63,
        pa.uint64(): lambda i: 2**64 - 1 - i,
        pa.string(): lambda i: f"é {i}",
        pa.large_string(): lambda i: f"{i:05}",
        pa.binary(): lambda i: b"\xff\x00" + str(i).encode(),
    }[kind]
    return lambda column: pa.array([make(i) for i in column], kind)


@pytest.mark.parametrize(
    "kind",
    [pa.int32(), pa.int64(), pa.uint64(), pa.string(), pa.large_string(), pa.binary()],
    ids=str,
)
def test_ids_come_back_exactly_and_in_their_type(run, tmp_path, kind):
    plain = small_log()
    columns = {}
    for name in ("account_id", "content_id"):
        codes = plain[name].combine_chunks().dictionary_encode().indices.to_pylist()
        columns[name] = ids_of(kind)(codes)
    found = cib.scan(write(small_log(**columns), tmp_path / "log.parquet"))
    for table in TABLES:
        for name in found.table(table).column_names:
            if name in ("account_id", "account_a", "account_b", "content_id"):
                assert found.table(table)[name].type == kind
    assert found.accounts["account_id"].to_pylist() == sorted(
        set(columns["account_id"].to_pylist())
    )
    assert len(found.edges) == len(run.edges)
    back = dict(
        zip(columns["account_id"].to_pylist(), plain["account_id"].to_pylist(), strict=True)
    )
    assert {back[i] for i in found.members["account_id"].to_pylist()} == set(RING)
    back = dict(
        zip(columns["content_id"].to_pylist(), plain["content_id"].to_pylist(), strict=True)
    )
    assert {back[i] for i in found.targets["content_id"].to_pylist()} == set(
        run.targets["content_id"].to_pylist()
    )
    assert set(found.network().nodes) == set(found.members["account_id"].to_pylist())
    assert len(found.report) > 1000


def test_only_what_a_killed_scan_left_is_tidied_away(tmp_path):
    ours, cut_short, living = (tmp_path / f".{digit * 32}.unfinished" for digit in "0af")
    foreign = [tmp_path / name for name in (".mywork.unfinished", f".{'0' * 31}.unfinished")]
    for folder in (ours, living, *foreign):
        folder.mkdir()
        (folder / "notes.txt").write_text("years of work")
    cut_short.mkdir()
    (ours / "lock").touch()
    with (living / "lock").open("w") as lock:
        store.hold(lock)
        store.remove_leavings(tmp_path, alone=True)
    assert sorted(tmp_path.iterdir()) == sorted([living, *foreign])
    assert [len(list(folder.iterdir())) for folder in foreign] == [1, 1]


# The other commands on odd logs


@pytest.mark.parametrize("odd", ["one row", "one account", "every account once", "1,000 rows"])
def test_inspect_and_calibrate_on_odd_logs(tmp_path, odd):
    table = small_log()
    if odd == "one row":
        table = table.slice(5, 1)
    elif odd == "one account":
        table = small_log(account_id=["a"] * len(table))
    elif odd == "every account once":
        table = small_log(account_id=np.arange(len(table)))
    else:
        table = table.slice(len(table) - 1000)
    write(table, tmp_path / "log.parquet")
    result = run_cib("inspect", "log.parquet", "--json", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    summary = json.loads(result.stdout)
    assert summary["rows"]["read"] == len(table)
    assert summary["accounts"] == len(set(table["account_id"].to_pylist()))
    result = run_cib(
        "calibrate", "log.parquet", "--permutations", 3, "--window", "60s", "--json",
        "--out", "calibration.csv", cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    (row,) = json.loads(result.stdout)["calibration"]
    assert (row["permutations"], row["permuted_edges"]) == (3, 0)
    assert (row["edges"] > 0) == (odd == "1,000 rows")
    assert (tmp_path / "calibration.csv").read_text().startswith('"window"')


@pytest.mark.parametrize(
    ("flags", "code", "words"),
    [
        (["log.parquet", "--out", "table.txt"], 2, "ends in .parquet or .csv"),
        (
            ["log.parquet", "--out", "nowhere/table.csv", "--permutations", "1"],
            2,
            "no folder nowhere",
        ),
        (["log.parquet", "--permutations", "0"], 2, "--permutations"),
        (["nowhere"], 65, "no such file"),
        (["log.parquet", "--out", "log.parquet"], 2, "is the log itself"),
    ],
)
def test_calibrations_that_cannot_be(log, flags, code, words):
    before = log.read_bytes()
    result = run_cib("calibrate", *flags, cwd=log.parent)
    assert result.returncode == code, result.stderr
    assert words in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert log.read_bytes() == before
