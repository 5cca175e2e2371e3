"""Token mode against a real server: nothing without a token, and no way around it."""

from __future__ import annotations

import os
import re
import statistics
import time

import pytest

from cib.datasets.errors import UsageError
from cib.viz.explorer.door.access import Access, open_access
from cib.viz.explorer.door.hosts import known_hosts
from cib.viz.explorer.door.sessions import LIFETIME_S, Sessions, Throttle
from cib.viz.explorer.door.tokens import Tokens, read_tokens
from cib.viz.explorer.door.viewer import Viewer
from explorer_server import ANA, BEN, DATA, Client, bearer, serving_small, small_app, token_file

PAGE = ("Accept", "text/html,application/xhtml+xml")
VIEWER = Viewer("ana", "investigator", "token")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokens")
    with serving_small(folder, token_file=token_file(folder)) as client:
        yield client


@pytest.fixture
def fresh(tmp_path):
    """A server that nobody has failed at yet."""
    with serving_small(tmp_path, token_file=token_file(tmp_path)) as client:
        yield client


def routes(folder):
    """Every address that the application has, with something in place of what is variable."""
    app = small_app(folder)
    found = {re.sub(r"<[^>]+>", "part.js", str(rule)) for rule in app.server.url_map.iter_rules()}
    page = app.server.test_client().get("/").text
    return sorted(found | set(re.findall(r'(?:src|href)="(/[^"]+)"', page)) | {"/run/9a/cluster/1"})


def test_no_route_says_anything_without_a_token(client, tmp_path):
    asked = routes(tmp_path)
    assert {"/", "/_dash-layout", "/_dash-dependencies", "/_dash-update-component"} <= set(asked)
    assert len(asked) > 15
    answered = 0
    for path in asked:
        for method in ("GET", "HEAD", "POST"):
            said = client(method, path, client.own)
            assert said.status == 401 or path == "/login", (method, path)
            assert DATA not in said.everything
            assert "DashRenderer" not in said.text
            assert len(said.body) < 200
            known = client(method, path, client.own, bearer(ANA))
            assert known.status not in (401, 403), (method, path)
            answered += known.status == 200
    assert answered > 25


def test_what_is_data_is_there_with_a_token(client):
    for path in ("/_dash-layout", "/assets/part.js"):
        assert DATA in client("GET", path, bearer(ANA)).text
    assert DATA in client.callback("out", bearer(ANA)).text


def test_pages_ask_for_the_token_in_place_and_go_on_afterwards(client):
    said = client("GET", "/compare?a=9a/1&b=9a/2", PAGE)
    assert said.status == 401
    assert 'type="password"' in said.text
    assert 'value="/compare?a=9a/1&amp;b=9a/2"' in said.text
    assert "<script" not in said.text
    assert "unsafe" not in said.headers["Content-Security-Policy"]
    assert said.headers["WWW-Authenticate"].startswith("Bearer")
    assert said.headers["Referrer-Policy"] == "same-origin"  # or browsers hide the form's origin
    inside = client.log_in(ANA, place="/compare?a=9a/1&b=9a/2")
    assert (inside.status, inside.headers["Location"]) == (303, "/compare?a=9a/1&b=9a/2")
    assert client("GET", "/compare", PAGE, ("Cookie", inside.cookie)).status == 200


@pytest.mark.parametrize(
    "place",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "",
        "/a\r\nSet-Cookie: b=c", "/\t/e",
    ],
)  # fmt: skip
def test_logging_in_leads_nowhere_else(client, place):
    said = client.log_in(ANA, place=place)
    assert (said.status, said.headers["Location"]) == (303, "/")
    assert len(said.headers.get_all("Set-Cookie")) == 1


def test_the_cookie_and_who_it_says_one_is(client):
    said = client.log_in(BEN)
    flags = {part.strip() for part in said.headers["Set-Cookie"].split(";")[1:]}
    assert flags == {"HttpOnly", "SameSite=Strict", "Path=/", f"Max-Age={LIFETIME_S}"}
    assert BEN not in said.everything
    cookie = ("Cookie", said.cookie)
    assert "ben viewer token False" in client.callback("out", cookie).text
    assert "ana investigator token True" in client.callback("out", bearer(ANA)).text
    assert client.callback("said", bearer(ANA)).status == 200
    assert client.callback("said", cookie).status == 500  # viewers do not decide


