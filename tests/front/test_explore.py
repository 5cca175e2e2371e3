"""`cib explore` as a process: what it refuses, what it says, how it starts and ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import urllib.error
import urllib.request

import pytest

from command_line import cib, refused, start

TOKEN = "a-token-of-ana-for-tests"
URL = re.compile(r"Explorer: (http://\S+)\n")


@pytest.fixture
def explore(scanned, tmp_path):
    """Start `cib explore` on a run and wait for its address; gives process and URL."""
    started = []

    def run(*more):
        book = tmp_path / "casebook.sqlite"
        process = start(
            "explore", scanned[1], "--port", "0", "--no-browser", "--casebook", book, *more
        )
        started.append(process)
        line = process.stdout.readline()
        found = URL.fullmatch(line)
        assert found, line + process.stderr.read()
        return process, found[1]

    yield run
    for process in started:
        process.kill()
        process.communicate(timeout=30)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], ["--host 0.0.0.0", "--token-file", "--proxy"]),
        (["--host", "192.0.2.1", "--proxy", "10.0.0.5"], ["--identity-header"]),
        (["--identity-header", "X-User"], ["--proxy"]),
        (["--token-file", "nowhere.txt"], ["--token-file nowhere.txt", "no such file"]),
    ],
)
def test_refused_before_anything_is_loaded(arguments, words, tmp_path):
    refused(cib("explore", "runs", "--no-browser", *arguments, cwd=tmp_path), 2, *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_starts_answers_and_stops(explore, how):
    process, url = explore()
    with urllib.request.urlopen(url, timeout=60) as page:
        assert "DashRenderer" in page.read().decode()
        assert page.headers["Content-Security-Policy"]
    process.send_signal(how)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert out == ""
    assert err.splitlines() == ["Stop with Ctrl-C.", "Stopped."]


def test_a_token_never_reaches_the_output(explore, tmp_path):
    tokens = tmp_path / "tokens.txt"
    tokens.write_text(f"ana investigator {TOKEN}\n")
    tokens.chmod(0o600)
    process, url = explore("--token-file", tokens)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(url + "_dash-layout", timeout=60)
    asked = urllib.request.Request(
        url + "_dash-layout", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(asked, timeout=60) as page:
        assert page.read().startswith(b"{")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert TOKEN not in out + err
    assert TOKEN not in " ".join(process.args[:3])


def test_a_port_that_is_taken(scanned, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        book = tmp_path / "casebook.sqlite"
        result = cib("explore", scanned[1], "--port", port, "--no-browser", "--casebook", book)
    refused(result, 2, f"Port {port} is taken", "--port 0")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may use any port")
def test_a_port_of_the_system(scanned):
    refused(cib("explore", scanned[1], "--port", "80", "--no-browser"), 2, "from 1024 on")
