"""The gate whatever the way in: names, foreign pages, odd requests, headers, errors."""

from __future__ import annotations

import gzip
import logging

import pytest

from cib.viz.explorer.door.hosts import known_hosts
from explorer_server import ANA, DATA, FAILURE, bearer, serving_small, token_file

NAVIGATION = (("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"))


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """On a loopback address, without identities."""
    with serving_small(tmp_path_factory.mktemp("local")) as client:
        yield client


def test_the_user_of_this_machine(client):
    text = client.callback("out").text
    assert "investigator system True" in text


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "LOCALHOST"])
def test_names_that_are_ours(client, name):
    assert DATA in client("GET", "/_dash-layout", host=f"{name}:{client.port}").text
    assert client("GET", "/", host=f"{name}:9000").status == 200  # through a tunnel


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example",
        "127.0.0.1@evil.example", "evil.example#127.0.0.1", "0.0.0.0:{port}", "10.0.0.7", "[::2]",
        "127.0.0.1:{port}, evil.example", "127.0.0.1:99999", "127.0.0.1:x", "localhost.", "", " ",
        "2130706433", "[::1", "::1", "127.0.0.1:{port}\\", "127.1", "[::ffff:127.0.0.1]",
    ],
)  # fmt: skip
def test_names_that_are_not(client, host):
    for path in ("/", "/_dash-layout", "/assets/part.js", "/_favicon.ico"):
        said = client("GET", path, host=host.format(port=client.port))
        assert said.status == 403, path
        assert DATA not in said.everything


def test_two_hosts_and_none(client):
    assert client("GET", "/", ("Host", "evil.example")).status == 403
    assert client("GET", "/", ("Host", client.host)).status == 403
    line = b"GET /_dash-layout HTTP/1.1\r\nConnection: close\r\n"
    assert client.raw(line + b"\r\n").status == 403
    assert client.raw(b"GET /_dash-layout HTTP/1.0\r\n\r\n").status == 403


def test_a_whole_address_on_the_first_line_changes_nothing(client):
    said = client("GET", "http://evil.example/_dash-layout", host="evil.example")
    assert said.status == 403


def test_names_behind_a_public_name():
    hosts = known_hosts("0.0.0.0", ["Explorer.Example.org", "10.0.0.9:8443", "2001:db8::1"])
    for name in (
        "explorer.example.org",
        "explorer.example.org:443",
        "10.0.0.9",
        "192.168.1.4:8050",
    ):
        assert hosts.allow(name)
    for name in ("example.org", "a.explorer.example.org", "", "explorer.example.org.evil"):
        assert not hosts.allow(name)
    assert not known_hosts("10.0.0.9").allow("10.0.0.8")