def test_tampered_cookies(client):
    name, _, value = client.log_in(ANA).cookie.partition("=")
    assert client("GET", "/", ("Cookie", f"{name}={value}")).status == 200
    assert client("GET", "/", ("Cookie", f"a=b; {name}={value}; c")).status == 200
    flipped = value[:-1] + ("A" if value[-1] != "A" else "B")
    wrong = [flipped, value[:-1], f"{value}A", "", ANA, f'"{value}"', value.swapcase(), "%00"]
    for bad in wrong:
        assert client("GET", "/", ("Cookie", f"{name}={bad}")).status == 401, bad
    assert client("GET", "/", ("Cookie", f"{name.swapcase()}={value}")).status == 401
    twice = f"{name}={flipped}; {name}={value}"
    assert client("GET", "/", ("Cookie", twice)).status == 401
    assert client("GET", "/", ("Cookie", f"{name}={flipped}"), ("Cookie", value)).status == 401


def test_logging_out_ends_the_session(client):
    cookie = ("Cookie", client.log_in(ANA).cookie)
    page = client("GET", "/logout", cookie)
    assert (page.status, "Log out?" in page.text) == (200, True)
    assert client("GET", "/", cookie).status == 200  # asking does not log out yet
    assert client("POST", "/logout", cookie, ("Origin", "http://evil.example")).status == 403
    said = client("POST", "/logout", cookie, client.own)
    assert (said.status, said.headers["Location"]) == (303, "/login")
    assert "Max-Age=0" in said.headers["Set-Cookie"]
    assert client("GET", "/", cookie).status == 401


def test_a_token_in_an_address_is_no_token(client):
    for path in (f"/?token={ANA}", f"/login?token={ANA}", f"/{ANA}"):
        said = client("GET", path)
        assert said.status in (200, 401)
        assert "Set-Cookie" not in said.headers
        assert DATA not in said.everything


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer ", f"Basic {ANA}", ANA, f"Bearer {ANA},{ANA}"]
)
def test_other_authorizations(fresh, given):
    assert fresh("GET", "/_dash-layout", ("Authorization", given)).status == 401
    cookie = ("Cookie", fresh.log_in(ANA).cookie)
    said = fresh("GET", "/_dash-layout", ("Authorization", given), cookie)
    assert said.status == 401  # one way at a time


def test_two_authorizations_are_none(fresh):
    assert fresh("GET", "/_dash-layout", bearer("x" * 20), bearer(ANA)).status == 401
    assert fresh("GET", "/_dash-layout", bearer(ANA), bearer(ANA)).status == 401


def test_odd_forms(client):
    kind = ("Content-Type", "application/x-www-form-urlencoded")
    for body in (
        b"",
        b"token=",
        f"token={ANA}&token={BEN}".encode(),
        b"&".join([b"a=b"] * 99),
        b"\xff\xfe",
    ):
        assert client("POST", "/login", kind, client.own, body=body).status == 400
    large = client("POST", "/login", kind, client.own, body=b"token=" + b"x" * 10_000)
    assert large.status == 413


def test_wrong_tokens_wait_longer_every_time(fresh):
    for _ in range(Throttle.FREE):
        said = fresh.log_in("x" * 22)
        assert (said.status, "not known" in said.text) == (401, True)
    said = fresh.log_in(ANA)  # the right one has to wait as well, or waiting would say something
    assert said.status == 429
    assert int(said.headers["Retry-After"]) >= 1
    assert fresh("GET", "/", bearer(ANA)).status == 429
    time.sleep(1.1)
    assert fresh.log_in(ANA).status == 303
    assert fresh.log_in("y" * 22).status == 401  # and counting begins anew


def test_throttle_and_sessions_forget_in_time():
    now = [0.0]
    throttle, sessions = Throttle(lambda: now[0]), Sessions(lambda: now[0])
    waits = []
    for _ in range(12):
        throttle.failed("10.0.0.7")
        waits.append(throttle.wait("10.0.0.7"))
        now[0] += waits[-1]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert throttle.wait("10.0.0.8") == 0
    for i in range(5):
        throttle.failed(f"2001:db8::{i}")
    assert throttle.wait("2001:db8::ffff") > 0  # one person has 2^64 of these
    for i in range(20_000):
        throttle.failed(f"peer {i}")
    assert len(throttle._failed) <= 10_000

    now[0] = 0
    session = sessions.open(VIEWER)
    now[0] = LIFETIME_S - 1
    assert sessions.find(session) == VIEWER
    now[0] = LIFETIME_S + 1
    assert sessions.find(session) is None
    sessions.open(VIEWER)
    assert len(sessions._open) == 1


