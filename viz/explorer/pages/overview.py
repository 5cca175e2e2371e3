"""Map: all clusters of a run in one picture, for runs with more of them than a list can show."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from cib.datasets.wording import count, plural, score
from cib.viz.explorer import pieces
from cib.viz.explorer.exports.menus import PICTURE, TABLE, menu
from cib.viz.explorer.pages.triage import run_label
from cib.viz.explorer.pictures.canvas import map_picture, register_picture
from cib.viz.explorer.pictures.map_payload import map_payload
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.run_tables import ClusterFilter, ClusterMap
from cib.viz.layout import Points, circle_positions
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

PREFIX = "map"
LISTED = 100
"""Clusters in the table under the map."""
HEIGHT = 540


def layout(explorer: Explorer, run: str | None = None, **_: Any) -> Component:
    """Make the page.

    Parameters
    ----------
    run : id of a run; the newest when None
    """
    known = explorer.library.runs()
    if not known:
        return pieces.trouble(
            "There is no run to draw", f"No finished run lies in {explorer.library.path}."
        )
    chosen = explorer.library.run(run) if run else known[0]
    facets = chosen.tables.facets()
    options = [{"value": one.id, "label": run_label(one)} for one in known]
    filters = [_choice("Kind", "map-kinds", [kind for kind, _ in facets["kind"]])]
    if facets["market"]:
        filters.append(_choice("Market", "map-markets", [m for m, _ in facets["market"]]))
    else:
        filters.append(dcc.Store(id="map-markets", data=[]))
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
                            ("Figure: the map", f"run/{chosen.id}/map", PICTURE),
                            ("Figure: when they act", f"run/{chosen.id}/activity", PICTURE),
                            ("Figure: by their two scores", f"run/{chosen.id}/overview", PICTURE),
                        ]
                    ),
                ],
            ),
            html.Div(filters, className="filters", role="search",
                     **{"aria-label": "Narrow the map"}),
            html.Div(drawn(explorer, chosen, (), ()), id="map-drawn"),
            dcc.Store(id="map-shown", data=chosen.id),
        ]
    )  # fmt: skip


def _choice(words: str, name: str, options: list[str]) -> Component:
    choices = [{"value": one, "label": printable(one, 60)} for one in options]
    box = dcc.Dropdown(choices, [], id=name, multi=True, placeholder="any")
    return html.Label([html.Span(words), box])


def drawn(
    explorer: Explorer, run: RunFiles, kinds: tuple[str, ...], markets: tuple[str, ...]
) -> list[Component]:
    """Return the map of some clusters and the same as a table."""
    payload, table, said = _payload(run, kinds, markets)
    states = explorer.casebook.states()
    verdicts = {c: s.verdict for (r, c), s in states.items() if r == run.id and s.verdict}
    if not len(table):
        why = "Take a filter away." if kinds or markets else "The scan found none, which is good."
        return [pieces.empty("No clusters to draw", why)]
    return [
        html.Section(
            map_picture(PREFIX, with_verdicts(payload, verdicts), height=HEIGHT), className="panel"
        ),
        html.P(said, className="fine") if said else html.Div(),
        _table(run, table, verdicts),
    ]


def payload_of(run: RunFiles) -> dict[str, Any]:
    """Return what the map of all clusters is drawn from."""
    return _payload(run, (), ())[0]


@lru_cache(maxsize=16)
def _payload(
    run: RunFiles, kinds: tuple[str, ...], markets: tuple[str, ...]
) -> tuple[dict[str, Any], pa.Table, str]:
    """Return what is drawn, the clusters of it, and what filters left out; kept, as layouts are."""
    found: ClusterMap = run.tables.cluster_map()
    most = len(found.nodes)
    where = ClusterFilter(kinds=kinds, markets=markets)
    table, n_all = run.tables.clusters(where, limit=most)
    # the map knows the first clusters by rank; a filter chooses among these
    place = pc.index_in(table["cluster_id"], value_set=found.nodes["cluster_id"].combine_chunks())
    table = table.filter(pc.is_valid(place))
    kept = pc.drop_null(place).combine_chunks().to_numpy()
    new = np.full(most, -1, np.int64)
    new[kept] = np.arange(len(kept))
    a, b = (new[found.links[end].to_numpy()] for end in "ab")
    inside = (a >= 0) & (b >= 0)
    links = pa.table(
        {
            "a": a[inside],
            "b": b[inside],
            "n_shared": found.links["n_targets"].to_numpy()[inside],
        }
    )
    narrowed = bool(kinds or markets)
    payload = map_payload(
        table,
        links,
        run_id=run.id,
        n_clusters_all=n_all,
        n_links_all=len(links) if narrowed else found.n_links_all,
        layout=None if narrowed else _laid_out(run, table, links),
    )
    payload["file"] = f"run-{run.id}-map"
    return payload, table, _said(found, n_all > len(table) and narrowed)


def _said(found: ClusterMap, narrowed: bool) -> str:
    """Say what the picture does not: what joins nothing, and what filters cannot reach."""
    parts = []
    if narrowed:
        parts.append(
            f"Filters choose among the first {count(len(found.nodes))} clusters by rank; triage "
            "lists all."
        )
    if found.n_targets_skipped:
        n = plural(found.n_targets_skipped, "target")
        parts.append(f"{n} of very many clusters join none of them here.")
    return " ".join(parts)


def _laid_out(run: RunFiles, table: pa.Table, links: pa.Table) -> Points:
    """Return where circles lie; kept in the run, as this takes seconds for thousands of them."""

    def make() -> pa.Table:
        radius = np.sqrt(np.maximum(table["n_accounts"].to_numpy(), 1.0))
        xy = circle_positions(links["a"].to_numpy(), links["b"].to_numpy(), radius)
        return pa.table({"x": xy[:, 0], "y": xy[:, 1]})

    what = {"clusters": len(table), "links": len(links)}
    xy = run.tables.cache.get("circles", what, make)
    return np.column_stack((xy["x"].to_numpy(), xy["y"].to_numpy()))


def with_verdicts(payload: dict[str, Any], verdicts: Mapping[int, str]) -> dict[str, Any]:
    """Return a payload with what was decided since it was made."""
    kinds = [payload["verdicts"][0], *sorted(set(verdicts.values()))]
    clusters = dict(payload["clusters"])
    clusters["verdict"] = [kinds.index(verdicts.get(one, kinds[0])) for one in clusters["id"]]
    return {**payload, "verdicts": kinds, "clusters": clusters}


def _table(run: RunFiles, table: pa.Table, verdicts: Mapping[int, str]) -> Component:
    rows = [
        html.Tr(
            [
                html.Th(dcc.Link(f"Cluster {one['cluster_id']}",
                                 href=f"/run/{run.id}/cluster/{one['cluster_id']}"), scope="row"),
                html.Td(printable(one["kind"], 40)),
                html.Td(count(one["n_accounts"]), className="num"),
                html.Td(score(one["coordination"]), className="num"),
                html.Td(score(one["inauthenticity"]), className="num"),
                html.Td(verdicts.get(one["cluster_id"], "open")),
                html.Td(printable(one["reason"], 200), className="why"),
            ]
        )
        for one in table.slice(0, LISTED).to_pylist()
    ]  # fmt: skip
    heads = [("Cluster", ""), ("Kind", ""), ("Accounts", "num"), ("Coordination", "num"),
             ("Inauthenticity", "num"), ("Verdict", ""), ("Why", "")]  # fmt: skip
    more = [] if len(table) <= LISTED else [
        html.P(["The first by rank. All are in ", dcc.Link("triage", href="/"), "."],
               className="fine")
    ]  # fmt: skip
    return html.Details(
        [
            html.Summary(f"The same as a table ({count(len(rows))} of {count(len(table))})"),
            pieces.table(heads, rows),
            *more,
        ],
        className="panel",
    )  # fmt: skip


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer."""
    register_picture(app, PREFIX, "map")

    @app.callback(
        Output("map-drawn", "children"),
        Input("map-kinds", "value"),
        Input("map-markets", "value"),
        State("map-shown", "data"),
        prevent_initial_call=True,
    )
    def narrowed(kinds: list[str] | None, markets: list[str] | None, run: str) -> Any:
        chosen = explorer.library.run(run)
        return drawn(explorer, chosen, tuple(kinds or ()), tuple(markets or ()))

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Input(f"{PREFIX}-opened", "data"),
        prevent_initial_call=True,
    )
    def opened(news: dict[str, Any] | None) -> Any:
        if not news or news.get("what") != "cluster":
            return no_update
        return f"/run/{news['run_id']}/cluster/{news['cluster_id']}"

    @app.callback(
        Output("address", "href", allow_duplicate=True),
        Input("map-run", "value"),
        State("map-shown", "data"),
        prevent_initial_call=True,
    )
    def other_run(wanted: str | None, shown: str) -> Any:
        return f"/map?run={wanted}" if wanted and wanted != shown else no_update
