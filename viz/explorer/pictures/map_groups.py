"""Groups of clusters on the map: in words, and where they lie beside clusters drawn singly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from cib.datasets.wording import count
from cib.viz.explorer.runs.cluster_groups import BANDS, SIZES
from cib.viz.layout import Points, in_rows
from cib.viz.text import printable

ROOM = 1.15
"""Circles of groups have so many times their radius to themselves."""


@dataclass(frozen=True, slots=True)
class Label:
    """Words on the map; x and y are where they stand, `at` how: left or center."""

    text: str
    x: float
    y: float
    at: str


def band_words(band: int) -> str:
    """Write a band of inauthenticity.

    >>> band_words(4), band_words(0)
    ('0.80 to 1.00', '0.00 to 0.19')
    """
    last = 1.0 if band == BANDS - 1 else (band + 1) / BANDS - 0.01
    return f"{band / BANDS:.2f} to {last:.2f}"


def size_words(size: int) -> str:
    """Write a class of size.

    >>> [size_words(size) for size in (0, 1, 3)]
    ['fewer than 10 accounts each', '10 to 99 accounts each', '1,000 accounts or more each']
    """
    if size == 0:
        return f"fewer than {SIZES[1]} accounts each"
    if size == len(SIZES) - 1:
        return f"{count(SIZES[size])} accounts or more each"
    return f"{count(SIZES[size])} to {count(SIZES[size + 1] - 1)} accounts each"


def group_words(group: Mapping[str, Any]) -> str:
    """Say what the clusters of a group have in common."""
    words = (
        f"{printable(group['kind'], 40)}, inauthenticity {band_words(group['band'])}, "
        f"{size_words(group['size'])}"
    )
    if group["n_parts"] > 1:
        words += f", part {group['part']} of {group['n_parts']} by rank"
    return words


def beside(singles: Points, radius: Points, groups: pa.Table) -> tuple[Points, Points, list[Label]]:
    """Lay groups out on the right of clusters drawn singly: a row per kind, a column per band.

    Parameters
    ----------
    singles : (n, 2) middles of clusters drawn singly
    radius : (n,) their radii
    groups : from `grouped`

    Returns
    -------
    (xy, radii, labels)
        Middles and radii of groups, whose areas are their accounts in a scale of their own, which
        fits; and what stands above rows, columns and single clusters. y grows upwards.
    """
    size = np.sqrt(groups["n_accounts"].to_numpy().astype(np.float64))
    kinds = list(dict.fromkeys(sorted(groups["kind"].to_pylist())))
    rows = np.array([kinds.index(kind) for kind in groups["kind"].to_pylist()])
    bands = sorted(set(groups["band"].to_pylist()), reverse=True)
    columns = np.array([bands.index(band) for band in groups["band"].to_pylist()])
    xy = np.zeros((len(groups), 2))
    room = np.zeros((len(kinds), len(bands), 2))
    for row, column in {*zip(rows.tolist(), columns.tolist(), strict=True)}:
        cell = np.flatnonzero((rows == row) & (columns == column))
        cell = cell[np.argsort(-size[cell], kind="stable")]
        boxes = np.repeat(2 * ROOM * size[cell, None], 2, axis=1)
        corner = np.array(in_rows(boxes)) + boxes / 2
        corner -= (corner - boxes / 2).min(axis=0)
        xy[cell] = corner
        room[row, column] = (corner + boxes / 2).max(axis=0)
    wide, high = room[:, :, 0].max(axis=0), room[:, :, 1].max(axis=1)
    wide = np.maximum(wide, wide.sum() / (len(bands) + 3))
    gap = 0.09 * (high.sum() + len(high))
    left = np.r_[0, np.cumsum(wide + gap / 2)[:-1]]
    top = -np.r_[0, np.cumsum(high + gap)[:-1]]
    xy += np.column_stack(
        (left[columns] + (wide[columns] - room[rows, columns, 0]) / 2, top[rows] - high[rows])
    )
    total = np.array([left[-1] + wide[-1], high.sum() + gap * (len(high) - 1)])
    low = (singles - radius[:, None]).min(axis=0) if len(singles) else np.zeros(2)
    most = (singles + radius[:, None]).max(axis=0) if len(singles) else total
    scale = min((most[1] - low[1]) / total[1], 1.6 * (most[0] - low[0]) / total[0])
    start = np.array([most[0] + 0.06 * (most[0] - low[0]), most[1]])
    line = 0.05 * (most[1] - low[1])
    above = most[1] + 3.2 * line
    labels = [
        Label(f"The first {count(len(singles))} by rank", low[0], above, "left"),
        Label("All others in groups: by inauthenticity", start[0], above, "left"),
    ]
    labels += [
        Label(band_words(band), start[0] + scale * (x + w / 2), start[1] + 1.9 * line, "center")
        for band, x, w in zip(bands, left, wide, strict=True)
    ]
    labels += [
        Label(printable(kind, 40), start[0], start[1] + scale * y + 0.4 * line, "left")
        for kind, y in zip(kinds, top, strict=True)
    ]
    return start + scale * xy, scale * size, labels
