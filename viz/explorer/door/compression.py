"""Smaller responses: gzip for what is text, kept for files that never change."""

from __future__ import annotations

import gzip
import re
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cib.viz.explorer.door.headers import IMMUTABLE, Headers, cache_rule

TEXT = re.compile(r"(text/|application/(json|javascript|xml)|image/svg)")
SMALLEST = 1024
"""Bytes under which gzip gains nothing."""
LEVEL_KEPT, LEVEL_ONCE = 6, 1
"""gzip levels: what is kept is packed once and well, data quickly."""
ROOM = 24 << 20
"""Bytes of packed files that are kept; all of Dash's and Plotly's take 3 MB."""


class Compressed:
    """An application whose text is sent as gzip to browsers that take it.

    Parameters
    ----------
    app : WSGI application
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[Headers, bytes]] = OrderedDict()
        self._size = 0

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        if environ["REQUEST_METHOD"] != "GET" and environ["REQUEST_METHOD"] != "POST":
            return self._app(environ, start)
        if not takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
            return self._app(environ, start)
        address = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
        keep = environ["REQUEST_METHOD"] == "GET" and cache_rule(*address, 200) == IMMUTABLE
        with self._lock:
            kept = self._kept.get(address) if keep else None
        if kept is not None and "HTTP_RANGE" not in environ:
            start("200 OK", list(kept[0]))
            return [kept[1]]

        answer: list[Any] = []

        def note(status: str, headers: Headers, exc_info: Any = None) -> Any:
            answer[:] = [status, headers, exc_info]
            return refuse_write

        body = self._app(environ, note)
        if not answer:  # an application may only begin once it is asked for its first piece
            parts = iter(body)
            first = next(parts, b"")
            whole = b"".join((first, *parts))
            close(body)
            body = [whole]
        status, headers, exc_info = answer
        if not status.startswith("200") or not worth_it(headers):
            start(status, headers, exc_info)
            return body
        try:
            whole = b"".join(body)
        finally:
            close(body)
        packed = gzip.compress(whole, LEVEL_KEPT if keep else LEVEL_ONCE, mtime=0)
        told = [
            *((n, v) for n, v in headers if n.lower() not in ("content-length", "etag", "vary")),
            ("Content-Encoding", "gzip"),
            ("Content-Length", str(len(packed))),
            ("Vary", "Accept-Encoding"),
        ]
        if keep and not any(name.lower() == "set-cookie" for name, _ in told):
            self._keep(address, told, packed)
        start(status, told, exc_info)
        return [packed]

    def _keep(self, address: tuple[str, str], headers: Headers, packed: bytes) -> None:
        with self._lock:
            if address in self._kept or len(packed) > ROOM:
                return
            self._kept[address] = list(headers), packed
            self._size += len(packed)
            while self._size > ROOM:
                _, (_, oldest) = self._kept.popitem(last=False)
                self._size -= len(oldest)


def takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` header allows gzip.

    Examples
    --------
    >>> takes_gzip("br, gzip"), takes_gzip("gzip;q=0, br"), takes_gzip("")
    (True, False, False)
    """
    for entry in accepted.lower().split(","):
        name, _, weight = entry.partition(";")
        if name.strip() == "gzip":
            return re.fullmatch(r"\s*q=0(\.0*)?\s*", weight) is None
    return False


def worth_it(headers: Headers) -> bool:
    """Whether a response is text, not packed yet, and long enough (or of unknown length)."""
    found = {name.lower(): value for name, value in headers}
    if "content-encoding" in found or not TEXT.match(found.get("content-type", "")):
        return False
    length = found.get("content-length", "")
    return not length.isdigit() or int(length) >= SMALLEST


def close(body: Iterable[bytes]) -> None:
    """Close a response body as WSGI asks for."""
    closing = getattr(body, "close", None)
    if closing is not None:
        closing()


def refuse_write(_: bytes) -> None:
    """Refuse WSGI's old way to write, which neither Dash nor Flask uses."""
    raise NotImplementedError("the explorer writes through what it returns")
