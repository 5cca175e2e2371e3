"""Controls above the pictures: buttons, ticks, sliders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component


def button(p: str, act: str, words: str) -> Component:
    """Return a button that acts on a picture, see assets/glue.js."""
    said = {"+": "zoom in", "−": "zoom out"}.get(words, words)
    data: dict[str, Any] = {"data-picture": p, "data-act": act, "aria-label": said}
    return html.Button(words, type="button", title=said if said != words else None, **data)


def checks(
    p: str,
    name: str,
    words: str,
    options: Sequence[tuple[str, str]],
    on: Sequence[str] | None = None,
) -> Component:
    """Return boxes to tick; all are ticked when `on` is None."""
    return html.Fieldset(
        [
            html.Legend(words),
            dcc.Checklist(
                id=f"{p}-{name}",
                options=[{"label": label, "value": value} for label, value in options],
                value=[value for _, value in options if on is None or value in on],
                inline=True,
                className="picture-checks",
            ),
        ]
    )


def slider(
    p: str,
    name: str,
    words: str,
    least: float,
    most: float,
    step: float,
    start: str,
    value: float | None = None,
) -> Component:
    """Return a slider, and the words that say where it stands."""
    at = least if value is None else value
    control = dcc.Input(
        id=f"{p}-{name}", type="range", min=least, max=most, step=step, value=at, debounce=False
    )
    said = html.Span(start, id=f"{p}-{name}-words", className="picture-words")
    return field(p, name, words, control, said)


def field(p: str, name: str, words: str, *controls: Component) -> Component:
    """Lay out controls beside their words."""
    return html.Div(
        [html.Label(words, htmlFor=f"{p}-{name}"), *controls], className="picture-field"
    )
