"""Why a cluster was flagged, and the innocent explanation, side by side as in the report."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from cib.datasets.wording import plural, probability
from cib.viz.explorer.panels.here import Here
from cib.viz.section import STAND_FOR_TARGETS, clauses
from cib.viz.text import printable


def boxes(here: Here) -> Component:
    """Make both boxes."""
    return html.Div([_why(here), _innocent(here)], className="two why")


def _why(here: Here) -> Component:
    row = here.row
    edges = (
        plural(row["n_edges"], "significant edge")
        if row["n_edges"]
        else "no pair stands out by itself, the group does"
    )
    return html.Section(
        [
            html.H2("Why it was flagged"),
            html.P(printable(row["reason"], 600), className="lead"),
            html.P(
                f"Probability that chance alone brings this about: {probability(row['log10_p'])} · "
                f"{edges}",
                className="fine",
            ),
        ],
        className="box box-why",
    )


def _innocent(here: Here) -> Component:
    row = here.row
    out = bool(row["benign_ruled_out"])
    inside: list[Any] = [
        html.H2(
            [
                f"The innocent explanation: {printable(row['benign_alternative'], 80)} ",
                html.Span("ruled out" if out else "not ruled out", className="badge"),
            ]
        ),
        *statement(row["benign_statement"]),
    ]
    if not row["n_contents"]:
        inside.append(html.P(STAND_FOR_TARGETS, className="fine remark"))
    if not out:
        check = "Do not act on this cluster before a person has checked this explanation."
        inside.append(html.P(check, className="fine"))
    inside.append(html.P(html.A("All that were weighed", href="#innocent"), className="fine"))
    return html.Section(inside, className="box " + ("box-ruled-out" if out else "box-open"))


def statement(text: str) -> list[Component]:
    """Lay out what speaks for or against an explanation: predictions as a list, with figures."""
    verdict, predictions, remark = clauses(text)
    if not predictions:
        return [html.P(printable(verdict, 600))]
    found: list[Component] = [
        html.P(printable(verdict, 200) + ":"),
        html.Ul([html.Li(printable(one, 300)) for one in predictions], className="plain"),
    ]
    if remark:
        found.append(html.P(printable(remark, 400), className="fine remark"))
    return found
