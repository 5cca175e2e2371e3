"""Triage, decisions and help in a real browser, over real runs with hostile names."""

from __future__ import annotations

import csv
import shutil
import time
from typing import Any

import flask
import pyarrow.parquet as pq
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browsers import chromium, complaints, find, press, shows, strangers, wait_for
from cib.datasets.errors import CibError
from cib.viz.explorer import verdicts
from cib.viz.explorer.door.viewer import IN_ENVIRON, Viewer
from explorer_runs import explorer_of, newest, open_at

pytestmark = pytest.mark.browser
ANA = Viewer("ana", "investigator", "token")
ROWS = ".ag-center-cols-container .ag-row"


def first_cluster(served: Any) -> str:
    return f"/run/{newest(served).id}/cluster/1"


@pytest.fixture
def triage(browser: Any, served: Any) -> Any:
    open_at(browser, served)
    find(browser, ROWS)
    return browser


def test_lists_every_cluster_of_the_newest_run(triage: Any, served: Any) -> None:
    clusters, total = newest(served).tables.clusters()
    assert total > 0
    shows(triage, f"{total} cluster")
    for cluster_id in clusters["cluster_id"].to_pylist()[:5]:
        shows(triage, f"Cluster {cluster_id}")


def test_says_what_changed_since_the_run_before(triage: Any, served: Any) -> None:
    found = served.explorer.library.lineage(newest(served).id)["change"].to_pylist()
    shows(triage, f"{found.count('new')} new cluster")
    for change in {"grown", "known", "gone"} & set(found):
        shows(triage, f"{found.count(change)} {change}")


def test_nothing_is_loaded_from_elsewhere_and_nothing_complains(triage: Any, served: Any) -> None:
    assert strangers(triage, f"127.0.0.1:{served.port}") == []
    assert complaints(triage) == []
    assert triage.execute_script("return window.pwned") is None


def test_a_filter_narrows_the_list(triage: Any, served: Any) -> None:
    _, total = newest(served).tables.clusters()
    box = find(triage, "#filter-size-least")
    box.send_keys("1000")
    shows(triage, "0 clusters match")
    box.clear()
    box.send_keys("3")
    shows(triage, f"{total} cluster")


def test_a_name_opens_the_cluster_and_back_returns(triage: Any, served: Any) -> None:
    find(triage, "a", "Cluster 1").click()
    wait_for(triage, "return location.pathname === arguments[0]", first_cluster(served))
    shows(triage, "Verdict")
    triage.back()
    find(triage, ROWS)
    # and so does enter, wherever in the row
    focus = """const cell = document.querySelector(arguments[0]);
    cell?.focus(); return cell && cell.innerText && document.activeElement === cell;"""
    wait_for(triage, focus, f"{ROWS}[row-index='0'] [col-id=n_accounts]")
    ActionChains(triage).send_keys(Keys.ENTER).perform()
    wait_for(triage, "return location.pathname === arguments[0]", first_cluster(served))
    shows(triage, newest(served).id[:8], "#page header")
    wait_for(triage, "return document.title.includes(arguments[0])", newest(served).id[:8])


def test_keys_decide_and_undo(browser: Any, served: Any) -> None:
    run = newest(served).id
    open_at(browser, served, first_cluster(served))
    find(browser, "#verdict-confirmed")
    press(browser, "c")
    shows(browser, "confirmed", "#case-panel .stands")
    state = served.explorer.casebook.state(run, 1)
    assert state.verdict == "confirmed"
    kept = served.explorer.casebook.members(run, 1)
    members = newest(served).tables.members(1)[0]["account_id"].to_pylist()
    assert sorted(kept.to_pylist()) == sorted(members)
    press(browser, "u")
    shows(browser, "Nobody has decided yet", "#case-panel")
    assert served.explorer.casebook.state(run, 1).verdict is None
    assert len(served.explorer.casebook.state(run, 1).history) == len(state.history) + 1


def test_deciding_by_keyboard_keeps_the_focus(browser: Any, served: Any) -> None:
    open_at(browser, served, first_cluster(served))
    held = "return document.activeElement.id"
    find(browser, "#verdict-needs-more").send_keys(Keys.ENTER)
    shows(browser, "needs more", "#case-panel .stands")
    wait_for(browser, f"{held} === 'verdict-needs-more'")
    find(browser, "#case-undo").send_keys(Keys.ENTER)
    shows(browser, "Taken back", "#toast")
    # nothing is left to take back, so its button rests; the focus stays in the panel
    wait_for(browser, f"{held} === 'verdict-confirmed'")
    assert find(browser, "#case-undo").get_attribute("disabled")


