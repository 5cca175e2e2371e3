"""All other tables of a fabricated run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from explorer_world import World, chosen, levels

FIRST = int(datetime(2026, 2, 2, tzinfo=UTC).timestamp()) * 1_000_000
SPAN = 14 * 86400 * 1_000_000
TIMESTAMP = pa.timestamp("us", tz="UTC")
MARKETS = np.array(["US", "BR", "IN", "DE", "SE", "BG", "ID", "MX"])
ALTERNATIVES = np.array(["shop", "organised fans", "shared event", "viral trend", "household"])
KINDS = np.array(["ring", "coordinated", "possibly benign"])
ROLES = np.array(["listener", "hub", "operator", "poster"])


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
