"""Edges of a fabricated run: those inside clusters, by cluster, then those between them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from explorer_world import Ints, World, chosen, levels

LAYERS = np.array(["play", "like", "shared_device", "playlist_add"])


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
    missing = world.n_edges - int(world.inside.sum())
    while missing > 0:  # pairs that are drawn twice in a piece leave a few to draw again
        n = min(1_000_000, missing + 1000)
        a = world.member[rng.integers(0, len(world.member), n)]
        # mostly between clusters of near numbers: campaigns of one operator
        other = (world.of[a] + rng.geometric(0.02, n)) % world.n_clusters
        b = world.member[world.start[other] + (rng.random(n) * world.size[other]).astype(np.int64)]
        table = edge_table(world, a[a != b], b[a != b], None)
        missing -= len(table)
        yield table


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
