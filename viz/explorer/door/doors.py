"""The three ways in: this machine's user, a token, a reverse proxy's word."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from http import HTTPStatus
from math import ceil
from typing import Protocol, cast
from urllib.parse import parse_qs
from wsgiref.types import WSGIEnvironment

from cib.viz.explorer.door import login
from cib.viz.explorer.door.access import Access, Proxy
from cib.viz.explorer.door.headers import NO_REFERRER, Headers
from cib.viz.explorer.door.origin import (
    behind_tls,
    client_of,
    follows_link,
    peer_of,
    place_of,
    wants_page,
)
from cib.viz.explorer.door.sessions import LIFETIME_S, Sessions, Throttle
from cib.viz.explorer.door.tokens import Tokens
from cib.viz.explorer.door.viewer import ROLES, Role, Viewer
from cib.viz.text import printable

log = logging.getLogger("cib.explorer")

LONGEST_FORM = 8192
"""Bytes of the longest login form that is read."""
NAME = re.compile(r"[^\x00-\x1f\x7f,]{1,200}")
"""A name from a proxy. A comma means that the header came twice: one of them may be a visitor's."""
SAME_ORIGIN = "same-origin"
"""Referrer policy of forms: under a stricter one browsers do not name their origin."""


@dataclass(frozen=True)
class Answer:
    """What the gate says itself, without the application.

    Attributes
    ----------
    status : HTTP status
    text : a sentence, or a page when it begins as one
    headers : further headers
    referrer : `Referrer-Policy`
    """

    status: HTTPStatus
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    referrer: str = NO_REFERRER

    def told(self) -> tuple[bytes, Headers]:
        """Return body and headers."""
        body = self.text.encode()
        kind = "html" if self.text.startswith("<!DOCTYPE") else "plain"
        return body, [
            ("Content-Type", f"text/{kind}; charset=utf-8"),
            ("Content-Length", str(len(body))),
            *self.headers,
        ]


class Door(Protocol):
    """A way in."""

    def enter(self, environ: WSGIEnvironment) -> Viewer | Answer:
        """Return who asks, or why nothing is shown."""


def door_of(access: Access) -> Door:
    """Return the way in that was decided on."""
    if access.tokens is not None:
        return TokenDoor(access.tokens, access.proxy)
    if access.proxy is not None:
        return ProxyDoor(access.proxy)
    return LocalDoor(cast(Viewer, access.local))


@dataclass(frozen=True)
class LocalDoor:
    """Everybody who reaches a loopback address is the user of this machine."""

    viewer: Viewer

    def enter(self, environ: WSGIEnvironment) -> Viewer | Answer:
        """Return the user of this machine."""
        return self.viewer


@dataclass(frozen=True)
class ProxyDoor:
    """A reverse proxy says who asks; nobody else is listened to."""

    proxy: Proxy

    def enter(self, environ: WSGIEnvironment) -> Viewer | Answer:
        """Return whom the proxy names."""
        if peer_of(environ) not in self.proxy.peers:
            return Answer(HTTPStatus.FORBIDDEN, "Come through the proxy of this explorer.")
        name = decoded(environ.get(self.proxy.identity or "", ""))
        if NAME.fullmatch(name) is None:
            return Answer(HTTPStatus.FORBIDDEN, "The proxy does not say who you are.")
        return Viewer(name, self._role(environ), "proxy")

    def _role(self, environ: WSGIEnvironment) -> Role:
        if self.proxy.role is None:
            return "investigator"
        said = str(environ.get(self.proxy.role, "")).strip().lower()
        return said if said in ROLES else "viewer"


