"""Networks of a cluster with hostile names and of its accounts: what is drawn, what follows it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

pytest.importorskip("selenium", reason="selenium is not installed")
from selenium.webdriver.common.keys import Keys

from browsers import complaints, find, shows, wait_for
from cib.viz.text import printable
from cluster_page import ask, open_page, part, ring, rows_said
from drawn_network import (
    INKS,
    OUTSIDERS,
    TICKED,
    as_expected,
    colours_between,
    drawn,
    evidence,
    lasso_all,
    layers_of,
    most_joined,
    tick,
    with_outsiders,
)
from explorer_runs import HOSTILE, newest, open_at
from picture_browser import Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def runs(two_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The two runs, with evidence that leads out of the cluster."""
    import shutil

    place = Path(shutil.copytree(two_runs, tmp_path_factory.mktemp("joined") / "runs"))
    for path in place.glob("*/edges.parquet"):
        pq.write_table(with_outsiders(pq.read_table(path)), path)
    return place


@pytest.fixture
def net(browser: Any, served: Any) -> Page:
    """The page of the cluster with hostile names, at its network."""
    return network_of(browser, served, ring(served))


def network_of(browser: Any, served: Any, cluster: int) -> Page:
    open_page(browser, served, cluster)
    part(browser, "network", "canvas")
    wait_for(browser, "return document.getElementById('network-picture').dataset.drawn > 0")
    return Page(browser, "network")


@pytest.mark.parametrize(
    ("which", "steps", "fewest"), [(ring, (6, 18), 2), (most_joined, (1.5, 2, 2.5, 3), 3)]
)
def test_lines_are_the_pairs_that_the_filters_leave(
    browser: Any, served: Any, which: Any, steps: tuple[float, ...], fewest: int
) -> None:
    cluster = which(served)
    net, layers = network_of(browser, served, cluster), layers_of(served, cluster)
    pixels = net.ink("network")
    everything = drawn(net)
    assert len(layers) > 1
    assert as_expected(net, served, cluster, layers)
    n_drawn = {len(everything)}
    for least in steps:
        net.set_range("network-q", least)
        shows(browser, f"q ≤ 10^−{least:g}", "#network-q-words")
        assert as_expected(net, served, cluster, layers, least)
        assert (net.ink("network") == pixels) == (drawn(net) == everything)
        n_drawn.add(len(drawn(net)))
    assert len(n_drawn) >= fewest
    net.set_range("network-q", 0)
    shows(browser, "all that the scan kept", "#network-q-words")
    for layer in sorted(layers):
        for left in (layers - {layer}, layers):
            tick(net, layer)
            net.wait(TICKED + f" === '{','.join(sorted(left))}'")
            assert as_expected(net, served, cluster, left)
    assert net.ink("network") == pixels


def test_a_pair_has_the_colour_of_its_strongest_evidence(browser: Any, served: Any) -> None:
    cluster = most_joined(served)
    net, inks = network_of(browser, served, cluster), None
    several = {p: sorted((w, n) for n, w, _ in found)
               for p, found in evidence(served, cluster).items() if len(found) > 1}  # fmt: skip
    strongest = {found[-1][1]: pair for pair, found in several.items()}
    assert len(strongest) > 1
    for first, pair in strongest.items():
        second = several[pair][-2][1]
        inks = inks or net.js(INKS, "network")
        lasso_all(net)
        for row in pair:
            net.click_node(row, Keys.CONTROL)
        net.press("network", "hide")
        assert drawn(net) == {pair: first}
        assert colours_between(net, pair, inks) == {first}
        tick(net, first)
        net.wait("return cibPictures.of('network').kind.probe().pairs()[0]?.[2] === arguments[0]",
                 second)  # fmt: skip
        assert drawn(net) == {pair: second}
        assert colours_between(net, pair, inks) == {second}
        tick(net, first)
        net.press("network", "show")


def test_a_lasso_narrows_the_tables_beside(net: Page, served: Any) -> None:
    for name, css in (("targets", ".ag-row"), ("interactions", ".ag-row"), ("members", ".ag-row")):
        part(net.driver, name, css)
    everything = rows_said(net.driver, "every interaction")
    part(net.driver, "network", "canvas")
    high = net.js("return cibPictures.of('network').h")
    places = {row: net.probe("network", "where", row) for row in net.first_rows(50)}
    middle = sum(sorted(x for x, _ in places.values())[4:6]) / 2
    corners = [(3, 3), (middle, 3), (middle, high - 4), (3, high - 4), (3, 9)]
    net.drag("network", *corners, key=Keys.SHIFT)
    inside = sorted(row for row, (x, _) in places.items() if x < middle)
    assert 0 < len(inside) < len(places)
    net.wait("return cibPictures.of('network').kind.probe().chosen.length === arguments[0]",
             len(inside))  # fmt: skip
    assert sorted(net.probe("network", "chosen")) == inside
    shows(net.driver, f"{len(inside)} account", "#selection-bar")
    ids = [newest(served).tables.account(row)["account_id"] for row in inside]
    query = """SELECT count(*) FROM '{run}/interactions.parquet'
    WHERE cluster_id = ? AND list_contains(?, account_id)"""
    ((wanted,),) = ask(served, query, ring(served), ids)
    assert rows_said(net.driver, "within what is chosen") == wanted < everything
    part(net.driver, "members", ".ag-row-selected")
    marked = "return [...document.querySelectorAll('#members .ag-row-selected bdi')].map(" \
             "(one) => one.textContent)"  # fmt: skip
    assert set(net.js(marked)) == {printable(one) for one in ids}
    part(net.driver, "targets", "[col-id=now].ag-cell")
    now = """return [...document.querySelectorAll('#targets [col-id=now].ag-cell')].reduce(
      (sum, one) => sum + Number(one.textContent), 0)"""
    assert net.js(now) == wanted