def test_keys_do_nothing_while_somebody_types(browser: Any, served: Any) -> None:
    open_at(browser, served, first_cluster(served))
    find(browser, "#case-note").send_keys("benign, could be; 'c'?")
    before = served.explorer.casebook.last_seq()
    find(browser, "#case-keep").click()
    shows(browser, "kept note", "#toast")
    events = served.explorer.casebook.events(since=before)
    assert [(event.kind, event.value) for event in events] == [("note", "benign, could be; 'c'?")]


def test_a_benign_verdict_wants_its_reason(browser: Any, served: Any) -> None:
    open_at(browser, served, first_cluster(served))
    before = served.explorer.casebook.last_seq()
    find(browser, "#verdict-benign").click()
    shows(browser, "innocent explanation", "#toast")
    assert served.explorer.casebook.last_seq() == before


def test_two_people_at_once_do_not_overwrite_each_other(
    browser: Any, served: Any, tmp_path: Any
) -> None:
    run, at = newest(served).id, first_cluster(served)
    open_at(browser, served, at)
    find(browser, "#verdict-confirmed")
    with chromium(tmp_path) as other:
        open_at(other, served, at)
        find(other, "#verdict-needs-more").click()
        shows(other, "needs more", "#case-panel .stands")
    find(browser, "#verdict-confirmed").click()
    shows(browser, "Meanwhile somebody else decided", "#toast")
    assert served.explorer.casebook.state(run, 1).verdict == "needs more"
    shows(browser, "needs more", "#case-panel .stands")
    find(browser, "#verdict-confirmed").click()
    shows(browser, "confirmed", "#case-panel .stands")
    assert served.explorer.casebook.state(run, 1).verdict == "confirmed"


def test_a_verdict_takes_along_what_was_written_beside_it(browser: Any, served: Any) -> None:
    open_at(browser, served, first_cluster(served))
    find(browser, "#case-note").send_keys("what it rests on")
    find(browser, "#case-tag").send_keys("seen")
    before = served.explorer.casebook.last_seq()
    find(browser, "#verdict-needs-more").click()
    shows(browser, "Kept the tag and the note", "#toast")
    events = served.explorer.casebook.events(since=before)
    assert [event.kind for event in events] == ["verdict", "tag", "note"]
    assert events[2].value == "what it rests on"
    # the message lies over the panel's buttons, and lets clicks through
    find(browser, "#case-keep").click()
    shows(browser, "Nothing is new", "#toast")


def test_a_conflict_leaves_the_note_where_it_was(browser: Any, served: Any) -> None:
    run = newest(served).id
    open_at(browser, served, first_cluster(served))
    find(browser, "#case-note").send_keys("half a thought")
    book = served.explorer.casebook
    book.decide("eve", run, 1, "verdict", "confirmed", seen=book.state(run, 1).last_seq)
    before = book.last_seq()
    find(browser, "#verdict-needs-more").click()
    shows(browser, "Meanwhile somebody else decided", "#toast")
    assert book.last_seq() == before
    assert find(browser, "#case-note").get_property("value") == "half a thought"


def test_what_is_refused_in_part_is_refused_as_a_whole(served: Any) -> None:
    run, book = newest(served).id, served.explorer.casebook
    before = book.last_seq()
    given = {"owner": "somebody new", "due": "soon", "tag": None, "note": "x"}
    with flask.Flask("t").test_request_context(environ_overrides={IN_ENVIRON: ANA}):
        with pytest.raises(CibError, match="due date"):
            verdicts.keep(served.explorer, run, 1, 10**6, given)
        with pytest.raises(CibError, match="no longer there"):
            verdicts.keep(served.explorer, "beef", 1, 10**6, {"note": "x"})
        with pytest.raises(ValueError, match="is text"):
            verdicts.keep(served.explorer, run, 1, 10**6, {"note": ["x"]})
        with pytest.raises(ValueError, match="no innocent explanation"):
            verdicts.decide_verdict(served.explorer, run, 1, 10**6, "benign", "magic", None)
    assert book.last_seq() == before


def test_several_are_decided_on_only_when_looked_at(triage: Any, served: Any) -> None:
    run = newest(served).id
    for row in (0, 1):
        choose = """const row = document.querySelector(arguments[0]);
          if (!row || !row.innerText.includes('Cluster') && !row.innerText.trim()) return false;
          if (row.classList.contains('ag-row-selected')) return true;
          row.querySelector('.ag-cell[col-id="n_accounts"]').click();
          return false;"""
        wait_for(triage, choose, f"{ROWS}[row-index='{row}']")
    wait_for(triage, "return !document.getElementById('bulk-open').disabled")
    find(triage, "#bulk-open").click()
    shows(triage, "Decide on 2 clusters", "#bulk")
    wait_for(triage, "return document.querySelector('#bulk h2').getBoundingClientRect().top < 400")
    before = served.explorer.casebook.last_seq()
    find(triage, "#bulk-decide").click()
    shows(triage, "nothing was written", "#toast")
    assert served.explorer.casebook.last_seq() == before
    ticks = triage.find_elements("css selector", ".looked input")
    triage.execute_script("arguments[0].click()", ticks[1])
    find(triage, "#bulk-verdict").click()
    find(triage, ".dash-options-list-option, .dash-dropdown-option", "needs more").click()
    find(triage, "#bulk-decide").click()
    wait_for(triage, "return !document.getElementById('bulk-decide')")
    events = served.explorer.casebook.events(since=before)
    assert [(event.cluster_id, event.value["verdict"]) for event in events] == [(2, "needs more")]
    assert events[0].run_id == run


