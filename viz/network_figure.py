"""The coordination network of one cluster: who is joined to whom, how strongly, by which layer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.wording import count, duration, number, plural
from cib.viz.drawing import Drawing, figure_of
from cib.viz.layout import Points, network_positions
from cib.viz.tables import (
    Tables,
    edges_among,
    main_targets,
    of_cluster,
    plain,
    positions,
    strongest_members,
)
from cib.viz.text import plotly_text
from cib.viz.theme import LAYER_COLOURS, colour, finish

if TYPE_CHECKING:
    from cib.viz.figure import Figure

Ints = npt.NDArray[np.int64]
_SEVERAL = "several layers"
_LABELLED = 20
"""Networks of at most so many nodes carry names beside the nodes."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """The joined pairs of a network figure; several edges of one pair are one line."""

    src: Ints
    dst: Ints
    weight: npt.NDArray[np.float64]
    layer: list[str]
    """What joins the pair, as the legend names it."""
    hover: list[str]
    """Observed against expected, one line per edge."""

    def take(self, kept: Ints) -> Pairs:
        """Return the pairs at the given places."""
        return Pairs(
            self.src[kept], self.dst[kept], self.weight[kept],
            [self.layer[i] for i in kept], [self.hover[i] for i in kept],
        )  # fmt: skip


def network_figure(tables: Tables, cluster_id: int, **options: Any) -> Figure:
    """Draw a cluster's accounts and what joins them as a plotly Figure; see `draw_network`.

    Examples
    --------
    >>> network_figure({}, 1).layout.title.text
    'Cluster 1: who is joined to whom'
    """
    return figure_of(draw_network(tables, cluster_id, **options))


def draw_network(
    tables: Tables,
    cluster_id: int,
    *,
    max_nodes: int = 400,
    max_edges: int = 2000,
    seed: int = 0,
) -> Drawing:
    """Draw the accounts of a cluster and the significant evidence between them.

    A cluster without edges (found as a dense block) is drawn as accounts joined to its targets.

    Parameters
    ----------
    tables : the tables of a run; reads `members` and `edges`, or `interactions` and `targets`
    cluster_id : which cluster
    max_nodes, max_edges : caps; the caption says what they left out
    seed : of the layout

    Returns
    -------
    Drawing
        Line traces by layer and strength, then node traces by place (`text` is the account).
    """
    members = strongest_members(tables, cluster_id)
    drawn = members.slice(0, max_nodes)
    accounts = plain(drawn["account_id"])
    pairs = _pairs(edges_among(tables, accounts), accounts)
    n_pairs = len(pairs.src)
    n_alone = len(accounts) - len(np.union1d(pairs.src, pairs.dst))
    targets: list[Any] = []
    if n_pairs == 0:
        pairs, targets = _account_target_pairs(tables, cluster_id, accounts)
    pairs = pairs.take(_strongest(pairs, max_edges))
    n_nodes = len(accounts) + len(targets)
    xy = network_positions(pairs.src, pairs.dst, pairs.weight, n_nodes=n_nodes, seed=seed)

    traces = [*_lines(pairs, xy), *_account_marks(drawn, xy[: len(accounts)])]
    if targets:
        traces.append(_target_marks(targets, xy[len(accounts) :]))
    hidden = {"visible": False, "showgrid": False}
    layout = {
        "xaxis": hidden | {"range": _range(xy[:, 0], 0.2 if n_nodes <= _LABELLED else 0.05)},
        "yaxis": hidden | {"range": _range(xy[:, 1], 0.08), "scaleanchor": "x"},
        "legend": {"y": -0.01, "yanchor": "top"},
    }
    return finish(
        traces,
        layout,
        title=f"Cluster {cluster_id}: who is joined to whom",
        caption=_caption(
            members.num_rows, len(accounts), n_pairs, len(pairs.src), len(targets), n_alone
        ),
        height=460,
    )


def _pairs(edges: pa.Table, accounts: Any) -> Pairs:
    """Join the edges of each pair of accounts: weights added, every layer listed."""
    layers: dict[tuple[int, int], list[str]] = defaultdict(list)
    lines: dict[tuple[int, int], list[str]] = defaultdict(list)
    weights: dict[tuple[int, int], float] = defaultdict(float)
    if edges.num_rows:
        keys = [("account_a", "ascending"), ("account_b", "ascending"),
                ("layer", "ascending"), ("window_s", "ascending")]  # fmt: skip
        edges = edges.sort_by(keys)
        a = positions(edges["account_a"], accounts).tolist()
        b = positions(edges["account_b"], accounts).tolist()
        rest = edges.select(["layer", "window_s", "observed", "expected", "weight"]).to_pylist()
        for pair, row in zip(zip(a, b, strict=True), rest, strict=True):
            name = plotly_text(row["layer"], 30)
            how = (
                f"together within {duration(row['window_s'])}"
                if row["window_s"]
                else "in one place"
            )
            layers[pair].append(name)
            weights[pair] += max(row["weight"] or 0.0, 1e-9)
            seen, chance = count(row["observed"]), number(row["expected"])
            lines[pair].append(f"{name}: {seen} {how}, {chance} expected by chance")
    ends = np.array(list(weights), np.int64).reshape(-1, 2)
    return Pairs(
        src=ends[:, 0],
        dst=ends[:, 1],
        weight=np.array(list(weights.values()), float),
        layer=[names[0] if len(set(names)) == 1 else _SEVERAL for names in layers.values()],
        hover=["<br>".join(text) for text in lines.values()],
    )


def _account_target_pairs(
    tables: Tables, cluster_id: int, accounts: Any, n_targets: int = 30
) -> tuple[Pairs, list[Any]]:
    """Return account–target pairs (targets numbered after the accounts) and the targets."""
    contents = plain(main_targets(tables, cluster_id).slice(0, n_targets)["content_id"])
    acts = of_cluster(tables, "interactions", cluster_id)
    if acts.num_rows == 0 or len(contents) == 0 or len(accounts) == 0:
        none = np.zeros(0, np.int64)
        return Pairs(none, none, np.zeros(0), [], []), []
    a = positions(plain(acts["account_id"]), accounts)
    c = positions(plain(acts["content_id"]), contents)
    known = (a >= 0) & (c >= 0)
    key, times = np.unique(a[known] * len(contents) + c[known], return_counts=True)
    return Pairs(
        src=key // len(contents),
        dst=key % len(contents) + len(accounts),
        weight=times.astype(float),
        layer=["acted on"] * len(key),
        hover=[plural(int(n), "interaction") for n in times],
    ), contents.to_pylist()


def _strongest(pairs: Pairs, limit: int) -> Ints:
    """Return the places of the strongest pairs; each node's strongest pair comes before others."""
    order = np.lexsort((pairs.dst, pairs.src, -pairs.weight))
    if len(order) <= limit:
        return np.sort(order)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(int(max(pairs.src.max(), pairs.dst.max())) + 1, len(order))
    for ends in (pairs.src, pairs.dst):
        np.minimum.at(best, ends, rank)
    is_best = (best[pairs.src] == rank) | (best[pairs.dst] == rank)
    kept: Ints = np.sort(np.lexsort((rank, ~is_best))[:limit])
    return kept


