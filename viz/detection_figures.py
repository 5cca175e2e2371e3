"""Detection curves: how the share of rings that a method reports falls as rings get harder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from cib.algorithms.evaluation.strata import CAMOUFLAGE_BINS, SIZE_BINS
from cib.algorithms.evaluation.uncertainty import ring_draws, share_interval
from cib.datasets.wording import plural
from cib.viz.drawing import Drawing, figure_of
from cib.viz.text import plotly_text, printable
from cib.viz.theme import TARGET_COLOURS, TARGET_SYMBOLS, finish

if TYPE_CHECKING:
    from cib.viz.figure import Figure

DASHES = ("solid", "dash", "dot")
"""Past the last colour the colours come again, with another dash."""

HEIGHT = 460

MOST_BANDS = 3
"""Methods whose intervals are drawn as bands; with more, only those of the first."""


@dataclass(frozen=True, slots=True)
class Point:
    """One method's rings in one bin."""

    name: str
    x: float
    n_reported: int
    n: int
    low: float
    high: float


def curves(
    rings: pa.Table, column: str, bins: str, names: Sequence[str], *, draws: int = 1000
) -> dict[str, list[Point]]:
    """Share of rings reported in each bin, for each method.

    Parameters
    ----------
    rings : the rings of an evaluation
    column : what is on the x axis; a bin stands at its rings' mean, for sizes the geometric one
    bins : column with the name of each ring's bin
    names : of the bins, in order
    draws : bootstrap draws of rings, for intervals

    Returns
    -------
    dict
        Method, in the order of the table → its points; empty bins are left out.
    """
    out: dict[str, list[Point]] = {}
    rows = rings.to_pylist()
    several = len({row["degrade"] for row in rows}) > 1
    by_bin: dict[str, list[float]] = {}
    for row in rows:
        if row[bins] is not None and row[column] is not None:
            by_bin.setdefault(row[bins], []).append(row[column])
    for row in rows:
        method = f"{row['source']}, {row['degrade']}" if several else row["source"]
        out.setdefault(method, [])
    for method in out:
        mine = [
            row
            for row in rows
            if method == (f"{row['source']}, {row['degrade']}" if several else row["source"])
        ]
        for name in names:
            hit = np.array([row["reported"] for row in mine if row[bins] == name], np.bool_)
            if not len(hit) or name not in by_bin:
                continue
            low, high = share_interval(ring_draws(len(hit), draws, 0), hit)
            values = np.asarray(by_bin[name], float)
            x = np.exp(np.log(values).mean()) if column == "n_accounts" else values.mean()
            out[method].append(Point(name, float(x), int(hit.sum()), len(hit), low, high))
    return out


def camouflage_curves(rings: pa.Table, **options: Any) -> dict[str, list[Point]]:
    """Share of rings reported by camouflage; see `curves`."""
    return curves(rings, "camouflage", "camouflage_bin", CAMOUFLAGE_BINS, **options)


def size_curves(rings: pa.Table, **options: Any) -> dict[str, list[Point]]:
    """Share of rings reported by size; see `curves`."""
    return curves(rings, "n_accounts", "size_bin", SIZE_BINS, **options)


def camouflage_figure(rings: pa.Table) -> Figure:
    """Draw recall against camouflage, as a plotly Figure; see `draw_camouflage`."""
    return figure_of(draw_camouflage(rings))


def size_figure(rings: pa.Table) -> Figure:
    """Draw recall against ring size, as a plotly Figure; see `draw_size`."""
    return figure_of(draw_size(rings))


def draw_camouflage(rings: pa.Table) -> Drawing:
    """Draw the share of rings reported against the share of their plays that are a cover."""
    layout = {
        "xaxis": {
            "title": {"text": "Camouflage: share of a ring's plays that are a cover"},
            "range": [-0.02, 1.02],
            "tickformat": ".0%",
            "dtick": 0.1,
        }
    }
    return _draw(camouflage_curves(rings), layout, "Rings reported, by camouflage", rings)


