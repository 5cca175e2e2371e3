"""What two clusters have in common: only in one, in both, only in the other."""

from __future__ import annotations

from collections.abc import Sequence

from cib.datasets.wording import count
from cib.viz.drawing import Drawing
from cib.viz.theme import TARGET_COLOURS, colour, finish

ROW = 46
"""Height of a bar, pixels."""


def draw_overlap(
    facts: Sequence[tuple[str, int, int, int]], names: Sequence[str], *, title: str
) -> Drawing:
    """Draw how much each of two clusters has, and how much both.

    Parameters
    ----------
    facts : what is counted, how many the first has, how many both, how many the second
    names : what the two are called; safe text
    title : of the picture

    Examples
    --------
    >>> drawn = draw_overlap([("accounts", 5, 3, 4)], ["A", "B"], title="A and B")
    >>> [(bar["name"], bar["text"]) for bar in drawn["data"]]
    [('only A', ['2']), ('both', ['3']), ('only B', ['1'])]
    """
    first, second = names
    parts = (
        (f"only {first}", [a - both for _, a, both, _ in facts], TARGET_COLOURS[5][0]),
        ("both", [both for _, _, both, _ in facts], colour("coordination")),
        (f"only {second}", [b - both for _, _, both, b in facts], colour("caution-mark")),
    )
    wholes = [max(a + b - both, 1) for _, a, both, b in facts]
    places = list(range(len(facts)))
    data = [
        {
            "type": "bar", "orientation": "h", "name": name, "y": places,
            "x": [n / whole for n, whole in zip(values, wholes, strict=True)],
            "text": [count(n) if n else "" for n in values], "textposition": "inside",
            "insidetextanchor": "middle", "hoverinfo": "skip",
            "marker": {"color": ink},
        }
        for name, values, ink in parts
    ]  # fmt: skip
    layout = {
        "barmode": "stack", "bargap": 0.4, "showlegend": True, "legend": {"traceorder": "normal"},
        "xaxis": {"range": [0, 1], "tickformat": ".0%", "fixedrange": True},
        "yaxis": {"range": [len(facts) - 0.5, -0.5], "tickvals": places, "showgrid": False,
                  "ticktext": [what.capitalize() for what, *_ in facts], "fixedrange": True,
                  "ticklabelstandoff": 6},
    }  # fmt: skip
    caption = "Of all that either has; numbers say how many."
    return finish(data, layout, title=title, caption=caption, height=80 + ROW * len(facts))
