"""What every page is made of: figures as data, templates, style and script, all in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from cib.datasets import wording
from cib.viz import theme
from cib.viz.drawing import Drawing
from cib.viz.packing import drawing_json, script_json
from cib.viz.text import NAME_LIMIT, printable

_HERE = Path(__file__).parent / "templates"


class Figures:
    """The figures of a page: their data by name, and their captions and heights."""

    def __init__(self) -> None:
        self.data: dict[str, Markup] = {}
        self.captions: dict[str, dict[str, Any]] = {}

    def add(self, name: str, drawing: Drawing, label: str) -> str:
        """Take a figure in under a name; return the name."""
        self.data[name] = Markup(drawing_json(drawing))
        meta = drawing["layout"]["meta"]
        self.captions[name] = {
            "caption": meta["caption"],
            "height": meta["height"],
            "label": label,
            "views": meta.get("views", []),
        }
        return name


def frame() -> dict[str, Any]:
    """Style, script, colours and settings, by the names under which templates use them."""
    settings = {"template": theme.template(), "config": theme.CONFIG, "dark": theme.DARK}
    return {
        "css": Markup(_read("report.css")),
        "js": Markup(_read("report.js")),
        "plotly_js": Markup(get_plotlyjs()),
        "light": Markup(theme.css_variables(dark=False)),
        "dark": Markup(theme.css_variables(dark=True)),
        "page_settings": Markup(script_json(settings)),
    }


def _name(value: object, limit: int = NAME_LIMIT) -> Markup:
    """Return a name as inert HTML: shortened, its full form in the tooltip."""
    full, short = printable(value), printable(value, limit)
    if full == short:
        return Markup('<bdi class="name">{}</bdi>').format(full)
    return Markup('<bdi class="name" title="{}">{}</bdi>').format(full, short)


def environment() -> jinja2.Environment:
    """Return the template environment: everything escaped, nothing undefined."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for function in (
        wording.count, wording.number, wording.probability, wording.percent, wording.duration,
        wording.seen, wording.size, wording.moment, wording.span, wording.plural, wording.score,
        printable,
    ):  # fmt: skip
        environment.filters[function.__name__] = function
    environment.filters["name"] = _name
    return environment


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")
