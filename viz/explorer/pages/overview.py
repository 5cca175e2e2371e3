"""Map: all clusters of a run in one picture, singly or in groups that open to their clusters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from cib.datasets.errors import CibError
from cib.datasets.wording import plural
from cib.viz.explorer import pieces
from cib.viz.explorer.exports.menus import PICTURE, TABLE, menu
from cib.viz.explorer.pages.addresses import (
    KINDS,
    markets_of,
    not_understood,
    read_numbers,
    read_words,
)
from cib.viz.explorer.pages.overview_map import PREFIX, Words, drawn, map_address, map_name
from cib.viz.explorer.pictures.canvas import register_picture
from cib.viz.explorer.run_names import run_label
from cib.viz.explorer.runs.library import Library, RunFiles
from cib.viz.explorer.runs.run_tables import MapLimits
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer


def is_start(library: Library, limits: MapLimits) -> bool:
    """Whether the explorer opens on the map: one run, of more clusters than are drawn singly."""
    runs = library.runs()
    try:
        return len(runs) == 1 and runs[0].tables.n_clusters > limits.clusters
    except CibError:  # the page says what is wrong with it
        return False


def layout(
    explorer: Explorer,
    run: str | None = None,
    group: str | None = None,
    kinds: str = "",
    markets: str = "",
    **_: Any,
) -> Component:
    """Make the page.

    Parameters
    ----------
    run : id of a run; the newest when None
    group : number of a group of the map, to draw its clusters
    kinds, markets : what the map is narrowed to, as `addresses` writes it
    """
    known = explorer.library.runs()
    if not known:
        return pieces.trouble(
            "There is no run to draw", f"No finished run lies in {explorer.library.path}."
        )
    chosen = explorer.library.run(run) if run else known[0]
    narrowed, unread = _narrowed(chosen, kinds, markets)
    number = int(group) if group and group.isdecimal() and len(group) < 10 else None
    options = [{"value": one.id, "label": run_label(one)} for one in known]
    at = {"run": chosen.id, "kinds": list(narrowed[0]), "markets": list(narrowed[1])}
    return html.Div(
        [
            pieces.title(
                "Map of clusters",
                f"{plural(chosen.tables.n_clusters, 'cluster')} · run {chosen.id}",
                [
                    pieces.field(
                        "Run",
                        dcc.Dropdown(options, chosen.id, id="map-run", clearable=False),
                        "wide-field",
                    ),
                    menu(
                        [
                            ("All clusters", f"run/{chosen.id}/clusters", TABLE),
                            ("Figure: the map", f"run/{chosen.id}/{map_name(number)}", PICTURE),
                            ("Figure: when they act", f"run/{chosen.id}/activity", PICTURE),
                            ("Figure: by their two scores", f"run/{chosen.id}/overview", PICTURE),
                        ]
                    ),
                ],
            ),
            not_understood(unread),
            _filters(chosen, *narrowed, hidden=number is not None),
            html.Div(drawn(explorer, chosen, *narrowed, number), id="map-drawn"),
            dcc.Store(id="map-shown", data=at),
        ]
    )  # fmt: skip


def _narrowed(run: RunFiles, kinds: str, markets: str) -> tuple[tuple[Words, Words], list[str]]:
    """Read what the map is narrowed to, and which parts of its address mean nothing."""
    found = (
        read_words(kinds, KINDS) if kinds else [],
        read_numbers(markets, markets_of([run])) if markets else [],
    )
    unread = [name for name, one in zip(("kinds", "markets"), found, strict=True) if one is None]
    return (tuple(found[0] or ()), tuple(found[1] or ())), unread


def _filters(run: RunFiles, kinds: Words, markets: Words, *, hidden: bool) -> Component:
    """Lay out the filters; what they offer comes when the picture is there."""

    def choice(words: str, name: str, chosen: Words, there: bool = True) -> Component:
        box = dcc.Dropdown(_options(chosen), list(chosen), id=name, multi=True, placeholder="any")
        return html.Label([html.Span(words), box], hidden=not there)

    return html.Div(
        [
            choice("Kind", "map-kinds", kinds),
            choice("Market", "map-markets", markets, run.tables.has("interactions", "market")),
        ],
        className="filters", role="search", hidden=hidden,
        **{"aria-label": "Narrow the map"},
    )  # fmt: skip


def _options(words: Sequence[str]) -> list[dict[str, str]]:
    return [{"value": one, "label": printable(one, 60)} for one in words]


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer."""
    register_picture(app, PREFIX, "map")

    @app.callback(
        Output("map-kinds", "options"),
        Output("map-markets", "options"),
        Input("map-shown", "data"),
    )
    def offered(shown: dict[str, Any]) -> tuple[Any, Any]:
        facets = explorer.library.run(shown["run"]).tables.facets()
        kinds, markets = ([word for word, _ in facets[of]] for of in ("kind", "market"))
        return _options(kinds), _options(markets)

    @app.callback(
        Output("map-drawn", "children"),
        Output("map-shown", "data"),
        Input("map-kinds", "value"),
        Input("map-markets", "value"),
        State("map-shown", "data"),
        prevent_initial_call=True,
    )
    def narrowed(
        kinds: list[str] | None, markets: list[str] | None, shown: dict[str, Any]
    ) -> tuple[Any, Any]:
        now = {**shown, "kinds": kinds or [], "markets": markets or []}
        if now == shown:
            return no_update, no_update
        run = explorer.library.run(shown["run"])
        return drawn(explorer, run, tuple(now["kinds"]), tuple(now["markets"])), now

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Input(f"{PREFIX}-opened", "data"),
        State("map-shown", "data"),
        prevent_initial_call=True,
    )
    def opened(news: dict[str, Any] | None, shown: dict[str, Any]) -> Any:
        if not news:
            return no_update
        if news.get("what") == "group":
            run = explorer.library.run(shown["run"])
            return map_address(run, shown["kinds"], shown["markets"], int(news["group"]))
        return f"/run/{news['run_id']}/cluster/{news['cluster_id']}"

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Input("map-run", "value"),
        State("map-shown", "data"),
        prevent_initial_call=True,
    )
    def other_run(wanted: str | None, shown: dict[str, Any]) -> Any:
        if not wanted or wanted == shown["run"]:
            return no_update
        return map_address(explorer.library.run(wanted))
