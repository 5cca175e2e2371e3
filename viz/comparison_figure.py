"""Members beside other accounts: the values of several signals, one strip each, on one picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.wording import number, percent, plural
from cib.viz.drawing import Drawing
from cib.viz.theme import colour, finish

ROW, TITLE, AXIS = 104, 24, 24
"""Height of one signal, and in it of its title and of its axis, pixels."""
FEWEST = 3
"""Values without which a side is not drawn."""
LOG_FROM = 30.0
"""How many times the median the largest value is, from which the axis is logarithmic."""


def draw_comparison(
    members: Mapping[str, Sequence[float | None]],
    others: Mapping[str, Sequence[float | None]],
    units: Mapping[str, str],
    *,
    others_are: str,
    most: int = 6,
) -> Drawing | None:
    """Draw signals of members and of other accounts as strips with boxes.

    Parameters
    ----------
    members, others : by signal, one value per account; missing ones are None
    units : by signal, what the value is; those that begin with "share" are drawn as percentages
    others_are : who they are, after "other accounts "
    most : signals drawn: those that tell the two apart best

    Returns
    -------
    Drawing or None
        None when no signal has values on both sides.

    Examples
    --------
    >>> one = {"gaps": [0.9, 0.8, 0.95]}
    >>> drawing = draw_comparison(one, {"gaps": [0.1, 0.2, 0.3]}, {"gaps": "share of gaps"},
    ...                           others_are="as busy")
    >>> drawing["layout"]["yaxis"]["ticktext"]
    ['others 20%', 'members 90%']
    """
    rows = []
    for name, unit in units.items():
        mine, theirs = _known(members.get(name, ())), _known(others.get(name, ()))
        if len(mine) >= FEWEST and len(theirs) >= FEWEST:
            rows.append((-abs(told_apart(mine, theirs) - 0.5), name, unit, mine, theirs))
    if not rows:
        return None
    rows = sorted(rows, key=lambda row: row[:2])[:most]
    data: list[dict[str, Any]] = []
    layout: dict[str, Any] = {"annotations": [], "showlegend": False, "boxgap": 0.25}
    n = len(rows)
    for i, (_, _, unit, mine, theirs) in enumerate(rows):
        suffix = "" if i == 0 else str(i + 1)
        top = 1 - i / n
        base = 1 - (i + 1) / n
        share = unit.startswith("share")
        for place, (side, values, ink) in enumerate(
            (("others", theirs, "other"), ("members", mine, "coordination"))
        ):
            data.append(_strip(side, values, ink, place, suffix, share, first=i == 0))
        words = percent if share else number
        middles = [f"others {words(_middle(theirs))}", f"members {words(_middle(mine))}"]
        layout[f"yaxis{suffix}"] = {
            "domain": [base + AXIS / (n * ROW), top - TITLE / (n * ROW)], "range": [-0.55, 1.55],
            "fixedrange": True, "tickvals": [0, 1], "ticktext": middles, "showgrid": False,
            "ticklabelstandoff": 6, "anchor": f"x{suffix}",
        }  # fmt: skip
        layout[f"xaxis{suffix}"] = _axis(np.concatenate([mine, theirs]), share, suffix)
        layout["annotations"].append(
            {"xref": "paper", "yref": "paper", "x": 0, "xanchor": "left", "y": top,
             "yanchor": "top", "showarrow": False, "text": f"<b>{_capital(unit)}</b>"}
        )  # fmt: skip
    caption = (
        f"A mark is an account, a box the middle half; numbers are medians. For comparison: other "
        f"accounts {others_are}. The {plural(n, 'signal')} that tell them apart best come first."
    )
    return finish(data, layout, title="Members beside others", caption=caption, height=ROW * n)


def told_apart(mine: npt.NDArray[np.float64], theirs: npt.NDArray[np.float64]) -> float:
    """Return how likely a member has more of it than somebody else: 0.5 when nothing is told.

    Ties count half (Mann and Whitney's U over the number of pairs).

    >>> told_apart(np.array([2.0, 3.0]), np.array([1.0, 2.0]))
    0.875
    """
    theirs = np.sort(theirs)
    below = np.searchsorted(theirs, mine, side="left")
    upto = np.searchsorted(theirs, mine, side="right")
    return float((below + upto).sum() / (2 * len(mine) * len(theirs)))


def _known(values: Sequence[float | None]) -> npt.NDArray[np.float64]:
    found = np.array([np.nan if value is None else float(value) for value in values])
    return np.asarray(found[np.isfinite(found)], np.float64)


def _middle(values: npt.NDArray[np.float64]) -> float:
    return float(f"{np.median(values):.3g}")


def _strip(
    side: str, values: npt.NDArray[np.float64], ink: str, place: int, suffix: str, share: bool,
    *, first: bool,
) -> dict[str, Any]:  # fmt: skip
    return {
        "type": "box", "orientation": "h", "x": [float(f"{v:.4g}") for v in values.tolist()],
        "y0": place, "name": side, "showlegend": False, "width": 0.7,
        "boxpoints": "all", "jitter": 0.7, "pointpos": 0,
        "marker": {"color": colour(ink), "size": 5 if side == "members" else 4.5, "opacity": 0.55,
                   "symbol": "circle" if side == "members" else "diamond"},
        "line": {"color": colour("ink" if side == "members" else "muted"), "width": 1.1},
        "fillcolor": "rgba(0,0,0,0)", "xaxis": f"x{suffix}", "yaxis": f"y{suffix}",
        "hoverinfo": "x", "xhoverformat": ".1%" if share else ".3~s",
    }  # fmt: skip


def _axis(values: npt.NDArray[np.float64], share: bool, suffix: str) -> dict[str, Any]:
    """Scale of one signal: percentages from 0, whole numbers, or powers when far apart."""
    axis: dict[str, Any] = {"anchor": f"y{suffix}", "fixedrange": True, "nticks": 7}
    most, least = float(values.max()), float(values.min())
    if share:
        return axis | {"range": [-0.02 * max(most, 0.05), max(most, 0.05) * 1.04],
                       "tickformat": ".0%"}  # fmt: skip
    middle = float(np.median(values))
    if least > 0 and most > LOG_FROM * max(middle, 1e-9):
        return axis | {"type": "log", "dtick": 1, "tickformat": "~s",
                       "range": [math.log10(least) - 0.1, math.log10(most) + 0.1]}  # fmt: skip
    reach = max(most - least, 1e-9)
    return axis | {"range": [least - 0.03 * reach, most + 0.04 * reach], "tickformat": "~s"}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
