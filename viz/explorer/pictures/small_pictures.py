"""Small pictures made of plain elements: bars, weeks, overlaps, where one value lies among others.

They take the page's colours by themselves and say in words what they show.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from dash import html
from dash.development.base_component import Component

from cib.datasets.wording import count, duration, moment, number, percent, plural

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def activity(
    counts: Sequence[npt.NDArray[np.int64]],
    first: datetime,
    last: datetime,
    words: Sequence[str],
) -> Component:
    """Draw interactions over time: one series upwards, a second one downwards under it.

    Each series has a scale of its own, as two clusters of different size are compared in time.

    Parameters
    ----------
    counts : one or two arrays of the same length
    first, last : the time they span
    words : what each series is
    """
    rows = []
    seconds = (last - first).total_seconds()
    for which, (series, said) in enumerate(zip(counts, words, strict=True)):
        top = max(int(series.max()) if len(series) else 0, 1)
        bars = [html.I(style={"height": f"{100 * n / top:.1f}%"}) for n in series.tolist()]
        total = int(series.sum())
        most = f"at most {count(top)}"
        if seconds > 0 and len(series):
            most += f" within {duration(seconds / len(series))}"
        label = f"{said}: {plural(total, 'interaction')} over time, {most}"
        rows.append(
            html.Div(
                [
                    html.Span([html.Bdi(said), f" · {most}"], className="fine"),
                    html.Div(bars, className="bars", role="img", **{"aria-label": label}),
                ],
                className=f"series series-{'ab'[which]}",
            )
        )
    axis = html.Div(
        [html.Span(moment(first)), html.Span(f"{moment(last)} UTC")], className="series-axis fine"
    )
    return html.Div([*rows, axis], className="activity")


def week(counts: npt.NDArray[np.int64], which: str = "a") -> Component:
    """Draw the hours of the week, the darker the more.

    Parameters
    ----------
    counts : (7, 24) interactions by weekday (Monday first) and hour, UTC
    which : "a" or "b", the colour
    """
    top = max(int(counts.max()), 1)
    total = max(int(counts.sum()), 1)
    day, hour = np.unravel_index(int(counts.argmax()), counts.shape)
    label = (
        f"Hours of the week, UTC. Most on {DAYS[int(day)]} at {int(hour)}:00, "
        f"{percent(top / total)} of all; {int((counts > 0).sum())} of 168 hours have any."
    )
    cells: list[Component] = [html.Span()]
    cells += [html.Span(str(h) if h % 6 == 0 else "", className="hour") for h in range(24)]
    for d, name in enumerate(DAYS):
        cells.append(html.Span(name, className="day"))
        for h in range(24):
            n = int(counts[d, h])
            cells.append(
                html.I(style={"--v": f"{100 * n / top:.0f}%"}, title=f"{name} {h}:00 · {count(n)}")
            )
    return html.Div(cells, className=f"week week-{which}", role="img", **{"aria-label": label})


def split(n_a: int, n_both: int, n_b: int, label: str) -> Component:
    """Draw an overlap: only in one, in both, only in the other."""
    parts = (("only-a", n_a - n_both), ("both", n_both), ("only-b", n_b - n_both))
    total = max(n_a + n_b - n_both, 1)
    return html.Div(
        [
            html.Span(
                count(n) if n / total > 0.045 else "",
                className=name,
                style={"flexGrow": str(n)},
                title=count(n),
            )
            for name, n in parts
            if n
        ],
        className="split",
        role="img",
        **{"aria-label": label},
    )


def strip(value: float, others: Sequence[float], label: str) -> Component:
    """Show where a value lies among those of others.

    Parameters
    ----------
    value : the one
    others : five numbers: the 5th, 25th, 50th, 75th and 95th percentile
    """
    low, high = min(value, others[0]), max(value, others[4])
    span = (high - low) or 1.0

    def at(x: float) -> float:
        return 2 + 96 * (x - low) / span

    return html.Div(
        [
            html.I(className="most", style=_from(at(others[0]), at(others[4]))),
            html.I(className="half", style=_from(at(others[1]), at(others[3]))),
            html.I(className="middle", style={"left": f"{at(others[2]):.1f}%"}),
            html.B(style={"left": f"{at(value):.1f}%"}),
        ],
        className="strip",
        role="img",
        **{"aria-label": label},
    )


def _from(left: float, right: float) -> dict[str, Any]:
    return {"left": f"{left:.1f}%", "width": f"{max(right - left, 0.4):.1f}%"}


def said_strip(value: float, others: Sequence[float]) -> str:
    """Say where a value lies: among most others, or beyond.

    Examples
    --------
    >>> said_strip(12.0, [0, 1, 2, 3, 5])
    '12; half of the others lie between 1 and 3, most under 5'
    """
    return (
        f"{number(value)}; half of the others lie between {number(others[1])} and "
        f"{number(others[3])}, most under {number(others[4])}"
    )
