"""The raster and the map of clusters in a real browser."""

from __future__ import annotations

import pytest

pytest.importorskip("selenium", reason="selenium is not installed")
pytest.importorskip("dash", reason="dash is not installed")
from selenium.webdriver.common.keys import Keys

from picture_browser import Page

pytestmark = pytest.mark.browser


def test_brushing_time_zooms_and_lights_up_who_acted(page: Page) -> None:
    begin, end, left = (page.probe("raster", part) for part in ("begin", "end", "left"))
    width = page.js("return cibPictures.of('raster').w")
    page.drag("raster", (left + 200, 60), (left + 300, 90), (left + 330, 80))
    brush = page.reported("raster-brush", 1)
    assert begin * 1000 < brush["since_us"] < brush["until_us"] < end * 1000
    assert (brush["until_us"] - brush["since_us"]) / 1000 / (end - begin) == pytest.approx(
        130 / (width - left), rel=0.1
    )
    assert brush["rows"]
    page.wait(
        "return cibPictures.of('net').kind.probe().lit.length === arguments[0]", len(brush["rows"])
    )
    page.element("raster").send_keys(Keys.ESCAPE)
    assert page.reported("raster-brush", 2)["since_us"] is None
    assert page.probe("raster", "t0") == begin
    page.press("raster", "busiest-hour")
    hour = page.reported("raster-brush", 3)
    assert (hour["until_us"] - hour["since_us"]) / 3.6e9 == pytest.approx(1, abs=0.01)
    assert len(hour["rows"]) > 20
    page.to("raster", left + 400, 200).double_click().perform()
    page.wait("return cibPictures.of('raster').kind.probe().t1 === arguments[0]", end)


def test_choosing_rows_of_the_raster(page: Page) -> None:
    rows, n = page.js("const d = cibPictures.of('raster').payload; return [d.rows, d.n_members]")
    place = (
        "const p = cibPictures.of('raster').kind.probe();return p.y(arguments[0]) + p.rowHeight / 2"
    )
    middle = [page.js(place, r) for r in (2, 5, n + 1)]
    page.to("raster", 20, middle[0]).click().perform()
    assert page.reported("raster-selection", 1)["rows"] == [rows[2]]
    assert page.probe("net", "lit") == [rows[2]]
    page.drag("raster", (20, middle[0] - 1), (24, (middle[0] + middle[1]) / 2), (24, middle[1] + 1))
    assert page.reported("raster-selection", 2)["rows"] == rows[2:6]
    page.to("raster", 20, middle[2]).click().perform()
    assert page.reported("raster-selection", 3)["rows"] == []  # a control whose row is unknown
    assert rows[n + 1] < 0


def test_the_map_says_the_reason_and_opens(page: Page) -> None:
    reason = page.js("return cibPictures.of('map').payload.clusters.reason[2]")
    place = page.probe("map", "where", 3)
    page.to("map", *place).perform()
    page.wait("return !document.querySelector('#map-picture .picture-tip').hidden")
    tip = page.js("return document.querySelector('#map-picture .picture-tip').textContent")
    assert reason in tip
    assert "needs more" in tip
    page.to("map", *place).click().perform()
    opened = page.reported("map-opened", 1)
    assert (opened["cluster_id"], opened["run_id"]) == (3, "run")
    page.js(
        "const { links } = cibPictures.of('map').payload;"
        "links.a.push(0); links.b.push(1); links.n.push(1)"
    )
    status = "document.getElementById('map-status').textContent"
    page.set_range("map-least", 0.5)
    page.wait(f"return {status}.includes(' of 4') && {status}.includes(' and 1 link ')")
    page.set_range("map-least", 1)
    page.wait(f"return {status}.includes(' and 0 links ')")
