"""Clusters put in groups, where they are too many to be drawn: by kind, score and size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]

BANDS = 5
"""Bands of inauthenticity, as the map has colours: below 0.2, from 0.2, … from 0.8 (two digits)."""
SIZES = (0, 10, 100, 1000)
"""Accounts from which each class of size begins."""
_NO_KIND = "of no kind"


def band_of(scores: pa.ChunkedArray) -> Ints:
    """Return the band of each score, 0 to 4; scores as they are shown, with two digits."""
    percent = np.round(100 * scores.fill_null(0.0).to_numpy()).astype(np.int64)
    return np.asarray(np.minimum(percent * BANDS // 100, BANDS - 1), np.int64)


def grouped(clusters: pa.Table, most: int) -> tuple[pa.Table, Ints]:
    """Put clusters that are alike into groups that can each be drawn.

    Parameters
    ----------
    clusters : kind, inauthenticity, coordination, n_accounts, rank, in order of rank
    most : clusters in a group; where more are alike, they are parted by rank

    Returns
    -------
    (groups, place)
        One row per group, high bands first, then by kind, large clusters first, then by part:
        group (int32, from 1), kind, band (0 to 4), size (place in `SIZES`), part and n_parts (from
        1), n_clusters, n_accounts (of all of them), inauthenticity and coordination (the highest),
        largest (accounts of the largest cluster), rank (the first). And the (n_clusters,) place in
        `groups` of each cluster.
    """
    kinds = clusters["kind"].fill_null(_NO_KIND).combine_chunks().dictionary_encode()
    words = kinds.dictionary.to_pylist()
    n_accounts = clusters["n_accounts"].to_numpy()
    band = band_of(clusters["inauthenticity"])
    size = np.searchsorted(SIZES, n_accounts, side="right") - 1
    by_name = np.argsort(np.argsort(np.array(words, object))) if words else np.zeros(0, np.int64)
    kind = by_name[np.asarray(kinds.indices)].astype(np.int64)
    alike = ((BANDS - 1 - band) * max(len(words), 1) + kind) * len(SIZES) + len(SIZES) - 1 - size
    order = np.argsort(alike, kind="stable")
    first = np.r_[True, np.diff(alike[order]) != 0] if len(order) else np.zeros(0, np.bool_)
    begin = np.flatnonzero(first)
    nth = np.empty(len(order), np.int64)
    nth[order] = np.arange(len(order)) - np.repeat(begin, np.diff(np.r_[begin, len(order)]))
    part = nth // max(most, 1)
    _, one, place = np.unique(
        alike * (len(alike) + 1) + part, return_index=True, return_inverse=True
    )
    n = len(one)
    _, kin, n_parts = np.unique(alike[one], return_inverse=True, return_counts=True)
    sums = clusters.append_column("place", pa.array(place)).group_by("place").aggregate(
        [("rank", "count"), ("n_accounts", "sum"), ("inauthenticity", "max"),
         ("coordination", "max"), ("n_accounts", "max"), ("rank", "min")]
    ).sort_by("place")  # fmt: skip
    groups = pa.table(
        {
            "group": pa.array(np.arange(1, n + 1), pa.int32()),
            "kind": clusters["kind"].fill_null(_NO_KIND).take(pa.array(one)),
            "band": band[one],
            "size": size[one],
            "part": part[one] + 1,
            "n_parts": n_parts[kin],
            "n_clusters": sums["rank_count"],
            "n_accounts": sums["n_accounts_sum"],
            "inauthenticity": pc.fill_null(sums["inauthenticity_max"], 0.0),
            "coordination": pc.fill_null(sums["coordination_max"], 0.0),
            "largest": sums["n_accounts_max"],
            "rank": sums["rank_min"],
        }
    )
    return groups, place
