"""Long tables, a page at a time: the rows, where one is, and two buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from cib.datasets.wording import count
from cib.viz.explorer import pieces
from cib.viz.explorer.door.names import Names

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

ROWS = 25
"""Rows of a page."""

HEADS = {
    "ts": "When (UTC)",
    "account_id": "Account",
    "content_id": "Target",
    "action": "Action",
    "duration_ms": "Played",
    "parent_id": "From",
    "parent_kind": "Kind",
    "market": "Market",
    "ip_market": "Place",
    "device_hash": "Device",
    "ip_hash": "Address",
    "asn": "Network",
    "platform": "Platform",
}
"""Columns that are shown, in this order, and what they are called."""
NUMBERS = ("duration_ms",)

Fetch = Callable[[dict[str, Any], int], Component]
"""Makes a page from what the store holds and the number of rows before it."""


def paged(prefix: str, what: dict[str, Any], first: Component, words: str) -> Component:
    """Return a table with its pages.

    Parameters
    ----------
    prefix : of the ids of its parts
    what : what the callback needs to know to fetch another page
    first : the first page, from `page`
    words : what is listed, for screen readers
    """
    return html.Div(
        [
            dcc.Store(id=f"{prefix}-what", data={**what, "offset": 0}),
            html.Div(first, id=f"{prefix}-rows", role="region", **{"aria-label": words}),
        ]
    )


def page(prefix: str, table: Component, offset: int, shown: int, total: int) -> Component:
    """Return one page with the buttons that lead to others."""
    if total <= shown and not offset:
        return html.Div(table)
    return html.Div(
        [
            table,
            html.Div(
                [
                    html.Button("Earlier", id=f"{prefix}-earlier", className="action",
                                type="button", disabled=offset == 0),
                    html.Button("Later", id=f"{prefix}-later", className="action",
                                type="button", disabled=offset + shown >= total),
                    html.Span(
                        f"{count(offset + 1)} to {count(offset + shown)} of {count(total)}",
                        className="fine", role="status",
                    ),
                ],
                className="pager",
            ),
        ]
    )  # fmt: skip


def register(app: Dash, prefix: str, fetch: Fetch) -> None:
    """Make the buttons of a paged table work."""

    @app.callback(
        Output(f"{prefix}-rows", "children"),
        Output(f"{prefix}-what", "data"),
        Input(f"{prefix}-earlier", "n_clicks"),
        Input(f"{prefix}-later", "n_clicks"),
        State(f"{prefix}-what", "data"),
        prevent_initial_call=True,
    )
    def turn(earlier: int | None, later: int | None, what: dict[str, Any] | None) -> Any:
        if not what or not (earlier or later):
            return no_update, no_update
        step = ROWS if str(ctx.triggered_id).endswith("later") else -ROWS
        offset = max(0, int(what["offset"]) + step)
        return fetch(what, offset), {**what, "offset": offset}


def acts_page(
    explorer: Explorer,
    prefix: str,
    what: dict[str, Any],
    offset: int,
    *,
    accounts: Sequence[int] | None = None,
    contents: Sequence[int] | None = None,
    without: Sequence[str] = (),
) -> Component:
    """Return one page of a cluster's interactions.

    Parameters
    ----------
    prefix : of the ids of the table's parts
    what : what the table's store holds: `run` and `cluster` among it
    offset : rows before the page
    accounts, contents : rows of the run's tables of accounts and targets; None is all
    without : columns that would say the same in every row
    """
    run = explorer.library.run(what["run"])
    table, total = run.tables.interactions(
        int(what["cluster"]), accounts, contents, offset=offset, limit=ROWS
    )
    rows = acts_table(explorer.names(), table, run.id, without)
    return page(prefix, rows, offset, len(table), total)


def acts_table(
    names: Names, table: pa.Table, run_id: str | None = None, without: Sequence[str] = ()
) -> Component:
    """Lay out interactions; names lead to their pages where rows of tables are known.

    Parameters
    ----------
    names : what the viewer may see
    table : interactions, with `account_row` and `target_row` where they are known
    run_id : of which run these rows are
    without : columns that would say the same in every row
    """
    shown = names.table(table)
    columns = [c for c in HEADS if c in shown.column_names and c not in without]
    columns = [c for c in columns if shown[c].null_count < len(shown) or not len(shown)]
    heads = [(HEADS[c], "num" if c in NUMBERS else "") for c in columns]
    rows = [
        html.Tr([_cell(names, c, given, run_id) for c in columns]) for given in table.to_pylist()
    ]
    return pieces.table(heads, rows, "acts")


def _cell(names: Names, column: str, given: dict[str, Any], run_id: str | None) -> Component:
    value = given[column]
    if value is None:
        return html.Td("–", className="quiet")
    if column == "ts":
        return html.Td(f"{value.day} {value:%b %Y %H:%M:%S}", className="when")
    if column == "duration_ms":
        return html.Td(f"{int(value) / 1000:,.0f} s", className="num")
    shown = pieces.name(names.cell(column, value), 22)
    row = {"account_id": "account_row", "content_id": "target_row"}.get(column)
    at = given.get(row) if row else None
    if run_id and at is not None:
        kind = "account" if column == "account_id" else "target"
        return html.Td(dcc.Link(shown, href=f"/run/{run_id}/{kind}/{at}"))
    return html.Td(shown)
