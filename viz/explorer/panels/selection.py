"""What is chosen on a cluster's page: accounts, targets, a stretch of time. Every panel follows.

The store `cluster-chosen` holds it: `accounts` and `targets` (rows of the tables, null for all),
`since_us` and `until_us` (null for the whole time), `acting` (rows of accounts that act in that
time, for pictures alone). Pictures and tables write into it and read it in the browser; questions
to the run take it along. It names rows, never ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

NOTHING: dict[str, Any] = {"accounts": None, "targets": None, "since_us": None, "until_us": None}
MOST = 50_000
"""Accounts or targets that a choice may name."""
SOURCES = (
    ("raster-selection", "data", "chooseAccounts"),
    ("network-selection", "data", "chooseAccounts"),
    ("raster-brush", "data", "chooseTime"),
    ("members-grid", "selectedRows", "chooseMembers"),
    ("targets-grid", "selectedRows", "chooseTargets"),
    ("selection-clear", "n_clicks", "chooseNothing"),
)
"""Who chooses: component, property, and the function that puts it into the store."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen, as questions to the run take it."""

    accounts: list[int] | None = None
    targets: list[int] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self == Chosen()


def chosen(data: Mapping[str, Any] | None) -> Chosen:
    """Read the store; what a browser sends is checked.

    >>> chosen({"accounts": [3, "x", 5], "since_us": 1e6}).accounts
    [3, 5]
    """
    given = data or {}
    return Chosen(
        _rows(given.get("accounts")),
        _rows(given.get("targets")),
        _moment(given.get("since_us")),
        _moment(given.get("until_us")),
    )


def _rows(given: Any) -> list[int] | None:
    if not isinstance(given, list):
        return None
    return [one for one in given[:MOST] if isinstance(one, int) and one >= 0]


def _moment(given: Any) -> datetime | None:
    if not isinstance(given, int | float):
        return None
    try:
        return _EPOCH + timedelta(microseconds=int(given))
    except (OverflowError, ValueError):
        return None


def bar() -> Component:
    """Say what is chosen, above everything, and let it go."""
    return html.Div(
        [
            html.Span("Chosen", className="eyebrow"),
            html.Span(id="selection-words", role="status"),
            html.Button(
                ["Show all again", html.Kbd("x")],
                id="selection-clear",
                type="button",
                className="action",
                **{"data-key": "x"},
            ),
            dcc.Store(id="cluster-chosen", data=NOTHING),
        ],
        id="selection-bar",
        className="selection-bar",
        hidden=True,
    )


def register(app: Dash) -> None:
    """Connect all who choose and the pictures that follow, in the browser."""
    for component, prop, function in SOURCES:
        app.clientside_callback(
            ClientsideFunction("cib", function),
            Output("cluster-chosen", "data", allow_duplicate=True),
            Input(component, prop),
            State("cluster-chosen", "data"),
            prevent_initial_call=True,
        )
    for picture in ("raster", "network"):
        app.clientside_callback(
            ClientsideFunction("cib", "pointAt"),
            Output(f"{picture}-highlight", "data", allow_duplicate=True),
            Input("cluster-chosen", "data"),
            State(f"{picture}-highlight", "data"),
            prevent_initial_call=True,
        )
    app.clientside_callback(
        ClientsideFunction("cib", "sayChosen"),
        Output("selection-words", "children"),
        Output("selection-bar", "hidden"),
        Input("cluster-chosen", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("cib", "tellLate"),
        Output("selection-words", "title"),
        Input({"type": "section", "section": ALL}, "style"),
        State("cluster-chosen", "data"),
        prevent_initial_call=True,
    )
