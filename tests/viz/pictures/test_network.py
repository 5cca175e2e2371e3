"""The network in a real browser: choosing, filtering, hiding, opening."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")
pytest.importorskip("dash", reason="dash is not installed")
from selenium.webdriver.common.keys import Keys

from picture_browser import Page

pytestmark = pytest.mark.browser


def test_choosing_by_click_and_ctrl_click(page: Page) -> None:
    one, two, three = page.first_rows(3)
    page.click_node(one)
    assert page.reported("net-selection", 1)["rows"] == [one]
    page.click_node(two, Keys.CONTROL)
    assert page.reported("net-selection", 2)["rows"] == [one, two]
    page.click_node(one, Keys.CONTROL)
    assert page.reported("net-selection", 3)["rows"] == [two]
    page.click_node(three)
    assert page.reported("net-selection", 4)["rows"] == [three]
    assert page.probe("raster", "lit") == [three]
    page.to("net", 3, 3).click().perform()
    assert page.reported("net-selection", 5)["rows"] == []


def test_choosing_by_lasso(page: Page) -> None:
    w, h = page.js("const p = cibPictures.of('net'); return [p.w, p.h]")
    corners = [(4, 4), (w / 2, 4), (w / 2, h - 4), (4, h - 4), (4, 10)]
    page.drag("net", *corners, key=Keys.SHIFT)
    rows = page.reported("net-selection", 1)["rows"]
    left = [row for row in page.first_rows(48) if page.probe("net", "where", row)[0] < w / 2]
    assert sorted(rows) == sorted(left)
    assert 0 < len(rows) < 48


def test_filters_answer_without_the_server(page: Page) -> None:
    n_pairs, asked = page.probe("net", "drawn"), page.requests()
    layers = page.driver.find_elements("css selector", "#net-layers input")
    assert len(layers) == 2
    page.js("arguments[0].click()", layers[0])
    page.wait("return cibPictures.of('net').kind.probe().drawn < arguments[0]", n_pairs)
    n_devices = page.probe("net", "drawn")
    assert 0 < n_devices < n_pairs
    assert f"{n_devices} lines" in page.said("net")
    page.js("arguments[0].click()", layers[0])
    page.wait("return cibPictures.of('net').kind.probe().drawn === arguments[0]", n_pairs)
    for layer in layers:
        page.js("arguments[0].click()", layer)
    page.wait("return cibPictures.of('net').kind.probe().drawn === 0")
    assert "48 without a line are pale" in page.said("net")
    page.js("arguments[0].click()", layers[1])
    page.wait("return cibPictures.of('net').kind.probe().drawn === arguments[0]", n_devices)
    assert page.requests() == asked


def test_the_slider_leaves_the_pairs_with_enough_evidence(driver: Any, address: str) -> None:
    page = Page(driver).open(f"{address}/large", 2)
    asked = page.requests()
    edges = page.js("return cibPictures.of('net').payload.edges")
    rows = list(zip(edges["a"], edges["b"], edges["q"], strict=True))
    for least in (20, 40, 0):
        page.set_range("net-q", least)
        wanted = len({(a, b) for a, b, q in rows if q >= least})
        page.wait("return cibPictures.of('net').kind.probe().drawn === arguments[0]", wanted)
        words = f"10^−{least}" if least else "all that the scan kept"
        said = "return document.getElementById('net-q-words').textContent.includes(arguments[0])"
        page.wait(said, words)
    assert page.requests() == asked


def test_hiding_expanding_and_opening(page: Page) -> None:
    one, two = page.first_rows(2)
    page.click_node(one)
    page.press("net", "expand")
    assert page.reported("net-expand", 2)["rows"] == [one]
    page.press("net", "hide")
    page.wait("return document.getElementById('net-status').textContent.includes('1 hidden')")
    page.press("net", "show")
    page.wait("return !document.getElementById('net-status').textContent.includes('hidden')")
    page.to("net", *page.probe("net", "where", two)).double_click().perform()
    assert page.reported("net-opened", 3)["row"] == two
    element = page.element("net")
    element.send_keys("n", Keys.ENTER)
    opened = page.reported("net-opened", 6)
    assert opened["what"] == "account"
    assert opened["row"] >= 0


def test_searching_lights_names_up(page: Page) -> None:
    page.driver.find_element("id", "net-search").send_keys("user_0101")
    page.wait("return cibPictures.of('net').kind.probe().found.length === 10")
    assert "10 names found" in page.said("net")
