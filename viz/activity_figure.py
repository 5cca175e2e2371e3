"""Interactions over time in equal stretches: of one account or target, of clusters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from cib.datasets.wording import span
from cib.viz.drawing import Drawing
from cib.viz.theme import TARGET_COLOURS, colour, finish

DASHES = ("solid", "dot")


def draw_activity(
    counts: Sequence[npt.NDArray[np.int64]],
    names: Sequence[str],
    first: datetime,
    last: datetime,
    *,
    title: str,
) -> Drawing:
    """Draw how much is done through some time, by one or by each of two.

    Parameters
    ----------
    counts : for each, interactions in each of n equal stretches from first to last
    names : what each is called; safe text
    first, last : UTC
    title : of the picture

    Examples
    --------
    >>> counts = [np.array([1, 2]), np.array([0, 3])]
    >>> drawn = draw_activity(counts, ["A", "B"], datetime(2026, 1, 1), datetime(2026, 1, 3),
    ...                       title="A and B")
    >>> [trace["name"] for trace in drawn["data"]]
    ['A', 'B']
    """
    n = len(counts[0])
    width = (last - first) / n
    starts = [(first + i * width).isoformat() for i in range(n)]
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": starts,
            "y": count.tolist(),
            "name": name,
            # two dashes, so that colour is never the only difference
            "line": {"color": colours[0], "dash": dash, "width": 2, "shape": "hvh"},
        }
        for count, name, colours, dash in zip(counts, names, TARGET_COLOURS, DASHES, strict=False)
    ]
    layout = {
        "xaxis": {"type": "date", "title": {"text": "time (UTC)"}},
        "yaxis": {"rangemode": "tozero", "title": {"text": "interactions with targets"}},
        "showlegend": len(traces) > 1,
    }
    caption = f"In {n} equal stretches of {span(first, last)}."
    return finish(traces, layout, title=title, caption=caption, height=420)


def draw_rows(
    counts: Sequence[npt.NDArray[np.int64]],
    names: Sequence[str],
    first: datetime,
    last: datetime,
    *,
    title: str,
) -> Drawing:
    """Draw how much many clusters do through some time: a row each, the darker the more.

    Parameters
    ----------
    counts : for each, interactions in each of n equal stretches from first to last
    names : what each is called; safe text, and none twice
    first, last : UTC
    title : of the picture

    Examples
    --------
    >>> counts = [np.array([1, 2]), np.array([0, 5])]
    >>> drawn = draw_rows(counts, ["A", "B"], datetime(2026, 1, 1), datetime(2026, 1, 3), title="")
    >>> drawn["data"][0]["z"]
    [[0.5, 1.0], [0.0, 1.0]]
    """
    n = len(counts[0]) if counts else 1
    width = (last - first) / n
    shares = [(count / max(int(count.max()), 1)).round(3).tolist() for count in counts]
    trace = {
        "type": "heatmap", "z": shares, "y": list(names), "showscale": False, "hoverinfo": "skip",
        "x": [(first + (i + 0.5) * width).isoformat() for i in range(n)], "xgap": 0.5, "ygap": 2,
        "zmin": 0, "zmax": 1,
        "colorscale": [[0, colour("grid")], [1, colour("coordination")]],
    }  # fmt: skip
    layout = {
        "xaxis": {"type": "date", "showgrid": False, "title": {"text": "time (UTC)"}},
        "yaxis": {"autorange": "reversed", "showgrid": False, "type": "category", "dtick": 1},
    }
    caption = (
        f"Interactions in {n} equal stretches of {span(first, last)}; the darkest stretch of a row "
        "is its busiest."
    )
    return finish([trace], layout, title=title, caption=caption, height=160 + 20 * len(counts))
