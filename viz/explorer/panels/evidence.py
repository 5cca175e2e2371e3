"""The evidence: that they act together, and how the score of inauthenticity adds up.

Every part opens down to the very interactions behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import MATCH, Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.datasets.errors import CibError
from cib.datasets.wording import number, probability
from cib.viz.explorer import pieces
from cib.viz.explorer.panels import acts
from cib.viz.explorer.panels.here import Here, here_at
from cib.viz.score_steps import BENIGN, score_steps
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

OPEN_AT_FIRST = 4
"""Pieces of evidence of coordination that are shown at once, as in the report."""
MOST_LISTED = 60
"""Those that unfold; all are in the export."""
ABOUT = (
    "Each part moves the score to the right when it speaks for a fake, to the left when against. "
    "Parts are log odds: +1 makes a fake 2.7 times as likely as before. Open a part for the "
    "interactions behind it."
)


def section(here: Here) -> Component:
    """Make both lists."""
    together, fake = _lines(here)
    return html.Div(
        [
            html.H3([html.Span(className="dot dot-coordination"), "That they act together"]),
            *_listed(together),
            html.H3(
                [html.Span(className="dot dot-inauthenticity"), "Is it fake? How the score adds up"]
            ),
            *_sum(here, fake),
        ]
    )


def _lines(here: Here) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the evidence of coordination, the strongest first, and that of inauthenticity."""
    lines = here.tables.evidence(here.cluster_id).to_pylist()
    # the place in the table names a part to the server, as signals are text from a log
    numbered = [{**line, "place": place} for place, line in enumerate(lines)]
    together = [line for line in numbered if line["score"] == "coordination"]
    fake = [line for line in numbered if line["score"] == "inauthenticity"]
    together.sort(key=lambda line: (line["log10_p"] or 0.0, line["signal"]))
    return together, fake


def _listed(together: list[dict[str, Any]]) -> list[Component]:
    """List evidence of coordination, the strongest open and the rest folded."""
    if not together:
        return [html.P("No signal spoke for this score.", className="quiet")]
    made: list[Component] = [
        html.Ul([_together(line) for line in together[:OPEN_AT_FIRST]], className="evidence")
    ]
    rest = len(together) - OPEN_AT_FIRST
    if rest > 0:
        made.append(_folded("together", "More of it ", str(rest)))
    return made


def _folded(what: str, words: str, more: str) -> Component:
    """Fold a list away; it is made when it is unfolded, as every element slows the page down."""
    summary = html.Summary(
        [words, html.Span(more, className="quiet")],
        id={"type": "unfold", "of": what},
        n_clicks=0,
    )
    return html.Details([summary, html.Div(id={"type": "unfolded", "of": what})], className="rest")


def unfolded(here: Here, what: str) -> Component:
    """Make a list that was folded away: `together` or `weak`."""
    together, fake = _lines(here)
    if what == "together":
        rest = together[OPEN_AT_FIRST:]
        more = rest[:MOST_LISTED]
        listed = html.Ul([_together(line) for line in more], className="evidence")
        if len(rest) == len(more):
            return listed
        return html.Div(
            [html.P(f"The {len(more)} strongest are listed.", className="fine"), listed]
        )
    sums = score_steps(fake, float(here.row["inauthenticity"]))
    out = bool(here.row["benign_ruled_out"])
    return html.Ul([_weak(line, out) for line in (sums.rest if sums else ())], className="plain")


def _together(line: dict[str, Any]) -> Component:
    """Show one piece of evidence of coordination: what was seen beside what chance gives."""
    largest = max(line["observed"] or 0.0, line["expected"] or 0.0, 1e-12)
    bars = [_bar("seen", line["observed"], largest, "coordination")]
    if line["expected"] is not None:
        bars.append(_bar("expected", line["expected"], largest, "other"))
    chance = f" · chance {probability(line['log10_p'])}" if line["log10_p"] is not None else ""
    return html.Li(
        [
            html.P(printable(line["statement"], 600)),
            html.Dl(bars),
            html.P(f"{printable(line['signal'], 60)}{chance}", className="fine"),
            opener(line),
        ]
    )


def _bar(word: str, value: float | None, largest: float, ink: str) -> Component:
    width = {"width": f"{100 * (value or 0.0) / largest:.1f}%"}
    return html.Div(
        [
            html.Dt(word),
            html.Dd(
                [
                    html.Span(html.I(className=f"fill-{ink}", style=width), className="bar"),
                    number(value),
                ]
            ),
        ]
    )


def _sum(here: Here, fake: list[dict[str, Any]]) -> list[Component]:
    """Draw the score as a sum; weak parts are folded below it."""
    score, out = float(here.row["inauthenticity"]), bool(here.row["benign_ruled_out"])
    sums = score_steps(fake, score)
    if sums is None:
        return [html.P("No signal spoke for this score.", className="quiet")]
    made: list[Component] = [
        html.P(ABOUT, className="fine about"),
        pieces.waterfall(sums, score, out, opener),
    ]
    if sums.rest:
        silent = f", {sums.n_silent} of them adding nothing" if sums.n_silent else ""
        made.append(_folded("weak", "Other signals ", f"{len(sums.rest)}{silent}"))
    return made


def _weak(line: dict[str, Any], out: bool) -> Component:
    adds = pieces.sign(float(line["log_odds"] or 0.0))
    words = "adds nothing" if adds == "0" else f"adds {adds}"
    return html.Li([*pieces.said(line, out), html.P(words, className="fine"), opener(line)])


def opener(line: dict[str, Any]) -> Component:
    """Make what opens the interactions behind a part, or leads to the innocent explanations."""
    if str(line["signal"]).startswith(BENIGN):
        return html.P(html.A("all that were weighed", href="#innocent"), className="fine")
    place = str(line["place"])
    return html.Details(
        [
            html.Summary(
                "interactions behind it", id={"type": "behind-open", "of": place}, n_clicks=0
            ),
            html.Div(id={"type": "behind", "of": place}),
        ],
        className="behind",
    )


def register(app: Dash, explorer: Explorer) -> None:
    """Open a part: the table is made when it is first wanted."""

    @app.callback(
        Output({"type": "behind", "of": MATCH}, "children"),
        Input({"type": "behind-open", "of": MATCH}, "n_clicks"),
        State({"type": "behind-open", "of": MATCH}, "id"),
        State("cluster-at", "data"),
        prevent_initial_call=True,
    )
    def open_part(clicks: int, this: dict[str, str], at: dict[str, Any]) -> Component:
        if clicks != 1:
            raise PreventUpdate
        try:
            return acts.table(here_at(explorer, at), this["of"], height=300)
        except CibError as error:
            return html.P(printable(str(error), 300), className="fine")

    @app.callback(
        Output({"type": "unfolded", "of": MATCH}, "children"),
        Input({"type": "unfold", "of": MATCH}, "n_clicks"),
        State({"type": "unfold", "of": MATCH}, "id"),
        State("cluster-at", "data"),
        prevent_initial_call=True,
    )
    def unfold(clicks: int, this: dict[str, str], at: dict[str, Any]) -> Component:
        if clicks != 1:
            raise PreventUpdate
        try:
            return unfolded(here_at(explorer, at), this["of"])
        except CibError as error:
            return html.P(printable(str(error), 300), className="fine")
