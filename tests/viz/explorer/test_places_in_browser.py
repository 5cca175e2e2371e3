"""Search, account, target, compare and map in a real browser, over real runs with hostile names."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browsers import complaints, find, press, shows, strangers, wait_for
from cib.viz.explorer import paging
from cib.viz.text import printable
from explorer_runs import HOSTILE, newest, open_at

pytestmark = pytest.mark.browser

BIDI = "free\\u{202e}gpj.exe"


def hit(served: Any, name: str, what: str = "account") -> dict[str, Any]:
    return newest(served).tables.search(HOSTILE[name], what)[0]


def account_page(served: Any, name: str) -> str:
    return f"/run/{newest(served).id}/account/{hit(served, name)['account_row']}"


def target_page(served: Any, name: str) -> str:
    return f"/run/{newest(served).id}/target/{hit(served, name, 'content')['target_row']}"


def calm(browser: Any, served: Any) -> None:
    """Nothing from elsewhere, nothing run, no complaint."""
    assert strangers(browser, f"127.0.0.1:{served.port}") == []
    assert browser.execute_script("return window.pwned") is None
    assert (
        browser.execute_script("return document.querySelectorAll('#page img, #page svg a').length")
        == 0
    )
    assert complaints(browser) == []


def asked(browser: Any) -> list[str]:
    """Every address that was asked for."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            found.append(message["params"]["request"]["url"])
    return found


@pytest.fixture
def searching(browser: Any, served: Any) -> Any:
    browser.get("about:blank")  # a page loaded again keeps what was asked there
    open_at(browser, served, "/search")
    find(browser, "#search-text")
    return browser


@pytest.mark.parametrize("name", ["bot00", "bot02", "bot03", "bot05", "bot06"])
def test_search_finds_hostile_accounts_and_leads_to_them(
    searching: Any, served: Any, name: str
) -> None:
    searching.get_log("performance")
    shown = printable(HOSTILE[name])
    typed = HOSTILE[name] if HOSTILE[name].isprintable() else shown
    find(searching, "#search-text").send_keys(typed)
    shows(searching, "exact match", "#search-results")
    find(searching, "#search-results a", shown[:20]).click()
    wait_for(searching, "return location.pathname === arguments[0]", account_page(served, name))
    shows(searching, shown[:30], "#page h1")
    calm(searching, served)
    addresses = [url for url in asked(searching) if "127.0.0.1" in url]
    assert not any(part in url for url in addresses for part in (typed[:8], "%3C", "%5C"))


def test_what_is_typed_stands_as_typed_where_timers_are_late(searching: Any) -> None:
    searching.execute_script(
        "const timely = window.setTimeout;"
        "window.setTimeout = (act, ms = 0, ...more) => timely(act, ms + 150, ...more);"
    )
    field = find(searching, "#search-text")
    for letter in HOSTILE["bot05"]:
        field.send_keys(letter)
    shows(searching, "exact match", "#search-results")
    held = searching.execute_script("return document.getElementById('search-text').value")
    assert held == HOSTILE["bot05"]


def test_search_for_contents_and_markets_groups_results(searching: Any, served: Any) -> None:
    find(searching, "#search-text").send_keys(HOSTILE["song000"])
    shows(searching, "Targets", "#search-results")
    find(searching, "#search-text").send_keys(Keys.CONTROL + "a" + Keys.NULL, "SE")
    shows(searching, "Markets", "#search-results")
    shows(searching, "since", "#search-results")


def test_results_can_be_taken_away(searching: Any, tmp_path: Path) -> None:
    allow = {"behavior": "allow", "downloadPath": str(tmp_path)}
    searching.execute_cdp_cmd("Browser.setDownloadBehavior", allow)
    find(searching, "#search-text").send_keys("=HYP")
    shows(searching, "Accounts", "#search-results")
    find(searching, "#search-csv").click()
    path = tmp_path / "search-results.csv"
    for _ in range(200):
        if path.exists():
            break
        time.sleep(0.05)
    held = path.read_text(encoding="utf-8-sig").splitlines()
    find(searching, "#search-parquet").click()
    whole = tmp_path / "search-results.parquet"
    for _ in range(200):
        if whole.exists():
            break
        time.sleep(0.05)
    found = pq.read_table(whole)
    assert found["id"].to_pylist()[0] == HOSTILE["bot05"]
    assert len(found) == len(held) - 1
    assert held[0] == '"what","run_id","id","cluster_id","exact"'
    assert all("\"'=HYPERLINK(" in line for line in held[1:])
    assert len(held) > 1


