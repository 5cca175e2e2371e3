"""The figures of a cluster that can be taken away, by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pyarrow as pa

from cib.viz.drawing import Drawing
from cib.viz.explorer.exports.cluster_tables import ROWS, NotKept, edges_with_ids, need
from cib.viz.explorer.exports.images import ImageFormat, images
from cib.viz.explorer.panels.here import Here
from cib.viz.explorer.pictures import drawings
from cib.viz.network_figure import draw_network
from cib.viz.raster_figure import draw_raster
from cib.viz.targets_figure import draw_targets

DRAWN = 400_000
"""Interactions that a figure is drawn from, at most; figures draw thousands."""


def _tables(here: Here) -> dict[str, pa.Table]:
    """Return what the large figures are drawn from, as this viewer may see it."""
    tables, cluster_id = here.tables, here.cluster_id
    found = {
        "clusters": pa.Table.from_pylist([dict(here.row)]),
        "members": tables.members(cluster_id, limit=ROWS)[0],
        "targets": tables.targets(cluster_id, limit=ROWS)[0],
        "interactions": tables.interactions(cluster_id, limit=DRAWN)[0],
        "edges": edges_with_ids(here),
    }
    return {name: here.names.table(table) for name, table in found.items()}


def _large(draw: Callable[..., Drawing], here: Here) -> Drawing | None:
    return draw(_tables(here), here.cluster_id)


FIGURES: dict[str, Callable[[Here], Drawing | None]] = {
    "raster": partial(_large, draw_raster),
    "network": partial(_large, draw_network),
    "targets": partial(_large, draw_targets),
    "waterfall": drawings.waterfall,
    "comparison": drawings.comparison,
    "hours": drawings.hours,
    "durations": drawings.durations,
    "devices": partial(drawings.machines, column="device_hash", many="devices"),
    "addresses": partial(drawings.machines, column="ip_hash", many="addresses"),
    "networks": partial(drawings.machines, column="asn", many="networks"),
    "markets": partial(drawings.markets, column="market"),
    "ip_markets": partial(drawings.markets, column="ip_market"),
}
ABOUT = {
    "raster": "who acted when",
    "network": "who is joined to whom",
    "targets": "share of each target",
    "waterfall": "how the score adds up",
    "comparison": "members beside others",
    "hours": "hours of the week",
    "durations": "lengths of plays",
    "devices": "shared devices",
    "addresses": "shared addresses",
    "networks": "shared networks",
    "markets": "markets",
    "ip_markets": "markets they come from",
}
"""What each shows."""


def drawing(here: Here, name: str) -> Drawing:
    """Draw one figure; raises `NotKept` where there is nothing to draw."""
    need(here.tables, name)
    drawn = FIGURES[name](here)
    if drawn is None:
        raise NotKept(f"There is nothing to draw of this cluster's {name.replace('_', ' ')}.")
    # on the page its heading says of which cluster it is, and of which run
    title = drawn["layout"]["title"]
    said = title["text"].removeprefix(f"Cluster {here.cluster_id}: ")
    which = f"Cluster {here.cluster_id} of run {here.run.id[:8]}"
    title["text"] = f"{which}: {said[0].lower()}{said[1:]}"
    return drawn


def pictures(here: Here, kinds: tuple[ImageFormat, ...]) -> dict[str, bytes]:
    """Draw every figure that there is, by name of file; raises `NoImages` where no browser is."""
    drawn = {}
    for name in FIGURES:
        try:
            drawn[name] = drawing(here, name)
        except NotKept:
            continue
    wanted = [(name, kind) for name in drawn for kind in kinds]
    made = images([(drawn[name], kind) for name, kind in wanted])
    return {f"{name}.{kind}": one for (name, kind), one in zip(wanted, made, strict=True)}
