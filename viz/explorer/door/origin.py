"""What a request says about where it comes from. Everything in it may be made up."""

from __future__ import annotations

import re
from urllib.parse import quote
from wsgiref.types import WSGIEnvironment

from cib.viz.explorer.door.access import Proxy
from cib.viz.explorer.door.hosts import Hosts, is_address, plain_address

UNSAFE_METHODS = frozenset({"POST"})
METHODS = frozenset({"GET", "HEAD"}) | UNSAFE_METHODS
SCHEME = re.compile(r"https?://(.+)")
ODD_PATH = re.compile(r"[\x00-\x1f\x7f\\]|^//|(^|/)\.{1,2}(/|$)")
"""Control characters, backslashes, `//` in front and dots that lead elsewhere."""
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def peer_of(environ: WSGIEnvironment) -> str:
    """Return the address at the other end of the connection; no header changes it."""
    return plain_address(str(environ.get("REMOTE_ADDR", "")).partition("%")[0])


def client_of(environ: WSGIEnvironment, proxy: Proxy | None) -> str:
    """Return whom failures are counted for: the peer, or whom a believed proxy names last."""
    peer = peer_of(environ)
    if proxy is None or peer not in proxy.peers:
        return peer
    last = str(environ.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    return plain_address(last) if is_address(last) else peer


def behind_tls(environ: WSGIEnvironment, proxy: Proxy | None) -> bool:
    """Whether a believed proxy says that the browser spoke TLS with it."""
    if proxy is None or peer_of(environ) not in proxy.peers:
        return False
    return str(environ.get("HTTP_X_FORWARDED_PROTO", "")).strip().lower() == "https"


def odd(path: str) -> bool:
    """Whether a decoded path is none that a browser or our own pages ask for.

    Examples
    --------
    >>> odd("/assets/keys.js"), odd("/assets/../secret"), odd("//evil.example")
    (False, True, True)
    """
    return ODD_PATH.search(path) is not None


def place_of(environ: WSGIEnvironment) -> str:
    """Return what was asked for as it stands in an address, with its query."""
    path = quote(str(environ.get("PATH_INFO", "/")).encode("latin-1"), safe="/:@!$&'()*+,;=~")
    query = str(environ.get("QUERY_STRING", ""))
    return f"{path}?{query}" if query else path


def foreign(environ: WSGIEnvironment, hosts: Hosts, *, bearer: bool, framed: bool = False) -> bool:
    """Whether a page of somebody else may be behind a request.

    Browsers tell (`Sec-Fetch-Site`, `Origin`), and no page can make them lie. Links from elsewhere
    are followed, as they change nothing; whatever writes, and whatever would be part of another
    page, must come from a page of ours. A program has no pages: it shows so by a token of its own.

    Parameters
    ----------
    environ : the request
    hosts : our names
    bearer : whether it carries a token that is known
    framed : whether some page may show ours inside of it; the policy says which
    """
    shown_in = ("document", "iframe") if framed else ("document",)
    site = environ.get("HTTP_SEC_FETCH_SITE")
    origin = environ.get("HTTP_ORIGIN")
    if environ["REQUEST_METHOD"] not in UNSAFE_METHODS:
        link = (
            environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
            and environ.get("HTTP_SEC_FETCH_DEST") in shown_in
        )
        return site not in (None, "same-origin", "none") and not link
    if site is None and origin is None:
        return not bearer
    if site is not None:
        # a proxy in between may have changed Host, so here the origin need not equal it
        named = SCHEME.fullmatch(origin or "")
        ours = origin in (None, "null") or (named is not None and hosts.allow(named[1]))
        return site != "same-origin" or not ours
    return not same_host(str(origin), str(environ.get("HTTP_HOST", "")))


def same_host(origin: str, host: str) -> bool:
    """Whether an origin is the host that was asked, port included.

    Examples
    --------
    >>> same_host("http://127.0.0.1:8050", "127.0.0.1:8050"), same_host("https://a", "a:443")
    (True, True)
    >>> same_host("http://127.0.0.1:3000", "127.0.0.1:8050"), same_host("null", "null")
    (False, False)
    """
    scheme, _, name = origin.lower().partition("://")
    default = DEFAULT_PORTS.get(scheme)
    if default is None or not name:
        return False
    return name.removesuffix(default) == host.lower().removesuffix(default)


def follows_link(environ: WSGIEnvironment) -> bool:
    """Whether this is a link from elsewhere, for which browsers keep our cookie back."""
    return (
        environ["REQUEST_METHOD"] == "GET"
        and environ.get("HTTP_SEC_FETCH_SITE") in ("cross-site", "same-site")
        and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
    )


def wants_page(environ: WSGIEnvironment) -> bool:
    """Whether a person waits for a page, who can be asked for a token."""
    return environ["REQUEST_METHOD"] == "GET" and "text/html" in environ.get("HTTP_ACCEPT", "")