@pytest.mark.parametrize(
    "headers",
    [
        [],  # no browser leaves both out
        [("Origin", "http://evil.example")],
        [("Origin", "null")],
        [("Origin", "http://127.0.0.1:3000")],
        [("Origin", "http://localhost:{port}")],  # another origin than the host that is asked
        [("Origin", "http://127.0.0.1:{port}.evil.example")],
        [("Origin", "file://127.0.0.1:{port}")],
        [("Origin", "http://127.0.0.1:{port}"), ("Origin", "http://evil.example")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site")],
        [("Sec-Fetch-Site", "none")],
        [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://127.0.0.1:{port}")],
        [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://evil.example")],
        [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "cross-site"), ("Authorization", "Bearer x")],
        [("Authorization", "Bearer x")],
        [("Referer", "http://127.0.0.1:{port}/")],
    ],
)
def test_foreign_pages_write_nothing(client, headers):
    given = [(name, value.format(port=client.port)) for name, value in headers]
    said = client.callback("out", *given, own=False)
    assert said.status == 403
    assert DATA not in said.everything


@pytest.mark.parametrize(
    "headers",
    [
        [("Origin", "http://127.0.0.1:{port}")],
        [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://127.0.0.1:{port}")],
        [("Sec-Fetch-Site", "same-origin"), ("Origin", "null")],  # a form under no-referrer
    ],
)
def test_own_pages_write(client, headers):
    given = [(name, value.format(port=client.port)) for name, value in headers]
    assert client.callback("out", *given, own=False).status == 200


def test_foreign_pages_may_link_here_and_not_embed_us(client):
    away = ("Sec-Fetch-Site", "cross-site")
    assert client("GET", "/", away, *NAVIGATION).status == 200
    frame = (("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "iframe"))
    for kind in (
        frame,
        (("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "script")),
        (("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty")),
        (),
    ):
        for site in ("cross-site", "same-site"):
            assert client("GET", "/_dash-layout", ("Sec-Fetch-Site", site), *kind).status == 403


def test_a_link_from_elsewhere_is_asked_once_more(tmp_path):
    """Browsers keep a strict cookie back then; the page they get has them ask by themselves."""
    with serving_small(tmp_path, token_file=token_file(tmp_path)) as client:
        page = ("Accept", "text/html")
        said = client(
            "GET", "/run/9a/cluster/1", page, ("Sec-Fetch-Site", "cross-site"), *NAVIGATION
        )
        assert said.status == 200
        assert 'http-equiv="refresh" content="0;url=/run/9a/cluster/1"' in said.text
        assert "Set-Cookie" not in said.headers
        own = ("Sec-Fetch-Site", "same-origin")
        assert 'type="password"' in client("GET", "/run/9a/cluster/1", page, own, *NAVIGATION).text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get"])
def test_other_methods(client, method):
    said = client(method, "/_dash-layout", client.own)
    assert said.status in (400, 405)
    assert DATA not in said.everything


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../outside.txt", "/assets/..%2foutside.txt", "/assets/%2e%2e/outside.txt",
        "/assets/..%5coutside.txt", "/assets/%252e%252e/outside.txt", "/assets//../outside.txt",
        "/assets/%00", "//evil.example/%2e%2e", "/_dash-component-suites/dash/../../etc/passwd",
        "/_dash-component-suites/os/os.py", "/_dash-component-suites/cib/py.typed",
        "/assets/....//outside.txt", "/static/../outside.txt", "/%0d%0aSet-Cookie:a=b",
    ],
)  # fmt: skip
def test_no_path_leads_to_other_files(client, path):
    said = client("GET", path)
    assert DATA not in said.everything
    assert "root:" not in said.text
    assert "Set-Cookie" not in said.headers
    assert "evil.example" not in said.headers.get("Location", "")
    assert said.status in (400, 403, 404, 500) or "DashRenderer" in said.text  # the frame of a page


def test_nothing_of_a_visitor_passes_for_ours(client):
    """Headers cannot set what the gate sets, and what proves who one is stays at the gate."""
    sent = [
        ("Cookie", "a=secret-cookie"), ("Authorization", "Bearer secret-token"),
        ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-For", "10.9.9.9"), ("Forwarded", "host=evil.example"), ("cib.viewer", "x"),
        ("cib_viewer", "x"), ("REMOTE_ADDR", "10.9.9.9"), ("X-Real-Ip", "10.9.9.9"),
        ("Transfer_Encoding", "chunked"),
    ]  # fmt: skip
    text = client("GET", "/what-comes-in", *sent).text
    for word in ("secret", "evil.example", "10.9.9.9", "https"):
        assert word not in text
    assert "REMOTE_ADDR" in text


SMUGGLED = (
    b"POST /login HTTP/1.1\r\nHost: %s\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"
    b"\r\n0\r\n\r\nGET /",
    b"GET / HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: identity, xchunked\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: 3\r\nContent-Length: 9\r\n\r\nabc",
    b"GET / HTTP/1.1\r\nHost: %s\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : %s\r\n\r\n",
    b"GET /\x00 HTTP/1.1\r\nHost: %s\r\n\r\n",
    b"GET / HTTP/1.1\r\n Host: %s\r\n\r\n",
    b"GET / HTTP/1.1\nHost: evil\r\n\r\n%s",
)


@pytest.mark.parametrize("raw", SMUGGLED)
def test_requests_that_two_servers_would_read_in_two_ways(client, raw):
    said = client.raw(raw % client.host.encode())
    assert said.status in (400, 401, 403, 501)
    assert "DashRenderer" not in said.text


def test_headers_of_every_response(client):
    for path in ("/", "/_dash-layout", "/assets/part.js", "/nowhere", "/assets/nowhere.js"):
        for host in (client.host, "evil.example"):
            told = client("GET", path, host=host).headers
            assert told["X-Content-Type-Options"] == "nosniff"
            assert told["X-Frame-Options"] == "DENY"
            assert told["Referrer-Policy"] == "no-referrer"
            assert told["Cross-Origin-Opener-Policy"] == "same-origin"
            assert told["Cross-Origin-Resource-Policy"] == "same-origin"
            assert "Server" not in told
            assert len(told.get_all("Cache-Control")) == 1
            policy = told["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in policy
            assert "default-src 'none'" in policy
    policy = client("GET", "/").headers["Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules["connect-src"] == ["'self'"]
    assert rules["script-src"][0] == "'self'"
    assert all(source.startswith("'sha256-") for source in rules["script-src"][1:])
    assert "http" not in policy


def test_data_is_never_kept_and_fingerprinted_files_are(client, tmp_path):
    for path in ("/", "/_dash-layout", "/_dash-dependencies", "/nowhere"):
        assert client("GET", path).headers["Cache-Control"] == "no-store"
    assert client.callback("out").headers["Cache-Control"] == "no-store"
    page = client("GET", "/").text
    scripts = [part.split('"')[0] for part in page.split('src="')[1:]]
    assert len(scripts) > 8
    for path in scripts:
        rule = client("GET", path).headers["Cache-Control"]
        assert rule == "private, max-age=31536000, immutable", path
    assert "no-cache" in client("GET", "/assets/part.js").headers["Cache-Control"]
    assert client("GET", "/assets/nowhere.js?m=1.0").headers["Cache-Control"] == "no-store"


def test_text_is_packed_and_the_same(client):
    packs = ("Accept-Encoding", "gzip, br")
    page = client("GET", "/").text
    for path in ("/_dash-layout", "/assets/part.js", *page.split('src="')[5].split('"')[:1]):
        plain = client("GET", path)
        for _ in range(2):  # the second time it may have been kept
            packed = client("GET", path, packs)
            assert packed.headers["Content-Encoding"] == "gzip"
            assert packed.headers["Vary"] == "Accept-Encoding"
            assert gzip.decompress(packed.body) == plain.body
            assert len(packed.body) < len(plain.body) / 2
            assert packed.headers["Content-Security-Policy"]
        assert (
            "Content-Encoding" not in client("GET", path, ("Accept-Encoding", "gzip;q=0")).headers
        )
    assert client("HEAD", "/_dash-layout", packs).body == b""


def test_what_is_packed_and_kept_is_still_behind_the_gate(tmp_path):
    packs = ("Accept-Encoding", "gzip")
    with serving_small(tmp_path, token_file=token_file(tmp_path)) as client:
        path = "/assets/part.js?m=1.0"
        for _ in range(2):
            assert DATA in client("GET", path, packs, bearer(ANA)).text
        for host in (client.host, "evil.example"):
            said = client("GET", path, packs, host=host)
            assert said.status in (401, 403)
            assert DATA not in said.everything


def test_errors_say_where_and_not_what(client, caplog):
    with caplog.at_level(logging.DEBUG):
        said = client.callback("bad")
    assert said.status == 500
    assert FAILURE not in said.everything + caplog.text
    assert DATA not in caplog.text
    (record,) = (r for r in caplog.records if r.name == "cib.explorer")
    assert "ValueError in " in record.getMessage()
    assert "explorer_server.py" in record.getMessage()
    number = record.getMessage().split()[1].rstrip(":")
    assert number in said.text


def test_what_is_logged_of_what_works_or_is_refused(client, tmp_path, caplog, capfd):
    """Where wrong tokens came from, and neither tokens nor what was asked for."""
    with (
        caplog.at_level(logging.INFO),
        serving_small(tmp_path, token_file=token_file(tmp_path)) as other,
    ):
        for token in (ANA, "wrong-" + ANA):
            other.log_in(token)
            other("GET", f"/?q={token}", bearer(token))
        client("GET", "/", host="evil.example")
    assert caplog.messages == ["A wrong token came from 127.0.0.1."] * 2
    assert capfd.readouterr() == ("", "")
