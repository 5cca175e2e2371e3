"""A tiny world with its scan, and worlds made by hand."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cib.datasets.synthetic import generate
from command_line import cib, done

START = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Folder of a generated world."""
    folder = tmp_path_factory.mktemp("world") / "tiny"
    generate(folder, preset="tiny", seed=7)
    return folder


@pytest.fixture(scope="session")
def world_run(world, tmp_path_factory):
    """Folder of the run that the command line makes of that world."""
    out = tmp_path_factory.mktemp("runs")
    return done(cib("scan", world / "log", "--out", out), out)[0]


def write(table, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    return path


@pytest.fixture
def by_hand(tmp_path):
    """A world of 200 honest accounts in two groups and markets, and rings of given sizes."""

    def make(name="world", sizes=(30, 12), events=(), kind=str, **columns):
        folder = tmp_path / name
        rows = [
            {
                "account_id": kind(i),
                "ring_id": None,
                "role": "listener",
                "confounder_group": "G01" if i < 40 else None,
                "policy_view": "authentic",
            }
            for i in range(200)
        ]
        for r, size in enumerate(sizes):
            rows += [
                {
                    "account_id": kind(1000 * (r + 1) + i),
                    "ring_id": f"ring {r}",
                    "role": "victim" if i % 5 == 0 else "listener",
                    "confounder_group": None,
                    "policy_view": "inauthentic",
                }
                for i in range(size)
            ]
        accounts = pa.Table.from_pylist(rows)
        accounts = accounts.set_column(1, "ring_id", accounts["ring_id"].cast(pa.string()))
        rings = pa.table(
            {
                "ring_id": pa.array([f"ring {r}" for r in range(len(sizes))], pa.string()),
                "scenario": pa.array([f"A{r + 1:02d}" for r in range(len(sizes))], pa.string()),
                "camouflage": pa.array([0.3 * r for r in range(len(sizes))], pa.float64()),
                "H": pa.array([2.0 / (r + 1) for r in range(len(sizes))], pa.float64()),
                "start": pa.array([START] * len(sizes), pa.timestamp("us", "UTC")),
                **columns,
            }
        )
        write(accounts, folder / "truth" / "account.parquet")
        write(rings, folder / "truth" / "ring.parquet")
        ids = accounts["account_id"]
        markets = pa.array(["SE", "BR"] * len(ids)).slice(0, len(ids)).dictionary_encode()
        write(pa.table({"account_id": ids, "market": markets}), folder / "accounts.parquet")
        if events:
            listed = pa.Table.from_pylist([dict(e, event_id=i) for i, e in enumerate(events)])
            write(listed, folder / "truth" / "event.parquet")
        return folder

    return make


@pytest.fixture
def found(tmp_path):
    """A folder of findings: clusters as lists of accounts, reported unless said otherwise."""

    def make(clusters, name="method", reported=None, kind=str, about=None, scores=None):
        folder = tmp_path / name
        n = len(clusters)
        members = [(c, kind(a)) for c, accounts in enumerate(clusters) for a in accounts]
        score = {a: 1.0 - c / (n + 1) for c, a in reversed(members)} | (scores or {})
        id_type = pa.int64() if kind is int else pa.string()
        columns = {
            "accounts": {
                "account_id": pa.array(list(score), id_type),
                "score": pa.array(list(score.values()), pa.float64()),
            },
            "clusters": {
                "cluster_id": pa.array(range(n), pa.int64()),
                "rank": pa.array(range(1, n + 1), pa.int64()),
                "score": pa.array([1.0 - c / (n + 1) for c in range(n)], pa.float64()),
                "reported": pa.array([True] * n if reported is None else reported, pa.bool_()),
            },
            "members": {
                "cluster_id": pa.array([c for c, _ in members], pa.int64()),
                "account_id": pa.array([a for _, a in members], id_type),
            },
        }
        for table, values in columns.items():
            write(pa.table(values), folder / f"{table}.parquet")
        if about is not None:
            (folder / "findings.json").write_text(about, encoding="utf-8")
        return folder

    return make
