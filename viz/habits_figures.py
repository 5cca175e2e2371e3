"""Habits of a cluster beside those of others: hours of the week, lengths of plays, shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.wording import count, percent, plural
from cib.viz.drawing import Drawing
from cib.viz.text import plotly_text
from cib.viz.theme import colour, finish

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PAID_MS = 30_000
"""From so long on a play is paid."""
LONGEST_MS = 300_000
"""Plays longer than this are counted in the last bin."""
BIN_MS = 5_000

FEWEST = 50
"""Interactions of others without which they say nothing of habits."""

Counts = npt.NDArray[np.int64]


def draw_hours_of_week(
    members: Counts, others: Counts | None = None, names: tuple[str, str] = ("members", "others")
) -> Drawing:
    """Draw when in the week (UTC) members act, and others beside them.

    Parameters
    ----------
    members, others : (7, 24) interactions, Monday first; others are not drawn when too few
    names : what the two sides are called; safe text. With other names than these, the second side
        is no comparison, and is drawn however little it did.
    """
    sides = [(names[0], members)]
    if others is not None and (others.sum() >= FEWEST or names[1] != "others"):
        sides.append((names[1], others))
    data: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": notes}
    for i, (side, counts) in enumerate(sides):
        named = side[:1].upper() + side[1:]
        suffix = "" if i == 0 else "2"
        total = max(int(counts.sum()), 1)
        share = counts / total
        data.append({
            "type": "heatmap", "z": share.round(5).tolist(), "x": list(range(24)), "y": list(DAYS),
            "zmin": 0, "zmax": max(float(share.max()), 1e-9), "xgap": 1, "ygap": 1,
            "colorscale": [[0, colour("grid")], [1, colour("coordination" if i == 0 else "ink")]],
            "showscale": False, "xaxis": f"x{suffix}", "yaxis": f"y{suffix}",
            "text": [[f"{count(n)} of {count(total)}" for n in row] for row in counts.tolist()],
            "hovertemplate": "%{y} %{x}:00 UTC: %{text}<extra></extra>",
        })  # fmt: skip
        left = i / len(sides)
        layout[f"xaxis{suffix}"] = {
            "domain": [left + (0.04 if i else 0), (i + 1) / len(sides) - 0.005],
            "tickvals": [0, 6, 12, 18], "ticktext": ["0 h", "6 h", "12 h", "18 h"],
            "showgrid": False, "fixedrange": True, "anchor": f"y{suffix}",
        }  # fmt: skip
        layout[f"yaxis{suffix}"] = {
            "autorange": "reversed", "showgrid": False, "fixedrange": True,
            "anchor": f"x{suffix}", "showticklabels": i == 0,
        }  # fmt: skip
        notes.append({
            "text": f"<b>{named}</b> · {plural(int(counts.sum()), 'interaction')}",
            "xref": "paper", "yref": "paper", "x": left + (0.04 if i else 0), "y": 1.02,
            "xanchor": "left", "yanchor": "bottom", "showarrow": False,
        })  # fmt: skip
    caption = (
        "The stronger the colour, the larger the share of a side's interactions in that hour (UTC)."
    )
    if len(sides) == 1:
        caption += " Of others there are too few interactions with the targets to compare."
    return finish(data, layout, title="Hours of the week", caption=caption, height=230)


def draw_durations(
    members: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]] = ()
) -> Drawing:
    """Draw how long plays of targets last, with the 30 s from which one is paid.

    Parameters
    ----------
    members, others : (start of a bin in ms, plays in it)
    """
    n_bins = LONGEST_MS // BIN_MS
    data = []
    sides = [("members", members, "coordination"), ("others", others, "other")]
    shown = [
        (side, pairs, ink)
        for side, pairs, ink in sides
        if side == "members" or sum(n for _, n in pairs) >= FEWEST
    ]
    for side, pairs, ink in shown:
        counts = np.zeros(n_bins + 1)
        for ms, n in pairs:
            counts[min(ms // BIN_MS, n_bins)] += n
        share = counts / max(counts.sum(), 1)
        data.append({
            "type": "bar", "name": side, "x": [i * BIN_MS / 1000 for i in range(n_bins + 1)],
            "y": share.round(5).tolist(), "offset": 0,
            "width": BIN_MS / 1000 * (0.92 if side == "members" else 0.5),
            "marker": {"color": colour(ink), "opacity": 0.75 if side == "members" else 0.9},
            "hovertemplate": "%{x} s and up: %{y:.1%} of " + side + "' plays<extra></extra>",
        })  # fmt: skip
    layout = {
        "barmode": "overlay", "showlegend": len(data) > 1,
        "xaxis": {"title": {"text": "seconds a play lasted"}, "fixedrange": True,
                  "range": [0, LONGEST_MS / 1000 + 6], "dtick": 30, "showgrid": False},
        "yaxis": {"tickformat": ".0%", "fixedrange": True, "rangemode": "tozero", "nticks": 5},
        "shapes": [{"type": "line", "x0": 30, "x1": 30, "y0": 0, "y1": 1, "yref": "paper",
                    "line": {"color": colour("caution"), "width": 1.5, "dash": "dash"}}],
        "annotations": [{"text": "30 s: paid", "x": 31, "y": 1, "yref": "paper",
                         "xanchor": "left", "yanchor": "top", "showarrow": False,
                         "font": {"color": colour("caution")}}],
    }  # fmt: skip
    early, paid = _just_paid(members)
    caption = (
        f"Of the members' plays {percent(early)} end before 30 s, {percent(paid)} within the five "
        "seconds after. Plays of five minutes and more are in the last bar."
    )
    return finish(data, layout, title="Lengths of plays", caption=caption, height=260)


def _just_paid(pairs: Sequence[tuple[int, int]]) -> tuple[float, float]:
    total = max(sum(n for _, n in pairs), 1)
    early = sum(n for ms, n in pairs if ms < PAID_MS)
    paid = sum(n for ms, n in pairs if PAID_MS <= ms < PAID_MS + 5000)
    return early / total, paid / total


def draw_shares(
    rows: Sequence[tuple[str, float, float | None]], *, title: str, caption: str
) -> Drawing:
    """Draw shares of members and of others, a pair of bars per value.

    Parameters
    ----------
    rows : safe text of the value, share of members (0–1), share of others (None when not known)
    caption : may hold no name from a log
    """
    places = list(range(len(rows)))
    labels = [plotly_text(text, 28) for text, _, _ in rows]
    data: list[dict[str, Any]] = []
    for side, values, ink, offset in (
        ("members", [share for _, share, _ in rows], "coordination", -0.36),
        ("others", [share for _, _, share in rows], "other", 0.02),
    ):
        if all(value is None for value in values):
            continue
        data.append({
            "type": "bar", "orientation": "h", "name": side, "y": places, "x": values,
            "offset": offset, "width": 0.34, "marker": {"color": colour(ink)},
            "text": [percent(value) if value is not None else "" for value in values],
            "textposition": "outside", "cliponaxis": False,
            "hovertemplate": "%{text} of " + side + "<extra></extra>",
        })  # fmt: skip
    layout = {
        "showlegend": len(data) > 1,
        "xaxis": {"range": [0, 1.1], "tickvals": [0, 0.5, 1], "tickformat": ".0%",
                  "fixedrange": True},
        "yaxis": {"tickvals": places, "ticktext": labels, "range": [len(rows) - 0.5, -0.6],
                  "showgrid": False, "fixedrange": True, "ticklabelstandoff": 6},
    }  # fmt: skip
    height = 72 + 36 * max(len(rows), 1)
    return finish(data, layout, title=title, caption=caption, height=height)