def test_search_that_finds_nothing_helps(searching: Any) -> None:
    find(searching, "#search-text").send_keys("nobody is called so")
    shows(searching, "Nothing is called so", "#search-results")


def test_the_account_page_says_what_is_known(browser: Any, served: Any) -> None:
    open_at(browser, served, account_page(served, "bot00"))
    shows(browser, HOSTILE["bot00"], "#page h1")
    run = newest(served)
    row = run.tables.account(hit(served, "bot00")["account_row"])
    shows(browser, f"Cluster {row['cluster_id']}")
    shows(browser, "Among comparable accounts")
    n_strips = browser.execute_script("return document.querySelectorAll('.strip').length")
    known = [c for c in row if c.startswith("signal_") and row[c] is not None]
    assert 0 < n_strips <= len(known)
    for one in served.explorer.library.history(row["account_id"]):
        find(browser, f'a[href="/run/{one["run_id"]}/account/{one["account_row"]}"]')
    wait_for(browser, "return document.getElementById('ego-picture').dataset.drawn > 0")
    marks = run.tables.neighbours([row["account_row"]], 200, 2000)
    shows(browser, f"{len(marks.nodes)} marks", "#ego-status")
    calm(browser, served)


def test_an_account_in_no_cluster_has_a_page(browser: Any, served: Any) -> None:
    accounts = pq.read_table(newest(served).path / "accounts.parquet")["cluster_id"].to_pylist()
    open_at(browser, served, f"/run/{newest(served).id}/account/{accounts.index(None)}")
    shows(browser, "In no cluster of this run")
    shows(browser, "Not kept")
    calm(browser, served)


