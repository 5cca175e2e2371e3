"""The gate before the application: every route passes it, those of Dash and assets included.

In this order: is it a request that makes sense, does it ask for us by name, may a foreign page be
behind it, who asks. Only then does the application see it, with the viewer in its environment and
without what proved who that is.
"""

from __future__ import annotations

import logging
import secrets
import traceback
from collections.abc import Callable, Iterable
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cib.viz.explorer.door import headers, login
from cib.viz.explorer.door.access import Access
from cib.viz.explorer.door.compression import Compressed
from cib.viz.explorer.door.doors import Answer, door_of
from cib.viz.explorer.door.origin import METHODS, behind_tls, foreign, odd
from cib.viz.explorer.door.questions import Nonsense
from cib.viz.explorer.door.viewer import IN_ENVIRON, Viewer

if TYPE_CHECKING:
    from dash import Dash

log = logging.getLogger("cib.explorer")

SECRET = ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
"""What the application does not need to know, and might repeat in an error."""
NOT_OURS = (
    "This explorer does not answer to that name. If the name is right, start it with --allow-host "
    "and the name."
)
NOT_A_PAGE_OF_OURS = "This request comes from a page that is not of this explorer."
SHOWN_FRAMES = 8


def protect(app: Dash, access: Access) -> WSGIApplication:
    """Put the gate before an application.

    Parameters
    ----------
    app : the application; its callbacks find who asks with `current_viewer`
    access : who may come in

    Returns
    -------
    WSGI application
        What a server serves.
    """
    # errors come to the gate, which says where they happened; Flask would print what they say
    app.server.config["PROPAGATE_EXCEPTIONS"] = True
    return Gate(app.server, access, app.csp_hashes)


class Gate:
    """An application that only those see who may.

    Parameters
    ----------
    app : WSGI application
    access : who may come in
    script_hashes : gives the hashes of the inline scripts, once the application has answered
    """

    def __init__(
        self, app: WSGIApplication, access: Access, script_hashes: Callable[[], Iterable[str]]
    ) -> None:
        self._app = Compressed(app)
        self._access = access
        self._door = door_of(access)
        self._script_hashes = script_hashes

    @cached_property
    def _policy(self) -> str:
        return headers.content_policy(self._script_hashes(), self._access.frames)

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        found = self._refused(environ) or self._door.enter(environ)
        if isinstance(found, Answer):
            return say(found, environ, start)
        return self._ask_app(environ, start, found)

    def _refused(self, environ: WSGIEnvironment) -> Answer | None:
        """Return why a request is not looked at, whoever asks."""
        if environ["REQUEST_METHOD"] not in METHODS:
            allow = ("Allow", ", ".join(sorted(METHODS)))
            return Answer(HTTPStatus.METHOD_NOT_ALLOWED, "Not a thing to do here.", (allow,))
        if odd(str(environ.get("PATH_INFO", ""))):
            return Answer(HTTPStatus.BAD_REQUEST, "There is no such address.")
        if not self._access.hosts.allow(str(environ.get("HTTP_HOST", ""))):
            return Answer(HTTPStatus.FORBIDDEN, NOT_OURS)
        bearer = self._access.tokens is not None and "HTTP_AUTHORIZATION" in environ
        if foreign(environ, self._access.hosts, bearer=bearer, framed=bool(self._access.frames)):
            return Answer(HTTPStatus.FORBIDDEN, NOT_A_PAGE_OF_OURS)
        return None

    def _ask_app(
        self, environ: WSGIEnvironment, start: StartResponse, viewer: Viewer
    ) -> Iterable[bytes]:
        path, query = str(environ.get("PATH_INFO", "")), str(environ.get("QUERY_STRING", ""))
        tls = behind_tls(environ, self._access.proxy)
        inner = {k: v for k, v in environ.items() if not self._kept_back(k)}
        inner[IN_ENVIRON] = viewer
        if tls:
            inner["wsgi.url_scheme"] = "https"

        def begin(status: str, told: headers.Headers, exc_info: Any = None) -> Any:
            rule = headers.cache_rule(path, query, int(status[:3]))
            framed = bool(self._access.frames)
            ours = headers.secured(told, policy=self._policy, cache=rule, framed=framed)
            return start(status, ours, exc_info)

        try:
            return self._app(inner, begin)
        except Nonsense as error:
            return say(Answer(HTTPStatus.BAD_REQUEST, str(error)), environ, start)
        except Exception as error:
            return say(trouble(error), environ, start)

    def _kept_back(self, key: str) -> bool:
        proxy = self._access.proxy
        named = (proxy.identity, proxy.role) if proxy else ()
        return key in SECRET or key.startswith("HTTP_X_FORWARDED_") or key in named


def say(answer: Answer, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """Give an answer of the gate itself."""
    body, told = answer.told()
    ours = headers.secured(told, policy=login.POLICY, cache=headers.NEVER, referrer=answer.referrer)
    start(f"{answer.status.value} {answer.status.phrase}", ours)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def trouble(error: Exception) -> Answer:
    """Note where an error happened, but not what it says, which may hold ids; answer with a number.

    Parameters
    ----------
    error : what the application raised
    """
    number = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)[-SHOWN_FRAMES:]
    where = " → ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames)
    log.error("Error %s: %s in %s", number, type(error).__name__, where)
    return Answer(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        f"Something went wrong in the explorer; its output says where, under {number}.",
    )
