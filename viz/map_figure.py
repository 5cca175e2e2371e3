"""The map of clusters as a figure: circles as large as their accounts, joined by shared targets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cib.datasets.wording import plural
from cib.viz.drawing import Drawing
from cib.viz.text import plotly_text
from cib.viz.theme import colour, finish

WIDTH, HEIGHT = 900, 620
"""Pixels within which circles lie, at most."""
SMALLEST = 4.0
"""Pixels across the smallest circle."""


def draw_map(payload: Mapping[str, Any], *, title: str) -> Drawing:
    """Draw the map of clusters.

    Parameters
    ----------
    payload : from `map_payload`: `clusters` (x, y, r, score, label, id, many), `links` (a, b),
        `labels`, `note`
    title : of the picture

    Returns
    -------
    Drawing
        A trace of links, and one of circles whose `customdata` is the cluster's number.
    """
    clusters, links, many = payload["clusters"], payload["links"], payload["clusters"]["many"]
    x, y, r = (np.asarray(clusters[name], float) for name in ("x", "y", "r"))
    y = -y
    low_x, high_x = _ends(x, r)
    low_y, high_y = _ends(y, r)
    high_y = max([high_y, *(-one["y"] for one in payload["labels"])])
    # pixels per unit: circles are drawn in pixels, so the axes must be as large as they say
    per_unit = min(WIDTH / max(high_x - low_x, 1e-9), HEIGHT / max(high_y - low_y, 1e-9))
    room_x = (WIDTH / per_unit - (high_x - low_x)) / 2
    room_y = 12 / per_unit
    # a label is written where it fits into its circle
    fits = 2 * r * per_unit > 6 + 8 * np.array([len(label) for label in clusters["label"]])
    a, b = (np.asarray(links[end], np.int64) for end in ("a", "b"))
    gap = np.full(len(a), np.nan)
    lines = {
        "type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
        "x": np.column_stack((x[a], x[b], gap)).ravel(),
        "y": np.column_stack((y[a], y[b], gap)).ravel(),
        "line": {"color": colour("other"), "width": 0.8},
        "opacity": 0.8 if len(a) < 200 else 0.3 if len(a) < 2000 else 0.14,
    }  # fmt: skip
    score = np.asarray(clusters["score"], float) / 100
    circles = {
        "type": "scatter", "mode": "markers+text", "x": x, "y": y, "showlegend": False,
        "customdata": list(clusters["id"]),
        "text": [plotly_text(label) if fits[place] else ""
                 for place, label in enumerate(clusters["label"])],
        "hovertemplate": "Cluster %{customdata}<extra></extra>",
        "marker": {
            "size": np.maximum(2 * r * per_unit, SMALLEST), "sizemode": "diameter",
            "color": score, "cmin": 0, "cmax": 1, "showscale": True, "opacity": 0.9,
            "colorscale": [[0, colour("grid")], [1, colour("inauthenticity")]],
            "line": {"color": colour("muted"), "width": 0.8},
            "colorbar": {"title": {"text": "inauthenticity", "side": "right"}, "thickness": 12,
                         "len": 0.6, "outlinewidth": 0},
        },
    }  # fmt: skip
    words = [
        {"x": one["x"], "y": -one["y"], "text": plotly_text(one["text"], 60), "showarrow": False,
         "xanchor": one["at"], "yanchor": "bottom"}
        for one in payload["labels"]
    ]  # fmt: skip
    hidden = {"visible": False, "showgrid": False, "fixedrange": True}
    layout = {
        "xaxis": hidden | {"range": [low_x - room_x, high_x + room_x]},
        "yaxis": hidden | {"range": [low_y - room_y, high_y + room_y], "scaleanchor": "x"},
        "annotations": words,
    }
    joined = f"{plural(len(a), 'line')} where they share targets" if len(a) else "no shared target"
    grouped = ", or a group with the number of its clusters" if max(many, default=1) > 1 else ""
    caption = (
        f"A circle is a cluster{grouped}, its area the number of accounts, numbered by rank; "
        f"{joined}. "
        f"{payload['note']}"
    ).strip()
    height = max(int((high_y - low_y) * per_unit), 200) + 144
    return finish([lines, circles], layout, title=title, caption=caption, height=height)


def _ends(middle: Any, radius: Any) -> tuple[float, float]:
    if not len(middle):
        return 0.0, 1.0
    return float((middle - radius).min()), float((middle + radius).max())
