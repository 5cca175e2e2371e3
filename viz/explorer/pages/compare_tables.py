"""The accounts and targets of two clusters at once, as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def accounts(explorer: Explorer, a: Side, b: Side) -> Component:
    """List the accounts in both, with their role and strength in each."""
    table = shared_accounts(a, b)
    names = explorer.names()
    rows = [
        html.Tr(
            [
                _named(names.account(one["account_id"]), a, f"account/{one['account_row']}"),
                html.Td(_then(one["role_a"], one["role_b"])),
                html.Td(f"{one['strength_a']:.2f}", className="num"),
                html.Td(f"{one['strength_b']:.2f}", className="num"),
            ]
        )
        for one in table.slice(0, SHOWN).to_pylist()
    ]
    heads = [("Account", ""), ("Role", ""), ("Strength", "num"), ("and there", "num")]
    return _section(
        "Accounts in both", len(table), "account", heads, rows, "No account is in both."
    )


def targets(explorer: Explorer, a: Side, b: Side) -> Component:
    """List the targets of both, with the share that each makes."""
    table = shared_targets(a, b)
    names = explorer.names()
    rows = [
        html.Tr(
            [
                _named(names.content(one["content_id"]), a, f"target/{one['target_row']}"),
                html.Td(percent(one["share_a"]), className="num"),
                html.Td(percent(one["share_b"]), className="num"),
            ]
        )
        for one in table.slice(0, SHOWN).to_pylist()
    ]
    heads = [("Target", ""), ("Share made here", "num"), ("and there", "num")]
    note = "Whoever gains from a target: beneficiary, complicity unknown."
    none = "They act on no target together."
    return _section("Targets of both", len(table), "target", heads, rows, none, note)


def _section(
    heading: str,
    total: int,
    what: str,
    heads: list[tuple[str, str]],
    rows: list[Component],
    none: str,
    note: str | None = None,
) -> Component:
    """Put a table under its heading; say what there is more, or that there is none."""
    made = [html.H2([heading, html.Span(count(total), className="fine")])]
    if not total:
        return html.Section([*made, pieces.empty("None", none)], className="panel")
    made.append(pieces.table(heads, rows))
    if len(rows) < total:
        said = f"The first {count(len(rows))} of {plural(total, what)}; all are in the export."
        made.append(html.P(said, className="fine"))
    if note:
        made.append(html.P(note, className="fine"))
    return html.Section(made, className="panel")


def _named(name: str, side: Side, at: str) -> Component:
    return html.Th(dcc.Link(pieces.name(name), href=f"/run/{side.run.id}/{at}"), scope="row")


def _then(a: str, b: str) -> str:
    here, there = printable(a, 30), printable(b, 30)
    return here if here == there else f"{here}, there {there}"
