"""How a cluster's score of inauthenticity adds up, as a waterfall from before any evidence."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from cib.datasets.wording import score as score_words
from cib.viz.drawing import Drawing
from cib.viz.score_steps import ScoreSteps
from cib.viz.text import plotly_text
from cib.viz.theme import colour, finish

LETTERS, LINES = 66, 6
"""Of what is written before a bar; a statement of a part has three lines or so."""
ROW, LINE = 40, 15
"""Height of a lane of two lines and of every further line, pixels."""
ADDS, SCORE = 48, 124
"""Where the columns beside the bars end, pixels from these: “over 0.99” has room in the second."""


def draw_waterfall(
    sums: ScoreSteps, score: float, words: Sequence[str], adds: Sequence[str], *, title: str
) -> Drawing:
    """Draw a score as a sum.

    Parameters
    ----------
    sums : from `score_steps`
    score : where it ends, 0 to 1
    words, adds : per step, what it is and what it adds; safe text
    title : of the picture

    Returns
    -------
    Drawing
        One lane per step, the start above and the end below them; x in percent of the axis.

    Examples
    --------
    >>> from cib.viz.score_steps import score_steps
    >>> line = {"signal": "capture", "log_odds": 2.2, "statement": "It makes 94%."}
    >>> drawn = draw_waterfall(score_steps([line], 0.5), 0.5, ["Made by it."], ["+2.2"],
    ...                        title="Cluster 1")
    >>> drawn["layout"]["yaxis"]["ticktext"]
    ['Before any evidence', 'Made by it.', '<b>Inauthenticity</b>']
    """
    n = len(sums.steps)
    labels = ["Before any evidence", *(_folded(one) for one in words), "<b>Inauthenticity</b>"]
    bars: list[dict[str, Any]] = []
    for side, ink, wanted in (("for", "inauthenticity", True), ("against", "coordination", False)):
        places = [i for i, step in enumerate(sums.steps) if (step.log_odds > 0) is wanted]
        bars.append({
            "type": "bar", "orientation": "h", "name": f"speaks {side} a fake",
            "y": [i + 1 for i in places], "base": [sums.steps[i].left for i in places],
            "x": [sums.steps[i].width for i in places], "width": 0.5,
            "marker": {"color": colour(ink)}, "hoverinfo": "skip",
        })  # fmt: skip
    ends = {
        "type": "scatter", "mode": "markers", "showlegend": False, "hoverinfo": "skip",
        "x": [sums.start_at, sums.end_at], "y": [0, n + 1],
        "marker": {"symbol": "line-ns", "size": 20,
                   "line": {"width": 3, "color": colour("ink")}},
    }  # fmt: skip
    then = [sums.start, *(step.score for step in sums.steps), score]
    notes = [_note(SCORE, place, score_words(value)) for place, value in enumerate(then)]
    notes += [_note(ADDS, place, said) for place, said in enumerate(adds, 1)]
    notes += [_note(ADDS, -1, "adds"), _note(SCORE, -1, "score")]
    layout = {
        "xaxis": {
            "range": [0, 100], "domain": [0, 0.8], "fixedrange": True,
            "tickvals": [at for _, at in sums.ticks],
            "ticktext": [f"{tick:g}" for tick, _ in sums.ticks],
        },
        "yaxis": {
            "range": [n + 1.6, -1.4], "tickvals": list(range(n + 2)), "ticktext": labels,
            "showgrid": False, "fixedrange": True, "ticklabelstandoff": 8,
        },
        "annotations": notes,
        "showlegend": True,
    }  # fmt: skip
    caption = (
        "From where every cluster of this run starts to where this one ends. Parts are log odds: "
        "+1 makes a fake 2.7 times as likely as before."
    )
    row = ROW + LINE * max(0, max(label.count("<br>") for label in labels) - 1)
    return finish([*bars, ends], layout, title=title, caption=caption, height=60 + row * (n + 3))


def _folded(text: str) -> str:
    lines = textwrap.wrap(text, LETTERS, max_lines=LINES, placeholder=" …")
    return "<br>".join(plotly_text(line, LETTERS + 2) for line in lines)


def _note(right: int, place: int, text: str) -> dict[str, Any]:
    return {"xref": "x domain", "x": 1, "xshift": right, "y": place, "text": text,
            "showarrow": False, "xanchor": "right"}  # fmt: skip
