"""The edges of a network picture as arrays: one row per pair and layer, with its evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.viz.tables import plain

ACTED_ON = "acted on"
"""The layer that joins an account to a target."""


def edge_arrays(table: pa.Table) -> dict[str, npt.NDArray[Any]]:
    """Return the edges as arrays, one row per pair and layer (the strongest of its windows)."""
    a, b = (plain(table[end]).to_numpy(zero_copy_only=False).astype(np.int64) for end in "ab")
    weight, expected, q = (
        pc.fill_null(plain(table[key]).cast(pa.float64()), float("nan")).to_numpy(
            zero_copy_only=False
        )
        for key in ("weight", "expected", "q_value")
    )
    known = ~np.isnan(q)
    with np.errstate(divide="ignore"):
        log_q = np.where(known, np.minimum(-np.log10(np.where(known, q, 1.0)), 300.0), -1.0)
    found = {
        "a": np.minimum(a, b),
        "b": np.maximum(a, b),
        "layer": np.array([str(layer) for layer in table["layer"].to_pylist()], object),
        # downwards: what is called q ≤ 10^−3 must not be 10^−2.96
        "q": np.where(known, np.floor(np.maximum(log_q, 0.0) * 10 + 1e-6) / 10, -1.0),
        "weight": np.maximum(np.nan_to_num(weight), 1e-9),
        "observed": np.array([value or 0 for value in table["observed"].to_pylist()], object),
        "expected": expected,
    }
    seen: set[tuple[int, int, str]] = set()
    kept = []
    for i in np.lexsort((-found["q"], -found["weight"])).tolist():
        pair = (int(found["a"][i]), int(found["b"][i]), found["layer"][i])
        if pair not in seen:
            seen.add(pair)
            kept.append(i)
    return {key: values[sorted(kept)] for key, values in found.items()}


def join_arrays(
    joins: pa.Table | None, rows: list[int]
) -> tuple[dict[str, npt.NDArray[Any]], list[tuple[int, Any]]]:
    """Return account–target pairs as edges (targets numbered after the accounts), the targets."""
    if joins is None or joins.num_rows == 0:
        return {}, []
    place = {row: i for i, row in enumerate(rows)}
    listed = [row for row in joins.to_pylist() if row["account_row"] in place]
    targets = list(dict.fromkeys((row["target_row"], row["content_id"]) for row in listed))
    number = {row: len(rows) + i for i, (row, _) in enumerate(targets)}
    n = len(listed)
    times = np.array([row["n_interactions"] for row in listed], float)
    return {
        "a": np.array([place[row["account_row"]] for row in listed], np.int64),
        "b": np.array([number[row["target_row"]] for row in listed], np.int64),
        "layer": np.array([ACTED_ON] * n, object),
        "q": np.full(n, -1.0),
        "weight": np.maximum(times, 1e-9),
        "observed": np.array([int(t) for t in times], object),
        "expected": np.full(n, np.nan),
    }, targets


def by_use(layer: npt.NDArray[Any]) -> list[str]:
    """Return the names of the layers, the most common one first."""
    names, times = np.unique(layer.astype(str), return_counts=True)
    return [str(names[i]) for i in np.lexsort((names, -times))]


def thirds(weight: npt.NDArray[np.float64]) -> list[int]:
    """Return the strength of each edge in three classes, 0 to 2.

    >>> thirds(np.array([1.0, 2.0, 9.0])), thirds(np.array([4.0, 4.0]))
    ([0, 1, 2], [1, 1])
    """
    if not len(weight):
        return []
    cuts = np.quantile(weight, [1 / 3, 2 / 3])
    low, high = (np.searchsorted(cuts, weight, side=side) for side in ("left", "right"))
    return [int(third) for third in (low + high) // 2]  # where all are equal, all are in the middle


def q_range(q: npt.NDArray[np.float64]) -> tuple[float, int]:
    """Return the least and the largest −log10 q worth a slider.

    None lies below the least, down to the half; nine of ten lie at or below the largest.

    >>> q_range(np.array([1.4, 3.0, -1.0]))
    (1.0, 3)
    """
    known = q[q >= 0]
    if not len(known):
        return 0.0, 2
    most = int(min(max(np.ceil(np.quantile(known, 0.9)), 2), 60))
    return min(float(np.floor(2 * known.min()) / 2), most - 0.5), most
