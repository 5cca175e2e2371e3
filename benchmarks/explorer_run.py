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

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Ints = npt.NDArray[np.int64]

ROW_GROUP = 1 << 15
FIRST = int(datetime(2026, 2, 2, tzinfo=UTC).timestamp()) * 1_000_000
SPAN = 14 * 86400 * 1_000_000
TIMESTAMP = pa.timestamp("us", tz="UTC")
LETTERS = np.frombuffer(b"234567abcdefghijklmnopqrstuvwxyz", np.uint8)
MARKETS = np.array(["US", "BR", "IN", "DE", "SE", "BG", "ID", "MX"])
LAYERS = np.array(["play", "like", "shared_device", "playlist_add"])
ALTERNATIVES = np.array(["shop", "organised fans", "shared event", "viral trend", "household"])
KINDS = np.array(["ring", "coordinated", "possibly benign"])
ROLES = np.array(["listener", "hub", "operator", "poster"])


class World:
    """Who is in which cluster, and how much of everything each cluster has."""

    def __init__(self, n_accounts: int, n_clusters: int, n_edges: int, n_acts: int) -> None:
        rng = np.random.default_rng(7)
        self.rng, self.n_accounts, self.n_clusters = rng, n_accounts, n_clusters
        size = np.minimum(3 * (1 - rng.random(n_clusters)) ** (-1 / 1.1), 20_000).astype(np.int64)
        size[0] = min(20_000, n_accounts // 10)
        room = 0.7 * n_accounts
        if size.sum() > room:
            size = np.maximum((size * (room / size.sum())).astype(np.int64), 3)
        rng.shuffle(size)
        self.size = size
        self.start = np.concatenate([[0], np.cumsum(size)])
        self.member = rng.permutation(n_accounts)[: self.start[-1]]
        """Account codes, cluster by cluster; the codes are in order of the ids."""
        self.of = np.full(n_accounts, -1)
        self.of[self.member] = np.repeat(np.arange(n_clusters), size)
        pairs = size * (size - 1) // 2
        self.inside = shared_out(int(0.85 * n_edges), size**1.3, pairs)
        self.between = n_edges - int(self.inside.sum())
        self.n_targets = np.minimum(3 + rng.geometric(0.08, n_clusters), 400)
        self.n_acts = np.maximum(shared_out(n_acts, size * 1.0, size * 400), 1)
        score = np.sort(rng.beta(0.6, 0.9, n_clusters))[::-1]
        self.score = np.round(score, 4)
        self.ids = pa.array(names(n_accounts, rng))
        contents = rng.integers(1, 1 << 63, max(n_clusters * 8, 1000)).astype(np.uint64)
        self.contents = contents
        self.target_start = np.concatenate([[0], np.cumsum(self.n_targets)])
        popular = rng.random(self.target_start[-1]) < 0.05
        self.target = rng.integers(0, len(contents), self.target_start[-1])
        self.target[popular] = rng.integers(0, max(len(contents) // 500, 1), popular.sum())

    def batches(self, weight: Ints, rows: int = 1_000_000) -> Iterator[tuple[int, int]]:
        """Yield ranges of clusters that have about so many rows together."""
        ends = np.cumsum(weight)
        first = 0
        while first < self.n_clusters:
            done = int(ends[first - 1]) if first else 0
            last = max(int(np.searchsorted(ends, done + rows)), first + 1)
            yield first, min(last, self.n_clusters)
            first = last


def shared_out(total: int, by: npt.NDArray[np.float64], most: Ints) -> Ints:
    """Share a total out in proportion, with a bound for each."""
    low, high = 0.0, 1e6
    for _ in range(60):
        middle = (low + high) / 2
        full = int(np.minimum(by * middle, most).astype(np.int64).sum()) >= total
        low, high = (low, middle) if full else (middle, high)
    return np.minimum(by * high, most).astype(np.int64)


def names(n: int, rng: np.random.Generator) -> list[str]:
    """Distinct ids of twelve characters, ascending."""
    drawn = np.unique(rng.integers(0, 1 << 60, int(n * 1.01) + 16))
    drawn = np.sort(rng.permutation(drawn)[:n])
    shifts = np.arange(55, -1, -5)
    text = LETTERS[(drawn[:, None] >> shifts) & 31]
    return [row.tobytes().decode() for row in text]


def levels(rng: np.random.Generator, n: int, low: float, high: float) -> npt.NDArray[np.float64]:
    """Numbers of few distinct values, which compress as counts and rounded scores do."""
    return np.round(np.linspace(low, high, 512), 6)[(rng.random(n) ** 2 * 512).astype(np.int64)]


def chosen(rng: np.random.Generator, words: npt.NDArray[np.str_], n: int) -> pa.Array:
    """Words, the first ones more often."""
    code = (rng.random(n) ** 2 * len(words)).astype(np.int32)
    return pa.DictionaryArray.from_arrays(code, pa.array(words)).cast(pa.string())


def edge_rows(world: World) -> Iterator[pa.Table]:
    """Edges by cluster, then those between clusters."""
    rng = world.rng
    for first, last in list(world.batches(world.inside)):
        # a little more, for pairs that are drawn twice
        wanted = (world.inside[first:last] * 1.02 + 1).astype(np.int64)
        cluster = np.repeat(np.arange(first, last), wanted)
        size = world.size[cluster]
        i = (rng.random(len(cluster)) * size).astype(np.int64)
        step = 1 + (rng.exponential(size / 5)).astype(np.int64) % (size - 1)
        a = world.member[world.start[cluster] + i]
        b = world.member[world.start[cluster] + (i + step) % size]
        table = edge_table(world, a, b, cluster)
        owner = table["cluster_id"].to_numpy() - 1
        world.inside[first:last] = np.bincount(owner - first, minlength=last - first)
        yield table
    for begin in range(0, world.between, 1_000_000):
        n = min(1_000_000, world.between - begin)
        a = world.member[rng.integers(0, len(world.member), n)]
        # mostly between clusters of near numbers: campaigns of one operator
        other = (world.of[a] + rng.geometric(0.02, n)) % world.n_clusters
        b = world.member[world.start[other] + (rng.random(n) * world.size[other]).astype(np.int64)]
        yield edge_table(world, a[a != b], b[a != b], None)


def edge_table(world: World, a: Ints, b: Ints, cluster: Ints | None) -> pa.Table:
    """Distinct pairs, ascending by cluster, a and b."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    owner = np.zeros(len(low), np.int64) if cluster is None else cluster
    order = np.lexsort((high, low, owner))
    low, high, owner = low[order], high[order], owner[order]
    new = np.ones(len(low), np.bool_)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    low, high, owner = low[new], high[new], owner[new]
    rng, n = world.rng, len(low)
    observed = rng.geometric(0.15, n) + 2
    weight = levels(rng, n, 1.0, 20.0)
    return pa.table(
        {
            "account_a": world.ids.take(pa.array(low)),
            "account_b": world.ids.take(pa.array(high)),
            "layer": chosen(rng, LAYERS, n),
            "observed": observed,
            "expected": levels(rng, n, 0.01, 4.0),
            "log10_p": -weight - 4,
            "q_value": 10.0**-weight,
            "weight": weight,
            "window_s": np.array([10.0, 60.0, 300.0])[rng.integers(0, 3, n)],
            "n_tokens": np.minimum(observed, 40).astype(np.int32),
            "n_events": observed * 2,
            "n_shared": np.minimum(observed + 3, 90).astype(np.int32),
            "null": pa.DictionaryArray.from_arrays(
                np.zeros(n, np.int32), pa.array(["timing"])
            ).cast(pa.string()),
            "statistic": chosen(rng, np.array(["tokens", "occasions"]), n),
            "cluster_id": pa.array((owner + 1).astype(np.int32), mask=np.full(n, cluster is None)),
        }
    )


def act_rows(world: World, outside: bool) -> Iterator[pa.Table]:
    """Interactions of members with targets; or of as many accounts outside, a fifth as many."""
    rng = world.rng
    strangers = np.flatnonzero(world.of < 0)
    count = np.maximum(world.n_acts // 5, 1) if outside else world.n_acts
    for first, last in world.batches(count):
        cluster = np.repeat(np.arange(first, last), count[first:last])
        n, size = len(cluster), world.size[cluster]
        who = (rng.random(n) * size).astype(np.int64)
        if outside:
            account = strangers[(world.start[cluster] + who) % len(strangers)]
        else:
            account = world.member[world.start[cluster] + who]
        place = (rng.random(n) ** 1.5 * world.n_targets[cluster]).astype(np.int64)
        burst = rng.integers(0, 200, n) * (SPAN // 200) + (cluster % 7) * 3_600_000_000
        ts = FIRST + burst + rng.integers(0, 600_000, n) * 1000
        order = np.lexsort((ts, cluster))
        machine = (account * 7919 // np.where(outside, 1, 4)) % (1 << 40)
        yield pa.table(
            {
                "cluster_id": (cluster[order] + 1).astype(np.int32),
                "account_id": world.ids.take(pa.array(account[order])),
                "content_id": world.contents[
                    world.target[world.target_start[cluster] + place][order]
                ],
                "action": chosen(rng, np.array(["play", "like"]), n),
                "ts": pa.array(ts[order], TIMESTAMP),
                "duration_ms": (31_000 + rng.integers(0, 60, n) * 100).astype(np.int32),
                "market": pa.array(MARKETS[(cluster[order] + rng.integers(0, 2, n)) % 8]),
                "device_hash": machine[order].astype(np.uint64),
                "ip_hash": (machine[order] >> 3).astype(np.uint64),
                "asn": (4_200_000_000 + cluster[order] % 50).astype(np.int64),
                "parent_id": (cluster[order] * 3 + rng.integers(0, 3, n)).astype(np.uint64),
                "parent_kind": chosen(rng, np.array(["playlist_ugc", "album"]), n),
            }
        )


def account_table(world: World) -> pa.Table:
    """One row per account."""
    rng, n = world.rng, world.n_accounts
    inside = world.of >= 0
    score = np.where(inside, world.score[world.of], 0.0)
    return pa.table(
        {
            "account_id": world.ids,
            "cluster_id": pa.array((world.of + 1).astype(np.int32), mask=~inside),
            "coordination": score,
            "inauthenticity": np.round(score * 0.9, 4),
            "n_interactions": rng.geometric(0.004, n),
            "n_contents": rng.geometric(0.01, n),
            "first_ts": pa.array(FIRST + rng.integers(0, SPAN // 2, n), TIMESTAMP),
            "last_ts": pa.array(FIRST + rng.integers(SPAN // 2, SPAN, n), TIMESTAMP),
            "n_unusual": rng.integers(0, 5, n).astype(np.int32),
            **{
                f"signal_{name}": levels(rng, n, 0.0, 1.0)
                for name in ("address", "clock", "device", "duration", "gaps", "market", "volume")
            },
        }
    )


def cluster_table(world: World) -> pa.Table:
    """One row per cluster, by rank."""
    rng, n = world.rng, world.n_clusters
    first = FIRST + rng.integers(0, SPAN // 3, n)
    number = np.arange(1, n + 1, dtype=np.int32)
    reason = (
        "{:,} accounts acted on the same content (play) within 60 s of one another: {:,} pairs met "
        "{:,} times where chance, given the same content and its own history, would bring about "
        "{:,}. Never broke off a play of the targets before the 30 s from which it is paid."
    )
    edges, sizes = world.inside.tolist(), world.size.tolist()
    return pa.table(
        {
            "cluster_id": number,
            "rank": number,
            "n_accounts": world.size,
            "n_contents": world.n_targets,
            "n_interactions": world.n_acts,
            "first_ts": pa.array(first, TIMESTAMP),
            "last_ts": pa.array(first + SPAN // 2, TIMESTAMP),
            "coordination": world.score,
            "inauthenticity": np.round(world.score * 0.9, 4),
            "log10_p": -world.score * 200,
            "kind": chosen(rng, KINDS, n),
            "reason": [
                reason.format(s, e, 9 * e, 2 * e) for s, e in zip(sizes, edges, strict=True)
            ],
            "benign_alternative": chosen(rng, ALTERNATIVES, n),
            "benign_statement": ["Ruled out: the share of days that begin alike is 7%."] * n,
            "benign_ruled_out": rng.random(n) < 0.5,
            "layers": chosen(rng, np.array(["play", "block, play", "like, play"]), n),
            "n_edges": world.inside,
        }
    )


def member_table(world: World) -> pa.Table:
    """One row per member, the strongest first."""
    rng, n = world.rng, len(world.member)
    cluster = np.repeat(np.arange(world.n_clusters), world.size)
    place = np.arange(n) - np.repeat(world.start[:-1], world.size)
    return pa.table(
        {
            "cluster_id": (cluster + 1).astype(np.int32),
            "account_id": world.ids.take(pa.array(world.member)),
            "role": chosen(rng, ROLES, n),
            "strength": np.round(1 - place / world.size[cluster], 4),
            "place": chosen(rng, np.array(["core", "fringe"]), n),
        }
    )


def target_table(world: World) -> pa.Table:
    """One row per cluster and target."""
    rng, n = world.rng, len(world.target)
    cluster = np.repeat(np.arange(world.n_clusters), world.n_targets)
    own = np.sort(rng.geometric(0.02, n))[::-1]
    return pa.table(
        {
            "cluster_id": (cluster + 1).astype(np.int32),
            "content_id": world.contents[world.target],
            "n_interactions": own,
            "n_interactions_all": own * 3,
            "share": np.full(n, 1 / 3),
            "n_members": np.minimum(own, world.size[cluster]),
            "beneficiary": ["Complicity unknown."] * n,
        }
    )


def evidence_table(world: World) -> pa.Table:
    """Six rows per cluster."""
    rng, n = world.rng, world.n_clusters * 6
    signals = np.array(["play", "block", "volume", "device", "clock", "benign: shop"])
    return pa.table(
        {
            "cluster_id": np.repeat(np.arange(1, world.n_clusters + 1, dtype=np.int32), 6),
            "signal": np.tile(signals, world.n_clusters),
            "observed": levels(rng, n, 1, 500),
            "expected": levels(rng, n, 0, 50),
            "log10_p": -levels(rng, n, 0, 80),
            "statement": ["31 of 40 accounts do this (2.1 expected of comparable accounts)."] * n,
            "score": np.tile(
                np.array(["coordination"] * 2 + ["inauthenticity"] * 4), world.n_clusters
            ),
            "log_odds": levels(rng, n, -1, 2),
            "q_value": pa.nulls(n, pa.float64()),
            "strength": levels(rng, n, 0, 1),
        }
    )


def alternative_table(world: World) -> pa.Table:
    """Seventeen rows per cluster, what fits best first."""
    n = world.n_clusters * 17
    fit = np.tile(np.round(np.linspace(0.9, 0.0, 17), 3), world.n_clusters)
    return pa.table(
        {
            "cluster_id": np.repeat(np.arange(1, world.n_clusters + 1, dtype=np.int32), 17),
            "alternative": chosen(world.rng, ALTERNATIVES, n),
            "fit": fit,
            "likeness": np.round(fit * 0.8, 3),
            "ruled_out": fit < 0.5,
            "statement": pa.DictionaryArray.from_arrays(
                np.zeros(n, np.int32), pa.array(["Ruled out: the share of days is 7%."])
            ).cast(pa.string()),
            "tested": fit > 0.1,
        }
    )


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
