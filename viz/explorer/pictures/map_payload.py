"""What the map of clusters in the browser gets: circles, links, what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from cib.datasets.wording import count, plural
from cib.viz.layout import Points, circle_positions
from cib.viz.text import printable

OPEN = "none yet"
_REASON = 240


def map_payload(
    clusters: pa.Table,
    links: pa.Table,
    *,
    run_id: str,
    n_clusters_all: int | None = None,
    n_links_all: int | None = None,
    verdicts: Mapping[int, str] | None = None,
    title: str = "Map of clusters",
    seed: int = 0,
    layout: Points | None = None,
) -> dict[str, Any]:
    """Write clusters as circles that do not overlap, joined where they share targets.

    Parameters
    ----------
    clusters : cluster_id, n_accounts, inauthenticity, coordination, reason; `rank` when there
    links : a, b (places in `clusters`), n_shared (targets that both have)
    run_id : of which run; reported when a cluster is opened
    n_clusters_all, n_links_all : how many there are, drawn or not; as given when None
    verdicts : cluster_id → verdict, for those that have one
    title : of an exported picture
    seed : of the layout
    layout : (n_clusters, 2) middles from `circle_positions`; made here when None

    Returns
    -------
    dict
        JSON-able. `clusters`: parallel lists id, x, y, r (one unit, whole numbers), n (accounts),
        score and coordination (0 to 100), reason, label, verdict (place in `verdicts`). `links`:
        a, b, n. `largest`: the largest r. `note`: what was left out, or empty.
    """
    n_accounts = np.asarray(clusters["n_accounts"].to_pylist(), float)
    a, b, n_shared = (
        np.asarray(links[key].to_pylist(), np.int64) if links.num_rows else np.zeros(0, np.int64)
        for key in ("a", "b", "n_shared")
    )
    radius = np.sqrt(np.maximum(n_accounts, 1.0))
    xy = circle_positions(a, b, radius, seed=seed) if layout is None else layout
    scale = 20_000 / max(float(np.ptp(xy, axis=0).max()) if len(xy) else 1.0, 1e-9)
    ids = clusters["cluster_id"].to_pylist()
    given = verdicts or {}
    kinds = [OPEN, *sorted(set(given.values()))]
    labels = clusters["rank"] if "rank" in clusters.column_names else clusters["cluster_id"]
    all_clusters = clusters.num_rows if n_clusters_all is None else n_clusters_all
    all_links = len(a) if n_links_all is None else n_links_all
    return {
        "kind": "map",
        "title": title,
        "run_id": run_id,
        "note": _note(len(ids), all_clusters, len(a), all_links),
        "clusters": {
            "id": ids,
            "x": (xy[:, 0] * scale).round().astype(int).tolist(),
            "y": (-xy[:, 1] * scale).round().astype(int).tolist(),
            "r": (radius * scale).round().astype(int).tolist(),
            "n": clusters["n_accounts"].to_pylist(),
            "score": _percent(clusters["inauthenticity"]),
            "coordination": _percent(clusters["coordination"]),
            "reason": [printable(reason, _REASON) for reason in clusters["reason"].to_pylist()],
            "label": [str(label) for label in labels.to_pylist()],
            "verdict": [kinds.index(given.get(cluster, OPEN)) for cluster in ids],
        },
        "links": {"a": a.tolist(), "b": b.tolist(), "n": n_shared.tolist()},
        "largest": int((radius.max() if len(radius) else 0) * scale),
        "verdicts": kinds,
    }


def _percent(column: Any) -> list[int]:
    return [round(100 * (value or 0.0)) for value in column.to_pylist()]


def _note(n_clusters: int, all_clusters: int, n_links: int, all_links: int) -> str:
    parts = [
        f"{count(all_ - shown)} of {plural(all_, what)}"
        for shown, all_, what in (
            (n_clusters, all_clusters, "cluster"),
            (n_links, all_links, "link"),
        )
        if shown < all_
    ]
    return f"Left out: {' and '.join(parts)}, the lowest ranked." if parts else ""
