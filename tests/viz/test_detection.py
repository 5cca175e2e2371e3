"""Detection curves: what is drawn is what was found, and the page is inert."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from browsers import chromium, wait_for
from cib.algorithms.evaluation.strata import camouflage_bin, size_bin
from cib.viz import (
    camouflage_figure,
    false_positives_figure,
    reliability_figure,
    render_detection_page,
    size_figure,
)
from cib.viz.detection_figures import camouflage_curves, method_colour, size_curves
from cib.viz.reliability_figure import reliability_points

METHODS = ("cib", "plain", "</script><script>window.pwned=1</script>")
NOTES = ["A note & a <b>tag</b>."]


@pytest.fixture(scope="module")
def rings() -> pa.Table:
    """Three methods on 84 rings: the first misses camouflaged ones, the last finds nothing."""
    rng = np.random.default_rng(0)
    rows = []
    for method in METHODS:
        for number, camouflage in enumerate(np.repeat([0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95], 12)):
            n = int(rng.choice([10, 30, 100, 300]))
            chance = {"cib": 1.3 - camouflage, "plain": 0.3}.get(method, 0)
            rows.append(
                {
                    "source": method, "degrade": "full", "seed": number % 3,
                    "ring_id": f"r{number}", "camouflage": float(camouflage),
                    "camouflage_bin": camouflage_bin(camouflage), "n_accounts": n,
                    "size_bin": size_bin(n), "reported": bool(rng.random() < chance),
                }
            )  # fmt: skip
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Rows of the long table that the page reads."""
    rows = []
    for method in METHODS:
        common = {"source": method, "degrade": "full", "seed": None}
        for kind, name, measure, value in (
            ("all", "all", "ring_recall", 0.5),
            ("confounder", "G01", "false_positive_rate", 0.25),
            ("confounder", "none", "false_positive_rate", 0.0),
            ("worst_cell", "G01 × <i>SE</i>", "false_positive_rate", 0.5),
        ):
            rows.append(
                common
                | {"stratum_kind": kind, "stratum": name, "measure": measure}
                | {"value": value, "low": 0.8 * value, "high": value + 0.1, "n": 40}
            )
    for method in (METHODS[0], METHODS[2]):  # the second predicts nothing
        common = {"source": method, "degrade": "full", "seed": None, "stratum_kind": "reliability"}
        for name, n, predicted, observed in (("0–0.05", 64, 0.02, 0.0), ("0.8–0.95", 16, 0.9, 0.5)):
            pair = {"predicted": (predicted, None, None), "observed": (observed, 0.0, 0.7)}
            rows += [
                common
                | {"stratum": name, "measure": measure, "n": n}
                | dict(zip(("value", "low", "high"), numbers, strict=True))
                for measure, numbers in pair.items()
            ]
    return pa.Table.from_pylist(rows)


def test_points_are_shares_of_rings(rings: pa.Table) -> None:
    rows = rings.to_pylist()
    for lines, column in (
        (camouflage_curves(rings), "camouflage_bin"),
        (size_curves(rings), "size_bin"),
    ):
        assert list(lines) == list(METHODS)
        for method, points in lines.items():
            for p in points:
                mine = [r for r in rows if r["source"] == method and r[column] == p.name]
                assert (p.n, p.n_reported) == (len(mine), sum(r["reported"] for r in mine))
                assert p.low <= p.n_reported / p.n <= p.high
                assert p.low < p.high  # no certainty from a dozen rings
            assert sum(p.n for p in points) == 84
            assert [p.x for p in points] == sorted(p.x for p in points)


def test_figures_show_the_points(rings: pa.Table) -> None:
    for figure, lines in (
        (camouflage_figure(rings), camouflage_curves(rings)),
        (size_figure(rings), size_curves(rings)),
    ):
        drawn = [t for t in figure.data if t.mode == "lines+markers"]
        bands = [t for t in figure.data if t.fill == "toself"]
        assert len(drawn) == len(bands) == len(METHODS)
        for trace, band, points in zip(drawn, bands, lines.values(), strict=True):
            assert list(trace.y) == [p.n_reported / p.n for p in points]
            assert list(band.y) == [p.low for p in points] + [p.high for p in reversed(points)]
        assert "84 rings" in figure.layout.meta["caption"]
        assert "<" not in drawn[2].name


def test_of_many_methods_only_the_first_has_a_band(rings: pa.Table) -> None:
    place = rings.column_names.index("source")
    other = pa.array([f"other {name}" for name in rings["source"].to_pylist()])
    figure = size_figure(pa.concat_tables([rings, rings.set_column(place, "source", other)]))
    assert sum(t.mode == "lines+markers" for t in figure.data) == 2 * len(METHODS)
    assert [t.legendgroup for t in figure.data if t.fill == "toself"] == ["0"]
    assert f"Bands of {next(iter(METHODS))}" in figure.layout.meta["caption"]


