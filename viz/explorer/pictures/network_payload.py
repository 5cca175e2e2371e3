"""What the network picture of the browser gets: accounts, what joins them, where they lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.wording import count
from cib.viz.explorer.pictures.network_edges import (
    by_use,
    edge_arrays,
    join_arrays,
    q_range,
    thirds,
)
from cib.viz.layout import Points, network_positions
from cib.viz.section import ROLE_MEANS

Name = Callable[[Any], str]
"""Turns an id into text that is safe to show to this viewer."""

ROLE_LOOKS = {
    "listener": ("target-0", "circle"),
    "operator": ("target-1", "star"),
    "hub": ("target-4", "diamond"),
    "victim": ("target-5", "triangle-down"),
    "reporter": ("target-3", "triangle-up"),
    "follower": ("target-2", "pentagon"),
    "poster": ("target-6", "hexagon"),
}
"""Role → (CSS colour variable, shape); shapes are those of assets/marks.js."""
OUTSIDE = "account in no cluster"
_PLURAL = {OUTSIDE: "accounts in no cluster"}
_DASHES: tuple[list[float], ...] = ([], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [1, 2])
_WIDE = 1.6
_STEPS = 10_000
"""Positions are whole numbers from 0 to this."""


class HasNetwork(Protocol):
    """Accounts and edges, as `RunTables.edges_within` and `.neighbours` return them."""

    @property
    def nodes(self) -> pa.Table:
        """account_row, account_id, role, strength (the last two null outside clusters)."""

    @property
    def edges(self) -> pa.Table:
        """a, b (places in `nodes`), layer, observed, expected, q_value, weight."""

    @property
    def n_nodes_all(self) -> int:
        """Accounts there are, shown or not."""

    @property
    def n_edges_all(self) -> int:
        """Edges there are, shown or not."""


def network_payload(
    subgraph: HasNetwork,
    name: Name,
    *,
    target_name: Name | None = None,
    joins: pa.Table | None = None,
    layout: Points | None = None,
    keep: dict[int, tuple[float, float]] | None = None,
    title: str = "Who is joined to whom",
    seed: int = 0,
) -> dict[str, Any]:
    """Write the accounts of a network and their edges as compact lists.

    Parameters
    ----------
    subgraph : see `HasNetwork`
    name : text of an account's id
    target_name : text of a target's id; as `name` when None
    joins : account–target pairs to draw besides, for clusters found by what they share:
        account_row, target_row, content_id, n_interactions
    layout : (n accounts + n targets, 2) positions, as `network_positions` makes them; made here
        when None
    keep : account_row → (x, y) of an earlier payload (`positions_of`): these stay where they are,
        accounts that are new are put beside those they are joined to
    title : of an exported picture
    seed : of the layout

    Returns
    -------
    dict
        JSON-able. `nodes`: parallel lists x, y (0 to 10,000, or as in `keep`; y downwards), row
        (account_row; -1 for a target), target (target_row or null), name, role (place in `roles`),
        strength (0 to 100). `edges`: one row per pair and layer, sorted by pair, the strongest of
        a pair first: a, b (places in `nodes`), layer (place in `layers`), q (−log10 of the
        q-value, at most 300; -1 when it has none), third (0 to 2, by weight), observed, expected.
        `roles` and `layers` say name, CSS colour and shape or dash. `q_least`, `q_most`: where the
        slider begins and ends. `note`: what was left out, or empty.
    """
    accounts = subgraph.nodes
    rows = accounts["account_row"].to_pylist()
    edges = edge_arrays(subgraph.edges)
    links, targets = join_arrays(joins, rows)
    edges = {k: np.concatenate((edges[k], links[k])) for k in edges} if targets else edges
    q_least, q_most = q_range(edges["q"])
    n_nodes = len(rows) + len(targets)
    if layout is None:
        layout = network_positions(
            edges["a"], edges["b"], edges["weight"], n_nodes=n_nodes, seed=seed
        )
        layout = _widened(layout)
        if keep:
            layout = _kept(layout, edges, [*rows, *(-1 for _ in targets)], keep)
    roles = [str(role) if role else OUTSIDE for role in accounts["role"].to_pylist()]
    roles += ["target"] * len(targets)
    role_names = sorted(set(roles), key=lambda role: (-roles.count(role), role))
    strength = pc.fill_null(accounts["strength"].cast(pa.float64()), 0.3).to_numpy()
    place = {role: i for i, role in enumerate(role_names)}
    layers = by_use(edges["layer"])
    number = {layer: i for i, layer in enumerate(layers)}
    order = np.lexsort((-edges["q"], -edges["weight"], edges["b"], edges["a"]))
    edges = {key: values[order] for key, values in edges.items()}
    xy = np.asarray(layout.round(), np.int64) if keep else _scaled(layout)
    return {
        "kind": "network",
        "title": title,
        "note": _left_out(subgraph),
        "nodes": {
            "x": xy[:, 0].tolist(),
            "y": xy[:, 1].tolist(),
            "row": [*rows, *(-1 for _ in targets)],
            "target": [*(None for _ in rows), *(row for row, _ in targets)],
            "name": [
                *(name(a) for a in accounts["account_id"].to_pylist()),
                *((target_name or name)(content) for _, content in targets),
            ],
            "role": [place[role] for role in roles],
            "strength": [*(100 * strength).round().astype(int).tolist(), *(70 for _ in targets)],
        },
        "edges": {
            "a": edges["a"].tolist(),
            "b": edges["b"].tolist(),
            "layer": [number[layer] for layer in edges["layer"].tolist()],
            "q": edges["q"].tolist(),
            "third": thirds(edges["weight"]),
            "observed": edges["observed"].tolist(),
            "expected": [None if np.isnan(v) else float(f"{v:.3g}") for v in edges["expected"]],
        },
        "roles": [_role(role) for role in role_names],
        "layers": [
            {
                "name": layer,
                "colour": f"layer-{(i - 1) % 5 + 1}" if i else "other",
                "dash": _DASHES[i % len(_DASHES)],
            }
            for i, layer in enumerate(layers)
        ],
        "q_least": q_least,
        "q_most": q_most,
    }


def positions_of(payload: dict[str, Any]) -> dict[int, tuple[float, float]]:
    """Return where an earlier payload put each account, for `keep`.

    >>> positions_of({"nodes": {"row": [7, -1], "x": [0, 9], "y": [5, 9]}})
    {7: (0, 5)}
    """
    nodes = payload["nodes"]
    places = zip(nodes["row"], nodes["x"], nodes["y"], strict=True)
    return {row: (x, y) for row, x, y in places if row >= 0}


def _widened(layout: Points) -> Points:
    """Stretch a layout towards the shape of a screen, whose y grows downwards."""
    wide, high = np.maximum(np.ptp(layout, axis=0), 1e-9) if len(layout) else (1.0, 1.0)
    return np.asarray(layout * (np.clip(_WIDE * high / wide, 1.0, _WIDE), -1.0), np.float64)


def _kept(
    layout: Points,
    edges: dict[str, npt.NDArray[Any]],
    rows: list[int],
    keep: dict[int, tuple[float, float]],
) -> Points:
    """Return positions in which accounts seen before stay, and new ones lie by their neighbours."""
    xy = _scaled(layout).astype(float)
    known = np.array([row in keep for row in rows], bool)
    for i in np.flatnonzero(known):
        xy[i] = keep[rows[i]]
    near: dict[int, list[int]] = {}
    for a, b in zip(edges["a"].tolist(), edges["b"].tolist(), strict=True):
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    turn = np.pi * (3 - np.sqrt(5))  # sunflower: newcomers around one account never coincide
    middle = xy[known].mean(axis=0) if known.any() else np.zeros(2)
    reach = max(float(np.ptp(xy[known], axis=0).max()) if known.any() else 0.0, 1000.0)
    for step, i in enumerate(np.flatnonzero(~known), start=1):
        friends = [j for j in near.get(int(i), []) if known[j]]
        from_middle = xy[friends].mean(axis=0) - middle if friends else np.zeros(2)
        outwards = from_middle / max(float(np.linalg.norm(from_middle)), 1e-9) * reach * 0.12
        around = np.array([np.cos(step * turn), np.sin(step * turn)]) * np.sqrt(step)
        xy[i] = middle + from_middle + outwards + around * reach * 0.018
    return xy


def _scaled(layout: Points) -> npt.NDArray[np.int64]:
    """Return positions as whole numbers, the longer side 0 to `_STEPS`."""
    if len(layout) == 0:
        return np.zeros((0, 2), np.int64)
    low = layout.min(axis=0)
    span = max(float(np.ptp(layout, axis=0).max()), 1e-9)
    return np.asarray(((layout - low) / span * _STEPS).round(), np.int64)


def _role(role: str) -> dict[str, str]:
    colour, shape = ROLE_LOOKS.get(role, ("other", "circle"))
    if role == "target":
        colour, shape = "target-7", "square"
    means = ROLE_MEANS.get(role, "")
    return {
        "name": role,
        "many": _PLURAL.get(role, f"{role}s"),
        "means": means,
        "colour": colour,
        "shape": shape,
    }


def _left_out(subgraph: HasNetwork) -> str:
    parts = [
        f"{count(shown)} of {count(all_)} {what}"
        for shown, all_, what in (
            (subgraph.nodes.num_rows, subgraph.n_nodes_all, "accounts"),
            (subgraph.edges.num_rows, subgraph.n_edges_all, "edges"),
        )
        if shown < all_
    ]
    return f"The strongest {' and '.join(parts)} are here." if parts else ""