def test_hiding_showing_and_finding_hostile_names(net: Page, served: Any) -> None:
    everyone, everything = net.first_rows(50), drawn(net)
    row = next(r for r in everyone
               if newest(served).tables.account(r)["account_id"] == HOSTILE["bot04"])  # fmt: skip
    find(net.driver, "#network-search").send_keys(HOSTILE["bot04"][2:12])
    net.wait("return cibPictures.of('network').kind.probe().found.length === 1")
    assert net.probe("network", "found") == [row]
    shows(net.driver, "1 name found", "#network-status")
    find(net.driver, "#network-search").clear()
    net.click_node(row)
    net.press("network", "hide")
    shows(net.driver, "1 hidden", "#network-status")
    assert drawn(net) == {pair: layer for pair, layer in everything.items() if row not in pair}
    net.driver.execute_script("cibPictures.of('network').fit()")
    net.press("network", "show")
    assert drawn(net) == everything
    assert net.driver.execute_script("return window.pwned") is None


def test_expanding_brings_those_joined_from_outside(net: Page, served: Any) -> None:
    tables = newest(served).tables
    row = next(r for r in net.first_rows(50)
               if tables.account(r)["account_id"] == HOSTILE["bot00"])  # fmt: skip
    before = net.first_rows(50)
    net.click_node(row)
    find(net.driver, "#network button[data-act=expand]").click()
    shows(net.driver, f"{len(OUTSIDERS)} more, outside this cluster", "#network-said")
    names = net.js("return cibPictures.of('network').payload.nodes.name")
    rows = net.first_rows(50)
    assert rows[: len(before)] == before
    assert set(names[len(before) :]) == set(OUTSIDERS)
    for name in OUTSIDERS:
        assert drawn(net)[frozenset((row, rows[names.index(name)]))] == "play"
    assert complaints(net.driver) == []


def row_of(served: Any, name: str) -> int:
    return int(newest(served).tables.account_rows([name])[0])


def test_the_network_of_an_account_grows_and_leads_on(browser: Any, served: Any) -> None:
    here, friend = (row_of(served, HOSTILE[name]) for name in ("bot01", "bot00"))
    open_at(browser, served, f"/run/{newest(served).id}/account/{here}")
    wait_for(browser, "return document.getElementById('ego-picture')?.dataset.drawn > 0")
    browser.execute_script("window.stays = true")
    net = Page(browser, "ego")
    joined = {frozenset((here, row)) for row in net.first_rows(99)} - {frozenset((here,))}
    assert joined == {pair for pair in evidence(served, ring(served)) if here in pair}
    names = net.js("return cibPictures.of('ego').payload.nodes.name")
    assert set(names) == {printable(name) for name in members(served)}
    places = {row: net.probe("ego", "where", row) for row in net.first_rows(99)}
    net.click_node(friend)
    net.press("ego", "expand")
    wanted = len(places) + len(OUTSIDERS)
    net.wait("return cibPictures.of('ego').payload.nodes.row.length === arguments[0]", wanted)
    outside = {row_of(served, name) for name in OUTSIDERS}
    assert set(net.first_rows(99)) == {*places, *outside}
    assert {frozenset((friend, row)) for row in outside} <= drawn(net).keys()
    xy = "const n = cibPictures.of('ego').payload.nodes; return n.x.map((x, i) => [x, n.y[i]])"
    assert len({tuple(one) for one in net.js(xy)}) == wanted  # nobody lies on another
    net.js("cibPictures.of('ego').fit()")
    net.click_node(row_of(served, OUTSIDERS[2]))
    net.press("ego", "open")
    shows(browser, OUTSIDERS[2], "#page h1")
    there = f"/run/{newest(served).id}/account/{row_of(served, OUTSIDERS[2])}"
    assert browser.execute_script("return location.pathname") == there
    assert browser.execute_script("return window.stays && !window.pwned")
    assert complaints(browser) == []


def members(served: Any) -> list[str]:
    return list(newest(served).tables.members(ring(served))[0]["account_id"].to_pylist())
