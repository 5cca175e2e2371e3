"""Addresses that carry what is on a page: another window shows the same, and no id is in them."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from browsers import complaints, find, shows, wait_for
from cib.viz.text import printable
from cluster_page import open_page, part, ring
from explorer_runs import HOSTILE_MARKET, HOSTILE_PARENT, newest, open_at
from explorer_tables import names, of_cluster, rows

pytestmark = pytest.mark.browser
ROWS = ".ag-center-cols-container .ag-row"
LISTED = """return [...document.querySelectorAll('.ag-pinned-left-cols-container .ag-row')]
  .sort((a, b) => a.getAttribute('row-index') - b.getAttribute('row-index'))
  .map((row) => row.querySelector('[col-id=title]').innerText)"""
CHOSEN = "return (document.getElementById('selection-words') || {}).textContent"
HERE = "return location.pathname + location.search"


def choose(browser: Any, name: str, label: str) -> None:
    """Choose something in one of the filters, as it is written there."""
    find(browser, f"#{name}").click()
    find(browser, ".dash-options-list-option, .dash-dropdown-option", label).click()
    find(browser, "h1").click()


def address(browser: Any, *parts: str) -> str:
    """Wait until the address has these parts, and return it."""
    script = "return arguments.length && [...arguments].every((p) => location.search.includes(p))"
    wait_for(browser, script, *parts)
    return str(browser.execute_script(HERE))


def lists(browser: Any, *clusters: int) -> None:
    """Wait until the list shows these clusters, in this order."""
    wanted = [f"Cluster {number}" for number in clusters]
    wait_for(browser, f"{LISTED}.join() === arguments[0].join()", wanted)


def told_nothing(at: str, served: Any) -> None:
    """Assert that an address has no id of the runs, and nothing that people typed."""
    at = unquote(at)
    run = newest(served).tables
    told = {
        str(one)
        for table, column in (("accounts", "account_id"), ("targets", "content_id"))
        for one in names(run, table, column)
    }
    for row in rows(run, "interactions"):
        told |= {str(row[name]) for name in ("device_hash", "ip_hash", "parent_id", "market")}
    assert {HOSTILE_MARKET, HOSTILE_PARENT, "farm0-1", "bot09"} <= told
    assert [one for one in (*told, "hostile", "accounts acted", "play,") if one in at] == []


@pytest.fixture(scope="module")
def numbers(served: Any) -> dict[int, int]:
    """The cluster of each of the three rings: the known one, the grown one, the new one."""
    found = {}
    for row in rows(newest(served).tables, "clusters"):
        ids = [
            one["account_id"]
            for one in of_cluster(newest(served).tables, "members", row["cluster_id"])
        ]
        found[{14: 1, 8: 2}.get(len(ids), 0)] = row["cluster_id"]
    return found


def test_a_narrowed_list_in_another_window(
    browser: Any, served: Any, numbers: dict[int, int]
) -> None:
    open_at(browser, served)
    find(browser, ROWS)
    assert browser.execute_script("return location.search") == ""
    shown = printable(HOSTILE_MARKET, 40)
    assert "\\u{202e}" in shown
    choose(browser, "filter-market", shown)
    lists(browser, numbers[1])
    choose(browser, "filter-market", "BR")
    lists(browser, *sorted(numbers[i] for i in (1, 2)))
    find(browser, "#filter-inauthenticity-least").send_keys("0.613")
    find(browser, "#filter-size-most").send_keys("20")
    address(browser, "size=")
    find(browser, ".ag-header-cell[col-id=n_accounts]").click()
    at = address(browser, "market=1,2", "inauthenticity=0.613~", "size=~20", "sort=n_accounts-desc")
    lists(browser, numbers[1], numbers[2])
    find(browser, "#filter-text").send_keys("accounts acted")
    wait_for(browser, "return history.state.cibKept.text === 'accounts acted'")
    assert browser.execute_script(HERE) == at
    told_nothing(at, served)
    assert browser.execute_script("return window.pwned") is None
    assert complaints(browser) == []

    first = browser.current_window_handle
    browser.switch_to.new_window("window")
    try:
        open_at(browser, served, at)
        lists(browser, numbers[1], numbers[2])
        shows(browser, "2 clusters match")
        shows(browser, shown, "#filter-market")
        value = "return document.querySelector(arguments[0]).value"
        assert browser.execute_script(value, "#filter-size-most") == "20"
        assert browser.execute_script(value, "#filter-text") == ""
        wait_for(
            browser, "return document.querySelector('[col-id=n_accounts][aria-sort=descending]')"
        )
        open_at(browser, served, "/?kind=ring&size=many")
        shows(browser, "Not understood in this address, and left out: size.")
    finally:
        browser.close()
        browser.switch_to.window(first)


def test_back_and_forward_take_filters_along(
    browser: Any, served: Any, numbers: dict[int, int]
) -> None:
    open_at(browser, served)
    find(browser, ROWS)
    choose(browser, "filter-change", "grown")
    lists(browser, numbers[1])
    find(browser, "#filter-text").send_keys("acted")
    wait_for(browser, "return history.state && history.state.cibKept.text === 'acted'")
    find(browser, "a", f"Cluster {numbers[1]}").click()
    shows(browser, "Verdict")
    browser.back()
    lists(browser, numbers[1])
    value = "return document.querySelector('#filter-text').value"
    assert browser.execute_script(value) == "acted"
    browser.back()
    wait_for(browser, "return location.search === ''")
    lists(browser, 1, 2, 3)
    browser.forward()
    lists(browser, numbers[1])
    shows(browser, "grown", "#filter-change")


def test_a_sparkline_is_the_activity_of_the_run(browser: Any, served: Any) -> None:
    open_at(browser, served)
    lists(browser, 1, 2, 3)
    wait_for(browser, "return document.querySelectorAll('svg.spark').length === 3")
    run = newest(served).tables
    clusters = rows(run, "clusters")
    first = min(row["first_ts"] for row in clusters).timestamp()
    last = max(row["last_ts"] for row in clusters).timestamp()
    bars = """return [...document.querySelectorAll(arguments[0] + " svg.spark rect")]
      .map((bar) => [Number(bar.getAttribute("x")), Number(bar.getAttribute("height"))])"""
    for place, cluster in enumerate(sorted(clusters, key=lambda row: row["rank"])):
        counts = [0] * 24
        for act in of_cluster(run, "interactions", cluster["cluster_id"]):
            bin_ = int((act["ts"].timestamp() - first) / (last - first + 1e-6) * 24)
            counts[min(max(bin_, 0), 23)] += 1
        drawn = browser.execute_script(bars, f"{ROWS}[row-index='{place}']")
        assert [x for x, _ in drawn] == [4 * i for i in range(24)]
        expected = [max(1.5, 24 * n / max(counts)) if n else 0.6 for n in counts]
        assert [high for _, high in drawn] == pytest.approx(expected)
    assert any(n == 0 for n in counts)


def test_the_list_is_saved_as_it_is_narrowed(
    browser: Any, served: Any, numbers: dict[int, int], tmp_path: Path
) -> None:
    behaviour = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    open_at(browser, served, "/?change=new,grown&sort=n_accounts-desc")
    lists(browser, numbers[1], numbers[2])
    find(browser, "#triage-csv").click()
    end = time.monotonic() + 20
    while not list(tmp_path.glob("*.csv")) and time.monotonic() < end:
        time.sleep(0.05)
    with (tmp_path / "clusters.csv").open(encoding="utf-8-sig", newline="") as file:
        saved = list(csv.DictReader(file))
    assert {(int(row["cluster_id"]), row["change"]) for row in saved} == {
        (numbers[1], "grown"),
        (numbers[2], "new"),
    }


def test_what_is_chosen_on_a_cluster_in_another_window(browser: Any, served: Any) -> None:
    open_page(browser, served, ring(served))
    assert browser.execute_script("return location.search") == ""
    find(browser, "button[data-picture=raster][data-act=busiest-day]").click()
    address(browser, "since=", "until=")
    part(browser, "network", "canvas")
    layers = "return [...document.querySelectorAll('#network-layers input')]"
    boxes = wait_for(browser, f"const found = {layers[7:]}; return found.length > 1 && found")
    browser.execute_script("arguments[0].click()", boxes[0])
    address(browser, "layers=2")
    slide = """const at = document.getElementById('network-q');
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(at, '1.5');
    at.dispatchEvent(new Event('input', { bubbles: true }));"""
    browser.execute_script(slide)
    address(browser, "q=1.5")
    part(browser, "members", ".ag-row")
    for row in (1, 2):
        find(browser, f"#members {ROWS}[row-index='{row}'] .ag-cell").click()
    at = address(browser, "accounts=", "since=", "layers=2", "q=1.5")
    told_nothing(at, served)
    probes = """const [raster, network] = ["raster", "network"].map((name) => cibPictures.of(name));
    const probe = (one) => one && one.kind.probe();
    return raster && network && [probe(raster).t0, probe(raster).t1, probe(network).drawn];"""
    shown = wait_for(browser, probes)
    words = browser.execute_script(CHOSEN)
    assert "account" in words
    assert "UTC" in words

    first = browser.current_window_handle
    browser.switch_to.new_window("window")
    try:
        open_at(browser, served, at)
        wait_for(browser, f"{CHOSEN} === arguments[0]", words)
        part(browser, "network", "canvas")
        there = wait_for(browser, probes)
        assert there == pytest.approx(shown, rel=1e-9)
        part(browser, "members", ".ag-row")
        wait_for(browser, "return document.querySelectorAll('#members .ag-row-selected').length")
        assert browser.execute_script(HERE) == at
        assert complaints(browser) == []
        find(browser, "#selection-clear").click()
        wait_for(browser, "return location.search === '?layers=2&q=1.5'")
    finally:
        browser.close()
        browser.switch_to.window(first)