def draw_size(rings: pa.Table) -> Drawing:
    """Draw the share of rings reported against their number of accounts."""
    ticks = [n * 10**k for k in range(5) for n in (1, 2, 5)]
    sizes = [row for row in rings["n_accounts"].to_pylist() if row]
    low, high = min(sizes, default=10), max(sizes, default=1000)
    layout = {
        "xaxis": {
            "title": {"text": "Accounts of a ring (log scale)"},
            "type": "log",
            "range": [float(np.log10(low / 1.4)), float(np.log10(high * 1.4))],
            "tickvals": ticks,
            "ticktext": [f"{tick:,}" for tick in ticks],
        }
    }
    return _draw(size_curves(rings), layout, "Rings reported, by size", rings)


def most_rings(rings: pa.Table) -> int:
    """Rings of the method and degrade mode that has most; usually all have the same."""
    methods = zip(rings["source"].to_pylist(), rings["degrade"].to_pylist(), strict=True)
    return max(Counter(methods).values(), default=0)


def _draw(
    lines: dict[str, list[Point]], layout: dict[str, Any], title: str, rings: pa.Table
) -> Drawing:
    data: list[dict[str, Any]] = []
    # Bands of many methods would only make a cloud; the tables have their intervals.
    banded = list(lines)[: len(lines) if len(lines) <= MOST_BANDS else 1]
    for number, method in enumerate(banded):
        data += _band(number, method, lines[method], 0.16)
    whose = "" if len(banded) == len(lines) else f" of {printable(banded[0], 60)}"
    for number, (method, points) in enumerate(lines.items()):
        data.append(_line(number, method, points))
    layout["yaxis"] = {
        "title": {"text": "Rings reported"},
        "range": [-0.03, 1.05],
        "tickformat": ".0%",
        "dtick": 0.25,
    }
    return finish(
        data,
        layout,
        title=title,
        caption=f"{plural(most_rings(rings), 'ring')}, in bins; a mark stands at its bin's mean. "
        "A ring is reported when a reported cluster and it share at least half of their union. "
        f"Bands{whose}: 95% bootstrap over rings, Wilson's where all rings of a bin agree.",
        height=HEIGHT,
    )


def method_colour(number: int) -> str:
    """Colour of a method, by its place in the table."""
    return TARGET_COLOURS[number % len(TARGET_COLOURS)][0]


def _band(
    number: int, method: str, points: Sequence[Point], opacity: float
) -> list[dict[str, Any]]:
    """Shade the intervals of a line of several points."""
    if len(points) < 2:
        return []
    return [
        dict(
            type="scatter",
            mode="lines",
            x=[p.x for p in points] + [p.x for p in reversed(points)],
            y=[p.low for p in points] + [p.high for p in reversed(points)],
            fill="toself",
            fillcolor=method_colour(number),
            line={"width": 0, "color": method_colour(number)},
            opacity=opacity,
            hoverinfo="skip",
            showlegend=False,
            legendgroup=str(number),
            name=plotly_text(method),
        )
    ]


def _line(number: int, method: str, points: Sequence[Point]) -> dict[str, Any]:
    """Draw a method's points, joined; a point that stands alone has its interval as a bar."""
    alone = len(points) == 1
    return dict(
        type="scatter",
        mode="lines+markers",
        name=plotly_text(method),
        legendgroup=str(number),
        x=[p.x for p in points],
        y=[p.n_reported / p.n for p in points],
        customdata=[
            [plotly_text(p.name), p.n_reported, plural(p.n, "ring"), f"{p.low:.0%} to {p.high:.0%}"]
            for p in points
        ],
        hovertemplate="<b>%{fullData.name}</b>, %{customdata[0]}"
        "<br>%{customdata[1]} of %{customdata[2]} reported"
        "<br>95% interval %{customdata[3]}<extra></extra>",
        cliponaxis=False,
        line={
            "color": method_colour(number),
            "width": 2.4,
            "dash": DASHES[number // len(TARGET_COLOURS) % len(DASHES)],
        },
        marker={
            "size": 9,
            "color": method_colour(number),
            "symbol": TARGET_SYMBOLS[number % len(TARGET_SYMBOLS)],
            "line": {"color": "#fffffe", "width": 1.2},
        },
        error_y={
            "visible": alone,
            "type": "data",
            "symmetric": False,
            "array": [p.high - p.n_reported / p.n for p in points],
            "arrayminus": [p.n_reported / p.n - p.low for p in points],
            "color": method_colour(number),
            "thickness": 1.2,
        },
    )
