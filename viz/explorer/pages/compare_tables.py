"""The accounts and targets of two clusters at once, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from dash import dcc, html
from dash.development.base_component import Component

from cib.datasets.wording import count, percent, plural
from cib.viz.explorer import pieces
from cib.viz.explorer.runs.comparing import Side, shared_accounts, shared_targets
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

SHOWN = 50
"""Accounts and targets that the tables list."""


def _more(shown: int, total: int, what: str) -> Component | None:
    if shown >= total:
        return None
    return html.P(f"The first {count(shown)} of {plural(total, what)}; all are in the export.",
                  className="fine")  # fmt: skip


def accounts(explorer: Explorer, a: Side, b: Side) -> Component:
    """List the accounts in both, with their role and strength in each."""
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


def targets(explorer: Explorer, a: Side, b: Side) -> Component:
    """List the targets of both, with the share that each makes."""
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