def test_one_bin_has_a_bar_and_rings_without_camouflage_are_left_out(rings: pa.Table) -> None:
    one = rings.slice(0, 12)
    figure = camouflage_figure(one)
    assert [t.mode for t in figure.data] == ["lines+markers"]
    assert figure.data[0].error_y.visible
    unknown = pa.nulls(12)
    place = one.column_names.index("camouflage")
    bare = one.set_column(place, "camouflage", unknown.cast(pa.float64()))
    bare = bare.drop_columns("camouflage_bin").append_column(
        "camouflage_bin", unknown.cast(pa.string())
    )
    assert camouflage_curves(bare) == {"cib": []}
    assert len(camouflage_figure(bare).data[0].x) == 0


def test_false_positives_by_group(table: pa.Table) -> None:
    figure = false_positives_figure(table)
    assert list(figure.layout.yaxis.ticktext) == ["ordinary accounts", "G01 album-drop fans"]
    assert [sorted(trace.x) for trace in figure.data] == [[0.0, 0.25]] * 3
    assert figure.layout.xaxis.range[0] < 0


def test_reliability_stands_where_it_was_predicted_and_observed(table: pa.Table) -> None:
    points = reliability_points(table)
    assert list(points) == [METHODS[0], METHODS[2]]
    assert [(p.name, p.n, p.predicted, p.observed) for p in points["cib"]] == [
        ("0–0.05", 64, 0.02, 0.0),
        ("0.8–0.95", 16, 0.9, 0.5),
    ]
    figure = reliability_figure(table)
    diagonal, *drawn = figure.data
    assert (list(diagonal.x), list(diagonal.y)) == ([0, 1], [0, 1])
    assert len(drawn) == 2
    assert [t.marker.color for t in drawn] == [method_colour(0), method_colour(2)]  # as elsewhere
    for trace in drawn:
        assert (list(trace.x), list(trace.y)) == ([0.02, 0.9], [0.0, 0.5])
        assert list(trace.error_y.array) == pytest.approx([0.7, 0.2])
        assert list(trace.error_y.arrayminus) == pytest.approx([0.0, 0.5])
        many, few = trace.marker.size
        assert many > few
        assert "<" not in trace.name
    assert "80 clusters" in figure.layout.meta["caption"]


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_is_inert_and_the_same_every_time(table: pa.Table, rings: pa.Table) -> None:
    page = render_detection_page(table, rings, NOTES)
    assert page == render_detection_page(table, rings, NOTES)
    assert "A note &amp; a &lt;b&gt;tag&lt;/b&gt;." in page
    assert "<script>window.pwned" not in page
    assert "<i>SE" not in page
    tags = Tags(page).tags
    for tag, attributes in tags:
        assert tag not in ("iframe", "object", "embed", "base", "form", "img", "i")
        assert "src" not in attributes
        link = attributes.get("href")
        assert link is None or link.startswith("#") or link == "data:,"
    drawn = {a["data-figure"] for _, a in tags if "data-figure" in a}
    assert drawn == {"camouflage", "size", "reliability", "groups"}
    for key in drawn:
        data = re.search(rf'id="data-{key}">(.*?)</script>', page, re.DOTALL)
        assert data is not None
        assert json.loads(data[1])["data"]
    anchors = {a["id"] for _, a in tags if "id" in a}
    assert {a["href"][1:] for t, a in tags if t == "a" and a["href"][0] == "#"} <= anchors


def test_a_page_without_rings(table: pa.Table, rings: pa.Table) -> None:
    page = render_detection_page(table, rings.slice(0, 0), [])
    assert "A log without rings" in page
    assert 'data-figure="groups"' in page
    assert 'data-figure="size"' not in page
    assert "Everything could be measured." in page


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_draws_every_figure(
    tmp_path: Path, table: pa.Table, rings: pa.Table, scheme: str
) -> None:
    file = tmp_path / "detection.html"
    file.write_text(render_detection_page(table, rings, NOTES), encoding="utf-8")
    profile = tmp_path / "profile"
    with chromium(profile, dark=scheme == "dark", size=(1280, 4000)) as browser:
        browser.get(file.as_uri())
        for key, marks in (
            ("camouflage", 21),
            ("size", 12),
            ("reliability", 4),
            ("groups", 6),
        ):
            drawn = f"document.querySelectorAll('#plot-{key} .points path.point').length"
            wait_for(browser, f"return {drawn} === arguments[0]", marks)
        assert browser.execute_script("return window.pwned") is None
        assert browser.get_log("browser") == []
