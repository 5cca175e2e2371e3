"""Honest accounts that each method flags, by the innocent group that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.labels import labelled
from cib.viz.detection_figures import method_colour
from cib.viz.drawing import Drawing, figure_of
from cib.viz.text import plotly_text
from cib.viz.theme import TARGET_SYMBOLS, finish

if TYPE_CHECKING:
    from cib.viz.figure import Figure


def false_positives_figure(table: pa.Table) -> Figure:
    """Draw false positives by group, as a plotly Figure; see `draw_false_positives`."""
    return figure_of(draw_false_positives(table))


def draw_false_positives(table: pa.Table) -> Drawing:
    """Draw the share of each confounder group that is in reported clusters, with intervals.

    Parameters
    ----------
    table : the long table of an evaluation
    """
    rows = table.filter(pc.equal(table["stratum_kind"], "confounder")).to_pylist()
    groups = sorted({row["stratum"] for row in rows}, reverse=True)
    several = len({row["degrade"] for row in rows}) > 1
    methods: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        name = f"{row['source']}, {row['degrade']}" if several else row["source"]
        methods.setdefault(name, []).append(row)
    most = max((row["high"] for row in rows), default=1.0)
    width = 0.62 / max(len(methods), 1)
    data = [
        _marks(name, number, mine, groups, (len(methods) - 1) / 2 * width - number * width)
        for number, (name, mine) in enumerate(methods.items())
    ]
    layout = {
        "xaxis": {
            "title": {"text": "Share of accounts in reported clusters"},
            "tickformat": ".0%",
            "range": [-0.015 * most, 1.04 * most],  # marks at zero stay off the names
        },
        "yaxis": {
            "tickvals": list(range(len(groups))),
            "ticktext": [plotly_text(labelled(group)) for group in groups],
            "range": [-0.6, len(groups) - 0.4],
        },
    }
    return finish(
        data,
        layout,
        title="Honest and grey accounts flagged, by group",
        caption="Each row is a group of people who look like a ring and are none, or ordinary "
        "accounts. Lines are Wilson's 95% intervals: few accounts cannot show that all is well.",
        height=120 + len(groups) * (17 + 9 * len(methods)),
    )


def _marks(
    name: str, number: int, rows: list[dict[str, Any]], groups: list[str], shift: float
) -> dict[str, Any]:
    return dict(
        type="scatter",
        mode="markers",
        name=plotly_text(name),
        x=[row["value"] for row in rows],
        y=[groups.index(row["stratum"]) + shift for row in rows],
        customdata=[
            [
                plotly_text(labelled(row["stratum"])),
                f"{round(row['value'] * row['n']):,} of {row['n']:,}",
                f"{row['low']:.2%} to {row['high']:.2%}",
            ]
            for row in rows
        ],
        hovertemplate="<b>%{fullData.name}</b>, %{customdata[0]}"
        "<br>%{customdata[1]} accounts flagged"
        "<br>95% interval %{customdata[2]}<extra></extra>",
        cliponaxis=False,
        marker={
            "size": 9,
            "color": method_colour(number),
            "symbol": TARGET_SYMBOLS[number % len(TARGET_SYMBOLS)],
            "line": {"color": "#fffffe", "width": 1.2},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [row["high"] - row["value"] for row in rows],
            "arrayminus": [row["value"] - row["low"] for row in rows],
            "color": method_colour(number),
            "thickness": 1.2,
            "width": 0,
        },
    )
