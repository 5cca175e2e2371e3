"""Fields that are asked about once somebody has stopped typing in them."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State, dcc
from dash.development.base_component import Component


def store(field: str, text: str = "") -> Component:
    """Lay out what holds a field's text once it has settled."""
    return dcc.Store(id=_store(field), data=text)


def settled(field: str) -> Input:
    """Return what a callback hears of a field: its text, once it has settled."""
    return Input(_store(field), "data")


def settle(app: Dash, field: str) -> None:
    """Fill the store of a field a moment after the last key."""
    app.clientside_callback(
        ClientsideFunction("cib", "settle"),
        Output(_store(field), "data"),
        Input(field, "value"),
        State(_store(field), "id"),
        prevent_initial_call=True,
    )


def _store(field: str) -> str:
    return f"{field}-settled"
