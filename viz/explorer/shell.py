"""The frame of every page: where one can go, who is there, light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from cib.viz import theme
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

PLACES = (
    ("/triage", "Triage"),
    ("/map", "Map"),
    ("/search", "Search"),
    ("/decisions", "Decisions"),
)
"""What the bar on top leads to."""


def frame() -> Component:
    """Make the frame; the page itself is put into it when its address is known."""
    return html.Div(
        [
            dcc.Location(id="address", refresh="callback-nav"),
            dcc.Store(id="page-wanted"),
            dcc.Store(id="page-title"),
            dcc.Store(id="theme"),
            dcc.Store(id="dark-colours", data=theme.DARK),
            html.A("Skip to the page", href="#page", className="skip"),
            html.Nav(
                [
                    dcc.Link("cib", href="/", className="brand"),
                    *(dcc.Link(name, href=at, className="place") for at, name in PLACES),
                    html.Span(className="spring"),
                    html.Span(id="whoami", className="quiet"),
                    dcc.Link("?", href="/help", className="place", title="Keys and words"),
                    html.Button(
                        "Light or dark", id="theme-toggle", className="plain-button", type="button"
                    ),
                ],
                className="top",
                **{"aria-label": "Pages"},
            ),
            dcc.Loading(
                html.Main(id="page", tabIndex="-1"),
                type="dot",
                delay_show=400,
                overlay_style={"visibility": "visible", "opacity": 0.6},
                target_components={"page": "children"},
            ),
            html.Div(id="toast", role="status", **{"aria-live": "polite"}),
        ]
    )


def register(app: Dash, explorer: Explorer) -> None:
    """Make the frame answer."""

    @app.callback(Output("whoami", "children"), Input("address", "pathname"))
    def who(_: Any) -> str:
        viewer = explorer.viewer()
        role = "" if viewer.role == "investigator" else f" ({viewer.role}, pseudonyms)"
        return f"{printable(viewer.name, 40)}{role}"

    app.clientside_callback(
        ClientsideFunction("cib", "wantPage"),
        Output("page-wanted", "data"),
        Input("address", "pathname"),
        Input("address", "search"),
    )
    app.clientside_callback(
        ClientsideFunction("cib", "entitle"),
        Output("page", "data-title"),
        Input("page-title", "data"),
        State("address", "pathname"),
    )
    app.clientside_callback(
        ClientsideFunction("cib", "toggleTheme"),
        Output("theme-toggle", "aria-pressed"),
        Input("theme-toggle", "n_clicks"),
    )
