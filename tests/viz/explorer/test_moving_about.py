"""From page to page without loading anything again; since when an account is where it is."""

from __future__ import annotations

import json
from typing import Any

import pyarrow.parquet as pq
import pytest

from browsers import find, press, shows, wait_for
from cib.datasets.wording import moment
from cib.viz.text import printable
from cluster_page import ring
from explorer_runs import HOSTILE, HOSTILE_MARKET, HOSTILE_PARENT, newest, open_at

pytestmark = pytest.mark.browser


def documents(browser: Any) -> list[str]:
    """Every page that was loaded since this was asked last."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] != "Network.requestWillBeSent":
            continue
        if message["params"].get("type") == "Document":
            found.append(message["params"]["request"]["url"])
    return [url for url in found if url.startswith("http")]


def test_no_way_to_another_page_loads_it_again(browser: Any, served: Any) -> None:
    run, cluster = newest(served).id, ring(served)
    open_at(browser, served)
    find(browser, ".ag-row")
    assert len(documents(browser)) == 1
    browser.execute_script("window.stays = document.documentElement")
    ways = [
        (".ag-row a", f"Cluster {cluster}", f"/run/{run}/cluster/{cluster}"),
        ("a", "compare the two", "/compare"),
        ("#page a", f"Cluster {cluster}", f"/cluster/{cluster}"),  # of either run
        ("#page a.button", "Compare", "/compare"),
        ("#page a", f"Cluster {cluster}", f"/cluster/{cluster}"),  # of either run
        ("button[data-go]", "", "/cluster/"),
        ("nav.top a", "Map", "/map"),
        ("nav.top a", "Search", "/search"),
        ("nav.top a", "Decisions", "/decisions"),
        ("nav.top a", "?", "/help"),
        ("nav.top a", "cib", "/"),
    ]
    for css, words, path in ways:
        find(browser, css, words).click()
        wait_for(browser, "return location.pathname.includes(arguments[0])", path)
        wait_for(browser, "return document.querySelector('#page h1')")
    press(browser, "g", "m")
    shows(browser, "Map", "#page h1")
    browser.back()
    shows(browser, "Triage", "#page h1")
    browser.forward()
    shows(browser, "Map", "#page h1")
    open_search(browser)
    find(browser, "#search-text").send_keys(HOSTILE["bot01"])
    find(browser, "#search-results a", "DROP TABLE").click()
    shows(browser, HOSTILE["bot01"], "#page h1")
    browser.back()  # to the question and what was found
    find(browser, "#search-results a", "DROP TABLE").click()
    shows(browser, HOSTILE["bot01"], "#page h1")
    find(browser, "#page .beside a", "Cluster").click()
    shows(browser, f"Cluster {cluster}", "#page h1")
    assert browser.execute_script("return window.stays === document.documentElement")
    assert documents(browser) == []


def open_search(browser: Any) -> None:
    press(browser, "/")
    find(browser, "#search-text")


def first_act(run: Any, name: str) -> Any:
    """When an account first acted on a target of its cluster, from the run's file itself."""
    rows = pq.read_table(run.path / "interactions.parquet").to_pylist()
    return min(row["ts"] for row in rows if row["account_id"] == name)


@pytest.mark.parametrize("name", [HOSTILE["bot03"], "bot12 of ring 1"])
def test_an_account_is_where_it_is_since_its_own_first_act(
    browser: Any, served: Any, name: str
) -> None:
    history = served.explorer.library.history(name)
    open_at(browser, served, f"/run/{newest(served).id}/account/{history[0]['account_row']}")
    shows(browser, "Acts with it since (UTC)")
    rows = """return [...document.querySelectorAll('h2')].find(
      (one) => one.textContent === 'Through the runs').parentElement.innerText"""
    text = browser.execute_script(rows)
    n_known, later = 0, False
    for one in history:
        if one["cluster_id"] is None:
            continue
        run = served.explorer.library.run(one["run_id"])
        since = first_act(run, name)
        assert f"Cluster {one['cluster_id']}\t{moment(since)}" in text
        later |= since > run.tables.cluster(one["cluster_id"])["first_ts"]
        n_known += 1
    assert n_known == (1 if "ring 1" in name else 2)  # it joined on the sixth day
    assert later  # or the cluster's own beginning would do
    open_search(browser)
    find(browser, "#search-text").send_keys(printable(name)[:8])
    find(browser, "#search-results a", printable(name)[:20])
    found = """return [...document.querySelectorAll('#search-results tr')].find(
      (one) => one.innerText.includes(arguments[0])).innerText"""
    assert f"since {moment(first_act(newest(served), name))}" in browser.execute_script(
        found, printable(name)
    )


@pytest.mark.parametrize(
    ("kind", "name"), [("Parents", HOSTILE_PARENT), ("Markets", HOSTILE_MARKET)]
)
def test_search_by_parent_and_market_with_hostile_names(
    browser: Any, served: Any, kind: str, name: str
) -> None:
    shown = printable(name)
    column = {"Parents": "parent_id", "Markets": "market"}[kind]
    counted: dict[int, int] = {}
    for row in pq.read_table(newest(served).path / "interactions.parquet").to_pylist():
        if row[column] == name:
            counted[row["cluster_id"]] = counted.get(row["cluster_id"], 0) + 1
    browser.get("about:blank")  # a page loaded again keeps what was asked there
    open_at(browser, served, "/search")
    find(browser, "#search-kind label", kind).click()
    find(browser, "#search-text").send_keys(shown)
    shows(browser, "exact match", "#search-results")
    lines = """return [...document.querySelectorAll('#search-results tbody tr')].map(
      (one) => [...one.children].map((cell) => cell.innerText))"""
    mine = [row for row in browser.execute_script(lines) if newest(served).id[:8] in row[-1]]
    got = {int(where.split()[1]): int(n) for who, where, n, _ in mine if shown[:25] in who}
    assert got == counted != {}
    assert browser.execute_script("return window.pwned") is None
    inside = "return document.querySelectorAll('#page b[onmouseover], #page img').length"
    assert browser.execute_script(inside) == 0
    cluster = max(counted, key=lambda one: counted[one])
    find(browser, "#search-results a", f"cluster {cluster}").click()
    shows(browser, f"Cluster {cluster}", "#page h1")