def test_interactions_turn_their_pages(browser: Any, served: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(paging, "ROWS", 4)
    open_at(browser, served, target_page(served, "song000"))
    target = newest(served).tables.target(hit(served, "song000", "content")["target_row"])
    total = target["n_interactions"]
    assert total > 8
    shows(browser, f"1 to 4 of {total}", "#target-acts-rows")
    find(browser, "#target-acts-later").click()
    shows(browser, f"5 to 8 of {total}", "#target-acts-rows")
    find(browser, "#target-acts-earlier").click()
    shows(browser, f"1 to 4 of {total}", "#target-acts-rows")


def test_the_log_itself_tells_everything_an_account_did(browser: Any, served: Any) -> None:
    open_at(browser, served, account_page(served, "bot00"))
    find(browser, "#account-log-read").click()
    n = newest(served).tables.account(hit(served, "bot00")["account_row"])["n_interactions"]
    shows(browser, f"{n} rows in 1 file", "#account-log-found")
    assert not browser.execute_script(
        "return document.getElementById('account-log-read').getClientRects().length"
    )
    calm(browser, served)


def test_a_target_page_judges_no_beneficiary(browser: Any, served: Any) -> None:
    open_at(browser, served, target_page(served, "song001"))
    shows(browser, HOSTILE["song001"], "#page h1")
    shows(browser, "Complicity unknown")
    shows(browser, "Everybody else")
    target = newest(served).tables.target(hit(served, "song001", "content")["target_row"])
    shows(browser, f"{target['n_interactions']} of {target['n_interactions_all']} interactions")
    calm(browser, served)


def test_compare_begins_with_what_the_cluster_was_before(browser: Any, served: Any) -> None:
    run, cluster = newest(served), hit(served, "bot00")["cluster_id"]
    open_at(browser, served, f"/compare?a={run.id}/{cluster}")
    lineage = served.explorer.library.lineage(run.id).to_pylist()
    (kin,) = [one for one in lineage if one["current_cluster"] == cluster]
    before = served.explorer.library.previous(run.id)
    shows(browser, f"before: cluster {kin['previous_cluster']} of run {before.id[:8]}")
    n_here = run.tables.cluster(cluster)["n_accounts"]
    n_there = before.tables.cluster(kin["previous_cluster"])["n_accounts"]
    if kin["n_shared"] == n_here == n_there:
        shows(browser, f"All {n_here} accounts are in both")
    else:
        shows(browser, f"{kin['n_shared']} of {n_here} accounts")
    shows(browser, "Devices")
    shows(browser, "Innocent explanation")
    assert browser.execute_script("return document.querySelectorAll('.week').length") == 2
    shows(browser, BIDI)
    calm(browser, served)


def test_another_choice_is_another_address(browser: Any, served: Any) -> None:
    run, cluster = newest(served), hit(served, "bot00")["cluster_id"]
    other = next(c for c in run.tables.clusters()[0]["cluster_id"].to_pylist() if c != cluster)
    open_at(browser, served, f"/compare?a={run.id}/{cluster}")
    # the menu takes a moment until it listens
    choose = """if (location.search.includes(arguments[0])) return true;
    const it = [...document.querySelectorAll('[role=option]')].find(
      (one) => one.innerText.includes(arguments[1]));
    (it || document.getElementById('compare-b')).click(); return false"""
    find(browser, "#compare-b")
    wait_for(browser, choose, f"b={run.id}/{other}", f"this run: cluster {other},")
    shows(browser, "They share no account", "#page .lead")
    shows(browser, f"Cluster {cluster} and cluster {other}", "#page h1")


def test_the_map_opens_what_is_clicked(browser: Any, served: Any) -> None:
    open_at(browser, served, "/map")
    wait_for(browser, "return document.getElementById('map-picture')?.dataset.drawn > 0")
    _, total = newest(served).tables.clusters()
    shows(browser, f"{total} cluster", "#map-status")
    calm(browser, served)
    picture = find(browser, "#map-picture")
    picture.click()
    browser.execute_script("document.getElementById('map-picture').focus()")
    if "/map" in browser.current_url:
        ActionChains(browser).send_keys("n", Keys.ENTER).perform()
    wait_for(browser, "return /^\\/run\\/[0-9a-f]+\\/cluster\\/\\d+$/.test(location.pathname)")


def test_the_map_is_a_table_as_well(browser: Any, served: Any) -> None:
    open_at(browser, served, "/map")
    find(browser, "#map-drawn summary", "The clusters as a table").click()
    for cluster in newest(served).tables.clusters()[0]["cluster_id"].to_pylist()[:5]:
        find(browser, "#map-drawn th a", f"Cluster {cluster}")


def test_menus_close_by_themselves(browser: Any, served: Any) -> None:
    is_open = "return document.querySelector('.export-menu').open"
    open_at(browser, served, "/map")
    find(browser, ".export-menu summary").click()
    links = browser.find_elements("css selector", ".export-menu a")
    assert all("/download/run/" in link.get_attribute("href") for link in links)
    assert browser.execute_script(is_open)
    press(browser, Keys.ESCAPE)
    assert not browser.execute_script(is_open)
    find(browser, ".export-menu summary").click()
    assert browser.execute_script(is_open)
    find(browser, "#page h1").click()
    assert not browser.execute_script(is_open)


def test_keys_lead_to_search_and_map(browser: Any, served: Any) -> None:
    open_at(browser, served, "/help")
    shows(browser, "Keys")
    press(browser, "/")
    find(browser, "#search-text")
    open_at(browser, served, "/help")
    shows(browser, "Keys")
    press(browser, "g", "m")
    wait_for(browser, "return document.getElementById('map-picture')?.dataset.drawn > 0")


def test_pseudonyms_are_searched_and_ids_are_not(browser: Any, hidden: Any) -> None:
    open_at(browser, hidden, "/search")
    box = find(browser, "#search-text")
    box.send_keys(HOSTILE["bot00"])
    shows(browser, "Nothing is called so", "#search-results")
    open_at(browser, hidden, account_page(hidden, "bot00"))
    shows(browser, "acct-", "#page h1")
    pseudonym = find(browser, "#page h1").text.strip()
    shown = browser.execute_script("return document.documentElement.outerHTML")
    assert not any(HOSTILE[name] in shown for name in ("bot00", "bot01", "bot08"))
    assert "In the log itself" not in shown
    open_at(browser, hidden, "/search")
    find(browser, "#search-text").send_keys(pseudonym)
    shows(browser, "exact match", "#search-results")
    find(browser, "#search-results a", pseudonym).click()
    wait_for(browser, "return location.pathname === arguments[0]", account_page(hidden, "bot00"))


def test_dark_pages_have_dark_cards(browser: Any, served: Any) -> None:
    open_at(browser, served, account_page(served, "bot00"))
    find(browser, ".panel")
    browser.execute_script("localStorage.setItem('cib-theme', 'dark')")
    open_at(browser, served, account_page(served, "bot00"))
    find(browser, ".panel")
    colour = browser.execute_script(
        "return getComputedStyle(document.querySelector('.panel')).backgroundColor"
    )
    browser.execute_script("localStorage.removeItem('cib-theme')")
    assert max(int(part) for part in colour[4:-1].split(",")[:3]) < 80
