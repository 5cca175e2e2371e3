"""What the raster picture of the browser gets: who acted when on which target, and controls."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.wording import count, plural
from cib.viz.explorer.pictures.network_payload import Name
from cib.viz.tables import plain, positions
from cib.viz.theme import TARGET_SYMBOLS

Ints = npt.NDArray[np.int64]
MAX_MARKS = 200_000
NAMED = len(TARGET_SYMBOLS)
_NAMES_KEPT = 2000
"""Targets beyond so many are drawn and counted, but a tooltip does not name them."""


def raster_payload(
    interactions: pa.Table,
    controls: pa.Table | None,
    members: pa.Table,
    targets: pa.Table,
    name: Name,
    *,
    target_name: Name | None = None,
    n_all: int | None = None,
    title: str = "Who acted when",
    max_marks: int = MAX_MARKS,
) -> dict[str, Any]:
    """Write interactions as marks in rows, one row per account, the first to act on top.

    Parameters
    ----------
    interactions : account_id, content_id, ts (timestamp, UTC), in any order
    controls : the same columns, of accounts outside all clusters that are as busy on the same
        targets; None or empty when the run has none. With a column account_row they can be opened.
    members : account_id, account_row
    targets : content_id, the main target first; the first eight have a colour and a shape each
    name, target_name : text of an account's and of a target's id
    n_all : interactions there are, when `interactions` is only a part of them
    title : of an exported picture
    max_marks : more are thinned evenly; `note` says so

    Returns
    -------
    dict
        JSON-able. `rows`: account_row of each row, members first, then controls (below zero when
        unknown); `names`: their texts; `n_members`: how many rows are members. Marks in order of
        time, parallel lists: `row`, `target` (place in `targets`), `delta_ms` (milliseconds since
        the mark before; the first since `start_ms`, itself milliseconds since 1970 UTC).
        `targets`: texts; `looks`: CSS colour and shape of the first of them; `n_others`: targets
        without a look. `note`: what was left out, or empty.
    """
    contents = _known_first(plain(targets["content_id"]), plain(interactions["content_id"]))
    who, n_members, what, ts, rows, ids = _marks(interactions, controls, members, contents)
    n_there = len(ts)
    kept = np.linspace(0, n_there - 1, min(n_there, max_marks)).round().astype(np.int64)
    who, what, ms = who[kept], what[kept], ts[kept] // 1000
    n_looks = min(NAMED, len(contents))
    drawn = np.unique(what)
    return {
        "kind": "raster",
        "title": title,
        "note": _note(n_there, len(kept), n_all, interactions.num_rows),
        "rows": rows,
        "names": [name(account) for account in ids],
        "n_members": n_members,
        "row": who.tolist(),
        "target": what.tolist(),
        "start_ms": int(ms[0]) if len(ms) else 0,
        "delta_ms": np.diff(ms, prepend=ms[:1]).tolist(),
        "targets": [
            (target_name or name)(content) for content in contents.slice(0, _NAMES_KEPT).to_pylist()
        ],
        "looks": [{"colour": f"target-{i}", "shape": TARGET_SYMBOLS[i]} for i in range(n_looks)],
        "n_others": int((drawn >= n_looks).sum()),
    }


def _marks(
    interactions: pa.Table, controls: pa.Table | None, members: pa.Table, contents: Any
) -> tuple[Ints, int, Ints, Ints, list[int], list[Any]]:
    """Return row, number of members' rows, target and time of each mark; rows' numbers and ids."""
    parts: list[tuple[Ints, Ints, Ints]] = []
    rows: list[int] = []
    ids: list[Any] = []
    n_members = 0
    for table in (interactions, controls):
        if table is None or table.num_rows == 0:
            continue
        account = plain(table["account_id"])
        found = pc.unique(account).sort() if len(account) else account
        code = positions(account, found)
        ts = pc.cast(plain(table["ts"]), pa.timestamp("us")).cast(pa.int64())
        ts = ts.to_numpy(zero_copy_only=False)
        what = positions(plain(table["content_id"]).cast(contents.type), contents)
        first = np.full(len(found), np.iinfo(np.int64).max)
        np.minimum.at(first, code, ts)
        order = np.argsort(first, kind="stable")
        place = np.empty(len(found), np.int64)
        place[order] = np.arange(len(found))
        parts.append((place[code] + len(rows), np.where(what < 0, len(contents), what), ts))
        some = found.take(pa.array(order))
        rows += _rows_of(some, members if table is interactions else table, len(rows))
        ids += some.to_pylist()
        n_members = len(rows) if table is interactions else n_members
    if not parts:
        none = np.zeros(0, np.int64)
        return none, 0, none, none, [], []
    row, what, ts = (np.concatenate([part[i] for part in parts]) for i in range(3))
    by_time = np.lexsort((row, ts))
    return row[by_time], n_members, what[by_time], ts[by_time], rows, ids


def _rows_of(ids: Any, table: pa.Table, before: int) -> list[int]:
    """Return the account_row of each id; numbers below zero where the table has none."""
    if "account_row" not in table.column_names:
        return [-1 - before - i for i in range(len(ids))]
    known = dict(
        zip(table["account_id"].to_pylist(), table["account_row"].to_pylist(), strict=True)
    )
    return [known.get(one, -1 - before - i) for i, one in enumerate(ids.to_pylist())]


def _known_first(known: Any, seen: Any) -> Any:
    """Return the distinct ids of `known`, in their order, then those that only `seen` has."""
    if len(known) == 0:
        return pc.unique(seen).sort()
    extra = pc.unique(seen.filter(pc.invert(pc.is_in(seen.cast(known.type), value_set=known))))
    return pa.concat_arrays([pc.unique(known), extra.cast(known.type).sort()])


def _note(n_there: int, n_drawn: int, n_all: int | None, n_given: int) -> str:
    parts = []
    if n_all is not None and n_given < n_all:
        parts.append(f"{count(n_given)} of {plural(n_all, 'interaction')} of this cluster are here")
    if n_drawn < n_there:
        parts.append(
            f"{count(n_drawn)} of {count(n_there)} marks are drawn, left out evenly over time"
        )
    return f"{'; '.join(parts)}." if parts else ""
