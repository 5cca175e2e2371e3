"""Two clusters beside each other: their scores, what they have in common, when they act."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from cib.datasets.wording import plural, span
from cib.viz.explorer import pieces
from cib.viz.explorer.pictures import small_pictures
from cib.viz.explorer.runs.comparing import Overlap, Side, acts_of_both
from cib.viz.section import clauses
from cib.viz.text import printable


def card(side: Side, which: str, row: dict[str, Any]) -> Component:
    """Show one of the two: `which` is its colour, a or b."""
    verdict, fits, remark = clauses(str(row["benign_statement"] or ""))
    said = "is ruled out" if row["benign_ruled_out"] else "may fit"
    href = f"/run/{side.run.id}/cluster/{side.cluster_id}"
    innocent = [
        html.P(
            ["Innocent explanation: ", html.B(printable(row["benign_alternative"], 60)), f" {said}"]
        ),
        html.Details(
            [
                html.Summary("What it predicts", className="quiet"),
                html.Ul([html.Li(printable(one, 400)) for one in fits] or [
                    html.Li(printable(verdict, 600))]),
                html.P(printable(remark, 400), className="fine") if remark else None,
            ]
        ),
    ]  # fmt: skip
    return html.Section(
        [
            html.H2(
                [
                    html.Span([html.I(className=f"dot dot-{which}", **{"aria-hidden": "true"}),
                               dcc.Link(f"Cluster {side.cluster_id}", href=href)]),
                    html.Span(printable(row["kind"], 40),
                              className=f"mark mark-{str(row['kind']).replace(' ', '-')}"),
                ]
            ),
            html.P(
                f"run {side.run.id[:8]} · {plural(row['n_accounts'], 'account')}, "
                f"{plural(row['n_contents'], 'target')}, "
                f"{plural(row['n_interactions'], 'interaction')}",
                className="fine",
            ),
            html.P(span(row["first_ts"], row["last_ts"]), className="fine"),
            pieces.gauges(row),
            *innocent,
        ],
        className=f"panel side-{which}",
    )  # fmt: skip


def common(facts: list[Overlap], missing: list[str], same_kind: bool) -> Component:
    """Draw how much each has and how much both; accounts only when ids are of the same kind."""
    lines = [
        html.Li(
            [
                html.Span(fact.what.capitalize(), className="split-name"),
                small_pictures.split(fact.n_a, fact.n_both, fact.n_b, fact.words),
                html.Span(fact.words, className="fine"),
            ]
        )
        for fact in facts
        if same_kind or fact.what != "accounts"
    ]
    legend = html.P(
        [html.I(className="key only-a"), "only in the first", html.I(className="key both"),
         "in both", html.I(className="key only-b"), "only in the second"],
        className="fine keys",
    )  # fmt: skip
    lacks = (
        html.P(f"Not kept in both runs, so not compared: {', '.join(missing)}.", className="fine")
        if missing
        else None
    )
    return html.Section(
        [
            html.H2("What they have in common"),
            html.Ul(lines, className="plain splits"),
            legend,
            lacks,
        ],
        className="panel",
    )


def timing(a: Side, b: Side) -> Component:
    """Draw when each acts: through the time of both, and through the week."""
    series, first, last = acts_of_both(a, b)
    words = [f"Cluster {a.cluster_id}", f"Cluster {b.cluster_id}"]
    if a.run.id != b.run.id:
        words = [f"{said}, run {side.run.id[:8]}" for said, side in zip(words, (a, b), strict=True)]
    weeks = [
        html.Div(
            [
                html.P([html.I(className=f"dot dot-{which}"), said], className="fine"),
                small_pictures.week(side.run.tables.hours_of_week(side.cluster_id), which),
            ]
        )
        for side, which, said in zip((a, b), "ab", words, strict=True)
    ]
    return html.Section(
        [
            html.H2("When they act"),
            small_pictures.activity(series, first, last, words),
            html.H3("Hours of the week, UTC"),
            html.Div(weeks, className="columns pair"),
        ],
        className="panel",
    )
