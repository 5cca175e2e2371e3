"""Plotly's figures on pages: kept as data in light colours, drawn in those of the page."""

from __future__ import annotations

from typing import Any

from dash import MATCH, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from cib.viz import theme
from cib.viz.drawing import Drawing

QUIET = {**theme.CONFIG, "displayModeBar": False}
"""No buttons: figures are taken away by the page's export."""


def figure(name: str, drawing: Drawing, label: str) -> Component:
    """Show a drawing, its caption below it as text.

    Parameters
    ----------
    name : its name on the page, without ids
    drawing : from one of the `draw_…` functions, made of lists and not of NumPy arrays
    label : what it shows, for those who do not see it
    """
    layout: dict[str, Any] = dict(drawing["layout"])
    meta = layout.pop("meta")
    layout.pop("title", None)
    annotated = any(
        one.get("yref") == "paper" and one["y"] > 1 for one in layout.get("annotations", ())
    )
    legend = layout.get("showlegend", False)
    layout["margin"] = {"l": 4, "r": 4, "t": 28 if annotated or legend else 6, "b": 6}
    height = int(meta["height"])
    layout["height"] = height
    return html.Figure(
        [
            html.Div(
                html.Div(
                    dcc.Graph(
                        id={"type": "figure", "name": name},
                        config=QUIET,
                        style={"height": f"{height}px"},
                    ),
                    **{"aria-hidden": "true"},  # Plotly's groups have no names
                ),
                role="img",
                style={"minHeight": f"{height}px"},
                **{"aria-label": f"{label}. {meta['caption']}"},
            ),
            html.Figcaption(meta["caption"]),
            dcc.Store(
                id={"type": "figure-data", "name": name},
                data={"data": drawing["data"], "layout": layout},
            ),
        ]
    )


def register(app: Dash) -> None:
    """Have every figure follow light and dark, in the browser."""
    app.clientside_callback(
        ClientsideFunction("cib", "themed"),
        Output({"type": "figure", "name": MATCH}, "figure"),
        Input({"type": "figure-data", "name": MATCH}, "data"),
        Input("theme", "data"),
        State("dark-colours", "data"),
    )
