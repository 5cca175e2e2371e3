"""Fields that are asked about once somebody has stopped typing in them."""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State, dcc
from dash.development.base_component import Component


def settled(field: str) -> Component:
    """Lay out what holds a field's text once it has settled: `{field}-settled`, its `data`."""
    return dcc.Store(id=f"{field}-settled")


def settle(app: Dash, field: str) -> None:
    """Fill the store of a field a moment after the last key."""
    store = f"{field}-settled"
    app.clientside_callback(
        ClientsideFunction("cib", "settle"),
        Output(store, "data"),
        Input(field, "value"),
        State(store, "id"),
        prevent_initial_call=True,
    )
