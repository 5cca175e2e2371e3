"""Questions of pages to the server, checked before anything looks at them.

Pages send what they show back as JSON, and anybody with a way in can send something else. What no
page sends is refused with a sentence; without this it would end as an error of ours in the log.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

import flask
from dash import Dash
from dash.exceptions import DependencyException
from werkzeug.exceptions import HTTPException

from cib.viz.explorer.door.shapes import a_list, text, value_fits

PATH = "/_dash-update-component"


class Nonsense(Exception):
    """A request that no page of this explorer makes."""

    def __init__(self) -> None:
        super().__init__(
            "This is no request of a page of this explorer. Load the page again; it may be of an "
            "older version."
        )


def check_questions(app: Dash) -> None:
    """Have every question looked at before its callback is called."""
    app.server.register_error_handler(DependencyException, lambda _: _said("No such file.", 404))
    app.server.register_error_handler(HTTPException, _plainly)

    @app.server.before_request
    def look() -> flask.Response | None:
        if flask.request.method != "POST" or flask.request.path != PATH:
            return None
        fits, flask.g.holes = _looked_at(app, flask.request.get_json(silent=True))
        if fits:
            return None
        return _said(str(Nonsense()), 400)


def _said(sentence: str, status: int) -> flask.Response:
    return flask.Response(f"{sentence}\n", status, content_type="text/plain; charset=utf-8")


def _plainly(error: HTTPException) -> Any:
    """Say what Flask has a page for in a sentence."""
    answer = error.get_response()
    if error.code is not None and error.code >= 400:
        answer.set_data(f"{error.description}\n")
        answer.content_type = "text/plain; charset=utf-8"
    return answer


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
    if not a_list(text)(body.get("changedPropIds", [])):
        return False, False
    if not _are_outputs(body.get("outputs"), body["output"]):
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


def _are_outputs(outputs: Any, key: str) -> bool:
    """Whether these are the outputs of the callback of that key."""
    names = [name.rsplit(".", 1) for name in key.strip(".").split("...")]
    given = outputs if key.startswith("..") else [outputs]
    if not isinstance(given, list) or len(given) != len(names):
        return False
    declared = [{"id": name, "property": prop} for name, prop in names]
    return all(_is_the(one, part) for one, part in zip(given, declared, strict=True))


def _is_the(part: Any, declared: Mapping[str, Any]) -> bool:
    """Whether a part of a question is what its callback asks for, with a value that fits."""
    name, prop = str(declared["id"]), str(declared["property"])
    if not name.startswith("{"):
        named = isinstance(part, dict) and part.get("id") == name and part.get("property") == prop
        return named and value_fits(name, prop, part.get("value"))
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
        if not value_fits(str(wanted.get("type", "")), prop, one.get("value")):
            return False
    return True


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
