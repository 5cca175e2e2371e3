"""Security headers of every response, and how long browsers may keep it."""

from __future__ import annotations

import re
from collections.abc import Iterable

Headers = list[tuple[str, str]]

FINGERPRINTED = re.compile(r"/_dash-component-suites/.+\.v[0-9a-z_-]+m[0-9]+\.[\w.]*\w")
"""A file of Dash whose name changes with its version."""

ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Origin-Agent-Cluster", "?1"),
    (
        "Permissions-Policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
    ),
    ("X-Robots-Tag", "noindex"),
)
NO_REFERRER = "no-referrer"

IMMUTABLE = "private, max-age=31536000, immutable"
ASK_AGAIN = "private, no-cache"
NEVER = "no-store"


def content_policy(script_hashes: Iterable[str], frames: Iterable[str] = ()) -> str:
    """Return the content security policy of the application.

    Scripts come from this server; Dash has one inline script, which is known by its hash. Plotly
    and ag-grid set styles inline, which needs `'unsafe-inline'` for styles; figures become
    pictures through `data:` and `blob:`.

    Parameters
    ----------
    script_hashes : `'sha256-…'` of inline scripts, quoted, as `Dash.csp_hashes` gives them
    frames : whose pages may show this one inside of them: origins as a policy writes them

    Examples
    --------
    >>> content_policy(["'sha256-abc='"]).split("; ")[1]
    "script-src 'self' 'sha256-abc='"
    """
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *script_hashes)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            " ".join(("frame-ancestors", *(tuple(frames) or ("'none'",)))),
        )
    )


def cache_rule(path: str, query: str, status: int) -> str:
    """Return the `Cache-Control` of a response: data is never kept, files with versions are.

    Examples
    --------
    >>> cache_rule("/_dash-layout", "", 200), cache_rule("/assets/keys.js", "m=17954.0", 200)
    ('no-store', 'private, max-age=31536000, immutable')
    """
    if status not in (200, 304):
        return NEVER
    if FINGERPRINTED.fullmatch(path):
        return IMMUTABLE
    if path.startswith("/assets/"):
        return IMMUTABLE if re.fullmatch(r"m=[0-9.]+", query) else ASK_AGAIN
    if path.startswith("/_dash-component-suites/") or path == "/_favicon.ico":
        return ASK_AGAIN
    return NEVER


def secured(
    headers: Headers,
    *,
    policy: str,
    cache: str,
    referrer: str = NO_REFERRER,
    framed: bool = False,
) -> Headers:
    """Return headers with ours in place of whatever the application said on the same matter.

    Parameters
    ----------
    headers : what the application answered
    policy : content security policy
    cache : `Cache-Control`
    referrer : `Referrer-Policy`
    framed : leave it to the policy whose pages may show this one inside of them
    """
    ours = [
        *(one for one in ALWAYS if not (framed and one[0] == "X-Frame-Options")),
        ("Content-Security-Policy", policy),
        ("Referrer-Policy", referrer),
        ("Cache-Control", cache),
    ]
    taken = {name.lower() for name, _ in ours} | {"server", "x-powered-by", "expires", "pragma"}
    return [(name, value) for name, value in headers if name.lower() not in taken] + ours
