"""Edges by cluster, for runs whose table of edges does not say which cluster an edge is in."""

from __future__ import annotations

import os
from pathlib import Path

from cib.viz.explorer.cache import Cache
from cib.viz.explorer.source import RunSource

ROWS_PER_GROUP = 16_384
"""Rows that are read together: a cluster's edges are found without reading those of others."""


def ensure_cluster_of_edges(source: RunSource, cache: Cache) -> None:
    """Have queries read edges that know their cluster and lie together by cluster.

    Runs of earlier versions have edges without `cluster_id`. For these a sorted copy is made once
    and kept in the run's `.explorer`, or for as long as this process lives where that cannot be
    written.
    """
    if source.has("edges", "cluster_id"):
        return
    with source.lock:
        if source.has("edges", "cluster_id"):
            return
        key = cache.key("edges", {})
        if not _usable(source, cache.file(key)):
            try:
                with cache.writing(key) as place:
                    _sort(source, place)
            except OSError:
                place = source.scratch / f"{source.run_id}-{os.urandom(4).hex()}.parquet"
                _sort(source, place)
                source.take_from("edges", place)
                return
        source.take_from("edges", cache.file(key))


def _usable(source: RunSource, path: Path) -> bool:
    """Whether a copy made before is whole."""
    return path.is_file() and source.same_rows("edges", path)


def _sort(source: RunSource, place: Path) -> None:
    """Write the edges with their cluster, in its order; those in no cluster come last."""
    source.copy(
        """SELECT e.*, CASE WHEN a.cluster_id = b.cluster_id THEN a.cluster_id END AS cluster_id
        FROM {edges} AS e
        JOIN (SELECT account_id, cluster_id FROM {accounts}) AS a ON a.account_id = e.account_a
        JOIN (SELECT account_id, cluster_id FROM {accounts}) AS b ON b.account_id = e.account_b
        ORDER BY cluster_id NULLS LAST, account_a, account_b, layer""",
        place,
        ROWS_PER_GROUP,
    )
