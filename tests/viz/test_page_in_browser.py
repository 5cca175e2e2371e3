"""The report in a real browser: it draws, sorts, stays offline, and runs nothing it was fed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from browsers import chromium, size_to, wait_for
from cib.viz import render_report

pytestmark = pytest.mark.browser


def draw(browser: Any, key: str) -> None:
    """Scroll to a figure and wait until it is drawn."""
    browser.execute_script("document.getElementById(arguments[0]).scrollIntoView()", f"plot-{key}")
    wait_for(
        browser, "return document.querySelectorAll('#plot-' + arguments[0] + ' .trace').length", key
    )


@pytest.fixture(scope="module")
def path(tmp_path_factory: Any, run_tables: dict[str, pa.Table], manifest: dict[str, Any]) -> Path:
    file = Path(tmp_path_factory.mktemp("report")) / "report.html"
    file.write_text(render_report(run_tables, manifest), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def browser(path: Path, tmp_path_factory: Any) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        driver.get(path.as_uri())
        yield driver


FIGURES = [
    "overview",
    *(f"cluster-{c}-{k}" for c in (1, 2, 3, 4) for k in ("raster", "network", "targets")),
]


def test_figures_wait_until_they_are_seen(path: Path, tmp_path: Path) -> None:
    with chromium(tmp_path) as driver:
        driver.get(path.as_uri())
        wait_for(driver, "return document.querySelectorAll('.trace').length")
        drawn = driver.execute_script(
            "return document.querySelectorAll('.plot-area[data-drawn]').length"
        )
        assert 1 <= drawn < len(FIGURES) / 2


@pytest.mark.parametrize("key", FIGURES)
def test_figure_draws(browser: Any, key: str) -> None:
    draw(browser, key)
    shapes = browser.execute_script(
        "return document.querySelectorAll('#plot-' + arguments[0] + ' .trace').length", key
    )
    assert shapes > 0


def test_the_raster_draws_every_mark(browser: Any, run_tables: dict[str, pa.Table]) -> None:
    draw(browser, "cluster-2-raster")
    marks = browser.execute_script(
        "return document.querySelectorAll('#plot-cluster-2-raster .points path').length"
    )
    assert marks == run_tables["interactions"]["cluster_id"].to_pylist().count(2)


def test_packed_texts_arrive_unchanged(browser: Any, run_tables: dict[str, pa.Table]) -> None:
    draw(browser, "cluster-1-raster")
    texts = browser.execute_script(
        "return document.getElementById('plot-cluster-1-raster').data.flatMap((t) => [...t.text])"
    )
    rows = run_tables["interactions"].to_pylist()
    assert sorted(texts) == sorted(r["account_id"] for r in rows if r["cluster_id"] == 1)


def test_hostile_names_show_as_text_and_do_nothing(browser: Any) -> None:
    for key in FIGURES[4:7]:
        draw(browser, key)
    ticks = browser.execute_script(
        "return [...document.querySelectorAll('#plot-cluster-2-raster .ytick text')]"
        ".map((t) => t.textContent)"
    )
    assert "<script>window.pwned=…" in ticks
    assert "free\\u{202e}gpj.exe" in ticks
    assert any(tick.startswith("%{x} $") for tick in ticks)
    legend = browser.execute_script(
        "return document.querySelector('#plot-cluster-2-raster .legend').textContent"
    )
    assert "<b>Hit</b> <a href=" in legend
    assert browser.execute_script("return window.pwned") is None
    assert (
        browser.execute_script("return document.querySelectorAll('.plot-area a, svg a').length")
        == 0
    )
    links = browser.execute_script("return [...document.links].map((a) => a.getAttribute('href'))")
    assert links
    assert all(link.startswith("#") for link in links)
    assert browser.execute_script("return document.querySelectorAll('img').length") == 0


def test_hovering_a_hostile_account_shows_its_name(browser: Any) -> None:
    draw(browser, "cluster-2-raster")
    for curve, target in enumerate(("song-2", "<b>Hit</b> <a href=")):
        hover = """const plot = document.getElementById('plot-cluster-2-raster');
          const texts = plot.data[arguments[0]].text;
          const point = texts.findIndex((text) => text.includes('script&#62;window'));
          Plotly.Fx.hover(plot, [{curveNumber: arguments[0], pointNumber: point}]);
          const shown = plot.querySelector('.hoverlayer').textContent;
          return shown.includes(arguments[1]) && shown;"""
        shown = wait_for(browser, hover, curve, target)
        assert "<script>window.pwned=" in shown
        assert "Mar 2024" in shown
    assert browser.execute_script("return document.querySelectorAll('.hoverlayer a').length") == 0


def test_sorting_a_table(browser: Any) -> None:
    def column(index: int) -> list[str]:
        cells = (
            "return [...document.getElementById('ranking-table').tBodies[0].rows]"
            ".map((row) => row.cells[arguments[0] - 1].textContent)"
        )
        return list(browser.execute_script(cells, index))

    def press(index: int) -> str:
        header = f"#ranking-table th:nth-child({index})"
        browser.execute_script("document.querySelector(arguments[0] + ' button').click()", header)
        return str(
            browser.execute_script("return document.querySelector(arguments[0]).ariaSort", header)
        )

    assert column(6) == ["48", "10", "220", "3"]
    assert press(6) == "descending"
    assert column(6) == ["220", "48", "10", "3"]
    assert press(6) == "ascending"
    assert column(6) == ["3", "10", "48", "220"]
    assert press(5) == "ascending"
    assert column(5)[0].startswith("fans on album night")
    assert press(1) == "descending"
    assert press(1) == "ascending"
    assert column(1) == ["1", "2", "3", "4"]


def test_a_table_sorts_by_keyboard(browser: Any) -> None:
    button = browser.find_element("css selector", "#ranking-table th:nth-child(3) button")
    browser.execute_script("arguments[0].focus()", button)
    browser.switch_to.active_element.send_keys("\ue007")
    header = "return document.querySelector('#ranking-table th:nth-child(3)').ariaSort"
    assert browser.execute_script(header) == "descending"


def test_the_busiest_hour_is_one_press_away(browser: Any) -> None:
    draw(browser, "cluster-1-raster")
    length = (
        "const r = document.getElementById('plot-cluster-1-raster')._fullLayout.xaxis.range;"
        "return (Date.parse(r[1] + 'Z') - Date.parse(r[0] + 'Z')) / 60000"
    )
    press = (
        "[...document.querySelectorAll('[data-plot=cluster-1-raster] button')]"
        ".find((b) => b.textContent === arguments[0]).click()"
    )
    browser.execute_script(press, "busiest hour")
    wait_for(browser, f"{length} < 61")
    assert browser.execute_script(length) == pytest.approx(60, abs=0.1)
    browser.execute_script(press, "whole time")
    wait_for(browser, f"{length} > 10000")


def test_no_button_sends_anything_anywhere(browser: Any) -> None:
    draw(browser, "cluster-1-raster")
    buttons = browser.execute_script(
        "return [...document.querySelectorAll('.modebar-btn')]"
        ".map((b) => b.dataset.title || b.ariaLabel || '')"
    )
    assert set(buttons) == {"Zoom", "Pan", "Reset axes", "Download plot as a PNG"}
    assert (
        browser.execute_script("return document.querySelectorAll('.modebar a[href]').length") == 0
    )


def test_a_click_in_the_overview_goes_to_the_section(browser: Any) -> None:
    draw(browser, "overview")
    browser.execute_script(
        """document.documentElement.style.scrollBehavior = 'auto';
        const event = {points: [{customdata: [3]}]};
        document.getElementById('plot-overview').emit('plotly_click', event);"""
    )
    wait_for(
        browser,
        "const box = document.getElementById('cluster-3').getBoundingClientRect();"
        "return Math.abs(box.top) < 80",
    )


def test_dark_and_light_differ_and_are_legible(path: Path, tmp_path: Path) -> None:
    """Text stands out from its background (WCAG: 4.5 to 1) in both schemes, figures included."""
    contrast = """
      const light = (rgb) => rgb.match(/[\\d.]+/g).slice(0, 3).map((v) => v / 255)
        .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
      const style = (s) => getComputedStyle(document.querySelector(s));
      const paper = light(style('body').backgroundColor);
      const card = light(style('.facts-grid').backgroundColor);
      const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return [ratio(light(style('h1').color), paper), ratio(light(style('.quiet').color), paper),
        ratio(light(style('dt').color), card), ratio(light(style('#ranking a').color), paper),
        ratio(light(style('.badge-open').color), paper),
        ratio(light(style('#plot-overview .xtick text').fill), paper)];"""
    papers = []
    for dark in (False, True):
        with chromium(tmp_path / str(dark), dark=dark) as driver:
            driver.get(path.as_uri())
            draw(driver, "overview")
            assert min(driver.execute_script(contrast)) >= 4.5
            papers.append(
                driver.execute_script("return getComputedStyle(document.body).backgroundColor")
            )
    assert papers[0] != papers[1]


def test_it_fits_a_laptop_and_a_phone(browser: Any) -> None:
    for width in (1280, 390):
        size_to(browser, width)
        wait_for(browser, "return document.documentElement.scrollWidth <= arguments[0]", width)
        draw(browser, "cluster-1-raster")
        drawn = (
            "return document.querySelector('#plot-cluster-1-raster .main-svg')"
            ".getBoundingClientRect().right <= arguments[0]"
        )
        wait_for(browser, drawn, width)
    size_to(browser)


def test_printing_draws_every_figure(path: Path, tmp_path: Path) -> None:
    with chromium(tmp_path) as driver:
        driver.get(path.as_uri())
        driver.execute_cdp_cmd("Page.printToPDF", {})
        drawn = driver.execute_script(
            "return document.querySelectorAll('.plot-area .main-svg').length"
        )
        assert drawn >= len(FIGURES)


def test_the_page_was_quiet(path: Path, tmp_path: Path) -> None:
    """Every figure drawn: no console message, no request but for the file."""
    with chromium(tmp_path) as driver:
        driver.get(path.as_uri())
        for key in FIGURES:
            draw(driver, key)
        assert driver.get_log("browser") == []
        messages = [
            json.loads(entry["message"])["message"] for entry in driver.get_log("performance")
        ]
        asked = {
            m["params"]["request"]["url"]
            for m in messages
            if m["method"] == "Network.requestWillBeSent"
        }
        assert {url for url in asked if not url.startswith(("data:", "blob:", "chrome:"))} == {
            path.as_uri()
        }


def test_the_policy_stops_a_request_and_an_image(browser: Any) -> None:
    """The content policy works: the same page cannot reach a server even if a script tried."""
    stopped = browser.execute_async_script(
        """const done = arguments[0];
        const seen = [];
        document.addEventListener('securitypolicyviolation', (e) => {
          seen.push(e.effectiveDirective);
          if (seen.length === 2) done(seen.sort());
        });
        fetch('http://127.0.0.1:9/').catch(() => 0);
        new Image().src = 'http://127.0.0.1:9/x.png';"""
    )
    assert stopped == ["connect-src", "img-src"]


def test_the_steps_of_a_score_meet_one_another(browser: Any) -> None:
    """Each bar begins where the one above ends, and no bar leaves its lane."""
    lanes = browser.execute_script(
        """return [...document.querySelectorAll("#cluster-1 .step .lane")].map((lane) => {
             const at = (e) => { const b = e.getBoundingClientRect(); return [b.left, b.right]; };
             const bar = lane.querySelector("i, b");
             return [at(lane), at(bar), bar.tagName, bar.className];
           })"""
    )
    assert len(lanes) >= 4
    assert [lane[2] for lane in (lanes[0], lanes[-1])] == ["B", "B"]
    stand = sum(lanes[0][1]) / 2
    for (left, right), (start, end), _, kind in lanes[1:-1]:
        assert left <= start <= end <= right
        before, after = (start, end) if kind == "move-for" else (end, start)
        assert abs(before - stand) < 2.5
        stand = after
    assert abs(sum(lanes[-1][1]) / 2 - stand) < 2.5


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_window(browser: Any, width: int) -> None:
    size_to(browser, width)
    try:
        assert browser.execute_script("return document.documentElement.scrollWidth") <= width
        outside = browser.execute_script(
            """return [...document.querySelectorAll(".step *")]
                 .filter((e) => e.getBoundingClientRect().right > innerWidth + 1).length"""
        )
        assert outside == 0
    finally:
        size_to(browser)
