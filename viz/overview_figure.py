"""All clusters in one picture: how coordinated by how inauthentic, as large as they are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cib.datasets.wording import count, plural
from cib.viz.drawing import Drawing, figure_of
from cib.viz.tables import Tables, table
from cib.viz.text import plotly_text
from cib.viz.theme import colour, finish

if TYPE_CHECKING:
    from cib.viz.figure import Figure

SCALE = 980.0, 230.0
"""Pixels from 0 to 1, across and up, of a figure as wide as a page."""
SIDES = {
    "middle right": (1, 0),
    "middle left": (-1, 0),
    "top center": (0, 1),
    "bottom center": (0, -1),
}
"""Where a label can stand beside its mark, what is tried first first; and the way there."""
LABEL, DIGIT = 3.0, 4.0
"""Half of what a label takes, pixels: its rim, and for every digit."""
ABOVE, BELOW = 1.2, -0.09
"""Where the words in the corners stand."""

_RULED_OUT, _OPEN = "Innocent explanation ruled out", "Innocent explanation not ruled out"


def overview_figure(tables: Tables, **options: Any) -> Figure:
    """Draw every cluster by its two scores, as a plotly Figure; see `draw_overview`.

    Examples
    --------
    >>> overview_figure({}).layout.title.text
    'No clusters'
    """
    return figure_of(draw_overview(tables, **options))


def draw_overview(tables: Tables, *, labelled: int = 12) -> Drawing:
    """Draw every cluster by its two scores.

    Parameters
    ----------
    tables : the tables of a run; reads `clusters`
    labelled : so many clusters, best ranked first, carry their rank as a label

    Returns
    -------
    Drawing
        x coordination, y inauthenticity (both 0 to 1), larger for more accounts; one trace for
        clusters whose innocent explanation is ruled out, one for those where it is not. Each
        marker's `customdata` holds cluster_id first.
    """
    rows = table(tables, "clusters").to_pylist()
    rows.sort(key=lambda row: (-row["n_accounts"], row["cluster_id"]))  # small ones on top
    sides = label_sides(rows, labelled)
    layout = {
        "annotations": [
            _note(0.02, ABOVE, "inauthentic, loosely coordinated"),
            _note(0.98, ABOVE, "coordinated and inauthentic"),
            _note(0.98, BELOW, "coordinated, may well be innocent"),
        ],
        "xaxis": {
            "range": [-0.03, 1.05],
            "title": {"text": "Coordination: do they act together?"},
            "dtick": 0.25,
        },
        "yaxis": {
            "range": [-0.15, 1.25],
            "title": {"text": "Inauthenticity: is it fake?"},
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
        },
        "legend": {"traceorder": "reversed"},
    }
    return finish(
        [
            _trace(
                [r for r in rows if r["benign_ruled_out"] is ruled_out],
                name,
                hue,
                symbol,
                _sizes(rows),
                sides,
            )
            for name, ruled_out, hue, symbol in (
                (_OPEN, False, colour("caution-mark"), "diamond"),
                (_RULED_OUT, True, colour("inauthenticity"), "circle"),
            )
        ],
        layout,
        title=plural(len(rows), "cluster") if rows else "No clusters",
        caption="Each mark is one cluster, numbered by rank; the larger, the more accounts. "
        "Select a mark to go to its section.",
        height=420,
    )


def _trace(
    rows: list[dict[str, Any]],
    name: str,
    hue: str,
    symbol: str,
    sizes: Mapping[int, float],
    sides: Mapping[int, str],
) -> dict[str, Any]:
    ids = [row["cluster_id"] for row in rows]
    return dict(
        type="scatter",
        x=[row["coordination"] for row in rows],
        y=[row["inauthenticity"] for row in rows],
        name=name,
        mode="markers+text",
        text=[str(row["rank"]) if row["cluster_id"] in sides else "" for row in rows],
        textposition=[sides.get(one, "middle right") for one in ids],
        textfont={"size": 12},
        customdata=[
            [
                row["cluster_id"],
                row["rank"],
                count(row["n_accounts"]),
                plotly_text(row["kind"]),
                f"{row['coordination']:.2f}",
                f"{row['inauthenticity']:.2f}",
                plotly_text(row["benign_alternative"]),
            ]
            for row in rows
        ],
        hovertemplate="<b>Rank %{customdata[1]}</b>: %{customdata[3]}, %{customdata[2]} accounts"
        "<br>coordination %{customdata[4]}, inauthenticity %{customdata[5]}"
        "<br>innocent explanation: %{customdata[6]}<extra></extra>",
        cliponaxis=False,
        marker={
            "size": [sizes[one] for one in ids],
            "color": hue,
            "symbol": symbol,
            "opacity": 0.72,
            "line": {"color": colour("node-line"), "width": 1.2},
        },
    )


def _sizes(rows: Sequence[Mapping[str, Any]]) -> dict[int, float]:
    """Return how wide each cluster's mark is, pixels."""
    largest = max((row["n_accounts"] for row in rows), default=1)
    return {
        row["cluster_id"]: round(10 + 34 * math.sqrt(row["n_accounts"] / largest), 1)
        for row in rows
    }


def label_sides(rows: Sequence[Mapping[str, Any]], labelled: int) -> dict[int, str]:
    """Say on which side of its mark each label stands: where no other mark or label is.

    Parameters
    ----------
    rows : of `clusters`
    labelled : so many clusters, best ranked first, carry a label

    Returns
    -------
    dict
        cluster_id to a key of `SIDES`; where all are taken, the side with the most room.

    Examples
    --------
    >>> close = [{"cluster_id": i, "rank": i, "n_accounts": 9, "coordination": x,
    ...           "inauthenticity": 1.0} for i, x in ((1, 0.99), (2, 0.97))]
    >>> label_sides(close, 2)
    {1: 'middle right', 2: 'middle left'}
    """
    sizes = _sizes(rows)
    centre = {
        row["cluster_id"]: (row["coordination"] * SCALE[0], row["inauthenticity"] * SCALE[1])
        for row in rows
    }
    taken = [(*centre[one], sizes[one] / 2, one) for one in centre]
    chosen = {}
    for row in sorted(rows, key=lambda row: row["rank"])[:labelled]:
        one = row["cluster_id"]
        x, y = centre[one]
        half = LABEL + DIGIT * len(str(row["rank"]))
        away = sizes[one] / 2 + half
        places = {side: (x + away * dx, y + away * dy) for side, (dx, dy) in SIDES.items()}
        room = {
            side: min(
                *(math.dist(at, (a, b)) - r - half for a, b, r, other in taken if other != one),
                *(abs(at[1] - words * SCALE[1]) - 2 * half for words in (ABOVE, BELOW)),
            )
            for side, at in places.items()
        }
        free = [side for side in SIDES if room[side] >= 0]
        chosen[one] = free[0] if free else max(room, key=lambda side: room[side])
        taken.append((*places[chosen[one]], half, 0))  # no cluster has this number
    return chosen


def _note(x: float, y: float, text: str) -> dict[str, Any]:
    """Say in a corner what it means to stand there."""
    return dict(
        x=x, y=y, text=text, showarrow=False, font={"size": 12, "color": colour("muted")},
        xref="x domain", yref="y", xanchor="right" if x > 0.5 else "left",
    )  # fmt: skip
