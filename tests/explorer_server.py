"""A real server with a small application, and a client that says exactly what it is told to."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from dash import Dash, Input, Output, dcc, html

from cib.viz.explorer.door.access import Access, open_access
from cib.viz.explorer.door.gate import protect
from cib.viz.explorer.door.server import Server
from cib.viz.explorer.door.viewer import current_viewer, require_investigator

DATA = "account-4711-of-the-log"
ANA, BEN = "ana-has-a-long-token-1", "ben-has-a-long-token-2"
TOKENS = f"# who may come in\n\nana investigator {ANA}\nben viewer {BEN}\n"
FAILURE = "this message names account-4711-of-the-log"


def small_app(folder: Path) -> Dash:
    """An application with data in its layout, its callbacks, an asset and a file beside them."""
    assets = folder / "assets"
    assets.mkdir(exist_ok=True)
    (assets / "part.js").write_text(f"/* {DATA} */" + "x = 1;\n" * 500)
    (folder / "outside.txt").write_text(DATA)
    app = Dash("small", assets_folder=str(assets), suppress_callback_exceptions=True)
    app.layout = lambda: html.Div(
        [
            dcc.Input(id="in"),
            html.P(DATA * 50),
            html.P(id="out"),
            html.P(id="said"),
            html.P(id="bad"),
        ]
    )

    @app.callback(Output("out", "children"), Input("in", "value"))
    def who(_):
        viewer = current_viewer()
        return f"{viewer.name} {viewer.role} {viewer.known_by} {viewer.decides} {DATA}"

    @app.callback(Output("said", "children"), Input("in", "value"))
    def decide(_):
        return f"decided by {require_investigator().name}"

    @app.callback(Output("bad", "children"), Input("in", "value"))
    def fail(_):
        raise ValueError(FAILURE)

    @app.server.get("/what-comes-in")
    def what_comes_in():
        from flask import request

        return {k: v for k, v in request.environ.items() if isinstance(v, str)}

    return app


@dataclass
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def cookie(self) -> str:
        """What a browser would send back."""
        return self.headers["Set-Cookie"].partition(";")[0]

    @property
    def everything(self) -> str:
        return f"{self.status} {self.headers} {self.text}"


class Client:
    """Says what it is told, duplicates and nonsense included, on a connection of its own."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self.port, self.source = port, source
        self.host = f"127.0.0.1:{port}"

    def __call__(
        self, method: str, path: str, *headers: tuple[str, str], body: bytes = b"", host=None
    ) -> Response:
        given = [("Host", self.host if host is None else host), *headers]
        if body or method == "POST":
            given.append(("Content-Length", str(len(body))))
        lines = [f"{method} {path} HTTP/1.1", *(f"{k}: {v}" for k, v in given if v is not None)]
        raw = "\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1") + body
        return self.raw(raw, method)

    def raw(self, sent: bytes, method: str = "GET") -> Response:
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, 20, source_address=(self.source, 0)) as sock:
            sock.sendall(sent)
            response = http.client.HTTPResponse(sock, method=method)
            response.begin()
            return Response(response.status, response.headers, response.read())

    @property
    def own(self) -> tuple[str, str]:
        """What a browser adds to what our own page sends."""
        return ("Origin", f"http://{self.host}")

    def callback(self, output: str, *headers: tuple[str, str], own: bool = True) -> Response:
        call = {
            "output": f"{output}.children",
            "outputs": {"id": output, "property": "children"},
            "inputs": [{"id": "in", "property": "value", "value": "x"}],
            "changedPropIds": ["in.value"],
        }
        more = (self.own,) if own else ()
        kind = ("Content-Type", "application/json")
        body = json.dumps(call).encode()
        return self("POST", "/_dash-update-component", kind, *more, *headers, body=body)

    def log_in(self, token: str, *headers: tuple[str, str], place: str | None = None) -> Response:
        form = {"token": token} | ({"next": place} if place is not None else {})
        kind = ("Content-Type", "application/x-www-form-urlencoded")
        return self("POST", "/login", kind, self.own, *headers, body=urlencode(form).encode())


def bearer(token: str) -> tuple[str, str]:
    return ("Authorization", f"Bearer {token}")


def token_file(folder: Path, text: str = TOKENS, mode: int = 0o600) -> Path:
    path = folder / "tokens.txt"
    path.write_text(text)
    path.chmod(mode)
    return path


@contextmanager
def serving(app, access: Access, host: str = "127.0.0.1") -> Iterator[Client]:
    """A server in a thread, and a client for it."""
    server = Server(protect(app, access), host, 0)
    thread = server.start()
    try:
        yield Client(server.port)
    finally:
        server.stop()
        thread.join(60)
        assert not thread.is_alive()


@contextmanager
def serving_small(folder: Path, **how) -> Iterator[Client]:
    """The small application behind the access that is asked for."""
    with serving(small_app(folder), open_access("127.0.0.1", **how)) as client:
        yield client
