"""The page of a cluster in a real browser: it shows what the run holds, all parts linked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from browsers import complaints, find, press, shows, strangers, wait_for
from cib.algorithms.alternatives import alternatives
from cib.viz.text import printable
from cluster_page import ask, open_page, part, ring, rows_said
from explorer_runs import explorer_of, newest

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Any, served: Any) -> Any:
    open_page(browser, served, ring(served))
    return browser


def test_opens_with_its_scores_reasons_and_no_complaint(page: Any, served: Any) -> None:
    row = newest(served).tables.cluster(ring(served))
    shows(page, f"Cluster {row['cluster_id']}: {row['kind']}", "h1")
    shows(page, printable(row["reason"]), ".box-why")
    shows(page, row["benign_alternative"], ".why")
    meters = page.execute_script(
        "return [...document.querySelectorAll('.rail [role=meter]')].map(m => m.ariaValueNow)"
    )
    assert meters == [f"{row['coordination']:.2f}", f"{row['inauthenticity']:.2f}"]
    for name, css in (
        ("network", "canvas"), ("targets", ".ag-row"), ("interactions", ".ag-row .ag-cell"),
        ("evidence", ".step"), ("innocent", ".js-plotly-plot"), ("habits", ".js-plotly-plot"),
        ("members", ".ag-row"),
    ):  # fmt: skip
        part(page, name, css)
    assert complaints(page) == []
    assert strangers(page, f"127.0.0.1:{served.port}") == []


def test_parts_are_made_when_they_are_wanted(page: Any) -> None:
    assert not page.execute_script("return document.querySelector('#members .ag-root')")
    part(page, "members", ".ag-row")
    top = "return Math.round(document.querySelector('#members').getBoundingClientRect().top)"
    assert 0 <= page.execute_script(top) < 800


def test_hostile_names_are_text_everywhere(page: Any, served: Any) -> None:
    part(page, "members", ".ag-row")
    script = """return [...document.querySelectorAll('#members [col-id=account] bdi')]
    .map((one) => one.textContent)"""
    names = set(wait_for(page, script))
    mine = newest(served).tables.members(ring(served))[0]["account_id"].to_pylist()
    assert names == {printable(name) for name in mine}
    assert any("\\u{202e}" in name for name in names)
    part(page, "network", "canvas")
    drawn = "return window.cibPictures.of('network').payload.nodes.name"
    assert set(page.execute_script(drawn)) == names
    part(page, "interactions", ".ag-row .ag-cell")
    part(page, "targets", ".ag-row")
    assert page.execute_script("return window.pwned") is None
    inside = "return document.querySelectorAll('main script, main img, main svg[onload]').length"
    assert page.execute_script(inside) == 0


def test_a_verdict_by_key_is_in_the_casebook(page: Any, served: Any) -> None:
    run, cluster_id = newest(served).id, ring(served)
    find(page, "#verdict-benign")
    # nothing is chosen beforehand that the page says is ruled out
    assert newest(served).tables.cluster(cluster_id)["benign_ruled_out"]
    assert find(page, "#case-undo").get_attribute("disabled")
    press(page, "b")
    shows(page, "Say what the innocent explanation is", "#toast")
    page.execute_script(
        "window.dash_clientside.set_props('case-alternative', {value: 'sleep sounds'})"
    )
    press(page, "b")
    shows(page, "benign", "#case-panel .stands")
    state = served.explorer.casebook.state(run, cluster_id)
    assert state.verdict == "benign"
    assert state.alternative == "sleep sounds"
    press(page, "u")
    shows(page, "Nobody has decided yet", "#case-panel")


def test_a_part_of_the_score_opens_down_to_its_interactions(page: Any, served: Any) -> None:
    cluster_id = ring(served)
    lines = newest(served).tables.evidence(cluster_id).to_pylist()
    place = next(i for i, line in enumerate(lines) if line["signal"] == "play")
    part(page, "evidence", ".step")
    opener = json.dumps({"of": str(place), "type": "behind-open"}, separators=(",", ":"))
    script = """const found = document.getElementById(arguments[0]);
    found.scrollIntoView({ block: "center", behavior: "instant" }); found.click(); return true;"""
    page.execute_script(script, opener)
    shown = rows_said(page, "of another member's", str(place))
    rows = ask(
        served,
        """WITH mine AS (SELECT * FROM '{run}/interactions.parquet' WHERE cluster_id = ?),
        w AS (SELECT max(window_s) AS s FROM '{run}/edges.parquet'
            WHERE layer = 'play' AND account_a IN (SELECT account_id FROM mine))
        SELECT epoch_us(one.ts) FROM mine AS one, w WHERE EXISTS (
            SELECT 1 FROM mine AS other WHERE other.content_id = one.content_id
            AND other.action = one.action AND other.account_id <> one.account_id
            AND abs(epoch(other.ts) - epoch(one.ts)) <= w.s) ORDER BY ALL""",
        cluster_id,
    )
    assert shown == len(rows) > 0
    cells = """const grid = document.getElementById(arguments[0]);
    const found = [...grid.querySelectorAll('[col-id=when].ag-cell')].map((one) => one.textContent);
    return found.filter(Boolean).length > 5 && found;"""
    table = json.dumps({"of": str(place), "type": "acts"}, separators=(",", ":"))
    times = wait_for(page, cells, table)
    moments = [datetime.fromtimestamp(us / 1e6, UTC) for (us,) in rows]
    expected = [f"{ts:%Y-%m-%d %H:%M:%S}.{ts.microsecond // 1000:03d}" for ts in moments]
    assert sorted(filter(None, times)) == expected[: len(times)]


def brush(page: Any) -> dict[str, Any]:
    """Drag over half of the raster's time; return what it reports."""
    from selenium.webdriver.common.action_chains import ActionChains

    page.execute_script(
        """window.brushed = null;
        addEventListener('cib-report', (e) => {
          if (e.detail.part === 'brush') window.brushed = e.detail.data;
        });"""
    )
    picture = find(page, "#raster-picture")
    drag = ActionChains(page, duration=60).move_to_element_with_offset(picture, -80, -40)
    drag.click_and_hold().move_by_offset(60, 10).move_by_offset(150, 10).release().perform()
    return wait_for(page, "return window.brushed")