def decoded(header: str) -> str:
    """Return a header as the text that proxies mean: UTF-8, which WSGI hands over as Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8").strip()
    except UnicodeError:
        return header.strip()


class TokenDoor:
    """People log in with a token and get a session; programs send the token each time.

    Parameters
    ----------
    tokens : who has which
    proxy : a proxy that speaks TLS for us, if there is one
    """

    def __init__(self, tokens: Tokens, proxy: Proxy | None = None) -> None:
        self._tokens = tokens
        self._proxy = proxy
        self._sessions = Sessions()
        self._throttle = Throttle()

    def enter(self, environ: WSGIEnvironment) -> Viewer | Answer:
        """Return whom the token or the session belongs to; log in and out."""
        path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
        if "HTTP_AUTHORIZATION" in environ:
            return self._by_header(environ)
        session = self._session(environ)
        viewer = self._sessions.find(session) if session else None
        if path == "/login":
            return self._log_in(environ) if method == "POST" else self._ask(environ, viewer)
        if viewer is None:
            return self._unknown(environ)
        if path == "/logout":
            if method != "POST":
                page = login.logout_page(printable(viewer.name, 60))
                return Answer(HTTPStatus.OK, page, referrer=SAME_ORIGIN)
            self._sessions.close(cast(str, session))
            return moved("/login", self._cookie(environ, "", 0))
        return viewer

    def _by_header(self, environ: WSGIEnvironment) -> Viewer | Answer:
        kind, _, token = str(environ["HTTP_AUTHORIZATION"]).partition(" ")
        found = self._try(environ, token.strip()) if kind.lower() == "bearer" else None
        return found or refused("This token is not known.")

    def _try(self, environ: WSGIEnvironment, token: str) -> Viewer | Answer | None:
        """Return whose token this is, None for nobody's; or how long to wait."""
        client = client_of(environ, self._proxy)
        wait = ceil(self._throttle.wait(client))
        if wait:
            return Answer(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"Too many wrong tokens came from your address; try again in {wait} s.",
                (("Retry-After", str(wait)),),
            )
        viewer = self._tokens.match(token)
        if viewer is None:
            self._throttle.failed(client)
            log.warning("A wrong token came from %s.", client)
        else:
            self._throttle.succeeded(client)
        return viewer

    def _ask(self, environ: WSGIEnvironment, viewer: Viewer | None) -> Answer:
        if viewer is not None:
            return moved("/")
        return Answer(HTTPStatus.OK, login.login_page("/"), referrer=SAME_ORIGIN)

    def _unknown(self, environ: WSGIEnvironment) -> Answer:
        if not wants_page(environ):
            return refused("Log in at /login, or send Authorization: Bearer with your token.")
        place = place_of(environ)
        if follows_link(environ):
            return Answer(HTTPStatus.OK, login.again_page(place), referrer=SAME_ORIGIN)
        page = login.login_page("/" if place == "/logout" else place)
        return refused(page)

    def _log_in(self, environ: WSGIEnvironment) -> Answer:
        length = str(environ.get("CONTENT_LENGTH") or "0")
        if not length.isascii() or not length.isdigit() or int(length) > LONGEST_FORM:
            return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "This is no login form.")
        body = environ["wsgi.input"].read(int(length)).decode("utf-8", "replace")
        try:
            form = parse_qs(body, max_num_fields=8)
        except ValueError:
            form = {}
        tokens, places = form.get("token", []), form.get("next", ["/"])
        if len(tokens) != 1:
            return Answer(HTTPStatus.BAD_REQUEST, "This is no login form.")
        place = login.safe_place(places[0])
        found = self._try(environ, tokens[0].strip())
        if isinstance(found, Viewer):
            session = self._sessions.open(found)
            return moved(place, self._cookie(environ, session, LIFETIME_S))
        trouble = found.text if found else "This token is not known. Look for a missing character."
        status = found.status if found else HTTPStatus.UNAUTHORIZED
        page = login.login_page(place, trouble)
        return Answer(status, page, found.headers if found else CHALLENGE, SAME_ORIGIN)

    def _session(self, environ: WSGIEnvironment) -> str | None:
        """Return the session of the cookie; None when there is none, or more than one."""
        name = self._cookie_name(environ)
        pairs = (part.strip().partition("=") for part in environ.get("HTTP_COOKIE", "").split(";"))
        found = [value for key, _, value in pairs if key == name]
        return found[0] if len(found) == 1 else None

    def _cookie_name(self, environ: WSGIEnvironment) -> str:
        """Name the cookie: ports share cookies, and `__Host-` keeps neighbours from setting it."""
        name = f"cib_explorer_{environ.get('SERVER_PORT', '')}"
        return f"__Host-{name}" if behind_tls(environ, self._proxy) else name

    def _cookie(self, environ: WSGIEnvironment, session: str, age: int) -> tuple[str, str]:
        secure = "; Secure" if behind_tls(environ, self._proxy) else ""
        return (
            "Set-Cookie",
            f"{self._cookie_name(environ)}={session}; Path=/; Max-Age={age}; HttpOnly; "
            f"SameSite=Strict{secure}",
        )


CHALLENGE = (("WWW-Authenticate", 'Bearer realm="cib explorer"'),)


def refused(text: str) -> Answer:
    """Return the answer to who is not known."""
    return Answer(HTTPStatus.UNAUTHORIZED, text, CHALLENGE, SAME_ORIGIN)


def moved(place: str, *headers: tuple[str, str]) -> Answer:
    """Send the browser to a place on this server."""
    return Answer(HTTPStatus.SEE_OTHER, "", (("Location", place), *headers), SAME_ORIGIN)
