"""What the page of the map draws: clusters of a run or of a group of it, and the same as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pyarrow as pa
from dash import dcc, html
from dash.development.base_component import Component

from cib.datasets.wording import plural
from cib.viz.explorer import pieces
from cib.viz.explorer.pages import overview_tables
from cib.viz.explorer.pages.addresses import KINDS, markets_of, numbers_of, words_of
from cib.viz.explorer.pictures.canvas import map_picture
from cib.viz.explorer.pictures.map_groups import group_words
from cib.viz.explorer.pictures.map_payload import map_payload
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.run_tables import ClusterFilter, ClusterMap, MapLimits
from cib.viz.layout import Points, circle_positions

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

PREFIX = "map"
HEIGHT = 540
Words = tuple[str, ...]


def drawn(
    explorer: Explorer, run: RunFiles, kinds: Words, markets: Words, group: int | None = None
) -> list[Component]:
    """Return the map of some clusters, or of one group, and the same as tables."""
    limits = explorer.map_limits
    payload, table, found = _payload(run, kinds, markets, group, limits)
    states = explorer.casebook.states()
    verdicts = {c: s.verdict for (r, c), s in states.items() if r == run.id and s.verdict}
    if not found.n_clusters_all:
        why = "Take a filter away." if kinds or markets else "The scan found none, which is good."
        return [pieces.empty("No clusters to draw", why)]
    above = []
    if group is not None:
        whole = _payload(run, kinds, markets, None, limits)[2]
        above = [_where(run, kinds, markets, whole.groups.slice(group - 1, 1).to_pylist()[0])]
    here = map_address(run, kinds, markets)
    return [
        *above,
        html.Section(
            map_picture(PREFIX, with_verdicts(payload, verdicts), height=HEIGHT), className="panel"
        ),
        overview_tables.of_groups(found.groups, here),
        overview_tables.of_clusters(run, table, verdicts, found.n_clusters_all),
    ]


def _where(run: RunFiles, kinds: Words, markets: Words, group: Mapping[str, Any]) -> Component:
    """Say which group is drawn, and lead back to all."""
    return html.P(
        [
            dcc.Link("← All clusters", href=map_address(run, kinds, markets), id="map-back"),
            html.Span(
                f" · {plural(group['n_clusters'], 'cluster')} of "
                f"{plural(group['n_accounts'], 'account')}: {group_words(group)}"
            ),
        ],
        className="lead",
        id="map-group",
    )


def map_address(
    run: RunFiles, kinds: Sequence[str] = (), markets: Sequence[str] = (), group: int | None = None
) -> str:
    """Return the address of a map, see `addresses`."""
    numbers = numbers_of(markets, markets_of([run])) if markets else ""
    parts = {"run": run.id, "kinds": words_of(kinds, KINDS), "markets": numbers,
             "group": str(group or "")}  # fmt: skip
    query = {name: value for name, value in parts.items() if value}
    return "/map?" + urlencode(query, safe=",")


def map_name(group: int | None) -> str:
    """Name a map that is taken away: of all clusters, or of one group."""
    return "map" if group is None else f"map-group-{group}"


def payload_of(explorer: Explorer, run: RunFiles, group: int | None = None) -> dict[str, Any]:
    """Return what the map of all clusters, or of one group of them, is drawn from."""
    return _payload(run, (), (), group, explorer.map_limits)[0]


@lru_cache(maxsize=32)
def _payload(
    run: RunFiles, kinds: Words, markets: Words, group: int | None, limits: MapLimits
) -> tuple[dict[str, Any], pa.Table, ClusterMap]:
    """Return what is drawn, the clusters drawn singly, and the map; kept, as all of it is slow."""
    where = ClusterFilter(kinds=kinds, markets=markets)
    found = run.tables.cluster_map(where, group, limits)
    ids = found.nodes["cluster_id"].to_pylist()
    table, _ = run.tables.clusters(ClusterFilter(only=ids), limit=max(len(ids), 1))
    links = pa.table({"a": found.links["a"], "b": found.links["b"],
                      "n_shared": found.links["n_targets"]})  # fmt: skip
    what = None if kinds or markets else {"group": group, "clusters": len(ids)}
    payload = map_payload(
        table,
        links,
        run_id=run.id,
        note=found.left_out,
        groups=found.groups,
        layout=_laid_out(run, table, links, what),
    )
    payload["file"] = f"run-{run.id}-{map_name(group)}"
    return payload, table, found


def _laid_out(
    run: RunFiles, table: pa.Table, links: pa.Table, what: Mapping[str, Any] | None
) -> Points:
    """Return where circles lie; kept in the run under `what`, if that is said."""

    def make() -> pa.Table:
        radius = np.sqrt(np.maximum(table["n_accounts"].to_numpy(), 1.0))
        a, b = links["a"].to_numpy(), links["b"].to_numpy()
        single = (a < len(table)) & (b < len(table))
        xy = circle_positions(a[single], b[single], radius)
        return pa.table({"x": xy[:, 0], "y": xy[:, 1]})

    whole = {**what, "links": len(links)} if what is not None else None
    xy = run.tables.cache.get("circles", whole, make) if whole is not None else make()
    return np.column_stack((xy["x"].to_numpy(), xy["y"].to_numpy()))


def with_verdicts(payload: dict[str, Any], verdicts: Mapping[int, str]) -> dict[str, Any]:
    """Return a payload with what was decided since it was made."""
    kinds = [payload["verdicts"][0], *sorted(set(verdicts.values()))]
    clusters = dict(payload["clusters"])
    clusters["verdict"] = [kinds.index(verdicts.get(one, kinds[0])) for one in clusters["id"]]
    return {**payload, "verdicts": kinds, "clusters": clusters}