def test_a_brush_over_time_narrows_tables_and_points_in_the_network(page: Any, served: Any) -> None:
    cluster_id = ring(served)
    for name, css in (("network", "canvas"), ("targets", ".ag-row"), ("interactions", ".ag-row")):
        part(page, name, css)
    everything = rows_said(page, "every interaction")
    find(page, ".contents a[data-part=raster]").click()
    # the room beside the first and the last mark is no time of the log
    [(last,)] = ask(
        served,
        "SELECT max(epoch_us(ts)) FROM '{run}/interactions.parquet' WHERE cluster_id = ?",
        cluster_id,
    )
    shows(
        page, f"to {datetime.fromtimestamp(last / 1e6, UTC):%-d %b %Y %H:%M:%S}", "#raster-status"
    )
    news = brush(page)
    shown = rows_said(page, "within what is chosen")
    between = "epoch_us(ts) >= ? AND epoch_us(ts) < ?"
    rows = ask(
        served,
        f"""SELECT count(*), count(DISTINCT account_id) FROM '{{run}}/interactions.parquet'
        WHERE cluster_id = ? AND {between}""",
        cluster_id, news["since_us"], news["until_us"],
    )  # fmt: skip
    assert (shown,) == rows[0][:1]
    assert 0 < shown < everything
    lit = wait_for(page, "return window.cibPictures.of('network').kind.probe().lit")
    assert len(lit) == rows[0][1]
    shows(page, f"{len(lit)} accounts marked that act in this time", "#raster-status")
    part(page, "targets", "[col-id=now].ag-cell")
    counts = """return [...document.querySelectorAll('#targets [col-id=now].ag-cell')]
    .map((one) => Number(one.textContent))"""
    by_target = ask(
        served,
        f"""SELECT count(*) FROM '{{run}}/interactions.parquet' WHERE cluster_id = ? AND {between}
        GROUP BY content_id ORDER BY 1 DESC""",
        cluster_id, news["since_us"], news["until_us"],
    )  # fmt: skip
    found = page.execute_script(counts)
    assert found[: len(by_target)] == [n for (n,) in by_target][: len(found)]
    press(page, "x")
    wait_for(page, "return document.getElementById('selection-bar').hidden")
    assert rows_said(page, "every interaction of members with the targets.") == everything


def click_node(page: Any) -> int:
    """Click an account of the network; return its row."""
    from selenium.webdriver.common.action_chains import ActionChains

    picture = find(page, "#network-picture")
    x, y, row = page.execute_script(
        """const p = window.cibPictures.of('network');
        const row = p.payload.nodes.row[0];
        const [x, y] = p.kind.probe().where(row);
        const box = p.el.getBoundingClientRect();
        return [x - box.width / 2, y - box.height / 2, row];"""
    )
    ActionChains(page).move_to_element_with_offset(picture, int(x), int(y)).click().perform()
    return int(row)


