"""Compare: two clusters beside each other, or the same campaign in two runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from cib.datasets.wording import count, percent, plural, span
from cib.viz.explorer import pieces
from cib.viz.explorer.exports import routes
from cib.viz.explorer.pictures import small_pictures
from cib.viz.explorer.runs.comparing import (
    Overlap,
    Side,
    candidates,
    comparable,
    overlaps,
    shared_accounts,
    shared_targets,
)
from cib.viz.section import clauses
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

BINS = 96
SHOWN = 50
"""Accounts and targets that the tables list."""
CASE = re.compile(r"([0-9a-f]{4,64})/([0-9]{1,9})")


def layout(explorer: Explorer, a: str | None = None, b: str | None = None, **_: Any) -> Component:
    """Make the page.

    Parameters
    ----------
    a, b : run/cluster; without `b`, what `a` was in the run before
    """
    first = side_of(explorer, a)
    if first is None:
        return choose(explorer)
    row = first.row
    options = _options(explorer, first)
    second = side_of(explorer, b) or side_of(explorer, options[0][0] if options else None)
    if second is None:
        why = "This is the only cluster of the only run here, so there is nothing to compare with."
        return html.Div([_head(first, None, options), pieces.empty("Nothing to compare", why)])
    facts, missing = overlaps(first, second)
    return html.Div(
        [
            _head(first, second, options),
            html.P(_lead(facts[0], first, second), className="lead"),
            html.Div(
                [_card(first, "a", row), _card(second, "b", second.row)], className="columns pair"
            ),
            _common(facts, missing, comparable(first, second)),
            _timing(first, second),
            html.Div(
                [_accounts(explorer, first, second), _targets(explorer, first, second)],
                className="columns",
            ),
        ]
    )


def side_of(explorer: Explorer, case: str | None) -> Side | None:
    """Read run/cluster; None when there is nothing to read. Raises as `Library.run` does."""
    found = CASE.fullmatch(case or "")
    if found is None:
        return None
    side = Side(explorer.library.run(found[1]), int(found[2]))
    _ = side.row  # says now when there is no such cluster
    return side


def choose(explorer: Explorer) -> Component:
    """Make the page on which the first cluster is chosen."""
    runs = explorer.library.runs()
    options = [
        (f"{run.id}/{cluster}", f"cluster {cluster} of run {run.id[:8]}, {kind}")
        for run in runs[:5]
        for cluster, kind in zip(
            *(run.tables.clusters(limit=50)[0][c].to_pylist() for c in ("cluster_id", "kind")),
            strict=True,
        )
    ]
    return html.Div(
        [
            pieces.title("Compare", "two clusters, or the same campaign in two runs"),
            html.Section(
                [
                    html.Label(
                        [html.Span("Which cluster?"), _dropdown(options, None, "compare-a")],
                        className="field wide-field",
                    ),
                    html.P(
                        "A cluster's page has a button that leads here as well.", className="fine"
                    ),
                ],
                className="panel",
            ),
            dcc.Store(id="compare-first", data=""),
        ]
    )


def _options(explorer: Explorer, first: Side) -> list[tuple[str, str]]:
    library = explorer.library
    before = library.previous(first.run.id)
    runs = [first.run, *([before] if before else [])]
    runs += [run for run in library.runs() if run not in runs][:8]
    lineage = library.lineage(first.run.id) if before else None
    return candidates(first, runs, lineage, before.id if before else None)


def _dropdown(options: list[tuple[str, str]], value: str | None, name: str) -> Component:
    choices = [{"value": at, "label": words} for at, words in options]
    return dcc.Dropdown(choices, value, id=name, clearable=False, placeholder="choose a cluster")


def _head(first: Side, second: Side | None, options: list[tuple[str, str]]) -> Component:
    chosen = f"{second.run.id}/{second.cluster_id}" if second else None
    if chosen and chosen not in dict(options) and second:
        words = f"run {second.run.id[:8]}: cluster {second.cluster_id}"
        options = [(chosen, words), *options]
    at = f"{first.run.id}/{first.cluster_id}"
    beside: list[Any] = [
        html.Label(
            [html.Span("Compare with"), _dropdown(options, chosen, "compare-b")],
            className="field wide-field",
        ),
        dcc.Store(id="compare-first", data=at),
    ]
    if second:
        link = f"compare/{at}/{chosen}"
        beside.append(
            routes.menu(
                [("Accounts in both (CSV)", f"{link}.csv"),
                 ("Accounts in both (Parquet)", f"{link}.parquet")]
            )
        )  # fmt: skip
    where = "" if not second or second.run.id == first.run.id else ", in two runs"
    other = f" and cluster {second.cluster_id}" if second else ""
    return pieces.title(
        f"Cluster {first.cluster_id}{other}", f"Compare{where} · run {first.run.id}", beside
    )


def _lead(accounts: Overlap, a: Side, b: Side) -> str:
    if not comparable(a, b):
        return (
            "Accounts cannot be compared: their ids are numbers in one run and text in the other."
        )
    smaller = min(accounts.n_a, accounts.n_b)
    if not accounts.n_both or not smaller:
        return f"They share no account: {count(accounts.n_a)} and {count(accounts.n_b)} accounts."
    said = accounts.words[0].upper() + accounts.words[1:]
    if accounts.n_both in (accounts.n_a, accounts.n_b):
        return f"{said}."
    which = "each" if accounts.n_a == accounts.n_b else "the smaller one"
    return f"{said}: {percent(accounts.n_both / smaller)} of {which}."


def _card(side: Side, which: str, row: dict[str, Any]) -> Component:
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


def _common(facts: list[Overlap], missing: list[str], same_kind: bool) -> Component:
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


def _timing(a: Side, b: Side) -> Component:
    first = min(a.row["first_ts"], b.row["first_ts"])
    last = max(a.row["last_ts"], b.row["last_ts"])
    words = [f"Cluster {a.cluster_id}", f"Cluster {b.cluster_id}"]
    if a.run.id != b.run.id:
        words = [f"{said}, run {side.run.id[:8]}" for said, side in zip(words, (a, b), strict=True)]
    series = [side.activity(first, last, BINS) for side in (a, b)]
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


def _more(shown: int, total: int, what: str) -> Component | None:
    if shown >= total:
        return None
    return html.P(f"The first {count(shown)} of {plural(total, what)}; all are in the export.",
                  className="fine")  # fmt: skip


def _accounts(explorer: Explorer, a: Side, b: Side) -> Component:
    table = shared_accounts(a, b)
    heading = html.H2(["Accounts in both", html.Span(count(len(table)), className="fine")])
    if not len(table):
        return html.Section([heading, pieces.empty("None", "No account is in both.")],
                            className="panel")  # fmt: skip
    names = explorer.names()
    rows = [
        html.Tr(
            [
                html.Th(
                    dcc.Link(
                        pieces.name(names.account(one["account_id"])),
                        href=f"/run/{a.run.id}/account/{one['account_row']}",
                    ),
                    scope="row",
                ),
                html.Td(_then(one["role_a"], one["role_b"])),
                html.Td(f"{one['strength_a']:.2f}", className="num"),
                html.Td(f"{one['strength_b']:.2f}", className="num"),
            ]
        )
        for one in table.slice(0, SHOWN).to_pylist()
    ]
    head = _heads(("Account", "Role"), ("Strength", "and there"))
    return html.Section(
        [heading, _table(head, rows), _more(len(rows), len(table), "account")], className="panel"
    )


def _targets(explorer: Explorer, a: Side, b: Side) -> Component:
    table: pa.Table = shared_targets(a, b)
    heading = html.H2(["Targets of both", html.Span(count(len(table)), className="fine")])
    if not len(table):
        return html.Section([heading, pieces.empty("None", "They act on no target together.")],
                            className="panel")  # fmt: skip
    names = explorer.names()
    rows = [
        html.Tr(
            [
                html.Th(
                    dcc.Link(
                        pieces.name(names.content(one["content_id"])),
                        href=f"/run/{a.run.id}/target/{one['target_row']}",
                    ),
                    scope="row",
                ),
                html.Td(percent(one["share_a"]), className="num"),
                html.Td(percent(one["share_b"]), className="num"),
            ]
        )
        for one in table.slice(0, SHOWN).to_pylist()
    ]
    head = _heads(("Target",), ("Share made here", "and there"))
    return html.Section(
        [
            heading,
            _table(head, rows),
            _more(len(rows), len(table), "target"),
            html.P(
                "Whoever gains from a target: beneficiary, complicity unknown.", className="fine"
            ),
        ],
        className="panel",
    )


def _heads(words: tuple[str, ...], numbers: tuple[str, ...]) -> Component:
    return html.Tr(
        [html.Th(word, scope="col") for word in words]
        + [html.Th(word, scope="col", className="num") for word in numbers]
    )


def _table(head: Component, rows: list[Component]) -> Component:
    return html.Div(
        html.Table([html.Thead(head), html.Tbody(rows)], className="tight"), className="scroll",
        tabIndex="0",
    )  # fmt: skip


def _then(a: str, b: str) -> str:
    here, there = printable(a, 30), printable(b, 30)
    return here if here == there else f"{here}, there {there}"


def address(a: str, b: str | None = None) -> str:
    """Return the address of a comparison of run/cluster with run/cluster."""
    return f"/compare?a={quote(a, safe='/')}" + (f"&b={quote(b, safe='/')}" if b else "")


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer: another choice is another address."""

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Input("compare-b", "value"),
        State("compare-first", "data"),
        State("address", "search"),
        prevent_initial_call=True,
    )
    def second(chosen: str | None, first: str, query: str | None) -> Any:
        if not chosen or not first or f"b={chosen}" in (query or ""):
            return no_update
        return address(first, chosen)

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Input("compare-a", "value"),
        prevent_initial_call=True,
    )
    def first(chosen: str | None) -> Any:
        return address(chosen) if chosen else no_update