def _lines(pairs: Pairs, xy: Points) -> Iterator[dict[str, Any]]:
    """Yield the lines: one trace per layer and third of strength, then midpoints to hover on."""
    names = sorted(set(pairs.layer), key=lambda name: (-pairs.layer.count(name), name))
    cuts = np.quantile(pairs.weight, [1 / 3, 2 / 3]) if names else np.zeros(2)
    third_of = np.searchsorted(cuts, pairs.weight)
    layer = np.array(pairs.layer, object)
    faint = 0.85 if len(pairs.src) < 300 else 0.5 if len(pairs.src) < 1000 else 0.3
    for i, name in enumerate(names):
        hue = LAYER_COLOURS[(i - 1) % len(LAYER_COLOURS)] if i else colour("other")
        strongest = third_of[layer == name].max()
        for third, (width, opacity) in enumerate(((0.8, 0.45), (1.2, 0.7), (2.0, 1.0))):
            chosen = np.flatnonzero((layer == name) & (third_of == third))
            if not len(chosen):
                continue
            gap = np.full(len(chosen), np.nan)
            x, y = (
                np.column_stack((xy[pairs.src[chosen], axis], xy[pairs.dst[chosen], axis], gap))
                for axis in (0, 1)
            )
            yield dict(
                type="scatter",
                x=x.ravel().astype(np.float32),
                y=y.ravel().astype(np.float32),
                mode="lines",
                name=name,
                legendgroup=name,
                showlegend=bool(third == strongest),
                hoverinfo="skip",
                line={"color": hue, "width": width},
                opacity=opacity * faint,
            )
    middle = (xy[pairs.src] + xy[pairs.dst]) / 2
    yield dict(
        type="scatter",
        x=middle[:, 0].astype(np.float32), y=middle[:, 1].astype(np.float32), mode="markers",
        marker={"size": 7, "opacity": 0, "color": colour("muted")}, text=pairs.hover,
        hovertemplate="%{text}<extra></extra>", showlegend=False,
    )  # fmt: skip


