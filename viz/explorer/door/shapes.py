"""What pages send to the server: shapes of values, by component and property."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

MOST = 2**53
"""Whole numbers from here on are not exact in a browser."""
Shape = Callable[[Any], bool]


def text(value: Any) -> bool:
    """Whether it is text."""
    return isinstance(value, str)


def natural(value: Any) -> bool:
    """Whether it is a whole number from 0 on."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST


def whole(value: Any) -> bool:
    """Whether it is a whole number."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < MOST


def a_run(value: Any) -> bool:
    """Whether it may be the name of a run."""
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{4,64}", value) is not None


def simple(value: Any) -> bool:
    """Whether it is text, a number, or a list of these: what fields of a page hold."""
    if isinstance(value, list):
        return all(isinstance(one, str | int | float) for one in value)
    return value is None or isinstance(value, str | int | float)


def a_list(shape: Shape) -> Shape:
    """Return what checks lists."""
    return lambda value: isinstance(value, list) and all(shape(one) for one in value)


def record(needed: Mapping[str, Shape], also: Mapping[str, Shape] | None = None) -> Shape:
    """Return what checks objects: these parts are there and fit; those may be there, or be null."""

    def fits(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and all(name in value and shape(value[name]) for name, shape in needed.items())
            and all(value.get(name) is None or s(value[name]) for name, s in (also or {}).items())
        )

    return fits


def _any_of(shape: Shape) -> Shape:
    return lambda value: isinstance(value, dict) and all(shape(one) for one in value.values())


_CASE = {"run": a_run, "cluster": natural}
_SORT = a_list(record({"colId": text, "sort": text}))
_GRID = record({"startRow": natural, "endRow": natural}, {"sortModel": _SORT})
_OPENED = record(
    {}, {"what": text, "row": natural, "cluster_id": natural, "group": natural, "run_id": a_run}
)
_PAYLOAD = record({"title": text, "nodes": record({name: a_list(whole) for name in
                                                   ("row", "x", "y")})})  # fmt: skip
SHAPES: dict[str, Shape] = {
    "getRowsRequest": _GRID,
    "n_clicks": natural,
    "n_submit": natural,
    "selectedRows": a_list(record({"run": a_run, "cluster_id": natural})),
    "cluster-at.data": record(_CASE),
    "case.data": record({**_CASE, "seen": natural}, {"suggested": text}),
    "bulk-seen.data": _any_of(record({**_CASE, "seen": natural})),
    "triage-filter.data": _any_of(simple),
    "account-log-which.data": record({"run": a_run, "row": natural}),
    "account-log-what.data": record({"run": a_run, "row": natural, "offset": natural}),
    "account-acts-what.data": record({**_CASE, "row": natural, "offset": natural}),
    "target-acts-what.data": record({**_CASE, "row": natural, "offset": natural}),
    "ego-seeds.data": record({"run": a_run, "rows": a_list(natural)}),
    "ego-payload.data": _PAYLOAD,
    "ego-expand.data": record({}, {"rows": a_list(whole)}),
    "network-expand.data": record({}, {"rows": a_list(whole)}),
    "network-grown.data": a_list(natural),
    "ego-opened.data": _OPENED,
    "map-opened.data": _OPENED,
    "map-shown.data": record({"run": a_run, "kinds": a_list(text), "markets": a_list(text)}),
    "cluster-chosen.data": record({}),
}
"""What pages send, by component and property, or by property alone; null is left to the callback,
which says in its signature whether it takes that."""


def value_fits(name: str, prop: str, value: Any) -> bool:
    """Whether a value may be that of a property of a component, or of all of one type."""
    shape = SHAPES.get(f"{name}.{prop}") or SHAPES.get(prop)
    return value is None or shape is None or shape(value)
