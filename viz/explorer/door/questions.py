"""Questions of pages to the server, checked before anything looks at them.

Pages send what they show back as JSON, and anybody with a way in can send something else. What no
page sends is refused with a sentence; without this it would end as an error of ours in the log.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

import flask
from dash import Dash

PATH = "/_dash-update-component"
MOST = 2**53
"""Whole numbers from here on are not exact in a browser."""
Shape = Callable[[Any], bool]


class Nonsense(Exception):
    """A request that no page of this explorer makes."""

    def __init__(self) -> None:
        super().__init__(
            "This is no request of a page of this explorer. Load the page again; it may be of an "
            "older version."
        )


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
_OPENED = record({}, {"what": text, "row": natural, "cluster_id": natural, "run_id": a_run})
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
}
"""What pages send, by component and property, or by property alone; null is left to the callback,
which says in its signature whether it takes that."""


def check_questions(app: Dash) -> None:
    """Have every question looked at before its callback is called."""

    @app.server.before_request
    def look() -> flask.Response | None:
        if flask.request.method != "POST" or flask.request.path != PATH:
            return None
        fits, flask.g.holes = _looked_at(app, flask.request.get_json(silent=True))
        if fits:
            return None
        return flask.Response(f"{Nonsense()}\n", 400, content_type="text/plain; charset=utf-8")


def excuse(error: Exception) -> None:
    """Raise `Nonsense` for an error that comes of null where no page sends null."""
    wrong = TypeError | AttributeError | KeyError | ValueError
    if isinstance(error, wrong) and flask.g.get("holes"):
        raise Nonsense from error


def _looked_at(app: Dash, body: Any) -> tuple[bool, bool]:
    """Return whether a question fits its callback, and whether it has null for something."""
    if not isinstance(body, dict) or not text(body.get("output")):
        return False, False
    about = app.callback_map.get(body["output"])
    if about is None or "callback" not in about:
        return False, False
    given = [body.get("inputs", []), body.get("state", [])]
    known = [about.get("inputs", []), about.get("state", [])]
    if not all(isinstance(one, list) for one in given) or [*map(len, given)] != [*map(len, known)]:
        return False, False
    outputs = body.get("outputs", [])
    if not a_list(text)(body.get("changedPropIds", [])) or not _are_parts(outputs):
        return False, False
    parts, declared = given[0] + given[1], known[0] + known[1]
    if not all(_is_the(part, one) for part, one in zip(parts, declared, strict=True)):
        return False, False
    values = [
        [one.get("value") for one in part] if isinstance(part, list) else part.get("value")
        for part in parts
    ]
    hints = _hints(about["callback"], len(values))
    fits = all(_fits(value, hint, True) for value, hint in zip(values, hints, strict=True))
    whole_ = all(_fits(value, hint, False) for value, hint in zip(values, hints, strict=True))
    return fits, not whole_


def _are_parts(outputs: Any) -> bool:
    """Whether these name outputs: objects, lists of them."""
    each = outputs if isinstance(outputs, list) else [outputs]
    part = record({"property": text, "id": lambda value: isinstance(value, str | dict)})
    return all(a_list(part)(one) if isinstance(one, list) else part(one) for one in each)


def _is_the(part: Any, declared: Mapping[str, Any]) -> bool:
    """Whether a part of a question is what its callback asks for, with a value that fits."""
    name, prop = str(declared["id"]), str(declared["property"])
    if not name.startswith("{"):
        named = isinstance(part, dict) and part.get("id") == name and part.get("property") == prop
        return named and _value_fits(name, prop, part.get("value"))
    wanted = json.loads(name)
    each = part if isinstance(part, list) else [part]
    if isinstance(part, list) is not any(
        one in (["ALL"], ["ALLSMALLER"]) for one in wanted.values()
    ):
        return False
    for one in each:
        at = one.get("id") if isinstance(one, dict) else None
        if not isinstance(at, dict) or set(at) != set(wanted) or one.get("property") != prop:
            return False
        if not all(isinstance(part_of, str | int) for part_of in at.values()):
            return False
        if prop == "id" and one.get("value") != at:
            return False
        if not _value_fits(str(wanted.get("type", "")), prop, one.get("value")):
            return False
    return True


def _value_fits(name: str, prop: str, value: Any) -> bool:
    shape = SHAPES.get(f"{name}.{prop}") or SHAPES.get(prop)
    return value is None or shape is None or shape(value)


@lru_cache(maxsize=256)
def _hints(callback: Callable[..., Any], n: int) -> Sequence[Any]:
    """Return the types that a callback says it takes, one for each value."""
    function = getattr(callback, "__wrapped__", callback)
    known = typing.get_type_hints(function)
    found: list[Any] = []
    for parameter in signature(function).parameters.values():
        hint = known.get(parameter.name, Any)
        if parameter.kind is Parameter.VAR_POSITIONAL:
            found += [hint] * (n - len(found))
        else:
            found.append(hint)
    return found[:n] + [Any] * (n - len(found))


def _fits(value: Any, hint: Any, nulls: bool) -> bool:
    """Whether a value is of a type; null is of any when `nulls`.

    >>> _fits([1, "x"], list[int], True), _fits(None, int | None, False), _fits(None, str, False)
    (False, True, False)
    """
    if hint is Any or (value is None and nulls):
        return True
    if hint is None or hint is type(None):
        return value is None
    origin, of = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, one, nulls) for one in of)
    if origin is list:
        return isinstance(value, list) and all(_fits(one, of[0], nulls) for one in value)
    if origin is dict or hint is dict:
        each = of[1] if of else Any
        return isinstance(value, dict) and all(_fits(one, each, nulls) for one in value.values())
    if hint is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if hint in (int, bool, str, list):
        return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))
    return True