def test_the_time_does_not_tell_how_much_of_a_token_is_right():
    """Medians over many interleaved trials; a comparison that stops early differs a hundredfold."""
    long = 200_000
    tokens = Tokens([("k" * long, VIEWER)])
    trials = {"first": "x" + "k" * (long - 1), "last": "k" * (long - 1) + "x"}
    seconds = {name: [] for name in trials}
    for _ in range(150):
        for name, token in trials.items():
            began = time.perf_counter()
            assert tokens.match(token) is None
            seconds[name].append(time.perf_counter() - began)
    first, last = (statistics.median(seconds[name]) for name in ("first", "last"))
    assert first == pytest.approx(last, rel=0.3)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666, 0o777])
@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_token_files_that_others_can_open(tmp_path, mode):
    path = token_file(tmp_path, mode=mode)
    with pytest.raises(UsageError, match="chmod 600") as caught:
        read_tokens(path)
    assert f"{mode:04o}" in str(caught.value)
    path.chmod(0o400)
    assert len(read_tokens(path)) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no line"),
        ("# nobody\n", "has no line"),
        (f"ana {ANA}\n", "line 1 has 2 words"),
        (f"ana investigator {ANA} more\n", "line 1 has 4 words"),
        (f"\nana boss {ANA}\n", "line 2: the second word must be investigator or viewer"),
        ("ana viewer tooshort-tooshort-1\n"[:30] + "\n", "has 19 characters; at least 20"),
        (f"ana viewer {ANA}\nben viewer {ANA}\n", "one token twice"),
        (f"ana viewer {ANA}\nana investigator {BEN}\n", "one name two roles"),
        ("\xff\xfe", "no line|words"),
        ("x" * (1 << 20) + "\n1", "larger than 1 MiB"),
    ],
)
def test_bad_token_files(tmp_path, text, words):
    with pytest.raises(UsageError, match=words) as caught:
        read_tokens(token_file(tmp_path, text))
    said = str(caught.value)
    assert said.isprintable()
    assert ANA not in said and BEN not in said and "tooshort" not in said  # noqa: PT018


def test_token_files_that_are_none(tmp_path):
    for path, words in ((tmp_path, "is not a file|directory"), (tmp_path / "no", "no such file")):
        with pytest.raises(UsageError, match=words):
            read_tokens(path)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(UsageError, match="is not a file"):
        read_tokens(tmp_path / "pipe")


def test_a_server_has_exactly_one_way_in(tmp_path):
    tokens = read_tokens(token_file(tmp_path))
    for ways in ({}, {"local": VIEWER, "tokens": tokens}):
        with pytest.raises(ValueError, match="exactly one"):
            Access(known_hosts("127.0.0.1"), **ways)


@pytest.mark.parametrize(
    ("host", "how", "words"),
    [
        ("0.0.0.0", {}, "--host 0.0.0.0 can be reached.*--token-file.*--proxy.*leave --host out"),
        ("::", {}, "can be reached from other machines"),
        ("", {}, r"\(empty\) can be reached"),
        ("10.11.12.13", {}, "can be reached from other machines"),
        ("no.such.host.invalid", {}, "no address of this machine"),
        ("127.0.0.1", {"identity_header": "X-User"}, "needs --proxy"),
        ("127.0.0.1", {"proxy": ["10.0.0.5"]}, "needs --identity-header"),
        ("127.0.0.1", {"role_header": "X-Role"}, "needs --identity-header"),
        ("127.0.0.1", {"proxy": ["proxy.example"], "identity_header": "X-User"}, "no IP address"),
        ("127.0.0.1", {"proxy": ["10.0.0.0/8"], "identity_header": "X-User"}, "no IP address"),
        ("127.0.0.1", {"proxy": ["10.0.0.5"], "identity_header": "X_User"}, "cannot say who"),
        ("127.0.0.1", {"proxy": ["10.0.0.5"], "identity_header": "Cookie"}, "cannot say who"),
        ("127.0.0.1", {"proxy": ["10.0.0.5"], "identity_header": "X-Forwarded-For"}, "cannot say"),
        ("127.0.0.1", {"allow_hosts": ["https://a.example"]}, "no name of a host"),
    ],
)  # fmt: skip
def test_access_that_does_not_fit_together(host, how, words):
    with pytest.raises(UsageError, match=words) as caught:
        open_access(host, **how)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_identity(host):
    viewer = open_access(host).local
    assert viewer is not None
    assert (viewer.role, viewer.known_by, bool(viewer.name)) == ("investigator", "system", True)


def test_two_servers_do_not_share_cookies(client: Client, tmp_path):
    """Browsers send a machine's cookies to all its ports."""
    with serving_small(tmp_path, token_file=token_file(tmp_path)) as other:
        cookie = client.log_in(ANA).cookie
        assert other.log_in(ANA).cookie.split("=")[0] != cookie.split("=")[0]
        assert other("GET", "/", ("Cookie", cookie)).status == 401
