"""Menus of what can be taken away: a line for each thing, a link for each form of it."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from cib.viz.explorer.exports import cluster_figures
from cib.viz.explorer.exports.cluster_tables import TABLES, there
from cib.viz.explorer.panels.here import Here

TABLE, PICTURE, NETWORK = ("csv", "parquet"), ("png", "svg"), ("gexf", "graphml")
WORDS = {"csv": "CSV", "parquet": "Parquet", "png": "PNG", "svg": "SVG", "gexf": "GEXF",
         "graphml": "GraphML"}  # fmt: skip

Line = tuple[str, str, Sequence[str]]
"""What it is; its address below /download, without the ending; the endings it can have."""


def menu(lines: Sequence[Line], words: str = "Export") -> Component:
    """Lay out what can be downloaded as a menu that opens.

    A thing of one form is a link by its name; one of several forms is named, and each is a link.
    """
    return html.Details(
        [
            html.Summary(words, className="button"),
            html.Ul([html.Li(_line(*one)) for one in lines], className="plain"),
        ],
        className="export-menu",
    )


def _line(words: str, at: str, kinds: Sequence[str]) -> list[Component]:
    if len(kinds) == 1:
        return [html.A(words, href=f"/download/{at}.{kinds[0]}")]
    links = [
        html.A(WORDS[kind], href=f"/download/{at}.{kind}",
               **{"aria-label": f"{words}, {WORDS[kind]}"})
        for kind in kinds
    ]  # fmt: skip
    return [html.Span(words, className="export-what", **{"aria-hidden": "true"}), *links]


def cluster_menu(here: Here) -> Component:
    """Lay out everything that can be taken away of a cluster."""
    at, tables = f"run/{here.run.id}/cluster/{here.cluster_id}", here.tables
    lines: list[Line] = [("Everything, as one zip", f"{at}/package", ("zip",))]
    lines += [
        (name.capitalize().replace("_", " "), f"{at}/{name}", TABLE)
        for name in TABLES
        if there(tables, name)
    ]
    lines.append(("Network for Gephi and others", f"{at}/network", NETWORK))
    lines += [
        (f"Figure: {about}", f"{at}/{name}", PICTURE)
        for name, about in cluster_figures.ABOUT.items()
        if there(tables, name)
    ]
    return menu(lines)


def account_menu(at: str, *, in_cluster: bool) -> Component:
    """Lay out what can be taken away of an account; one in no cluster has none of its own rows."""
    lines: list[Line] = [
        ("What it did with the targets", f"{at}/interactions", TABLE),
        ("Its signals among those of others", f"{at}/signals", TABLE),
        ("Through the runs", f"{at}/runs", TABLE),
        ("Network for Gephi and others", f"{at}/network", NETWORK),
        ("Figure: what it did over time", f"{at}/activity", PICTURE),
        ("Figure: signals among those of others", f"{at}/signals", PICTURE),
        ("Figure: who it is joined to", f"{at}/network", PICTURE),
    ]
    own = {f"{at}/interactions", f"{at}/activity"}
    return menu([line for line in lines if in_cluster or line[1] not in own])
