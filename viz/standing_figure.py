"""Where one account stands among others, signal by signal: a strip each, on a scale of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cib.datasets.wording import number
from cib.viz.drawing import Drawing
from cib.viz.text import plotly_text
from cib.viz.theme import colour, finish

ROW = 34
"""Height of a strip, pixels."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One signal: the account's value among those of others."""

    name: str
    unit: str
    """What the number is."""
    value: float
    others: tuple[float, ...]
    """The 5th, 25th, 50th, 75th and 95th percentile of the others."""
    above: float
    """Share of the others with a smaller value, 0 to 1."""


def draw_standing(signals: Sequence[Standing], others_are: str, *, title: str) -> Drawing:
    """Draw an account's signals among those of others.

    Parameters
    ----------
    signals : in the order in which they are drawn
    others_are : who they are, after "nine in ten of"
    title : of the picture

    Examples
    --------
    >>> one = Standing("gaps", "share of gaps", 9.0, (0.0, 1.0, 2.0, 3.0, 5.0), 0.99)
    >>> drawn = draw_standing([one], "30 accounts", title="An account")
    >>> drawn["layout"]["yaxis"]["ticktext"], drawn["data"][-1]["x"]
    (['Gaps'], [1.0])
    """
    bands: list[list[float]] = [[], [], [], []]
    marks: list[float] = []
    middles: list[float] = []
    notes: list[dict[str, Any]] = []
    for place, one in enumerate(signals):
        low, high = min(one.value, one.others[0]), max(one.value, one.others[4])
        reach = (high - low) or 1.0
        at = [(value - low) / reach for value in one.others]
        for band, value in zip(bands, (at[0], at[4], at[1], at[3]), strict=True):
            band.append(value)
        middles.append(at[2])
        marks.append((one.value - low) / reach)
        notes.append(
            {"xref": "x domain", "x": 1.03, "y": place, "xanchor": "left", "showarrow": False,
             "text": f"<b>{plotly_text(number(one.value))}</b>  {plotly_text(one.unit, 60)}"}
        )  # fmt: skip
    places = list(range(len(signals)))
    data = [
        _band("nine in ten of the others", bands[0], bands[1], places, 0.28),
        _band("half of them", bands[2], bands[3], places, 0.75),
        _marks("their middle", middles, places, "line-ns", "muted", 2),
        _marks("this account", marks, places, "diamond", "coordination", 0),
    ]
    layout = {
        "barmode": "overlay",
        "showlegend": True,
        "annotations": notes,
        "xaxis": {"range": [-0.03, 1.03], "domain": [0, 0.48], "showticklabels": False,
                  "showgrid": False, "fixedrange": True},
        "yaxis": {"range": [len(signals) - 0.4, -0.6], "tickvals": places, "showgrid": False,
                  "ticktext": [plotly_text(one.name.capitalize(), 40) for one in signals],
                  "ticklabelstandoff": 6, "fixedrange": True},
    }  # fmt: skip
    caption = (
        f"Each strip has a scale of its own. For comparison: {others_are}. Signals in which the "
        "account stands out come first."
    )
    height = 70 + ROW * max(len(signals), 1)
    return finish(data, layout, title=title, caption=caption, height=height)


def _band(
    name: str, left: list[float], right: list[float], places: list[int], opacity: float
) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "name": name, "y": places, "base": left,
        "x": [max(b - a, 0.004) for a, b in zip(left, right, strict=True)], "width": 0.42,
        "marker": {"color": colour("other"), "opacity": opacity}, "hoverinfo": "skip",
    }  # fmt: skip


def _marks(
    name: str, x: list[float], places: list[int], symbol: str, ink: str, line: int
) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "markers", "name": name, "x": x, "y": places,
        "marker": {"symbol": symbol, "size": 12, "color": colour(ink),
                   "line": {"width": line, "color": colour("ink")}}, "hoverinfo": "skip",
    }  # fmt: skip
