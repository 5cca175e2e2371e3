"""Small parts that pages share: scores, names, boxes, notes, tables, the sum behind a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from dash import dcc, html
from dash.development.base_component import Component

from cib.datasets import wording
from cib.viz.score_steps import BENIGN, ScoreSteps
from cib.viz.text import NAME_LIMIT, printable

Children: TypeAlias = Any
"""What a component may hold: components, texts, lists of them, None."""
SCORES = {"coordination": "do they act together?", "inauthenticity": "is it fake?"}


def title(heading: Component | str, eyebrow: Children = None, beside: Children = None) -> Component:
    """Head a page: a small line above, the heading, and what stands beside it."""
    return html.Header(
        [
            html.Div([html.P(eyebrow, className="eyebrow"), html.H1(heading)]),
            html.Div(beside, className="beside"),
        ],
        className="page-head",
    )


def trouble(heading: str, why: str) -> Component:
    """Say what went wrong and where to go from here."""
    return html.Div(
        [
            html.H1(heading),
            html.P(printable(why, 600), className="lead"),
            html.P(dcc.Link("Go to triage", href="/triage", className="button")),
        ],
        className="trouble",
        role="alert",
    )


def empty(heading: str, why: Children) -> Component:
    """Stand where there is nothing to show, and say why."""
    return html.Div([html.P(html.B(heading)), html.P(why, className="quiet")], className="empty")


def note_of(text: str, *, bad: bool = False) -> Component:
    """Make the short message in the corner; a new one replaces it, and it goes by itself."""
    return html.Div(text, className="note note-bad" if bad else "note")


def field(words: str, control: Component, kind: str = "") -> Component:
    """Lay out a control under its words; `kind` is more classes."""
    return html.Label([html.Span(words), control], className=f"field {kind}".rstrip())


def name(text: str, limit: int = NAME_LIMIT) -> Component:
    """Show a name that is already safe text: isolated from its surroundings, cut when long."""
    short = text if len(text) <= limit else text[: limit - 1] + "…"
    return html.Bdi(short, className="name", title=text if short != text else None)


def table(heads: Sequence[tuple[str, str]], rows: Sequence[Component], kind: str = "") -> Component:
    """Lay out a table that scrolls by itself when it is wider than the page.

    Parameters
    ----------
    heads : what stands above each column, and its class: "num" above numbers, "" above words
    rows : from `html.Tr`
    kind : more classes of the table
    """
    head = html.Tr([html.Th(word, scope="col", className=of or None) for word, of in heads])
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(rows)], className=f"tight {kind}".rstrip()),
        className="scroll",
        tabIndex="0",
        role="group",
        **{"aria-label": "Table: " + ", ".join(word for word, _ in heads if word)},
    )


def gauge(which: str, value: float) -> Component:
    """Draw one of the two scores, with the question that it answers."""
    return html.Div(
        [
            html.Div(
                [html.Span(which.capitalize()), html.B(wording.score(value))],
                className="gauge-head",
            ),
            html.Div(
                html.I(style={"width": f"{100 * value:.1f}%"}),
                className="track",
                role="meter",
                **{
                    "aria-label": which.capitalize(),
                    "aria-valuemin": "0",
                    "aria-valuemax": "1",
                    "aria-valuenow": f"{value:.2f}",
                },
            ),
            html.Div(SCORES[which], className="gauge-foot"),
        ],
        className=f"gauge gauge-{which}",
    )


def gauges(row: Mapping[str, Any]) -> Component:
    """Draw both scores: always two."""
    return html.Div([gauge(which, float(row[which])) for which in SCORES], className="gauges")


def sign(log_odds: float) -> str:
    """Write what a part adds.

    >>> sign(-1.25), sign(0.001)
    ('−1.2', '0')
    """
    if abs(log_odds) < 0.005:
        return "0"
    digits = 1 if abs(log_odds) >= 0.05 else 2
    return f"{log_odds:+.{digits}f}".replace("-", "−")


def said(line: Mapping[str, Any], ruled_out: bool) -> list[Component]:
    """Say one row of evidence; an innocent explanation has its own box, and is only named."""
    signal = str(line["signal"])
    if signal.startswith(BENIGN):
        words = printable(signal.removeprefix(BENIGN), 60)
        lead = (
            "No innocent explanation fits; the best is"
            if ruled_out
            else ("An innocent explanation may fit:")
        )
        return [html.P(f"{lead} {words}.")]
    seen = wording.seen(line["observed"], line["expected"])
    if line["log10_p"] is not None:
        seen += f" · chance {wording.probability(line['log10_p'])}"
    fine = f"{printable(signal, 60)} · {seen}"
    return [html.P(printable(line["statement"], 600)), html.P(fine, className="fine")]


def step_row(
    words: Children,
    bar: Component | None,
    adds: str,
    then: Children,
    kind: str = "",
    below: Children = None,
) -> Component:
    """Lay out one lane of the sum; `below` has the whole width under it."""
    cells = [
        html.Div(words),
        html.Div(bar, className="lane", **{"aria-hidden": "true"}),
        html.Div(adds, className="adds"),
        html.Div(then, className="then"),
    ]
    if below is not None:
        cells.append(html.Div(below, className="step-below"))
    return html.Li(cells, className=f"step {kind}")


def waterfall(sums: ScoreSteps, score: float, ruled_out: bool, opened: Any = None) -> Component:
    """Draw how a score adds up, from before any evidence to the score.

    Parameters
    ----------
    sums : from `score_steps`
    score : where it ends, 0 to 1
    ruled_out : whether the best innocent explanation is
    opened : function from a row of evidence to what stands below its lane, such as what opens the
        interactions behind it
    """
    ticks = {f"--tick-{i}": f"{at:.2f}%" for i, (_, at) in enumerate(sums.ticks, 1)}
    axis = html.Div(
        [html.Span(f"{tick:g}", style={"left": f"{at:.2f}%"}) for tick, at in sums.ticks],
        className="axis",
    )
    rows = [
        html.Li(
            [html.Div(), axis, html.Div("adds", className="adds"),
             html.Div("score", className="then")],
            className="step step-axis", **{"aria-hidden": "true"},
        ),
        step_row(
            [html.P("Before any evidence"),
             html.P("where every cluster of this run starts", className="fine")],
            html.B(style={"left": f"{sums.start_at:.2f}%"}), "", wording.score(sums.start),
        ),
    ]  # fmt: skip
    for step in sums.steps:
        if step.line is None:
            words = [html.P(wording.plural(step.n_parts, "weaker part") + " together")]
        else:
            words = said(step.line, ruled_out)
        below = opened(step.line) if opened and step.line is not None else None
        bar = html.I(
            className="move-for" if step.log_odds > 0 else "move-against",
            style={"left": f"{step.left:.2f}%", "width": f"{step.width:.2f}%"},
        )
        then = wording.score(step.score)
        rows.append(step_row(words, bar, sign(step.log_odds), then, below=below))
    end = html.B(style={"left": f"{sums.end_at:.2f}%"})
    rows.append(
        step_row(
            html.P(html.B("Inauthenticity")), end, "", html.B(wording.score(score)), "step-end"
        )
    )
    return html.Ol(rows, className="steps", style=ticks)
