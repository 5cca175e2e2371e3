"""The server: waitress before the gate, on one address, with a clean start and stop."""

from __future__ import annotations

import errno
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from wsgiref.types import WSGIApplication

import waitress
from waitress import wasyncore

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.viz.explorer.door.hosts import addresses_of

THREADS = 8
CONNECTIONS = 1000
"""Browsers hold six each: enough for 20 people with several windows, and then some."""
BACKLOG = 512
LARGEST_REQUEST = 32 << 20
"""Bytes of the largest request: what a page sends back of its own state."""


class Server:
    """The explorer on a socket; it listens from the moment that this is made.

    Parameters
    ----------
    app : WSGI application, which must have its gate already
    host : name or address to listen on
    port : port; 0 has the system pick one
    finish : called when it has stopped listening, before threads at work are waited for

    Raises
    ------
    UsageError
        The port is taken, or may not be used.

    Attributes
    ----------
    url : where a browser on this machine finds it
    """

    def __init__(
        self,
        app: WSGIApplication,
        host: str = "127.0.0.1",
        port: int = 8050,
        *,
        finish: Callable[[], None] = lambda: None,
    ) -> None:
        self._finish = finish
        self._socket = listen(host, port)
        self.port = int(self._socket.getsockname()[1])
        self.url = url_of(self._socket.getsockname()[0], self.port)
        quieten()
        self._channels: dict[int, Any] = {}
        self._server: Any = waitress.create_server(
            app,
            map=self._channels,
            sockets=[self._socket],
            threads=THREADS,
            connection_limit=CONNECTIONS,
            backlog=BACKLOG,
            max_request_body_size=LARGEST_REQUEST,
            max_request_header_size=1 << 16,
            channel_timeout=60,
            ident=None,
            # the gate decides whose headers count
            clear_untrusted_proxy_headers=False,
            expose_tracebacks=False,
        )
        self._stopping = threading.Event()

    def run(self) -> None:
        """Serve until Ctrl-C, SIGTERM or `stop`."""
        previous = None
        if threading.current_thread() is threading.main_thread():
            previous = signal.signal(signal.SIGTERM, interrupt)
        try:
            while not self._stopping.is_set():
                wasyncore.loop(timeout=1, use_poll=True, map=self._channels, count=1)
        except KeyboardInterrupt:
            pass
        finally:
            if previous is not None:  # some send it twice; once is enough
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
            self._finish()
            self._server.task_dispatcher.shutdown(timeout=1)
            wasyncore.close_all(self._channels, ignore_all=True)
            if previous is not None:
                signal.signal(signal.SIGTERM, previous)

    def start(self) -> threading.Thread:
        """Serve in a thread of its own, as a notebook wants it, and return that."""
        thread = threading.Thread(target=self.run, name="cib explorer", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Stop a server that runs in another thread."""
        # its own thread sets the mark: set from here, it might end before it could be woken
        with suppress(OSError):  # it has ended already
            self._server.trigger.pull_trigger(self._stopping.set)


def interrupt(*_: object) -> None:
    """Stop as after Ctrl-C."""
    raise KeyboardInterrupt


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to an address.

    Raises
    ------
    UsageError
        It cannot be, in one sentence.
    """
    family, address = addresses_of(host)[0]
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":  # elsewhere this would let two servers share a port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((address, port))
        found.listen(BACKLOG)
        found.setblocking(False)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            raise UsageError(
                f"Port {port} is taken, perhaps by another explorer; choose one with --port, or "
                "have one picked with --port 0."
            ) from error
        if error.errno == errno.EACCES:
            raise UsageError(
                f"Port {port} is kept for the system; choose one from 1024 on with --port."
            ) from error
        raise UsageError(
            f"--host {printable(host, 100)} is no address of this machine "
            f"({(error.strerror or str(error)).lower()}); write 127.0.0.1 for this machine only."
        ) from error
    return found


def url_of(address: str, port: int) -> str:
    """Return the address for a browser on this machine.

    Examples
    --------
    >>> url_of("0.0.0.0", 8050), url_of("::1", 80)
    ('http://127.0.0.1:8050/', 'http://[::1]:80/')
    """
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
    return f"http://[{shown}]:{port}/" if ":" in shown else f"http://{shown}:{port}/"


def quieten() -> None:
    """Keep waitress from telling which pages people left before they were loaded, and of queues."""
    logging.getLogger("waitress").setLevel(logging.ERROR)


def open_browser(url: str) -> None:
    """Open a browser where there is a screen; one in the terminal would take that over."""
    screen = sys.platform in ("win32", "darwin") or bool(
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )
    if screen:
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
