"""What a person does in the explorer, in a real browser, and how long each takes: seconds."""

from __future__ import annotations

import time
from typing import Any

ROWS = ".ag-center-cols-container .ag-row[row-index='0']"

OPENED = """const heading = document.querySelector('h1')?.innerText || '';
  const drawn = (id) => Number(document.getElementById(id)?.dataset.drawn) > 0;
  if (!heading.startsWith(arguments[0])) return false;
  if (!drawn('network-picture')) document.getElementById('network')?.scrollIntoView();
  return (drawn('raster-picture') || !arguments[1]) && drawn('network-picture')
    && document.querySelector('#case-panel');"""
"""Heading, verdict panel, raster and network with something on them; the page scrolls to them."""

GROUP = """const map = window.cibPictures?.of('map');
  return map?.payload?.file?.endsWith(arguments[0])
    && document.getElementById('map-status').innerText.startsWith(arguments[1]);"""

CHANGED = """const done = arguments[arguments.length - 1], [act, ids] = arguments;
  const drawn = () => ids.map((id) => Number(document.getElementById(id).dataset.drawn));
  const before = drawn(), start = performance.now();
  if (act === 'slide') {
    const slider = document.getElementById('network-q');
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')
      .set.call(slider, arguments[2]);
    slider.dispatchEvent(new Event('input', { bubbles: true }));
    slider.dispatchEvent(new Event('change', { bubbles: true }));
  } else {
    const buttons = [...document.querySelectorAll(`[data-picture="${act}"]`)];
    buttons.find((one) => one.dataset.act === arguments[2]).click();
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


def wait(browser: Any, script: str, *given: Any, seconds: float = 60) -> None:
    """Wait until a script returns something."""
    end = time.monotonic() + seconds
    while not browser.execute_script(script, *given):
        if time.monotonic() > end:
            shown = browser.execute_script("return document.body.innerText.slice(0, 500)")
            raise SystemExit(f"never true: {script} {given}\n{shown}")
        time.sleep(0.01)


def go(browser: Any, path: str) -> None:
    """Follow a link of the explorer's own."""
    browser.execute_script(
        "history.pushState({}, '', arguments[0]);"
        "dispatchEvent(new CustomEvent('_dashprivate_pushstate'))",
        path,
    )


def away(browser: Any) -> None:
    """Go to a page with no picture, and be there."""
    go(browser, "/help")
    wait(browser, "return document.querySelector('h1')?.innerText === 'Keys and words'")


def triage_painted(browser: Any, url: str, *, cached: bool = True) -> float:
    """Measure from asking for triage to its first row standing there."""
    _leave(browser, cached=cached)
    start = time.perf_counter()
    browser.get(url + "triage")
    wait(browser, "return document.querySelector(arguments[0])?.innerText.trim()", ROWS)
    return time.perf_counter() - start


def map_painted(browser: Any, url: str, *, cached: bool = True) -> float:
    """Measure from asking for the explorer of a large run to the map of all its clusters."""
    _leave(browser, cached=cached)
    start = time.perf_counter()
    browser.get(url)
    wait(browser, "return document.getElementById('map-picture')?.dataset.drawn > 0")
    return time.perf_counter() - start


def _leave(browser: Any, *, cached: bool) -> None:
    if not cached:
        browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.get("about:blank")


def opened(browser: Any, run: str, cluster: int) -> float:
    """Measure from leaving a page to a cluster with both pictures drawn."""
    start = time.perf_counter()
    go(browser, f"/run/{run}/cluster/{cluster}")
    wait(browser, OPENED, f"Cluster {cluster}", True)
    return time.perf_counter() - start


def group_drawn(browser: Any, run: str, group: int, n_clusters: int) -> float:
    """Measure from leaving a page to the clusters of a group."""
    start = time.perf_counter()
    go(browser, f"/map?run={run}&group={group}")
    wait(browser, GROUP, f"-group-{group}", f"{n_clusters:,} cluster")
    return time.perf_counter() - start


def expanded(browser: Any) -> float:
    """Measure from asking for the neighbours of the next account to a network with them."""
    browser.execute_script("document.getElementById('network').scrollIntoView()")
    picture = browser.find_element("id", "network-picture")
    picture.send_keys("n", " ")
    wait(browser, "return !!window.cibPictures.of('network').kind.probe().lit.length")
    browser.execute_script("window.before = window.cibPictures.of('network').payload")
    start = time.perf_counter()
    picture.send_keys("e")
    wait(browser, "return window.cibPictures.of('network').payload !== window.before")
    return time.perf_counter() - start


def slid(browser: Any, turn: int) -> float:
    """Measure from moving the slider of the network to its new picture."""
    value = str(4 + 2 * turn)
    return float(browser.execute_async_script(CHANGED, "slide", ["network-picture"], value))


def brushed(browser: Any, turn: int) -> float:
    """Measure from choosing a stretch of time until raster and network show it."""
    act = ("busiest-hour", "fit")[turn % 2]
    both = ["raster-picture", "network-picture"]
    return float(browser.execute_async_script(CHANGED, "raster", both, act))


def size_of(browser: Any, picture: str, nodes: str, edges: str) -> tuple[int, int]:
    """Return how many marks and lines a picture has."""
    marks, lines = browser.execute_script(
        "const of = window.cibPictures.of(arguments[0]).payload;"
        "return [Object.values(of[arguments[1]])[0].length, of[arguments[2]].a.length]",
        picture,
        nodes,
        edges,
    )
    return int(marks), int(lines)
