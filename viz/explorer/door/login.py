"""The pages to log in and out: plain HTML, no script, nothing loaded."""

from __future__ import annotations

import base64
import hashlib
import html
import re

from cib.viz import theme

STYLE = (
    f":root{{{theme.css_variables(dark=False)};color-scheme:light dark}}"
    f"@media (prefers-color-scheme:dark){{:root{{{theme.css_variables(dark=True)}}}}}"
    "body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--paper);"
    f"color:var(--ink);font:15px/1.5 {theme.FONT}}}"
    "main{width:22rem;max-width:calc(100vw - 4rem);padding:2rem;background:var(--card);"
    "border:1px solid var(--line);border-radius:10px}"
    "h1{font-size:1.25rem;margin:0 0 .25rem}p{margin:0 0 1rem;color:var(--muted)}"
    "p[role=alert]{color:var(--caution);background:var(--caution-soft);padding:.5rem .75rem;"
    "border-radius:6px}label{display:block;margin-bottom:.25rem}"
    "input{box-sizing:border-box;width:100%;padding:.55rem .65rem;font:inherit;color:inherit;"
    "background:var(--paper);border:1px solid var(--line);border-radius:6px}"
    "button{margin-top:1rem;padding:.55rem 1.1rem;font:inherit;color:var(--card);"
    "background:var(--coordination);border:0;border-radius:6px;cursor:pointer}"
    ":focus-visible{outline:3px solid var(--coordination);outline-offset:2px}"
)

POLICY = (
    "default-src 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Content security policy of these pages: their own style and form, and nothing else."""

PLACE = re.compile(r"/(?![/\\])[!-~]{0,2000}")
"""A place on this server: not `//elsewhere`, which browsers take for another server."""


def safe_place(wanted: str) -> str:
    """Return where to go after logging in; the start page for whatever leads elsewhere.

    Examples
    --------
    >>> safe_place("/run/9ac8/cluster/3"), safe_place("//evil.example"), safe_place("https://a")
    ('/run/9ac8/cluster/3', '/', '/')
    """
    return wanted if PLACE.fullmatch(wanted) else "/"


def page(title: str, body: str, head: str = "") -> str:
    """Put a page together; `body` and `head` are HTML."""
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="robots" content="noindex">{head}<title>{title}</title>'
        f"<style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )


def login_page(place: str, trouble: str = "") -> str:
    """Return the page that asks for a token.

    Parameters
    ----------
    place : where to go afterwards
    trouble : why the last attempt failed
    """
    alert = f'<p role="alert">{html.escape(trouble)}</p>' if trouble else ""
    return page(
        "Log in · cib explorer",
        f"<h1>cib explorer</h1><p>Enter the token you were given.</p>{alert}"
        '<form method="post" action="/login">'
        f'<input type="hidden" name="next" value="{html.escape(safe_place(place))}">'
        '<label for="token">Token</label>'
        '<input id="token" name="token" type="password" autocomplete="current-password" '
        'maxlength="1000" required autofocus><button type="submit">Log in</button></form>',
    )


def logout_page(name: str) -> str:
    """Return the page that asks whether to log out; `name` is safe text."""
    return page(
        "Log out · cib explorer",
        f"<h1>Log out?</h1><p>You are logged in as {html.escape(name)}.</p>"
        '<form method="post" action="/logout"><button type="submit">Log out</button></form>',
    )


def again_page(place: str) -> str:
    """Return a page that has the browser ask once more, when it came by a link from elsewhere.

    Browsers keep the cookie back on that first request (SameSite=Strict).
    """
    address = html.escape(safe_place(place))
    return page(
        "cib explorer",
        f'<h1>cib explorer</h1><p><a href="{address}">Go on</a></p>',
        head=f'<meta http-equiv="refresh" content="0;url={address}">',
    )
