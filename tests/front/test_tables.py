"""Tables: what stands in them, in which order, and how one cluster is read without the rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import cib
from cib import store
from cib.algorithms.clusters import rows_of_members, with_targets
from cib.algorithms.evidence import EDGE_SCHEMA, Evidence
from cib.datasets.run_folder import read_table, table_path
from cib.tables.edges import edges_table
from cib.tables.interactions import SHOWN
from logs import make_log
from small_log import small_log, write

# Edges


def test_edges_lie_together_by_cluster():
    """Random pairs of 30 accounts in 4 clusters, whose numbers are in another order."""
    rng = np.random.default_rng(0)
    pairs = sorted({tuple(sorted(p)) for p in rng.integers(0, 30, (200, 2)).tolist()})
    a, b = np.array([(a, b) for a, b in pairs if a < b], np.int32).T
    columns = {name: np.arange(len(a)) for name in EDGE_SCHEMA.names}
    columns |= {"a": a, "b": b, "layer": ["play"] * len(a), "statistic": ["tokens"] * len(a)}
    edges = pa.table({name: pa.array(columns[name]) for name in EDGE_SCHEMA.names})
    of_account = (np.arange(30) % 5 - 1).astype(np.int32)
    log = make_log(np.arange(30), np.zeros(30), np.arange(30))
    row = rows_of_members(log.account, of_account)
    clusters = with_targets(log, 4, of_account, row, np.ones(len(row), np.int64))
    number = np.array([3, 1, 4, 2], np.int32)
    evidence = Evidence(edges.cast(EDGE_SCHEMA), [], 0.0)
    table = edges_table(log, evidence, clusters, number)
    expected = []
    for i, (x, y) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        inside = of_account[x] == of_account[y] >= 0
        cluster = int(number[of_account[x]]) if inside else None
        names = log.account_ids[x].as_py(), log.account_ids[y].as_py()
        expected.append((cluster is None, cluster, *names, i))
    expected.sort(key=lambda edge: (edge[0], edge[1] or 0, edge[2], edge[3]))
    got = zip(
        *(table[c].to_pylist() for c in ("cluster_id", "account_a", "account_b", "observed")),
        strict=True,
    )
    assert list(got) == [edge[1:] for edge in expected]
    assert {None, 1, 2, 3, 4} == {edge[1] for edge in expected}
    assert table.column_names[-1] == "cluster_id"
    assert table.schema.field("cluster_id").type == pa.int32()
    nothing = replace(evidence, edges=EDGE_SCHEMA.empty_table())
    assert edges_table(log, nothing, clusters, number).schema.equals(table.schema)


# Interactions and controls


def full_log(order=None):
    """A log with six of the optional columns that are shown, and two that are not.

    Rows of the rings are there twice but for `event_id`, and half of these
    differ in `duration_ms` and `platform`.
    """
    plain, rng = small_log(rings=4), np.random.default_rng(3)
    account = plain["account_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    twice = np.append(np.arange(len(plain) - 400, len(plain)), np.arange(len(plain)))
    table, account, n = plain.take(pa.array(twice)), account[twice], len(twice)
    heard, platform = rng.integers(0, 9, n), rng.choice(["ios", "web"], n)
    heard[-200:], platform[-200:] = heard[200:400], platform[200:400]
    nothing = heard == 8
    columns = {
        "platform": pa.array(platform, pa.large_string()),
        "duration_ms": pa.array(heard, mask=nothing),
        "market": pa.array(np.array(["EE", "BG"])[account % 2]),
        "device_hash": pa.array(
            account.astype(np.uint64) + np.uint64(2**63), mask=account % 7 == 0
        ),
        "parent_id": pa.array([f"list {i}" for i in twice % 50]),
        "text": pa.array([f"words {i}" for i in twice]),
        "text_hash": pa.array(twice - 1000),
        "tier": pa.array(["free"] * n),
        "event_id": pa.array(np.arange(n)),
    }
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table if order is None else table.take(pa.array(order))


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """That log, and a scan of it."""
    log = full_log()
    return log, cib.scan(write(log, tmp_path_factory.mktemp("full") / "log.parquet"))


def by_cluster(table, column):
    """The values of a column of each cluster, as sets."""
    found = {}
    for cluster, value in zip(*(table[c].to_pylist() for c in ("cluster_id", column)), strict=True):
        found.setdefault(cluster, set()).add(value)
    return found


def place(row):
    """By cluster, time, account, content, action; then as the values go, null first."""
    return (row[0], row[4], *row[1:4], [(value is not None, value) for value in row[5:]])


@pytest.mark.parametrize("name", ["interactions", "controls"])
def test_rows_are_those_of_the_log_with_its_optional_columns(full, name):
    log, run = full
    table = run.table(name)
    shown = [c for c in SHOWN if c in log.column_names]
    assert table.column_names == ["cluster_id", "account_id", "content_id", "action", "ts", *shown]
    assert len(shown) == 6
    for column in shown:
        kind = pa.int32() if column == "duration_ms" else log.schema.field(column).type
        assert table.schema.field(column).type == kind
    accounts = by_cluster(run.members if name == "interactions" else run.controls, "account_id")
    targets = by_cluster(run.targets, "content_id")
    columns = table.column_names[1:]
    expected = [
        (cluster, *(row[column] for column in columns))
        for row in log.to_pylist()
        for cluster in targets
        if row["account_id"] in accounts.get(cluster, ()) and row["content_id"] in targets[cluster]
    ]
    assert len(expected) > 50
    got = list(zip(*(table[column].to_pylist() for column in table.column_names), strict=True))
    assert sorted(got, key=repr) == sorted(expected, key=repr)
    assert got == sorted(got, key=place)
    if name == "interactions":  # some do agree up to there
        assert len({row[:5] for row in got}) < len(set(got)) < len(got)


def test_controls_are_outside_and_as_many_as_members_at_most(full):
    _, run = full
    cluster_of = dict(
        zip(*(run.accounts[c].to_pylist() for c in ("account_id", "cluster_id")), strict=True)
    )
    controls, members = (by_cluster(t, "account_id") for t in (run.controls, run.members))
    assert set(controls) == set(members) == set(range(1, len(run.clusters) + 1))
    assert len(members) > 1
    for cluster, accounts in controls.items():
        assert all(cluster_of[account] is None for account in accounts)
        assert 0 < len(accounts) <= len(members[cluster])


@pytest.mark.parametrize("seed", [0, 1])
def test_neither_the_order_of_rows_nor_threads_count(full, tmp_path, seed):
    log, run = full
    shuffled = full_log(np.random.default_rng(seed).permutation(len(log)))
    again = cib.scan(write(shuffled, tmp_path / "log.parquet"), threads=1 + seed)
    for name in ("edges", "interactions", "controls"):
        assert again.table(name).equals(run.table(name)), name


# On disk


def groups_with(path, column, value):
    """Row groups that may hold a value, by their statistics; all must have them."""
    metadata = pq.ParquetFile(path).metadata
    place = metadata.schema.to_arrow_schema().get_field_index(column)
    found = []
    for i in range(metadata.num_row_groups):
        assert metadata.row_group(i).num_rows <= store.ROW_GROUP
        statistics = metadata.row_group(i).column(place).statistics
        if statistics.has_min_max:
            found += [i] * (statistics.min <= value <= statistics.max)
        else:
            assert statistics.null_count == metadata.row_group(i).num_rows
    return found, metadata.num_row_groups


def test_one_cluster_and_one_account_are_found_by_statistics(tmp_path):
    """400,000 rows: a cluster of 5,000 lies in two row groups at most, an account in one."""
    n = 400_000
    cluster = np.minimum(np.arange(n) // 5_000 + 1, 61).astype(np.int32)
    tables = {
        "edges": pa.table({
            "weight": np.arange(n) / 7,
            "cluster_id": pa.array(cluster, mask=cluster == 61),
        }),
        "accounts": pa.table({"account_id": [f"account {i:07}" for i in range(n)]}),
    }  # fmt: skip
    with store.staging(tmp_path) as staging:
        run = store.publish(staging, tmp_path, "run", tables, {}, lambda: "")
    for number in (1, 14, 60):
        found, total = groups_with(table_path(run, "edges"), "cluster_id", number)
        assert total == 13
        assert 1 <= len(found) <= 2
        path = table_path(run, "edges")
        one = pq.read_table(path, filters=[("cluster_id", "=", number)])
        assert one["weight"].to_pylist() == tables["edges"]["weight"].to_pylist()[
            5_000 * (number - 1) : 5_000 * number
        ]  # fmt: skip
    found, total = groups_with(table_path(run, "accounts"), "account_id", "account 0131072")
    assert (found, total) == ([4], 13)
    assert read_table(run, "edges").equals(tables["edges"])


def test_accounts_are_in_order_of_id(full):
    _, run = full
    ids = run.accounts["account_id"]
    assert pc.all(pc.less(ids[:-1], ids[1:])).as_py()
