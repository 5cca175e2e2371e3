"""The targets of a cluster: what part of each content's interactions its members make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cib.datasets.wording import count, percent, plural
from cib.viz.drawing import Drawing, figure_of
from cib.viz.tables import Tables, main_targets
from cib.viz.text import plotly_text
from cib.viz.theme import TARGET_COLOURS, colour, finish

if TYPE_CHECKING:
    from cib.viz.figure import Figure


def targets_figure(tables: Tables, cluster_id: int, **options: Any) -> Figure:
    """Draw a cluster's share of its main targets as a plotly Figure; see `draw_targets`.

    Examples
    --------
    >>> targets_figure({}, 1).layout.title.text
    'Cluster 1: what it acted on'
    """
    return figure_of(draw_targets(tables, cluster_id, **options))


def draw_targets(tables: Tables, cluster_id: int, *, named_targets: int = 8) -> Drawing:
    """Draw the share that a cluster makes of all interactions with each of its main targets.

    Parameters
    ----------
    tables : the tables of a run; reads `targets`
    cluster_id : which cluster
    named_targets : how many targets to draw (8 at most), in the raster's colours

    Returns
    -------
    Drawing
        One horizontal bar per target, 0 to 1, the members' share first, everyone else's after.
    """
    targets = main_targets(tables, cluster_id)
    rows = targets.slice(0, min(named_targets, len(TARGET_COLOURS))).to_pylist()
    shares = [_share(row) for row in rows]
    places = list(range(len(rows)))
    made = [f"{count(row['n_interactions'])} of {count(row['n_interactions_all'])}" for row in rows]
    bars: list[dict[str, Any]] = [
            dict(
                type="bar",
                x=shares, y=places, orientation="h", name="by this cluster", showlegend=False,
                marker={"color": [TARGET_COLOURS[place][0] for place in places], "opacity": 0.9},
                customdata=[[plotly_text(row["content_id"], 80), m, percent(s)]
                            for row, m, s in zip(rows, made, shares, strict=True)],
                hovertemplate="%{customdata[0]}<br>%{customdata[1]} interactions "
                "(%{customdata[2]}) are this cluster's<extra></extra>",
            ),
            dict(
                type="bar",
                x=[1 - share for share in shares], y=places, orientation="h", showlegend=False,
                name="by everyone else", hoverinfo="skip",
                marker={"color": colour("other"), "opacity": 0.28},
            ),
    ]  # fmt: skip
    notes = [
        dict(
            x=1.02, y=place, text=f"<b>{percent(share)}</b>  {text}", showarrow=False,
            xanchor="left", xref="x", yref="y", align="left",
        )
        for place, (text, share) in enumerate(zip(made, shares, strict=True))
    ]  # fmt: skip
    layout = {
        "annotations": notes,
        "xaxis": {
            "range": [0, 1.85], "tickvals": [0, 0.5, 1], "tickformat": ".0%", "fixedrange": True,
        },
        "yaxis": {
            "range": [len(rows) - 0.4, -0.6], "tickvals": places, "fixedrange": True,
            "showgrid": False, "ticklabelstandoff": 6,
            "ticktext": [plotly_text(row["content_id"], 24) for row in rows],
        },
        "barmode": "stack",
        "bargap": 0.35,
        "legend": {"yanchor": "top"},
    }  # fmt: skip
    left_out = targets.num_rows - len(rows)
    rest = f" The other {plural(left_out, 'target')} are in the table." if left_out else ""
    return finish(
        bars,
        layout,
        title=f"Cluster {cluster_id}: what it acted on",
        caption=f"Of all interactions with a target, how many this cluster made.{rest}",
        height=60 + 34 * max(len(rows), 1) + 20,
    )


def _share(row: dict[str, float | None]) -> float:
    """Return a target's share as a number that can be drawn."""
    return min(max(row["share"] or 0.0, 0.0), 1.0)
