"""The server: its port, its end, and many people at once."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cib.datasets.errors import UsageError
from cib.viz.explorer.door.access import open_access
from cib.viz.explorer.door.server import Server, listen
from explorer_server import (
    ANA,
    BEN,
    DATA,
    Client,
    serving,
    serving_small,
    small_app,
    token_file,
)


def hello(environ, start):
    start("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def test_a_port_that_is_taken():
    first = Server(hello, "127.0.0.1", 0)
    thread = first.start()
    with pytest.raises(UsageError, match=f"Port {first.port} is taken.*--port 0"):
        Server(hello, "127.0.0.1", first.port)
    first.stop()
    thread.join(60)
    again = listen("127.0.0.1", first.port)  # free at once for the next
    again.close()


def test_addresses_that_cannot_be_listened_on():
    with pytest.raises(UsageError, match=r"--host 192\.0\.2\.1 is no address of this machine"):
        listen("192.0.2.1", 0)  # RFC 5737: nobody's
    with pytest.raises(UsageError, match="is no address of this machine"):
        listen("no.such.host.invalid", 0)


def test_it_listens_from_the_start_and_says_where():
    server = Server(hello, "127.0.0.1", 0)
    assert server.url == f"http://127.0.0.1:{server.port}/"
    early = socket.create_connection(("127.0.0.1", server.port), 10)  # nobody serves yet
    early.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    thread = server.start()
    assert early.recv(100).startswith(b"HTTP/1.1 200")
    server.stop()
    thread.join(60)
    assert not thread.is_alive()
    early.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), 2)


def test_requests_larger_than_any_of_ours():
    server = Server(hello, "127.0.0.1", 0)
    thread = server.start()
    large = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n"
    assert Client(server.port).raw(large).status == 413
    long = b"GET / HTTP/1.1\r\nHost: a\r\nCookie: " + b"x" * 100_000 + b"\r\n\r\n"
    assert Client(server.port).raw(long).status == 431
    server.stop()
    thread.join(60)


def test_twenty_people_at_once(tmp_path):
    """Each logs in and works; everybody is answered, and as themselves."""
    with serving_small(tmp_path, token_file=token_file(tmp_path)) as client:
        ready = threading.Barrier(20)

        def work(number: int) -> int:
            token, name = ((ANA, "ana investigator"), (BEN, "ben viewer"))[number % 2]
            cookie = ("Cookie", client.log_in(token).cookie)
            packs = ("Accept-Encoding", "gzip")
            ready.wait(30)
            done = 0
            for _ in range(5):
                page = client("GET", "/", cookie, packs)
                assert page.status == 200
                scripts = [part.split('"')[0] for part in page.text.split('src="')[1:]]
                for path in ("/_dash-layout", "/_dash-dependencies", scripts[done % len(scripts)]):
                    assert client("GET", path, cookie, packs).status == 200
                said = client.callback("out", cookie).text
                assert name in said
                assert DATA in said
                done += 1
            return done

        with ThreadPoolExecutor(20) as pool:
            assert list(pool.map(work, range(20))) == [5] * 20


def test_many_connections_that_say_nothing_keep_nobody_out(tmp_path):
    access = open_access("127.0.0.1")
    with serving(small_app(tmp_path), access) as client:
        silent = [socket.create_connection(("127.0.0.1", client.port), 10) for _ in range(300)]
        assert DATA in client("GET", "/_dash-layout").text
        for one in silent:
            one.close()
