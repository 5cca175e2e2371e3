"""The lockstep raster: one row per account, one mark per interaction, coloured by target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.wording import count, plural
from cib.viz.drawing import Drawing, figure_of
from cib.viz.tables import Tables, main_targets, of_cluster, plain, positions, strongest_members
from cib.viz.text import plotly_text
from cib.viz.theme import TARGET_COLOURS, TARGET_SYMBOLS, colour, finish

if TYPE_CHECKING:
    from cib.viz.figure import Figure

Ints = npt.NDArray[np.int64]
_HOVER = "<b>%%{text}</b><br>%%{%s}<br>%%{x|%%-d %%b %%Y %%H:%%M:%%S} UTC<extra></extra>"
_VIEWS = (("busiest day", 86_400), ("busiest hour", 3_600), ("busiest 5 minutes", 300))


@dataclass(frozen=True, slots=True)
class RasterPoints:
    """The marks of a raster, and what was left out of it."""

    row: Ints
    """(n_points,) index into `accounts`."""
    target: Ints
    """(n_points,) index into `contents`."""
    ts_us: Ints
    """(n_points,) microseconds since 1970-01-01 UTC."""
    accounts: list[Any]
    """Account ids by row, the earliest to act first."""
    contents: list[Any]
    """Content ids, the cluster's main target first."""
    n_accounts: int
    """Accounts of the cluster that acted on a target, drawn or not."""
    n_members: int
    """Accounts of the cluster, whether they acted on a target or not."""
    n_points: int
    """Interactions of the cluster with its targets, drawn or not."""
    n_contents: int
    """Targets that the cluster's accounts acted on, drawn or not."""


def raster_points(
    tables: Tables, cluster_id: int, *, max_accounts: int = 150, max_points: int = 8000
) -> RasterPoints:
    """Choose what a raster draws.

    Accounts beyond the cap are dropped weakest first. Interactions beyond the cap are dropped
    target by target, least used first; a main target too large by itself is thinned evenly.
    """
    acts = of_cluster(tables, "interactions", cluster_id)
    members = strongest_members(tables, cluster_id)
    if acts.num_rows == 0:
        none = np.zeros(0, np.int64)
        return RasterPoints(none, none, none, [], [], 0, members.num_rows, 0, 0)
    account, content = plain(acts["account_id"]), plain(acts["content_id"])
    ts = pc.cast(plain(acts["ts"]), pa.timestamp("us")).cast(pa.int64()).to_numpy()
    accounts = _known_first(plain(members["account_id"]), account)
    contents = _known_first(plain(main_targets(tables, cluster_id)["content_id"]), content)
    row, target = positions(account, accounts), positions(content, contents)
    n_contents = len(np.unique(target))

    active = np.unique(row)
    kept = np.flatnonzero(row <= active[min(max_accounts, len(active)) - 1])
    kept = kept[np.lexsort((row[kept], ts[kept], target[kept]))]
    kept = kept[: _whole_targets(target[kept], max_points)] if len(kept) > max_points else kept
    kept = kept[np.linspace(0, len(kept) - 1, min(len(kept), max_points)).round().astype(int)]
    row, target, ts = row[kept], target[kept], ts[kept]

    drawn, first = np.unique(row[np.lexsort((row, ts))], return_index=True)
    order = drawn[np.argsort(first, kind="stable")]  # by first mark, ties by strength
    place = np.full(len(accounts), -1)
    place[order] = np.arange(len(order))
    return RasterPoints(
        row=place[row],
        target=target.astype(np.int64),
        ts_us=ts,
        accounts=accounts.take(pa.array(order)).to_pylist(),
        contents=contents.to_pylist(),
        n_accounts=len(active),
        n_members=members.num_rows,
        n_points=acts.num_rows,
        n_contents=n_contents,
    )


def _known_first(known: Any, seen: Any) -> Any:
    """Return the distinct ids of `known`, in their order, then those that only `seen` has."""
    if len(known) == 0:
        return pc.unique(seen).sort()
    extra = pc.unique(seen.filter(pc.invert(pc.is_in(seen, value_set=known))))
    return pa.concat_arrays([known, extra.cast(known.type).sort()])


def _whole_targets(target: Ints, limit: int) -> int:
    """Return how many points, sorted by target, fit in whole targets; at least one target."""
    ends = np.flatnonzero(np.append(np.diff(target) != 0, True)) + 1
    n_fitting = int(np.searchsorted(ends, limit, side="right"))
    return int(ends[max(n_fitting - 1, 0)])


def raster_figure(tables: Tables, cluster_id: int, **options: Any) -> Figure:
    """Draw when a cluster's accounts acted as a plotly Figure; see `draw_raster`.

    Examples
    --------
    >>> raster_figure({}, 1).layout.title.text
    'Cluster 1: who acted when'
    """
    return figure_of(draw_raster(tables, cluster_id, **options))


