"""Servers to measure, the memory that they take, and many people at once."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from websocket import create_connection  # comes with selenium

from explorer_visits import OPENED, ROWS, wait


class Memory:
    """The most memory that a process and its children take, sampled."""

    def __init__(self, pid: int) -> None:
        self.process, self.peak = psutil.Process(pid), 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while not self.stop.wait(0.05):
            try:
                family = [self.process, *self.process.children(recursive=True)]
                self.peak = max(self.peak, sum(one.memory_info().rss for one in family))
            except psutil.NoSuchProcess:
                return


@contextmanager
def server(run: Path, casebook: Path, *more: str) -> Iterator[tuple[str, Memory]]:
    """Start `cib explore` as a process of its own; give its address and its memory."""
    command = [sys.executable, "-m", "cib", "explore", str(run), "--port", "0", "--no-browser",
               "--casebook", str(casebook), *more]  # fmt: skip
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert started.stdout is not None
        line = started.stdout.readline()
        found = re.search(r"http://\S+/", line)
        if found is None:
            raise SystemExit(f"cib explore said {line!r}")
        memory = Memory(started.pid)
        yield found[0], memory
        memory.stop.set()
    finally:
        started.terminate()
        started.wait(20)


class People:
    """People who use one Chromium without sharing anything: cookies, storage or cache."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        at = browser.capabilities["goog:chromeOptions"]["debuggerAddress"]
        with urllib.request.urlopen(f"http://{at}/json/version") as answer:
            address = json.load(answer)["webSocketDebuggerUrl"]
        # only the browser itself makes contexts, and no window of it
        self._socket = create_connection(address, suppress_origin=True)

    def one_more(self) -> str:
        """Return the window of somebody new."""
        context = self._ask("Target.createBrowserContext")["browserContextId"]
        target = self._ask("Target.createTarget", url="about:blank", browserContextId=context)
        return str(target["targetId"])

    def _ask(self, method: str, **values: Any) -> dict[str, Any]:
        self._socket.send(json.dumps({"id": 1, "method": method, "params": values}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == 1:
                return dict(answer["result"])


def token_file(folder: Path, n: int) -> tuple[Path, list[str]]:
    """Write a file for so many people; return it and their tokens."""
    tokens = [secrets.token_urlsafe(24) for _ in range(n)]
    path = folder / "tokens.txt"
    path.touch(mode=0o600)
    path.write_text("".join(f"person{i} investigator {one}\n" for i, one in enumerate(tokens)))
    return path, tokens


def crowd(
    browser: Any, url: str, run: str, clusters: list[int], tokens: list[str]
) -> tuple[float, list[str]]:
    """Have everybody log in and open a page each at once, then triage; return what went wrong.

    Returns
    -------
    (seconds, wrong)
        From the first to the last cluster being open, both pictures drawn; and what browsers
        complained of.
    """
    from browsers import complaints

    first = browser.current_window_handle
    people = People(browser)
    windows = [people.one_more() for _ in tokens]
    for window, token in zip(windows, tokens, strict=True):
        browser.switch_to.window(window)
        browser.get(f"{url}login")
        browser.find_element("id", "token").send_keys(token + "\n")
        wait(browser, "return document.querySelector('nav.top')")
    wrong: list[str] = []
    start = time.perf_counter()
    for path, seen in (
        ("run/{run}/cluster/{cluster}", lambda c: (OPENED, f"Cluster {c}", True)),
        ("triage", lambda _: ("return document.querySelector(arguments[0])", ROWS)),
    ):
        for window, cluster in zip(windows, clusters, strict=True):
            browser.switch_to.window(window)
            address = url + path.format(run=run, cluster=cluster)
            browser.execute_script("setTimeout(() => location.assign(arguments[0]))", address)
        for window, cluster in zip(windows, clusters, strict=True):
            browser.switch_to.window(window)
            wait(browser, *seen(cluster), seconds=240)
        if path != "triage":
            seconds = time.perf_counter() - start
    for window in windows:
        browser.switch_to.window(window)
        wrong += complaints(browser)
        if browser.execute_script("return !!document.getElementById('trouble-bar')"):
            wrong.append(f"window {window} shows trouble")
        browser.close()
    browser.switch_to.window(first)
    return seconds, wrong