def _range(values: Any, room: float) -> list[float]:
    """Return an axis range with room on both sides, as a part of the range."""
    if len(values) == 0:
        return [0.0, 1.0]
    low, high = float(values.min()), float(values.max())
    extra = max(high - low, 1.0) * room
    return [low - extra, high + extra]


def _account_marks(members: pa.Table, xy: Points) -> Iterator[dict[str, Any]]:
    """Yield one trace per place; core accounts are filled, all others hollow."""
    if members.num_rows == 0:
        return
    places = members["place"].to_pylist()
    # nearly all are listeners, and a page holds thousands of them
    roles = [
        "" if role == "listener" else f"{plotly_text(role, 20)}, "
        for role in members["role"].to_pylist()
    ]
    strength = pc.fill_null(members["strength"].cast(pa.float64()), 0.0).to_numpy()
    names = [plotly_text(account) for account in members["account_id"].to_pylist()]
    short = [plotly_text(account, 14) for account in members["account_id"].to_pylist()]
    labelled = len(names) <= _LABELLED
    largest = 17 if len(names) <= 60 else 12 if len(names) <= 200 else 9
    for place in sorted(set(places), key=lambda place: (place != "core", str(place))):
        chosen = [i for i, of in enumerate(places) if of == place]
        hue = colour("coordination")
        yield dict(
            type="scatter",
            x=xy[chosen, 0].astype(np.float32),
            y=xy[chosen, 1].astype(np.float32),
            name=plotly_text(place, 20),
            mode="markers+text" if labelled else "markers",
            text=[names[i] for i in chosen],
            textposition="top center",
            textfont={"size": 11},
            texttemplate="%{customdata[1]}" if labelled else None,
            customdata=[
                [f"{strength[i]:.2f}", short[i] if labelled else "", roles[i]] for i in chosen
            ],
            hovertemplate=f"<b>%{{text}}</b><br>%{{customdata[2]}}{plotly_text(place, 20)}, "
            "strength %{customdata[0]}<extra></extra>",
            marker={
                "size": (largest * (0.55 + 0.45 * strength[chosen])).round(1).tolist(),
                "color": hue if place == "core" else colour("card"),
                "opacity": 1,
                "line": {
                    "color": colour("node-line") if place == "core" else hue,
                    "width": 1.2 if place == "core" else 1.6,
                },
            },
        )


def _target_marks(targets: list[Any], xy: Points) -> dict[str, Any]:
    return dict(
        type="scatter",
        x=xy[:, 0].astype(np.float32), y=xy[:, 1].astype(np.float32), mode="markers",
        name="target", text=[plotly_text(target) for target in targets],
        hovertemplate="<b>%{text}</b><br>target<extra></extra>",
        marker={"symbol": "square", "size": 9, "color": colour("caution-mark")},
    )  # fmt: skip


def _caption(
    n_members: int, n_drawn: int, n_pairs: int, n_lines: int, n_targets: int, n_alone: int
) -> str:
    if n_members == 0:
        return "The run lists no members of this cluster, so there is nothing to draw."
    if n_targets:
        text = "No pair of accounts has significant evidence by itself; accounts are joined to the "
        text += f"targets they acted on ({plural(n_targets, 'main target')})."
    elif n_pairs == 0:
        return (
            f"No pair of these {plural(n_members, 'account')} has significant evidence by itself."
        )
    else:
        text = "A line joins two accounts that acted together or share machines more than chance "
        text += "explains; the stronger, the thicker."
        if n_alone and n_drawn == n_members:
            text += " Accounts without one belong by what they share, not by when they act."
    if n_drawn == n_members and (n_targets or n_lines == n_pairs):
        return f"{text} All {plural(n_members, 'account')} and {plural(n_lines, 'line')} are drawn."
    among = f"of {count(n_pairs)} " if n_lines < n_pairs else ""
    return (
        f"{text} Drawn: the strongest {count(n_drawn)} of {plural(n_members, 'account')} and "
        f"{count(n_lines)} {among}lines between them."
    )