def test_an_account_chosen_in_the_network_is_chosen_everywhere(page: Any, served: Any) -> None:
    for name, css in (("interactions", ".ag-row"), ("members", ".ag-row"), ("network", "canvas")):
        part(page, name, css)
    resting = """return [...document.querySelectorAll('#network button:disabled')]
    .map((one) => one.dataset.act)"""
    assert page.execute_script(resting) == ["open", "expand", "hide", "show"]
    row = click_node(page)
    assert page.execute_script(resting) == ["show"]
    shows(page, "1 account", "#selection-bar")
    shown = rows_said(page, "within what is chosen")
    account = newest(served).tables.account(row)["account_id"]
    query = """SELECT count(*) FROM '{run}/interactions.parquet'
    WHERE cluster_id = ? AND account_id = ?"""
    assert [(shown,)] == ask(served, query, ring(served), account)
    lit = "return window.cibPictures.of('raster').kind.probe().lit"
    assert wait_for(page, lit) == [row]
    part(page, "members", ".ag-row-selected")
    chosen = "return document.querySelector('#members .ag-row-selected bdi').textContent"
    assert page.execute_script(chosen) == printable(account)
    part(page, "network", "canvas")
    find(page, "#network button[data-act=expand]").click()
    wait_for(page, "return document.getElementById('network-said').textContent")
    around = newest(served).tables.neighbours([row]).nodes["account_row"].to_pylist()
    mine = newest(served).tables.members(ring(served))[0]["account_row"].to_pylist()
    drawn = page.execute_script("return window.cibPictures.of('network').payload.nodes.row")
    assert sorted(drawn) == sorted({*mine, *around})


def test_a_part_made_late_learns_what_was_chosen(page: Any) -> None:
    part(page, "network", "canvas")
    row = click_node(page)
    shows(page, "1 account", "#selection-bar")
    part(page, "members", ".ag-row-selected")
    part(page, "interactions", ".ag-row")
    assert rows_said(page, "within what is chosen") > 0
    assert page.execute_script("return window.cibPictures.of('network').kind.probe().chosen") == [
        row
    ]


def test_every_innocent_explanation_is_there_with_its_fit(page: Any, served: Any) -> None:
    part(page, "innocent", ".js-plotly-plot")
    text = page.execute_script("return document.getElementById('innocent').textContent").lower()
    for one in alternatives().values():
        assert one.NAME in text
    rows = ask(
        served,
        "SELECT alternative, fit FROM '{run}/alternatives.parquet' WHERE cluster_id = ? AND tested",
        ring(served),
    )
    fits = """const said = (one, css) => one.querySelector(css).textContent;
    return [...document.querySelectorAll('#innocent .cards .box, #innocent .ruled-out tr')].map(
      (one) => [said(one, 'h3, th'), said(one, '.fit-words')]);"""
    shown = {name.split(" ruled")[0].split(" not ruled")[0].strip().lower(): words
             for name, words in page.execute_script(fits)}  # fmt: skip
    assert shown == {name: f"fits {fit:.0%}" for name, fit in rows}


def test_figures_follow_light_and_dark(page: Any) -> None:
    part(page, "habits", ".js-plotly-plot")
    colour = """const text = document.querySelector('#habits .js-plotly-plot .xtick text');
    return text && getComputedStyle(text).fill;"""
    before = wait_for(page, colour)
    find(page, "#theme-toggle").click()
    end = "getComputedStyle(text).fill"
    script = colour.replace(end, f"{end} !== arguments[0]")
    wait_for(page, script, before)
    find(page, "#theme-toggle").click()
    wait_for(page, script.replace("!==", "==="), before)


def test_keys_lead_to_the_cluster_ranked_next(browser: Any, served: Any) -> None:
    open_page(browser, served, 1)
    press(browser, "]")
    shows(browser, "Cluster 2:", "h1")
    assert browser.execute_script("return location.pathname").endswith("/cluster/2")
    press(browser, "[")
    shows(browser, "Cluster 1:", "h1")
    button = "return document.querySelector('button[data-key=\"[\"]').disabled"
    assert browser.execute_script(button) is True


def test_a_mark_in_a_picture_opens_its_page(page: Any, served: Any) -> None:
    part(page, "network", "canvas")
    row = click_node(page)
    shows(page, "1 account", "#selection-bar")
    find(page, "#network button[data-act=open]").click()
    there = f"/run/{newest(served).id}/account/{row}"
    wait_for(page, "return location.pathname === arguments[0]", there)


@pytest.fixture
def older(scans: dict[str, Path], copied: Any) -> Any:
    """An explorer over a run of an earlier version, of a log with the required columns alone."""
    folder = copied("bare")
    for name in ("alternatives", "controls"):
        (folder / f"{name}.parquet").unlink()
    with explorer_of(folder.parent) as (server, explorer):
        server.explorer = explorer
        server.folder = folder
        yield server


def test_an_older_run_says_what_it_lacks(browser: Any, older: Any) -> None:
    open_page(browser, older, 1)
    shows(browser, "made before controls were kept", "#raster")
    part(browser, "innocent", ".note")
    shows(browser, "made by an earlier version", "#innocent")
    part(browser, "habits", ".note")
    for column in ("duration_ms", "device_hash", "market"):
        shows(browser, column, "#habits .note")
    assert complaints(browser) == []


def test_a_run_deleted_underneath_says_so(browser: Any, older: Any) -> None:
    import shutil

    open_page(browser, older, 1)
    shutil.rmtree(older.folder)
    find(browser, ".contents a[data-part=members]").click()
    shows(browser, "This cannot be shown", "#members")
