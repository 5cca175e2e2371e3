"""The map of a run with more clusters than are drawn singly, in a real browser."""

from __future__ import annotations

import dataclasses
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from browsers import complaints, find, press, shows, strangers, wait_for
from cib.viz.explorer.door.access import open_access
from cib.viz.explorer.opening import open_explorer, serve
from cib.viz.explorer.runs.run_tables import RunTables
from explorer_runs import newest, open_at
from explorer_tables import rows
from fabricated import LIMITED, alike, fabricate

pytestmark = pytest.mark.browser

DRAWN = """const map = window.cibPictures?.of('map');
  return map?.payload && map.el.isConnected && map.el.dataset.drawn > 0
    && map.payload.clusters.id.length === arguments[0]
    && document.getElementById('map-status').innerText.startsWith(arguments[1])
    && map.payload.clusters"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory):
    """Serve a run alone that has more clusters than its map draws singly."""
    folder = fabricate(tmp_path_factory.mktemp("fabricated"))
    path = next(one for one in folder.iterdir() if one.is_dir())
    access = open_access("127.0.0.1")
    explorer = open_explorer(path, access=access, casebook=folder / "casebook.sqlite")
    explorer = dataclasses.replace(explorer, map_limits=LIMITED)
    server = serve(explorer, access, "127.0.0.1", 0)
    server.start()
    yield SimpleNamespace(url=server.url, port=server.port, explorer=explorer)
    server.stop()


@pytest.fixture
def tables(large: Any) -> RunTables:
    return newest(large).tables


def whole(browser: Any, tables: RunTables) -> dict[str, list[Any]]:
    """Wait for the whole map; return its marks."""
    groups = tables.cluster_map(limits=LIMITED).groups
    n_marks, n_others = LIMITED.first + len(groups), tables.n_clusters - LIMITED.first
    said = f"{LIMITED.first} clusters, {len(groups)} groups of {n_others} clusters and"
    return dict(wait_for(browser, DRAWN, n_marks, said))


def of_group(browser: Any, n: int) -> dict[str, list[Any]]:
    """Wait for the clusters of a group; return its marks."""
    return dict(wait_for(browser, DRAWN, n, f"{n} cluster"))


def click(browser: Any, mark: int) -> None:
    """Click a mark of the map by its id."""
    at = browser.execute_script(
        "const map = window.cibPictures.of('map');"
        "map.el.scrollIntoView({ block: 'center', behavior: 'instant' });"
        "const [x, y] = map.kind.probe().where(arguments[0]);"
        "return [x - map.w / 2, y - map.h / 2]",
        mark,
    )
    picture = browser.find_element("id", "map-picture")
    place = [round(one) for one in at]
    ActionChains(browser).move_to_element_with_offset(picture, *place).click().perform()


def test_a_large_run_opens_on_the_map_of_all_clusters(
    browser: Any, large: Any, tables: RunTables
) -> None:
    open_at(browser, large)
    marks = whole(browser, tables)
    shows(browser, "Map of clusters", "#page h1")
    clusters = sorted(rows(tables, "clusters"), key=lambda row: row["rank"])
    groups = Counter(alike(row) for row in clusters[LIMITED.first :])
    assert marks["id"][: LIMITED.first] == [row["cluster_id"] for row in clusters[: LIMITED.first]]
    assert marks["id"][LIMITED.first :] == [
        -i for i in range(1, len(marks["id"]) - LIMITED.first + 1)
    ]
    assert sum(marks["many"]) == len(clusters)
    assert sum(marks["n"]) == sum(row["n_accounts"] for row in clusters)
    assert max(groups.values()) > LIMITED.clusters  # one had to be parted
    shows(browser, f"All {len(clusters)} clusters are here: the first {LIMITED.first} by rank")
    shows(browser, "Left out: ", ".picture-note")
    here = "return document.querySelector('nav.top [aria-current]').textContent"
    assert browser.execute_script(here) == "Map"
    assert complaints(browser) == []
    assert strangers(browser, f"127.0.0.1:{large.port}") == []
    find(browser, "nav.top a", "Triage").click()
    shows(browser, f"{len(clusters)} clusters", "#triage-count")
    wait_for(browser, here + " === 'Triage'")
    press(browser, "g", "m")
    whole(browser, tables)


def test_a_group_opens_to_its_clusters_and_these_to_their_pages(
    browser: Any, large: Any, tables: RunTables
) -> None:
    open_at(browser, large)
    marks = whole(browser, tables)
    groups = tables.cluster_map(limits=LIMITED).groups.to_pylist()
    group = max(groups, key=lambda one: one["n_clusters"])
    click(browser, -group["group"])
    inside = of_group(browser, group["n_clusters"])
    clusters = sorted(rows(tables, "clusters"), key=lambda row: row["rank"])[LIMITED.first :]
    mine = [row for row in clusters if alike(row) == (group["kind"], group["band"], group["size"])]
    begin = (group["part"] - 1) * LIMITED.clusters
    mine = mine[begin : begin + LIMITED.clusters]
    assert inside["id"] == [row["cluster_id"] for row in mine]
    assert inside["n"] == [row["n_accounts"] for row in mine]
    place = LIMITED.first + group["group"] - 1
    assert (marks["many"][place], marks["n"][place]) == (len(mine), sum(inside["n"]))
    n_links = browser.execute_script("return window.cibPictures.of('map').payload.links.a.length")
    assert n_links <= LIMITED.links
    shows(browser, f"{len(mine)} clusters of {sum(inside['n']):,} accounts: {group['kind']}",
          "#map-group")  # fmt: skip
    assert f"group={group['group']}" in browser.current_url
    click(browser, inside["id"][0])
    wait_for(browser, "return /\\/cluster\\/\\d+$/.test(location.pathname)")
    shows(browser, f"Cluster {inside['id'][0]}", "#page h1")
    browser.back()
    of_group(browser, len(mine))
    find(browser, "#map-back").click()
    whole(browser, tables)
    assert complaints(browser) == []


def test_groups_are_reached_by_keyboard_and_by_table(
    browser: Any, large: Any, tables: RunTables
) -> None:
    open_at(browser, large)
    whole(browser, tables)
    groups = tables.cluster_map(limits=LIMITED).groups.to_pylist()
    picture = find(browser, "#map-picture")
    picture.send_keys("p")  # the last mark
    last = groups[-1]
    shows(browser, "a click draws them singly", "#map-status")
    picture.send_keys(Keys.ENTER)
    of_group(browser, last["n_clusters"])
    browser.back()
    whole(browser, tables)
    find(browser, "#map-groups summary", f"({len(groups)})").click()
    links = browser.find_elements("css selector", "#map-groups th a")
    assert len(links) == len(groups)
    cells = browser.execute_script(
        "return [...document.querySelectorAll('#map-groups tbody tr')].map("
        "(row) => row.querySelector('td').innerText)"
    )
    assert [int(cell) for cell in cells] == [group["n_clusters"] for group in groups]
    links[0].click()
    of_group(browser, groups[0]["n_clusters"])


def test_filters_narrow_all_clusters_and_stay_in_a_group(
    browser: Any, large: Any, tables: RunTables
) -> None:
    rings = [row for row in rows(tables, "clusters") if row["kind"] == "ring"]
    open_at(browser, large, f"/map?run={newest(large).id}&kinds=ring")
    shows(browser, f"All {len(rings)} clusters are here", "#map-drawn")
    find(browser, "#map-kinds", "ring")
    find(browser, "#map-groups summary").click()
    link = find(browser, "#map-groups th a")
    assert link.text.startswith("ring, ")
    assert "kinds=ring&group=1" in link.get_attribute("href")
    link.click()
    shows(browser, "ring, inauthenticity", "#map-group")
    assert not browser.find_element("id", "map-kinds").is_displayed()
    find(browser, "#map-back").click()
    shows(browser, f"All {len(rings)} clusters are here", "#map-drawn")


def test_a_group_that_is_not_there_leads_back(browser: Any, large: Any) -> None:
    open_at(browser, large, "/map?group=999")
    shows(browser, "The map has no group 999")
    find(browser, "#page a", "Go to triage")
