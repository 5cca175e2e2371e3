"""A server that is killed while somebody decides: the page says so, nothing decided is lost."""

from __future__ import annotations

import re
import signal
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from browsers import find, press, shows, wait_for
from cib.datasets.casebook import Casebook
from command_line import start

pytestmark = pytest.mark.browser
URL = re.compile(r"Explorer: (http://\S+)\n")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def explore(runs: Path) -> Any:
    """Start `cib explore` as a process of its own on the runs, always on the same port."""
    port, started = free_port(), []

    def run() -> tuple[Any, str]:
        process = start("explore", runs, "--port", str(port), "--no-browser")
        started.append(process)
        found = URL.fullmatch(process.stdout.readline())
        assert found, process.stderr.read()
        return process, found[1]

    yield run
    for process in started:
        process.kill()
        process.communicate(timeout=30)


def test_killed_right_after_a_verdict_was_written(browser: Any, explore: Any, runs: Path) -> None:
    process, url = explore()
    book = Casebook(runs / "casebook.sqlite")
    find_run = "return location.pathname.split('/')[2]"
    browser.get(url)
    find(browser, ".ag-row a", "Cluster 1").click()
    find(browser, "#verdict-confirmed")
    run = browser.execute_script(find_run)
    find(browser, "#case-note").send_keys("seen <b>twice</b>")
    press(browser, "c")
    end = time.monotonic() + 20
    while not book.last_seq():  # asked of the file, so that not even the answer is on its way back
        assert time.monotonic() < end
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=20)
    written = [(event.kind, event.value) for event in book.events()]
    assert written[0] == ("verdict", {"verdict": "confirmed"})
    press(browser, "d")
    find(browser, "#case-keep").click()
    shows(browser, "The explorer does not answer", "#trouble-bar")
    shows(browser, "Nothing that you do now is kept", "#trouble-bar")
    assert [(event.kind, event.value) for event in book.events()] == written

    process, again = explore()
    assert again == url
    shows(browser, "The explorer is back", "#trouble-bar")
    find(browser, "#trouble-bar a", "Load this page again").click()
    shows(browser, "confirmed", "#case-panel .stands")
    assert not browser.execute_script("return document.getElementById('trouble-bar')")
    assert book.state(run, 1).verdict == "confirmed"
    press(browser, "n")
    shows(browser, "needs more", "#case-panel .stands")
    assert book.state(run, 1).verdict == "needs more"
    find(browser, ".contents a[data-part=members]").click()
    wait_for(browser, "return document.querySelector('#members .ag-row')")
