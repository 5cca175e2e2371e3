"""The one visual language: colours (light and dark), the plotly template, the plotly settings.

Hues are Okabe and Ito's, which people with any colour vision tell apart; their yellow and black,
which vanish on one of the two backgrounds, are darkened or lightened per theme, and their purple is
deepened, which is a grey to some. A test simulates three kinds of colour blindness.
"""

from __future__ import annotations

from typing import Any

from cib.viz.drawing import Drawing

FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif'

COLOURS: dict[str, tuple[str, str]] = {
    "paper": ("#fbfaf7", "#14171b"),
    "card": ("#ffffff", "#1c2026"),
    "ink": ("#1f2328", "#e6e4df"),
    "muted": ("#5d646d", "#a3a9b2"),
    "line": ("#dedad2", "#343a43"),
    "grid": ("#eceae4", "#2a2f37"),
    "coordination": ("#0b6ba8", "#5ab0e8"),
    "inauthenticity": ("#c2500a", "#f0894d"),
    "caution-soft": ("#fdf3e3", "#35290f"),
    "caution": ("#8a5a00", "#f0b848"),
    "caution-mark": ("#dd9a00", "#f0b849"),
    "other": ("#a5a8ad", "#6d737c"),
    "node-line": ("#fffffe", "#1c2027"),
}
"""Every colour of the page and its figures: name → (light, dark)."""

TARGET_COLOURS: tuple[tuple[str, str], ...] = (
    ("#0072b2", "#4a9fe0"),
    ("#d55e00", "#f0783a"),
    ("#009e73", "#1fbf91"),
    ("#a63e7b", "#e08fbd"),
    ("#e69f00", "#f5b82e"),
    ("#56b4e9", "#a5dcff"),
    ("#5e4700", "#efdf78"),
    ("#3d3d3d", "#d6d6d6"),
)
"""One colour per target drawn by name (raster and target bars): (light, dark)."""

TARGET_SYMBOLS = (
    "circle", "square", "diamond", "triangle-up", "triangle-down", "pentagon", "star-diamond", "x",
)  # fmt: skip
"""One marker per target, so that colour is never the only difference."""

LAYER_COLOURS = ("#a63e7b", "#e69f00", "#009e73", "#56b4e9", "#5e4700")
"""Layers of a network beside the most common one, which is grey."""

DARK: dict[str, str] = dict((*COLOURS.values(), *TARGET_COLOURS))
"""Light colour → dark colour. Figures are written in light colours; the page translates."""

NEVER: dict[str, Any] = {"plotlyServerURL": "", "showSendToCloud": False}
"""What keeps data on the page: by themselves, plotly.js's buttons offer its vendor's cloud."""
CONFIG: dict[str, Any] = {
    **NEVER,
    "displaylogo": False,
    "displayModeBar": "hover",
    "modeBarButtons": [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
    "responsive": True,
    "scrollZoom": False,
}
"""Plotly settings: nothing leaves the page, no logo, four buttons."""


def colour(name: str) -> str:
    """Return the light colour of that name.

    >>> colour("coordination")
    '#0b6ba8'
    """
    return COLOURS[name][0]


def css_variables(dark: bool) -> str:
    """Return the colours as CSS custom properties.

    >>> css_variables(dark=False).split(";")[0]
    '--paper:#fbfaf7'
    """
    return ";".join(f"--{name}:{pair[dark]}" for name, pair in COLOURS.items())


def template() -> dict[str, Any]:
    """Return the plotly template that every figure of this package carries."""
    axis = {
        "gridcolor": colour("grid"),
        "linecolor": colour("line"),
        "zeroline": False,
        "automargin": True,
        "title": {"standoff": 10, "font": {"size": 12.5}},
        "tickfont": {"size": 12},
    }
    clear = "rgba(0,0,0,0)"
    return {
        "layout": {
            "font": {"family": FONT, "size": 13, "color": colour("ink")},
            "paper_bgcolor": clear,
            "plot_bgcolor": clear,
            "xaxis": axis,
            "yaxis": axis,
            "colorway": [light for light, _ in TARGET_COLOURS],
            "hoverlabel": {
                "bgcolor": colour("card"),
                "bordercolor": colour("line"),
                "font": {"color": colour("ink"), "family": FONT, "size": 13},
                "align": "left",
            },
            "legend": {
                "orientation": "h",
                "x": 0,
                "xanchor": "left",
                "y": 1.02,
                "yanchor": "bottom",
                "bgcolor": clear,
                "font": {"size": 12},
                "itemsizing": "constant",
            },
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "title": {"x": 0, "xref": "paper", "font": {"size": 16}},
            "modebar": {
                "bgcolor": clear,
                "color": colour("other"),
                "activecolor": colour("coordination"),
            },
        }
    }


def finish(
    data: list[dict[str, Any]],
    layout: dict[str, Any],
    *,
    title: str,
    caption: str,
    height: int,
    **meta: Any,
) -> Drawing:
    """Make a drawing: traces and layout, the template, title and caption (what was left out).

    The caption is the title's subtitle, and `layout.meta["caption"]`, from where the report takes
    it to print it as text. Neither may hold a name from a log. `meta` is kept beside it.
    """
    common = {
        "template": template(),
        "height": height,
        "title": {"text": title, "subtitle": {"text": caption, "font": {"size": 12}}},
        "margin": {"t": 96},
        "meta": {"caption": caption, "height": height, **meta},
        "hovermode": "closest",
        # for those who give a figure to others' functions, where our settings do not go along
        "modebar": {"remove": ["sendChartToCloud"]},
    }
    return {"data": data, "layout": {**layout, **common}}
