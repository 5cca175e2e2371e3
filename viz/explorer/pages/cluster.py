"""The page of a cluster: from what it is to a verdict, without leaving it.

The head and the two boxes come at once; every other part is made when it is scrolled to, so that a
large cluster opens as fast as a small one. The rail on the right stays in sight: the scores, the
verdict, and what is on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dash import MATCH, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.datasets.errors import CibError
from cib.viz.explorer import deciding, pieces
from cib.viz.explorer.pages.addresses import not_understood
from cib.viz.explorer.panels import (
    acts,
    evidence,
    habits,
    head,
    innocent,
    people,
    pictures,
    selection,
    targets,
    why,
)
from cib.viz.explorer.panels.here import Here, here, here_at
from cib.viz.explorer.pictures import figures
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page that is made when it is wanted."""

    name: str
    """In addresses, after the hash."""
    title: str
    short: str
    """In the list of what is on the page."""
    make: Callable[[Here], Component]
    height: int
    """What it takes, about, so that nothing jumps when it comes."""


SECTIONS = (
    Section("raster", "Who acted when", "Raster", pictures.raster, 520),
    Section("network", "Who is joined to whom", "Network", pictures.network, 640),
    Section("targets", "What they acted on", "Targets", targets.section, 560),
    Section("interactions", "Interactions", "Interactions", acts.section, 440),
    Section("evidence", "Evidence", "Evidence", evidence.section, 700),
    Section("innocent", "Innocent explanations", "Innocent?", innocent.section, 900),
    Section("habits", "Habits and machines", "Habits", habits.section, 800),
    Section("members", "Members", "Members", people.section, 480),
)
"""The parts, in order."""


def layout(explorer: Explorer, run: str, cluster_id: str | int, **given: Any) -> Component:
    """Make the page.

    Parameters
    ----------
    run : name of the run
    cluster_id : number of the cluster in it
    given : the other parts of the address, see `selection`
    """
    at = here(explorer, run, int(cluster_id))
    parts, unread = _parts(at, given)
    lines = at.tables.evidence(at.cluster_id).to_pylist()
    out = bool(at.row["benign_ruled_out"])
    return html.Div(
        [
            dcc.Store(
                id="cluster-at", data={"run": run, "cluster": at.cluster_id, "opened": parts}
            ),
            html.Div(
                [
                    head.head(at, lines),
                    not_understood(unread),
                    selection.bar(selection.opened(parts)),
                    why.boxes(at),
                    *(_empty(section) for section in SECTIONS),
                ],
                className="cluster-main",
            ),
            html.Aside(
                [
                    html.Section(
                        pieces.gauges(at.row),
                        className="panel rail-scores",
                        **{"aria-label": "The two scores"},
                    ),
                    deciding.panel(
                        explorer,
                        run,
                        at.cluster_id,
                        None if out else str(at.row["benign_alternative"] or "") or None,
                    ),
                    _contents(),
                ],
                className="rail",
                **{"aria-label": "Scores and verdict"},
            ),
        ],
        className="cluster-page",
        key=f"{run}/{at.cluster_id}",
    )


def _parts(at: Here, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the parts of the address that say how the page starts, and what means nothing."""
    parts = {name: given[name] for name in selection.PARTS if name in given}
    targets: list[int] = []
    if "targets" in parts:
        found, _ = at.tables.targets(at.cluster_id, limit=selection.MOST)
        targets = found["target_row"].to_pylist()
    return selection.that_exist(parts, n_accounts=at.tables.n_accounts, targets=set(targets))


def _empty(section: Section) -> Component:
    """Keep the place of a part that is not made yet."""
    return html.Section(
        [
            html.H2(section.title, id=f"{section.name}-title"),
            html.Div(
                html.P("…", className="quiet"),
                id={"type": "section", "section": section.name},
                style={"minHeight": f"{section.height}px"},
                className="section-body",
            ),
            dcc.Store(id={"type": "seen", "section": section.name}),
        ],
        id=section.name,
        className="panel",
        **{"aria-labelledby": f"{section.name}-title", "data-lazy": section.name},
    )


def _contents() -> Component:
    """List the parts of the page."""
    return html.Nav(
        html.Ul(
            [html.Li(html.A(s.short, href=f"#{s.name}", **{"data-part": s.name})) for s in SECTIONS]
        ),
        className="contents",
        **{"aria-label": "On this page"},
    )


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer."""
    for panel in (pictures, targets, acts, evidence):
        panel.register(app, explorer)
    selection.register(app)
    figures.register(app)
    deciding.register(app, explorer)
    app.clientside_callback(
        ClientsideFunction("cib", "watchSections"),
        Output("cluster-at", "modified_timestamp"),
        Input("cluster-at", "data"),
    )

    @app.callback(
        Output({"type": "section", "section": MATCH}, "children"),
        Output({"type": "section", "section": MATCH}, "style"),
        Input({"type": "seen", "section": MATCH}, "data"),
        State({"type": "seen", "section": MATCH}, "id"),
        State("cluster-at", "data"),
        prevent_initial_call=True,
    )
    def make(
        seen: Any, this: dict[str, str], at: dict[str, Any]
    ) -> tuple[Component, dict[str, Any]]:
        section = next((one for one in SECTIONS if one.name == this["section"]), None)
        if not seen or section is None:
            raise PreventUpdate
        try:
            return section.make(here_at(explorer, at)), {}
        except CibError as error:
            return pieces.empty("This cannot be shown", printable(str(error), 400)), {}
