"""Habits: hours of the week, lengths of plays, shared machines, markets; what the log lacks."""

from __future__ import annotations

import pyarrow as pa
from dash import html
from dash.development.base_component import Component

from cib.datasets.wording import count, percent, plural
from cib.viz.explorer.panels.here import Here
from cib.viz.explorer.pictures import drawings
from cib.viz.explorer.pictures.drawings import SHOWN
from cib.viz.explorer.pictures.figures import figure

MACHINES = (
    ("device_hash", "devices", "device"),
    ("ip_hash", "addresses", "address"),
    ("asn", "networks", "network"),
)
"""Column, what it holds, one of it."""


def section(here: Here) -> Component:
    """Make every panel that the run's columns allow, and say which they do not."""
    if not here.row["n_interactions"]:
        return html.P("The run keeps no interaction: this cluster has no target of its own.")
    lacking: list[str] = []
    parts = [hours(here)]
    plays = lengths(here)
    if plays is None:
        lacking.append("duration_ms (how long plays last)")
    else:
        parts.append(plays)
    found, missing = machines(here)
    lacking += missing
    if found:
        parts.append(html.Div(found, className="machines"))
    where = markets(here)
    if where is None:
        lacking.append("market (where accounts are at home)")
    else:
        parts.append(where)
    if lacking:
        said = f"Not shown, because the log has no such column: {', '.join(lacking)}."
        parts.append(html.P(said, className="note"))
    return html.Div(parts)


def hours(here: Here) -> Component:
    """Draw when in the week members act, and others beside them."""
    drawing = drawings.hours(here)
    assert drawing is not None  # the section is made where there are interactions
    drawn = figure("hours", drawing, "Interactions by hour of the week")
    return html.Div([html.H3("Hours of the week"), drawn])


def lengths(here: Here) -> Component | None:
    """Draw how long plays of the targets last; None without the column."""
    if not here.tables.has("interactions", "duration_ms"):
        return None
    drawing = drawings.durations(here)
    drawn: Component = html.P("No interaction with a target has a length.", className="quiet")
    if drawing is not None:
        drawn = figure("durations", drawing, "How long plays last")
    return html.Div([html.H3("Lengths of plays"), drawn])


def machines(here: Here) -> tuple[list[Component], list[str]]:
    """List the devices, addresses and networks of most members; and what the log lacks."""
    made: list[Component] = []
    lacking = []
    for column, many, one in MACHINES:
        found = here.tables.shared_by(here.cluster_id, column, limit=SHOWN)
        if found is None:
            lacking.append(f"{column} ({many})")
            continue
        made.append(_shared(here, column, many, one, *found))
    return made, lacking


def _shared(here: Here, column: str, many: str, one: str, top: pa.Table, n: int) -> Component:
    """Make the table of one column: what most members share, with bars."""
    size = max(int(here.row["n_accounts"]), 1)
    most = top["n_accounts"][0].as_py() if len(top) else 0
    theirs = here.tables.shared_by(here.cluster_id, column, of="controls", limit=1)
    if most > 1:
        said = f"The commonest {one} serves {count(most)} of {plural(size, 'member')}"
    else:
        said = f"No {one} serves more than one member"
    if theirs is not None and len(theirs[0]):
        other = theirs[0]["n_accounts"][0].as_py()
        said += f"; among those compared with, {plural(other, 'account')}"
    shared = [row for row in top.to_pylist() if row["n_accounts"] > 1]
    if not shared:
        return html.Div([html.H3(f"Shared {many}"), html.P(f"{said}.", className="fine")])
    rows = [
        html.Tr(
            [
                _machine(here, column, row["value"]),
                html.Td(_bar(row["n_accounts"] / size), className="fit-cell"),
                html.Td(count(row["n_accounts"]), className="num"),
                html.Td(count(row["n_interactions"]), className="num"),
            ]
        )
        for row in shared
    ]
    header = html.Thead(
        html.Tr(
            [
                html.Th(one.capitalize(), scope="col"),
                html.Th("of members", scope="col"),
                html.Th("Members", scope="col", className="num"),
                html.Th("Acts", scope="col", className="num"),
            ]
        )
    )
    left = f" Listed are {len(rows)} of {count(n)} {many}." if n > len(rows) else ""
    return html.Div(
        [
            html.H3(f"Shared {many}"),
            html.P(f"{said}.{left}", className="fine"),
            html.Div(
                html.Table([header, html.Tbody(rows)]),
                className="scroll",
                tabIndex="0",
                role="group",
                **{"aria-label": f"Table: shared {many}"},
            ),
        ]
    )


def _machine(here: Here, column: str, value: object) -> Component:
    """Show which one it is, cut to its cell; the whole of it on pointing at it."""
    text = here.names.cell(column, value, 200)
    return html.Td(text, className="machine", title=text)


def _bar(share: float) -> Component:
    width = {"width": f"{100 * min(share, 1.0):.1f}%"}
    filled = html.Span(html.I(className="fill-coordination", style=width), className="bar")
    words = html.Span(percent(share), className="fit-words")
    return html.Span([filled, words], className="fitting")


def markets(here: Here) -> Component | None:
    """Draw where accounts are at home and where they come from; None without the column."""
    made: list[Component] = []
    for column, heading in drawings.MARKETS.items():
        found = drawings.market_shares(here, column)
        if found is None:
            continue
        shares, n = found
        drawing = drawings.markets(here, column)
        drawn: Component
        if drawing is None:
            drawn = html.P("No interaction with a target has one.", className="quiet")
        elif n == 1 and shares[0][2] in (None, 1.0):
            others = "" if shares[0][2] is None else ", and of those compared with"
            drawn = html.P(f"All interactions of members{others}: {shares[0][0]}.")
        else:
            drawn = figure(column, drawing, heading)
        made.append(html.Div([html.H3(heading), drawn]))
    return html.Div(made, className="two") if made else None
