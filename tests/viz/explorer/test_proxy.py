"""A reverse proxy's word: believed from the peers that were named, and from nobody else."""

from __future__ import annotations

import pytest

from explorer_server import ANA, DATA, Client, serving_small, token_file

PROXY, OTHER = "127.0.0.2", "127.0.0.1"
"""Peers on this machine: all of 127.0.0.0/8 is."""


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with serving_small(
        tmp_path_factory.mktemp("proxy"), proxy=[PROXY, "10.0.0.5"], identity_header="X-User",
        role_header="X-Role", allow_hosts=["explorer.example.org"],
    ) as client:  # fmt: skip
        try:
            Client(client.port, PROXY)("GET", "/")
        except OSError:
            pytest.skip("this system has one loopback address only")
        yield client.port


@pytest.fixture
def proxy(port):
    return Client(port, PROXY)


def test_who_comes_through_the_proxy(proxy):
    said = proxy.callback("out", ("X-User", "ana@example.org"), ("X-Role", "investigator"))
    assert "ana@example.org investigator proxy True" in said.text
    for role in ("viewer", "boss", "", "investigator, viewer", "viewer, investigator"):
        assert "viewer proxy False" in proxy.callback("out", ("X-User", "a"), ("X-Role", role)).text
    assert "viewer proxy False" in proxy.callback("out", ("X-User", "a")).text
    two = (("X-User", "a"), ("X-Role", "viewer"), ("X-Role", "investigator"))
    assert "viewer proxy False" in proxy.callback("out", *two).text


def test_a_name_in_utf_8(proxy):
    name = "Zoë Ø".encode().decode("latin-1")
    assert "Zo\\u00eb \\u00d8 viewer" in proxy.callback("out", ("X-User", name)).text


@pytest.mark.parametrize(
    "path", ["/", "/_dash-layout", "/assets/part.js", "/_favicon.ico", "/login"]
)
def test_everybody_else_is_refused(port, path):
    direct = Client(port, OTHER)
    given = (
        (), (("X-User", "ana"),), (("X-User", "ana"), ("X-Role", "investigator")),
        (("X-User", "ana"), ("X-Forwarded-For", PROXY)), (("X-User", "ana"), ("X-Real-Ip", PROXY)),
        (("X-User", "ana"), ("Forwarded", f"for={PROXY}")), (("X-User", "ana"), ("Via", PROXY)),
        (("X-User", "ana"), ("REMOTE_ADDR", PROXY)), (("X-User", "ana"), ("Remote-Addr", PROXY)),
    )  # fmt: skip
    for headers in given:
        said = direct("GET", path, *headers)
        assert said.status == 403
        assert DATA not in said.everything


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("X-User", "")],
        [("X-User", "  ")],
        [("X_User", "ana")],  # a hyphen to some servers, and to none here
        [("X-User", "ana"), ("X-User", "root")],  # the visitor's and the proxy's
        [("X-User", "ana"), ("x-user", "root")],
        [("X-User", "ana,root")],
        [("X-User", "a" * 300)],
        [("X-User", "a\x01b")],
    ],
)
def test_the_proxy_must_name_one_person(proxy, headers):
    said = proxy("GET", "/_dash-layout", *headers)
    assert said.status in (400, 403)
    assert DATA not in said.everything


def test_the_application_does_not_see_the_headers(proxy):
    sent = (("X-User", "ana"), ("X-Role", "viewer"), ("X-Forwarded-Proto", "https"))
    text = proxy("GET", "/what-comes-in", *sent).text
    assert "HTTP_X_" not in text
    assert '"wsgi.url_scheme":"https"' in text


def test_names_and_origins_through_the_proxy(proxy):
    ana = ("X-User", "ana")
    assert proxy("GET", "/", ana, host="explorer.example.org").status == 200
    assert proxy("GET", "/", ana, host="evil.example").status == 403
    public = ("Origin", "https://explorer.example.org")
    browser = ("Sec-Fetch-Site", "same-origin")
    # the proxy passed on another Host than the browser asked for
    assert proxy.callback("out", ana, public, browser, own=False).status == 200
    assert proxy.callback("out", ana, public, own=False).status == 403
    foreign = ("Origin", "https://evil.example")
    assert proxy.callback("out", ana, foreign, browser, own=False).status == 403


def test_everybody_is_an_investigator_where_no_role_is_told(tmp_path):
    with serving_small(tmp_path, proxy=[OTHER], identity_header="X-User") as client:
        said = client.callback("out", ("X-User", "ana"), ("X-Role", "viewer"))
        assert "ana investigator proxy True" in said.text


class TestTokensBehindTls:
    """People log in here, and a proxy speaks TLS."""

    @pytest.fixture
    def port(self, port, tmp_path):
        with serving_small(tmp_path, token_file=token_file(tmp_path), proxy=[PROXY]) as client:
            yield client.port

    def test_the_cookie_is_secure_when_the_proxy_says_so(self, port):
        tls = ("X-Forwarded-Proto", "https")
        said = Client(port, PROXY).log_in(ANA, tls)
        assert said.status == 303
        assert said.headers["Set-Cookie"].startswith("__Host-cib_explorer_")
        assert said.headers["Set-Cookie"].endswith("; Secure")
        cookie = ("Cookie", said.cookie)
        assert Client(port, PROXY)("GET", "/", tls, cookie).status == 200
        assert Client(port, PROXY)("GET", "/", cookie).status == 401  # not over plain HTTP
        direct = Client(port, OTHER).log_in(ANA, tls)
        assert "Secure" not in direct.headers["Set-Cookie"]

    def test_one_persons_mistakes_do_not_lock_out_the_others(self, port):
        proxy = Client(port, PROXY)
        for i in range(6):  # what a visitor says of itself comes first, the proxy's word last
            proxy.log_in("x" * 20, ("X-Forwarded-For", f"10.1.1.{i}, 10.2.2.2"))
        assert proxy.log_in(ANA, ("X-Forwarded-For", "10.2.2.2")).status == 429
        assert proxy.log_in(ANA, ("X-Forwarded-For", "10.3.3.3")).status == 303
        direct = Client(port, OTHER)
        for i in range(5):  # nobody else can blame others
            direct.log_in("x" * 20, ("X-Forwarded-For", f"10.4.4.{i}"))
        assert direct.log_in(ANA, ("X-Forwarded-For", "10.5.5.5")).status == 429