def draw_raster(
    tables: Tables,
    cluster_id: int,
    *,
    max_accounts: int = 150,
    max_points: int = 8000,
    named_targets: int = 8,
) -> Drawing:
    """Draw when each account of a cluster acted on the cluster's targets.

    Marks that line up in columns are accounts acting together; the same colour in a column means
    on the same content.

    Parameters
    ----------
    tables : the tables of a run; reads `interactions`, `members` and `targets`
    cluster_id : which cluster
    max_accounts, max_points : caps; the caption says what they left out
    named_targets : so many main targets (8 at most) have a colour each, the rest one together

    Returns
    -------
    Drawing
        x time in milliseconds since 1970 UTC, y row, `text` account; one trace per target.
    """
    points = raster_points(tables, cluster_id, max_accounts=max_accounts, max_points=max_points)
    named = min(named_targets, len(TARGET_COLOURS))
    who = np.array([plotly_text(account) for account in points.accounts], object)
    what = np.array([plotly_text(content) for content in points.contents], object)
    dense = len(who) > 60
    marks: list[dict[str, Any]] = []
    for index in [*sorted({int(t) for t in points.target if t < named}), -1]:
        chosen = points.target == index if index >= 0 else points.target >= named
        if not chosen.any():
            continue
        hue, symbol = _look(index)
        hidden = len(np.unique(points.target[chosen]))
        marks.append(
            dict(
                type="scatter",
                x=points.ts_us[chosen] / 1000,
                y=points.row[chosen].astype(np.uint8 if len(who) <= 256 else np.uint16),
                name=str(what[index]) if index >= 0 else plural(hidden, "other target"),
                text=who[points.row[chosen]].tolist(),
                customdata=None if index >= 0 else what[points.target[chosen]].tolist(),
                hovertemplate=_HOVER % ("fullData.name" if index >= 0 else "customdata"),
                mode="markers",
                marker={
                    "color": hue,
                    "symbol": symbol,
                    "size": (5 if dense else 7) if index >= 0 else 4,
                    "opacity": 0.8 if index >= 0 else 0.55,
                },
                zorder=0 if index >= 0 else -1,
            )
        )
    rows = len(who)
    readable = rows <= 36
    layout = {
        "yaxis": {
            "range": [rows - 0.4, -0.6],
            "tickmode": "array",
            "tickvals": list(range(rows)) if readable else [],
            "ticktext": [plotly_text(a, 22) for a in points.accounts] if readable else [],
            "title": {} if readable else {"text": "accounts, the first to act on top"},
            "showgrid": readable,
        },
        "xaxis": {
            "type": "date",
            "title": {"text": "time (UTC)"},
            "hoverformat": "%-d %b %Y %H:%M:%S",
        },
        "showlegend": True,
    }
    return finish(
        marks,
        layout,
        title=f"Cluster {cluster_id}: who acted when",
        caption=_caption(points),
        views=_views(points.ts_us),
        height=int(min(max(230, 150 + rows * (18 if readable else 5)), 660)),
    )


def _views(ts_us: Ints) -> list[dict[str, Any]]:
    """Return the stretch of time that holds the most marks, for each length in `_VIEWS`."""
    views: list[dict[str, Any]] = []
    ts = np.sort(ts_us)
    for label, seconds in _VIEWS:
        length = seconds * 1_000_000
        if len(ts) == 0 or ts[-1] - ts[0] < 2 * length:
            continue
        within = np.searchsorted(ts, ts + length, side="right") - np.arange(len(ts))
        best = int(np.argmax(within))
        middle = (int(ts[best]) + int(ts[best + within[best] - 1])) // 2
        ends = np.array([middle - length // 2, middle + length // 2], "datetime64[us]")
        views.append({"label": label, "range": [str(end) for end in ends]})
    return views


def _look(index: int) -> tuple[str, str]:
    """Return the colour and marker of the index-th target, or of the rest (-1)."""
    if index < 0:
        return colour("other"), "circle"
    return TARGET_COLOURS[index][0], TARGET_SYMBOLS[index]


def _caption(points: RasterPoints) -> str:
    if points.n_points == 0:
        return "The run kept no interactions of this cluster, so there is nothing to draw."
    drawn = len(points.row)
    n_silent = points.n_members - points.n_accounts
    silent = f" {plural(n_silent, 'member')} did not act on any target." if n_silent > 0 else ""
    text = "One row per account, one mark per interaction with a target; columns are lockstep."
    if drawn == points.n_points:
        accounts = plural(len(points.accounts), "account")
        return f"{text} All {count(drawn)} interactions of {accounts} are drawn.{silent}"
    n_targets = len(np.unique(points.target))
    left_out = [
        what
        for what, some in (
            ("the weakest accounts", len(points.accounts) < points.n_accounts),
            ("the least used targets", n_targets < points.n_contents),
        )
        if some
    ] or ["marks between those drawn, evenly"]
    return (
        f"{text} Drawn: {count(drawn)} of {count(points.n_points)} interactions, "
        f"{count(len(points.accounts))} of {count(points.n_accounts)} accounts and "
        f"{count(n_targets)} of {count(points.n_contents)} targets. "
        f"Left out: {' and '.join(left_out)}.{silent}"
    )
