"""How quick the explorer is for a person: a real server, a real Chromium, medians.

    python benchmarks/explorer_run.py build/explorer          # a run of 1M accounts, 50k clusters
    python benchmarks/explorer.py build/explorer --repeats 5

Measured from the outside: how long until the first rows of triage can be read, once the server is
up (with an empty browser cache, and again); how long until a cluster is open, heading, scores,
raster and network drawn; how long from moving the slider or brushing until the picture has changed;
the most memory that the server takes; and whether so many people at once see an error. Writes
`explorer.md` beside itself.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq

from machine import machine

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))

ROWS = ".ag-center-cols-container .ag-row[row-index='0']"
GOALS = {
    "first useful paint, empty cache": 3.0,
    "first useful paint, again": 3.0,
    "open a cluster": 1.0,
    "slider": 0.3,
    "brush": 0.3,
}
"""Seconds."""


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
def server(runs: Path, casebook: Path):
    """`cib explore` as a process of its own; gives its address and its process."""
    command = [sys.executable, "-m", "cib", "explore", str(runs), "--port", "0", "--no-browser",
               "--casebook", str(casebook)]  # fmt: skip
    started = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    try:
        assert started.stdout is not None
        line = started.stdout.readline()
        found = re.search(r"http://\S+/", line)
        if found is None:
            raise SystemExit(f"cib explore said {line!r}")
        yield found[0], started
    finally:
        started.terminate()
        started.wait(20)


def wait(browser: Any, script: str, *given: Any, seconds: float = 60) -> None:
    """Wait until a script returns something."""
    end = time.monotonic() + seconds
    while not browser.execute_script(script, *given):
        if time.monotonic() > end:
            raise SystemExit(f"never true: {script}")
        time.sleep(0.01)


def medians(what: str, repeats: int, one: Callable[[int], float]) -> tuple[str, list[float]]:
    """Measure something several times."""
    times = [one(i) for i in range(repeats)]
    print(f"{what}: {statistics.median(times):.2f} s of {[round(t, 2) for t in times]}", flush=True)
    return what, times


def painted(browser: Any, url: str, *, cached: bool) -> float:
    """Seconds from asking for the page to the first row of triage standing there."""
    if not cached:
        browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.get("about:blank")
    start = time.perf_counter()
    browser.get(url)
    wait(browser, "return document.querySelector(arguments[0])?.innerText.trim()", ROWS)
    return time.perf_counter() - start


OPENED = """const heading = document.querySelector('h1')?.innerText || '';
  const drawn = (id) => Number(document.getElementById(id)?.dataset.drawn) > 0;
  return heading.startsWith(arguments[0]) && drawn('raster-picture')
    && document.querySelector('#case-panel');"""
"""Heading, verdict panel, the raster with something on it; what is below comes when looked at."""

BOTH = """const drawn = (id) => Number(document.getElementById(id)?.dataset.drawn) > 0;
  (document.getElementById('network-picture') || document.getElementById('network')
    || document.querySelector('main')).scrollIntoView();
  return drawn('raster-picture') && drawn('network-picture');"""

CHANGED = """const done = arguments[arguments.length - 1], [act, ids] = arguments;
  const drawn = () => ids.map((id) => Number(document.getElementById(id).dataset.drawn));
  const before = drawn(), start = performance.now();
  if (act === 'brush') {
    const buttons = [...document.querySelectorAll('[data-picture="raster"]')];
    buttons.find((one) => one.dataset.act === arguments[2]).click();
  } else {
    const slider = document.getElementById('network-q');
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')
      .set.call(slider, arguments[2]);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
  }
  (function look() {
    if (drawn().some((n, i) => n === before[i])) return requestAnimationFrame(look);
    for (const id of ids) {
      const canvas = document.getElementById(id).querySelector('canvas');
      canvas.getContext('2d').getImageData(0, 0, 1, 1); /* wait for the pixels */
    }
    done((performance.now() - start) / 1000);
  })();"""
"""Seconds from an act to the pixels of the pictures that it changes."""


def opened(browser: Any, url: str, run: str, cluster: int) -> float:
    """Seconds from leaving triage to a cluster with its pictures."""
    start = time.perf_counter()
    browser.execute_script(
        "history.pushState({}, '', arguments[0]);"
        "dispatchEvent(new CustomEvent('_dashprivate_pushstate'))",
        f"/run/{run}/cluster/{cluster}",
    )
    wait(browser, OPENED, f"Cluster {cluster}")
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=20)
    options = parser.parse_args()

    from browsers import chromium, complaints
    from cib.viz.explorer.runs.library import Library

    library = Library(options.runs)
    run = library.runs()[0]
    shown = run.tables.clusters(sort=[("n_accounts", "desc")], limit=1)[0]["cluster_id"][0].as_py()
    results: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with (
            server(options.runs, folder / "casebook.sqlite") as (url, process),
            chromium(folder / "profile") as browser,
        ):
            memory = Memory(process.pid)
            for cached in (False, True):
                what = f"first useful paint, {'again' if cached else 'empty cache'}"
                results |= [
                    medians(
                        what, options.repeats, lambda _, c=cached: painted(browser, url, cached=c)
                    )
                ]
            total = run.tables.clusters(limit=1)[1]
            chosen = [1 + i * total // (options.repeats + 1) for i in range(options.repeats)]
            results |= [
                medians(
                    "open a cluster",
                    options.repeats,
                    lambda i: opened(browser, url, run.id, chosen[i]),
                )
            ]
            print("the largest cluster:", round(opened(browser, url, run.id, shown), 2), "s")
            wait(browser, BOTH)
            results |= [medians("slider", options.repeats, lambda i: slid(browser, i))]
            results |= [medians("brush", options.repeats, lambda i: brushed(browser, i))]
            wrong = complaints(browser)
            peak_alone = memory.peak
            wrong += crowd(browser, url, run.id, total, options.sessions)
            memory.stop.set()
    write(results, peak_alone, memory.peak, wrong, options, run)


def slid(browser: Any, turn: int) -> float:
    """Seconds from moving the slider of the network to its new picture."""
    value = str(4 + 2 * turn)
    return float(browser.execute_async_script(CHANGED, "slide", ["network-picture"], value))


def brushed(browser: Any, turn: int) -> float:
    """Seconds from choosing a stretch of time until raster and network show it."""
    act = ("busiest-hour", "fit")[turn % 2]
    both = ["raster-picture", "network-picture"]
    return float(browser.execute_async_script(CHANGED, "brush", both, act))


def crowd(browser: Any, url: str, run: str, total: int, sessions: int) -> list[str]:
    """Open so many windows at once, each on another cluster; return what went wrong."""
    from browsers import complaints

    first = browser.current_window_handle
    start = time.perf_counter()
    opened_at = {}
    for i in range(sessions):
        browser.switch_to.new_window("window")
        cluster = 1 + i * total // sessions
        opened_at[browser.current_window_handle] = cluster
        address = f"{url}run/{run}/cluster/{cluster}"
        browser.execute_script("setTimeout(() => location.assign(arguments[0]))", address)
    for window, cluster in opened_at.items():
        browser.switch_to.window(window)
        wait(browser, OPENED, f"Cluster {cluster}", seconds=180)
    print(f"{sessions} windows at once: all open after {time.perf_counter() - start:.1f} s")
    wrong = complaints(browser)
    for window in opened_at:
        browser.switch_to.window(window)
        if browser.execute_script("return !!document.getElementById('trouble-bar')"):
            wrong.append(f"window {window} shows trouble")
        browser.close()
    browser.switch_to.window(first)
    return wrong


def write(
    results: dict[str, list[float]],
    alone: int,
    crowded: int,
    wrong: list[str],
    options: argparse.Namespace,
    run: Any,
) -> None:
    """Write the table."""
    n_edges = pq.ParquetFile(run.path / "edges.parquet").metadata.num_rows
    lines = [
        "# The explorer in a browser",
        "",
        f"{time.strftime('%Y-%m-%d')}, `python benchmarks/explorer_run.py DIR && python "
        f"benchmarks/explorer.py DIR --repeats {options.repeats}`, on {machine()}. A run of "
        f"{run.tables.n_accounts:,} accounts, {run.tables.n_clusters:,} clusters and "
        f"{n_edges:,} edges, in headless Chromium on the same machine (software drawing); medians.",
        "",
        "| what | seconds | goal |",
        "| --- | --- | --- |",
    ]
    for what, times in results.items():
        lines.append(f"| {what} | {statistics.median(times):.2f} | {GOALS[what]} |")
    mib = 1 << 20
    lines += [
        f"| server's memory, most, one person | {alone / mib:,.0f} MiB | 1,024 MiB |",
        f"| server's memory, most, {options.sessions} at once | {crowded / mib:,.0f} MiB | |",
        f"| errors with {options.sessions} windows at once | {len(wrong)} | 0 |",
        "",
    ]
    (HERE / "explorer.md").write_text("\n".join(lines))
    print("\n".join(lines + wrong[:10]))


if __name__ == "__main__":
    main()
