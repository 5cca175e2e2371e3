"""All clusters in one picture: how coordinated by how inauthentic, as large as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cib.datasets.wording import count, plural
from cib.viz.drawing import Drawing, figure_of
from cib.viz.tables import Tables, table
from cib.viz.text import plotly_text
from cib.viz.theme import colour, finish

if TYPE_CHECKING:
    from cib.viz.figure import Figure

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
    largest = max((row["n_accounts"] for row in rows), default=1)
    layout = {
        "annotations": [
            _note(0.02, 1.2, "inauthentic, loosely coordinated"),
            _note(0.98, 1.2, "coordinated and inauthentic"),
            _note(0.98, -0.09, "coordinated, may well be innocent"),
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
                largest,
                labelled,
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
    rows: list[dict[str, Any]], name: str, hue: str, symbol: str, largest: int, labelled: int
) -> dict[str, Any]:
    accounts = np.array([row["n_accounts"] for row in rows], float)
    return dict(
        type="scatter",
        x=[row["coordination"] for row in rows],
        y=[row["inauthenticity"] for row in rows],
        name=name,
        mode="markers+text",
        text=[str(row["rank"]) if row["rank"] <= labelled else "" for row in rows],
        textposition="middle right",
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
            "size": (10 + 34 * np.sqrt(accounts / largest)).round(1).tolist(),
            "color": hue,
            "symbol": symbol,
            "opacity": 0.72,
            "line": {"color": colour("node-line"), "width": 1.2},
        },
    )


def _note(x: float, y: float, text: str) -> dict[str, Any]:
    """Say in a corner what it means to stand there."""
    return dict(
        x=x, y=y, text=text, showarrow=False, font={"size": 12, "color": colour("muted")},
        xref="x domain", yref="y", xanchor="right" if x > 0.5 else "left",
    )  # fmt: skip
