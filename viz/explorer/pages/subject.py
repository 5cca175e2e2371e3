"""Made elsewhere."""

from typing import Any

from dash import Dash, html


def layout(explorer: Any, **_: Any) -> Any:
    return html.P("…")


account_layout = target_layout = layout


def register(app: Dash, explorer: Any) -> None: ...
