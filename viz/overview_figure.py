"""All clusters in one picture: how coordinated by how inauthentic, as large as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from cib.datasets.wording import count, plural
from cib.viz.tables import Tables, table
from cib.viz.text import plotly_text
from cib.viz.theme import colour, finish

_RULED_OUT, _OPEN = "Innocent explanation ruled out", "Innocent explanation not ruled out"


def overview_figure(tables: Tables, *, labelled: int = 12) -> go.Figure:
    """Draw every cluster by its two scores.

    Parameters
    ----------
    tables : the tables of a run; reads `clusters`
    labelled : so many clusters, best ranked first, carry their rank as a label

    Returns
    -------
    plotly Figure
        x coordination, y inauthenticity (both 0 to 1), larger for more accounts; one trace for
        clusters whose innocent explanation is ruled out, one for those where it is not. Each
        marker's `customdata` holds cluster_id first.

    Examples
    --------
    >>> overview_figure({}).layout.title.text
    'No clusters'
    """
    rows = table(tables, "clusters").to_pylist()
    rows.sort(key=lambda row: (-row["n_accounts"], row["cluster_id"]))  # small ones on top
    largest = max((row["n_accounts"] for row in rows), default=1)
    figure = go.Figure()
    for name, ruled_out, hue, symbol in (
        (_OPEN, False, colour("caution-mark"), "diamond"),
        (_RULED_OUT, True, colour("inauthenticity"), "circle"),
    ):
        figure.add_trace(_trace([r for r in rows if r["benign_ruled_out"] is ruled_out],
                                name, hue, symbol, largest, labelled))  # fmt: skip
    for x, text in (
        (0.02, "inauthentic, loosely coordinated"),
        (0.98, "coordinated and inauthentic"),
    ):
        _note(figure, x, 1.2, text)
    _note(figure, 0.98, -0.09, "coordinated, may well be innocent")
    figure.update_xaxes(
        range=[-0.03, 1.05], title="Coordination: do they act together?", dtick=0.25
    )
    figure.update_yaxes(range=[-0.15, 1.25], title="Inauthenticity: is it fake?", dtick=0.25)
    figure.update_layout(legend_traceorder="reversed")
    return finish(
        figure,
        title=plural(len(rows), "cluster") if rows else "No clusters",
        caption="Each mark is one cluster, numbered by rank; the larger, the more accounts. "
        "Select a mark to go to its section.",
        height=420,
    )


def _trace(
    rows: list[dict[str, Any]], name: str, hue: str, symbol: str, largest: int, labelled: int
) -> go.Scatter:
    accounts = np.array([row["n_accounts"] for row in rows], float)
    return go.Scatter(
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


def _note(figure: go.Figure, x: float, y: float, text: str) -> None:
    """Write in a corner what it means to stand there."""
    figure.add_annotation(
        x=x, y=y, text=text, showarrow=False, font={"size": 12, "color": colour("muted")},
        xref="x domain", yref="y", xanchor="right" if x > 0.5 else "left",
    )  # fmt: skip
