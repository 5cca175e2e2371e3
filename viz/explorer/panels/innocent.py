"""The innocent explanations side by side, and members beside other accounts."""

from __future__ import annotations

from typing import Any

from dash import html
from dash.development.base_component import Component

from cib.datasets.wording import plural
from cib.viz.explorer import pieces
from cib.viz.explorer.panels.here import Here
from cib.viz.explorer.panels.why import statement
from cib.viz.explorer.pictures import drawings
from cib.viz.explorer.pictures.figures import figure
from cib.viz.explorer.runs import cluster_facts
from cib.viz.section import STAND_FOR_TARGETS, clauses
from cib.viz.text import printable

OPEN_AT_FIRST = 3
"""Explanations shown whole; the others say what rules them out in a line."""


def section(here: Here) -> Component:
    """Make the list of explanations and the comparison."""
    return html.Div([*_weighed(here), html.H3("Members beside other accounts"), comparison(here)])


def _weighed(here: Here) -> list[Component]:
    """List every explanation: how well it fits, and what speaks against it."""
    rows = cluster_facts.alternatives(here.tables.source, here.cluster_id)
    if rows is None:
        best = printable(here.row["benign_alternative"], 60)
        why = (
            f"This run was made by an earlier version, which kept only the one that fits best "
            f"({best}, above). Scan the log again to have them all."
        )
        return [html.P(why, className="note")]
    tested = [row for row in rows if row["tested"]]
    untested = [row for row in rows if not row["tested"]]
    standing = [row for row in tested if not row["ruled_out"]]
    said = (
        f"{plural(len(standing), 'explanation')} of {len(rows)} "
        f"{'fits' if len(standing) == 1 else 'fit'} what was measured."
        if standing
        else f"None of the {len(tested)} that could be tested fits."
    )
    whole = max(len(standing), OPEN_AT_FIRST)
    meant = "" if here.row["n_contents"] else f" {STAND_FOR_TARGETS}"
    made: list[Component] = [
        html.P(
            f"{said} An explanation is as good as its weakest prediction: below one half it is "
            f"ruled out.{meant}",
            className="fine about",
        ),
        html.Div([_card(row) for row in tested[:whole]], className="cards"),
    ]
    if tested[whole:]:
        lines = [_line(row) for row in tested[whole:]]
        made.append(
            html.Table(
                [
                    html.Caption("Ruled out as well", className="unseen"),
                    html.Tbody(lines),
                ],
                className="ruled-out",
            )
        )
    if untested:
        made.append(
            html.Details(
                [
                    html.Summary(
                        ["Could not be told ", html.Span(str(len(untested)), className="quiet")]
                    ),
                    html.Ul(
                        [html.Li(printable(row["statement"], 300)) for row in untested],
                        className="plain",
                    ),
                ],
                className="rest",
            )
        )
    return made


def _fit(row: dict[str, Any]) -> Component:
    """Draw how well an explanation fits, with the half at which it is ruled out."""
    fit = float(row["fit"] or 0.0)
    return html.Span(
        [
            html.Span(html.I(style={"width": f"{100 * fit:.0f}%"}), className="fit"),
            html.Span(f"fits {fit:.0%}", className="fit-words"),
        ],
        className="fitting",
    )


def _card(row: dict[str, Any]) -> Component:
    out = bool(row["ruled_out"])
    return html.Div(
        [
            html.H3(
                [
                    printable(row["alternative"], 60).capitalize(),
                    " ",
                    html.Span("ruled out" if out else "not ruled out", className="badge"),
                ]
            ),
            _fit(row),
            *statement(row["statement"])[1:],
        ],
        className="box " + ("box-ruled-out" if out else "box-open"),
    )


def _line(row: dict[str, Any]) -> Component:
    """Say in a line what rules an explanation out: its worst prediction, the others on demand."""
    _, predictions, _ = clauses(row["statement"])
    worst = printable(predictions[0] if predictions else row["statement"], 300)
    more = [html.Li(printable(one, 300)) for one in predictions[1:]]
    cell: list[Component] = [html.Span(worst)]
    if more:
        cell.append(
            html.Details(
                [html.Summary(f"and {len(more)} more"), html.Ul(more, className="plain")],
                className="inline",
            )
        )
    return html.Tr(
        [
            html.Th(printable(row["alternative"], 60).capitalize(), scope="row"),
            html.Td(_fit(row), className="fit-cell"),
            html.Td(cell),
        ]
    )


def comparison(here: Here) -> Component:
    """Draw signals of members beside those of matched accounts."""
    drawing = drawings.comparison(here)
    if drawing is None:
        why = "Fewer than three members, or fewer than three others, have values to compare."
        return pieces.empty("Nothing to compare", why)
    return figure("comparison", drawing, "Signals of members beside those of other accounts")
