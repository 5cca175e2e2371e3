"""The application: which address shows which page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from dash import Dash, Input, Output, set_props
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.datasets.casebook import Casebook
from cib.datasets.errors import CibError
from cib.viz import theme
from cib.viz.explorer import pieces, shell
from cib.viz.explorer.door.names import Names
from cib.viz.explorer.door.questions import check_questions, excuse
from cib.viz.explorer.door.viewer import Viewer
from cib.viz.explorer.exports import routes
from cib.viz.explorer.pages import (
    cluster,
    compare,
    decisions,
    guide,
    overview,
    search,
    subject,
    triage,
)
from cib.viz.explorer.runs.cluster_map import LIMITS, MapLimits
from cib.viz.explorer.runs.errors import NoSuchCluster, RunGone
from cib.viz.explorer.runs.library import Library
from cib.viz.text import printable

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class Explorer:
    """What every page works with."""

    library: Library
    """The runs."""
    casebook: Casebook
    """The decisions."""
    viewer: Callable[[], Viewer]
    """Who asks, for the request that is being answered."""
    names: Callable[[], Names]
    """How ids are shown to whoever asks."""
    map_limits: MapLimits = LIMITS
    """How much the map shows at a time."""


Page = Callable[..., Component]
RUN = r"(?P<run>[0-9a-f]{4,64})"
NUMBER = "[0-9]{1,18}"
ROUTES: tuple[tuple[str, str, Page], ...] = (
    (r"/(?:triage)?", "Triage", triage.layout),
    (r"/map", "Map", overview.layout),
    (r"/search", "Search", search.layout),
    (
        rf"/run/{RUN}/cluster/(?P<cluster_id>{NUMBER})",
        "Cluster {cluster_id} of run {run:.8}",
        cluster.layout,
    ),
    (rf"/run/{RUN}/account/(?P<row>{NUMBER})", "Account", subject.account_layout),
    (rf"/run/{RUN}/target/(?P<row>{NUMBER})", "Target", subject.target_layout),
    (r"/compare", "Compare", compare.layout),
    (r"/decisions", "Decisions", decisions.layout),
    (r"/help", "Help", guide.layout),
)
"""Address, title, and what makes the page. No address holds an id of an account or a content."""


def make_app(explorer: Explorer) -> Dash:
    """Make the application; `protect` and `serve` put it on the network.

    Parameters
    ----------
    explorer : runs, decisions, and who sees what
    """
    app = Dash(
        __name__,
        title="cib explorer",
        update_title=None,
        assets_folder=str(Path(__file__).parent / "assets"),
        suppress_callback_exceptions=True,
        serve_locally=True,
        index_string=index_page(),
        on_error=told,
    )
    app.layout = shell.frame
    for page in (triage, overview, search, cluster, subject, compare, decisions, guide):
        page.register(app, explorer)
    shell.register(app, explorer)
    routes.register(app, explorer)
    check_questions(app)

    @app.callback(
        Output("page", "children"),
        Output("page-title", "data"),
        Input("page-wanted", "data"),
    )
    def show(wanted: dict[str, Any] | None) -> tuple[Any, str]:
        if not wanted:
            raise PreventUpdate
        path, query = (str(wanted.get(name) or "") for name in ("path", "query"))
        return page_at(explorer, path or "/", query, wanted.get("kept"))

    return app


def told(error: Exception) -> None:
    """Say in the corner what stands in the way, and leave the page as it is.

    Errors of ours are sentences for whoever looks; all others go on to the server's log.
    """
    if not isinstance(error, CibError):
        excuse(error)
        raise error
    set_props("toast", {"children": pieces.note_of(printable(str(error), 600), bad=True)})


def page_at(
    explorer: Explorer, path: str, query: str = "", kept: Any = None
) -> tuple[Component, str]:
    """Make the page of an address, and its title; whatever goes wrong has a page of its own.

    `/` is triage, or the map where there is one run with very many clusters.

    Parameters
    ----------
    path, query : the address; the query as it stands there
    kept : what the browser keeps with the address because it must not stand in it
    """
    if path == "/" and not query and overview.is_start(explorer.library, explorer.map_limits):
        path = "/map"
    for pattern, title, layout in ROUTES:
        found = re.fullmatch(pattern, path.rstrip("/") or "/")
        if found is None:
            continue
        asked = {name: values[0] for name, values in parse_qs(query.lstrip("?")).items()}
        # what the address says wins; pages take what they know of the rest
        given: dict[str, Any] = {k: v for k, v in asked.items() if k != "explorer"}
        given |= {"kept": kept, **found.groupdict()}
        try:
            return layout(explorer, **given), title.format(**found.groupdict())
        except RunGone as gone:
            return pieces.trouble("This run is gone", str(gone)), "Run gone"
        except NoSuchCluster as missing:
            return pieces.trouble("No such cluster", str(missing)), "Not found"
        except CibError as error:
            return pieces.trouble("This page cannot be shown", str(error)), "Trouble"
    return (
        pieces.trouble("There is no such page", "The address may be mistyped, or of an old link."),
        "Not found",
    )


def index_page() -> str:
    """Return the page that everything is loaded into: colours and style inline, no script.

    Colours are those of the theme; style shared with the report comes from its own file.
    """
    light, dark = theme.css_variables(dark=False), theme.css_variables(dark=True)
    shared = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>{{%title%}}</title>
{{%favicon%}}
<style>
:root{{{light}}}
html[data-theme="dark"]{{{dark};color-scheme:dark}}
html[data-theme="light"]{{color-scheme:light}}
{shared}
</style>
{{%css%}}
</head>
<body class="app">
{{%app_entry%}}
<footer hidden>{{%config%}}{{%scripts%}}{{%renderer%}}</footer>
</body>
</html>"""
