"""Reliability diagram: predicted inauthenticity of clusters against the share that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from cib.algorithms.evaluation.reliability import EDGES
from cib.datasets.wording import plural
from cib.viz.detection_figures import method_colour
from cib.viz.drawing import Drawing, figure_of
from cib.viz.text import plotly_text
from cib.viz.theme import TARGET_SYMBOLS, colour, finish

if TYPE_CHECKING:
    from cib.viz.figure import Figure

HEIGHT = 520
SMALLEST, LARGEST = 9.0, 34.0
"""Diameters in pixels of the marks of hardly any clusters and of the most."""


@dataclass(frozen=True, slots=True)
class ReliabilityPoint:
    """One method's clusters in one bin of predictions."""

    name: str
    n: int
    predicted: float
    observed: float
    low: float
    high: float


def reliability_points(table: pa.Table) -> dict[str, list[ReliabilityPoint]]:
    """Predicted and observed shares by method and bin.

    Parameters
    ----------
    table : the long table of an evaluation

    Returns
    -------
    dict
        Method → its points in the order of the table; methods that predict nothing are left out.
    """
    rows = table.filter(pc.equal(table["stratum_kind"], "reliability")).to_pylist()
    several = len({degrade for _, degrade in _methods(table)}) > 1
    bins: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        method = f"{row['source']}, {row['degrade']}" if several else row["source"]
        bins.setdefault((method, row["stratum"]), {})[row["measure"]] = row
    out: dict[str, list[ReliabilityPoint]] = {}
    for (method, name), mine in bins.items():
        seen, predicted = mine["observed"], mine["predicted"]["value"]
        out.setdefault(method, []).append(
            ReliabilityPoint(name, seen["n"], predicted, seen["value"], seen["low"], seen["high"])
        )
    return out


def _methods(table: pa.Table) -> list[tuple[str, str]]:
    """Source and degrade mode of every method, in the order in which other figures colour them."""
    pairs = zip(table["source"].to_pylist(), table["degrade"].to_pylist(), strict=True)
    return list(dict.fromkeys(pairs))


def reliability_figure(table: pa.Table) -> Figure:
    """Draw the reliability of predictions, as a plotly Figure; see `draw_reliability`."""
    return figure_of(draw_reliability(table))


def draw_reliability(table: pa.Table) -> Drawing:
    """Draw the share of clusters that is inauthentic against what was predicted.

    Parameters
    ----------
    table : the long table of an evaluation
    """
    lines = reliability_points(table)
    most = max((p.n for points in lines.values() for p in points), default=1)
    data = [_diagonal()]
    known = _methods(table)
    several = len({degrade for _, degrade in known}) > 1
    for number, (source, degrade) in enumerate(known):
        method = f"{source}, {degrade}" if several else source
        if method in lines:
            data.append(_marks(number, method, lines[method], most))
    # bare numbers, upright: 95 and 100 stand side by side on a telephone as well
    ends = {
        "range": [-0.03, 1.03],
        "tickvals": list(EDGES),
        "ticktext": [f"{100 * end:.0f}" for end in EDGES],
        "tickangle": 0,
    }
    shares = {"range": [-0.12, 1.12], "tick0": 0, "dtick": 0.2, "tickformat": ".0%"}
    n = max((sum(p.n for p in points) for points in lines.values()), default=0)
    layout = {
        "xaxis": {"title": {"text": "Predicted: mean inauthenticity of a bin, %"}, **ends},
        "yaxis": {"title": {"text": "Observed: share that is inauthentic"}, **shares},
        "showlegend": len(lines) > 1,
        "annotations": [
            _remark("above the line: too cautious", 0.0, 1.08, "left"),
            _remark("below the line: too sure", 1.0, -0.08, "right"),
        ],
    }
    return finish(
        data,
        layout,
        title="Inauthenticity of clusters, predicted and observed",
        caption=f"{plural(n, 'cluster')}, reported or not, in bins whose ends are the upright "
        "lines; the larger a mark, the more of them. On the dashed line predictions come true. "
        "Bars are Wilson's 95% intervals of the share.",
        height=HEIGHT,
    )


def _diagonal() -> dict[str, Any]:
    return dict(
        type="scatter",
        mode="lines",
        x=[0, 1],
        y=[0, 1],
        line={"color": colour("other"), "width": 1.6, "dash": "dash"},
        hoverinfo="skip",
        showlegend=False,
        name="as predicted",
    )


def _remark(text: str, x: float, y: float, side: str) -> dict[str, Any]:
    return {
        "text": text,
        "x": x,
        "y": y,
        "xanchor": side,
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 12, "color": colour("muted")},
    }


def _marks(number: int, method: str, points: list[ReliabilityPoint], most: int) -> dict[str, Any]:
    """Draw a method's points: areas grow with the number of clusters."""
    return dict(
        type="scatter",
        mode="markers",
        name=plotly_text(method),
        x=[p.predicted for p in points],
        y=[p.observed for p in points],
        customdata=[
            [
                plotly_text(p.name),
                f"{p.predicted:.1%}",
                f"{round(p.observed * p.n):,} of {plural(p.n, 'cluster')}",
                f"{p.low:.0%} to {p.high:.0%}",
            ]
            for p in points
        ],
        hovertemplate="<b>%{fullData.name}</b>, inauthenticity %{customdata[0]}"
        "<br>predicted %{customdata[1]}"
        "<br>%{customdata[2]} inauthentic"
        "<br>95% interval %{customdata[3]}<extra></extra>",
        cliponaxis=False,
        marker={
            "size": [SMALLEST + (LARGEST - SMALLEST) * (p.n / most) ** 0.5 for p in points],
            "color": method_colour(number),
            "symbol": TARGET_SYMBOLS[number % len(TARGET_SYMBOLS)],
            "opacity": 0.85,
            "line": {"color": "#fffffe", "width": 1.4},
        },
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [p.high - p.observed for p in points],
            "arrayminus": [p.observed - p.low for p in points],
            "color": method_colour(number),
            "thickness": 1.6,
            "width": 4,
        },
    )