def test_every_decision_is_listed(browser: Any, served: Any) -> None:
    served.explorer.casebook.decide(
        "<b>eve</b>", newest(served).id, 1, "note", "<img src=x onerror=window.pwned=9>", seen=0
    )
    open_at(browser, served, "/decisions")
    shows(browser, "<b>eve</b>")
    shows(browser, "<img src=x onerror=window.pwned=9>")
    assert [one for one in browser.get_log("browser") if "AG Grid" in one["message"]] == []
    assert browser.execute_script("return window.pwned") is None


def test_light_and_dark_are_kept(triage: Any) -> None:
    before = triage.execute_script("return document.documentElement.dataset.theme")
    find(triage, "#theme-toggle").click()
    changed = "return document.documentElement.dataset.theme !== arguments[0]"
    wait_for(triage, changed, before)
    triage.refresh()
    find(triage, ROWS)
    assert triage.execute_script(changed, before)
    find(triage, "#theme-toggle").click()


def test_keys_go_places(triage: Any) -> None:
    press(triage, "?")
    shows(triage, "Keys and words")
    press(triage, "g", "d")
    shows(triage, "Decisions", "h1")
    press(triage, "g", "t")
    find(triage, ROWS)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/run/0123456789abcdef/cluster/1", "This run is gone"),
        ("/nowhere", "There is no such page"),
        ("/run/{run}/cluster/9999", "No such cluster"),
    ],
)
def test_what_is_not_there_is_said(browser: Any, served: Any, path: str, said: str) -> None:
    open_at(browser, served, path.replace("{run}", newest(served).id))
    shows(browser, said)
    find(browser, "a", "Go to triage").click()
    find(browser, ROWS)


def test_a_server_that_stops_and_comes_back_is_told(
    browser: Any, runs: Any, tmp_path: Any, served: Any
) -> None:
    with explorer_of(runs, casebook=tmp_path / "book.sqlite") as (server, _):
        browser.get(server.url)
        find(browser, ROWS)
        port = server.port
    find(browser, "a", "Decisions").click()
    shows(browser, "does not answer", "#trouble-bar")
    with explorer_of(runs, casebook=tmp_path / "book.sqlite", port=port):
        shows(browser, "is back", "#trouble-bar")
        find(browser, "#trouble-bar a").click()
        shows(browser, "Nothing has been decided yet")


def test_a_run_deleted_underneath_is_told(browser: Any, two_runs: Any, tmp_path: Any) -> None:
    copy = shutil.copytree(two_runs, tmp_path / "runs")
    with explorer_of(copy) as (server, explorer):
        newest, older = explorer.library.runs()
        browser.get(f"{server.url}run/{newest.id}/cluster/1")
        find(browser, "#verdict-confirmed")
        shutil.rmtree(newest.path)
        find(browser, "#verdict-confirmed").click()
        shows(browser, "no longer there", "#toast")
        assert explorer.casebook.last_seq() == 0
        browser.get(f"{server.url}run/{newest.id}/cluster/1")
        shows(browser, "This run is gone")
        find(browser, "a", "Go to triage").click()
        shows(browser, older.id)


def test_the_list_as_it_is_narrowed_can_be_taken_away(
    triage: Any, served: Any, tmp_path: Any
) -> None:
    triage.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    served.explorer.casebook.decide("ana", newest(served).id, 2, "owner", "=1+1", seen=10**9)
    find(triage, "#triage-csv").click()
    find(triage, "#triage-parquet").click()
    for _ in range(200):
        if all((tmp_path / f"clusters.{kind}").exists() for kind in ("csv", "parquet")):
            break
        time.sleep(0.05)
    table = pq.read_table(tmp_path / "clusters.parquet")
    clusters, total = newest(served).tables.clusters()
    assert table["cluster_id"].to_pylist() == clusters["cluster_id"].to_pylist()
    assert table.num_rows == total
    with (tmp_path / "clusters.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["owner"] for row in rows] == ["", "'=1+1", ""]
