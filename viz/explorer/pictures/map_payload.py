"""What the map of clusters in the browser gets: circles, links, what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from cib.datasets.wording import count
from cib.viz.explorer.pictures.map_groups import Label, beside, group_words
from cib.viz.layout import Points, circle_positions
from cib.viz.text import printable

OPEN = "none yet"
_REASON = 240


def map_payload(
    clusters: pa.Table,
    links: pa.Table,
    *,
    run_id: str,
    note: str = "",
    groups: pa.Table | None = None,
    verdicts: Mapping[int, str] | None = None,
    title: str = "Map of clusters",
    seed: int = 0,
    layout: Points | None = None,
) -> dict[str, Any]:
    """Write clusters as circles that do not overlap, joined where they share targets.

    Parameters
    ----------
    clusters : cluster_id, n_accounts, inauthenticity, coordination, reason; `rank` when there
    links : a, b (places in `clusters`, and after these in `groups`), n_shared (targets of both)
    run_id : of which run; reported when a cluster is opened
    note : what was left out, in words
    groups : of further clusters, from `grouped`
    verdicts : cluster_id → verdict, for those that have one
    title : of an exported picture
    seed : of the layout
    layout : (n_clusters, 2) middles from `circle_positions`; made here when None

    Returns
    -------
    dict
        JSON-able. `clusters`: parallel lists id, x, y, r (one unit, whole numbers), n (accounts),
        score and coordination (0 to 100), reason, label, verdict (place in `verdicts`), many
        (clusters in it: 1, or those of a group). A group has its number, negative, for an id, and
        for scores the highest of its clusters. `links`: a, b, n. `largest`: the largest r.
        `labels`: text, x, y, at. `note`.
    """
    n_accounts = np.asarray(clusters["n_accounts"].to_pylist(), float)
    a, b, n_shared = (
        np.asarray(links[key].to_pylist(), np.int64) if links.num_rows else np.zeros(0, np.int64)
        for key in ("a", "b", "n_shared")
    )
    n = clusters.num_rows
    radius = np.sqrt(np.maximum(n_accounts, 1.0))
    single = (a < n) & (b < n)
    xy = circle_positions(a[single], b[single], radius, seed=seed) if layout is None else layout
    labels: list[Label] = []
    if groups is not None and len(groups):
        there, size, labels = beside(xy, radius, groups)
        xy, radius = np.concatenate((xy, there)), np.concatenate((radius, size))
    scale = 20_000 / max(float(np.ptp(xy, axis=0).max()) if len(xy) else 1.0, 1e-9)
    ids = clusters["cluster_id"].to_pylist()
    given = verdicts or {}
    kinds = [OPEN, *sorted(set(given.values()))]
    names = clusters["rank"] if "rank" in clusters.column_names else clusters["cluster_id"]
    marks: dict[str, list[Any]] = {
        "id": ids,
        "n": clusters["n_accounts"].to_pylist(),
        "score": _percent(clusters["inauthenticity"]),
        "coordination": _percent(clusters["coordination"]),
        "reason": [printable(reason, _REASON) for reason in clusters["reason"].to_pylist()],
        "label": [str(name) for name in names.to_pylist()],
        "verdict": [kinds.index(given.get(cluster, OPEN)) for cluster in ids],
        "many": [1] * n,
    }
    for row in groups.to_pylist() if groups is not None else ():
        of_group = (-row["group"], row["n_accounts"], *(
            round(100 * row[name]) for name in ("inauthenticity", "coordination")
        ), group_words(row), count(row["n_clusters"]), 0, row["n_clusters"])  # fmt: skip
        for values, value in zip(marks.values(), of_group, strict=True):
            values.append(value)
    return {
        "kind": "map",
        "title": title,
        "run_id": run_id,
        "note": note,
        "clusters": {
            **marks,
            "x": (xy[:, 0] * scale).round().astype(int).tolist(),
            "y": (-xy[:, 1] * scale).round().astype(int).tolist(),
            "r": (radius * scale).round().astype(int).tolist(),
        },
        "links": {"a": a.tolist(), "b": b.tolist(), "n": n_shared.tolist()},
        "labels": [
            {"text": one.text, "x": round(one.x * scale), "y": round(-one.y * scale), "at": one.at}
            for one in labels
        ],
        "largest": int((radius.max() if len(radius) else 0) * scale),
        "verdicts": kinds,
    }


def _percent(column: Any) -> list[int]:
    return [round(100 * (value or 0.0)) for value in column.to_pylist()]
