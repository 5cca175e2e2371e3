"""What is chosen on a cluster's page: accounts, targets, a stretch of time. Every panel follows.

The store `cluster-chosen` holds it: `accounts` and `targets` (rows of the tables, null for all),
`since_us` and `until_us` (null for the whole time), `acting` (rows of accounts that act in that
time, for pictures alone). Pictures and tables write into it and read it in the browser; questions
to the run take it along. It names rows, never ids.

The address of the page follows: `accounts`, `targets` (rows, up to 200 of each), `since`, `until`
(microseconds), and of the network `layers` (their numbers on the page, 0 for none) and `q`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

NOTHING: dict[str, Any] = {"accounts": None, "targets": None, "since_us": None, "until_us": None}
PARTS = ("accounts", "targets", "since", "until", "layers", "q")
"""Of the address."""
_ROWS = re.compile(r"[0-9]{1,12}(,[0-9]{1,12}){0,199}")
_MOMENT = re.compile(r"[0-9]{1,18}")
_Q = re.compile(r"[0-9]{1,3}([.][0-9])?")
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


def opened(parts: Any) -> dict[str, Any]:
    """Read how the parts of an address say that the page starts; what means nothing is left out.

    >>> opened({"accounts": "3,5", "q": "2.5", "layers": "<b>", "since": "7"})
    {'accounts': [3, 5], 'q': 2.5}
    """
    given: Mapping[str, Any] = parts if isinstance(parts, dict) else {}
    found: dict[str, Any] = {
        name: [int(one) for one in str(given[name]).split(",")]
        for name in ("accounts", "targets", "layers")
        if _ROWS.fullmatch(str(given.get(name)))
    }
    ends = [str(given.get(name)) for name in ("since", "until")]
    if all(_MOMENT.fullmatch(end) for end in ends) and int(ends[0]) < int(ends[1]):
        found["since_us"], found["until_us"] = map(int, ends)
    if _Q.fullmatch(str(given.get("q"))):
        found["q"] = float(given["q"])
    return found


def that_exist(
    parts: Mapping[str, Any], *, n_accounts: int, targets: Collection[int]
) -> tuple[dict[str, Any], list[str]]:
    """Leave out of an address what has no meaning on this page, and say what that was.

    Parameters
    ----------
    parts : of the address, as text
    n_accounts : of the run; an expanded network has some that are no members
    targets : rows of the cluster's targets

    >>> that_exist({"accounts": "0,99", "q": "x"}, n_accounts=9, targets=())
    ({'accounts': '0'}, ['accounts=99', 'q'])
    """
    kept, left_out = dict(parts), []
    read = opened(parts)
    for name, known in (("accounts", range(n_accounts)), ("targets", targets)):
        gone = [one for one in read.get(name, ()) if one not in known]
        if gone:
            kept[name] = ",".join(str(one) for one in read[name] if one in known)
            left_out.append(f"{name}={','.join(map(str, gone[:9]))}{',…' if gone[9:] else ''}")
    for name in parts:
        if (f"{name}_us" if name in ("since", "until") else name) not in read:
            del kept[name]
            left_out.append(name)
    return kept, left_out


def bar(first: Mapping[str, Any]) -> Component:
    """Say what is chosen, above everything, and let it go.

    Parameters
    ----------
    first : what is chosen at first, from `opened`
    """
    held = {name: first.get(name) for name in NOTHING}
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
            dcc.Store(id="cluster-chosen", data=held),
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
        ClientsideFunction("cib", "addressOfChosen"),
        Output("selection-bar", "title"),
        Input("cluster-chosen", "data"),
        State("cluster-at", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("cib", "addressOfNetwork"),
        Output("network-said", "title"),
        Input("network-settings", "data"),
        State("network-layers", "options"),
        State("cluster-at", "data"),
    )
    app.clientside_callback(
        ClientsideFunction("cib", "tellLate"),
        Output("selection-words", "title"),
        Input({"type": "section", "section": ALL}, "style"),
        State("cluster-chosen", "data"),
        prevent_initial_call=True,
    )
