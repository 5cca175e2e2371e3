"""The report as text: complete, inert, the same every time, and honest about its limits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pytest

from cib.viz import render_report

Tables = dict[str, pa.Table]


class Page(HTMLParser):
    """What a browser would make of a page: tags with attributes, and the text in view."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.scripts: dict[str, str] = {}
        self._inside = ""
        self._id = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._inside, self._id = tag, dict(attrs).get("id") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[self._id] = self.scripts.get(self._id, "") + data
        elif not self._inside:
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(scope="module")
def html(run_tables: Tables, manifest: dict[str, Any]) -> str:
    return render_report(run_tables, manifest)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_same_tables_same_bytes(html: str, run_tables: Tables, manifest: dict[str, Any]) -> None:
    assert render_report(run_tables, manifest).encode() == html.encode()


def test_row_order_of_tables_does_not_matter(
    html: str, run_tables: Tables, manifest: dict[str, Any]
) -> None:
    turned = {
        name: table.take(list(range(table.num_rows))[::-1]) for name, table in run_tables.items()
    }
    assert render_report(turned, manifest) == html


def test_nothing_points_outside_the_page(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in ("iframe", "object", "embed", "base", "form", "img", "video", "audio")
        assert "src" not in attributes
        for link in (attributes.get("href"), attributes.get("action")):
            assert link is None or link.startswith("#") or link == "data:,"
        assert not [name for name in attributes if name.startswith("on")]


def test_the_page_forbids_itself_the_network(page: Page) -> None:
    policy = next(
        a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["connect-src"] == rules["form-action"] == "'none'"
    assert rules["img-src"] == "data: blob:"
    assert "http" not in policy


def test_hostile_names_are_text(page: Page, hostile_names: list[str]) -> None:
    for start in (
        "<script>window.pwned=1</script>",
        "free\\u{202e}gpj.exe",
        "nul\\u{0}tab\\u{9}line\\u{a}end",
    ):
        assert start in page.words
    assert "\u202e" not in "".join(page.text) + "".join(page.scripts.values())
    assert "49" not in [word.strip("{} ") for word in page.words.split() if "{" in word]
    titles = [a["title"] for t, a in page.tags if t == "bdi" and "title" in a]
    assert any(title and title.endswith("long" * 10) for title in titles), (
        "full name in the tooltip"
    )


def test_every_figure_has_its_data_and_every_data_its_figure(page: Page) -> None:
    drawn = {a["data-figure"] for _, a in page.tags if "data-figure" in a}
    assert drawn == {key.removeprefix("data-") for key in page.scripts if key.startswith("data-")}
    assert len(drawn) == 1 + 3 * 4
    for key in drawn:
        figure = json.loads(page.scripts[f"data-{key}"])
        assert "template" not in figure["layout"]
        assert "uid" not in json.dumps(figure["data"])


def test_two_scores_never_one(page: Page) -> None:
    meters = [a for t, a in page.tags if a.get("role") == "meter"]
    assert [m["aria-label"] for m in meters] == ["Coordination", "Inauthenticity"] * 4
    assert [m["aria-valuenow"] for m in meters[4:6]] == ["0.64", "0.18"]


def test_words_that_must_stand_there(page: Page) -> None:
    for words in (
        "1,204,331 read = 1,203,919 used + 12 quarantined + 300 duplicates + 100 out of scope",
        "Beneficiary, complicity unknown.",
        "In 3 the strongest innocent explanation is ruled out; in 1 it is not",
        "Do not act on this cluster before a person has checked this explanation.",
        "the log has neither text nor text_hash",
        "no accounts table with created_ts was given",
        "2 tracks with more than 100,000 plays were sampled",
        "<img src=x onerror=window.pwned=5>",
        "Of the 1,265 significant, taken together, on average at most 5% (63.2)",
        "Drawn: 1,677 of 2,424 interactions, 150 of 220 accounts",
    ):
        assert words in page.words


def test_rows_that_do_not_add_up_raise_the_alarm(
    page: Page, run_tables: Tables, manifest: dict[str, Any]
) -> None:
    lost = manifest | {"rows": manifest["rows"] | {"used": 7}}
    assert "rows are unaccounted for" in Page(render_report(run_tables, lost)).words
    assert "rows are unaccounted for" not in page.words


def test_a_run_without_clusters_is_calm_and_says_what_was_tested(
    run_tables: Tables, manifest: dict[str, Any]
) -> None:
    tests = [test | {"n_discoveries": 0} for test in manifest["tests"]]
    empty = {name: table.slice(0, 0) for name, table in run_tables.items()}
    page = Page(render_report(empty, manifest | {"tests": tests}))
    for words in (
        "No coordinated cluster was found",
        "Nothing in this log goes beyond what chance explains",
        "48,122,334 pairs of accounts share enough content to be compared",
        "would still report something in at most 5% of such logs",
        "If you expected to find something",
    ):
        assert words in page.words
    assert not [a for _, a in page.tags if "data-figure" in a or a.get("id") == "ranking"]


def test_a_run_of_nothing_at_all() -> None:
    page = Page(render_report({}, {}))
    assert "No coordinated cluster was found" in page.words
    assert "Undefined" not in page.words
    assert "None" not in page.words


def test_hundreds_of_clusters_are_ranked_and_the_top_detailed(
    new_run: Callable[[], Any], manifest: dict[str, Any]
) -> None:
    run = new_run()
    for k in range(300):
        run.ring([f"r{k}-{i}" for i in range(3)], [f"c{k}"], bursts=2)
    page = Page(render_report(run.tables(), manifest, top=5))
    assert sum(a.get("class") == "cluster" for _, a in page.tags) == 5
    links = {a["href"] for t, a in page.tags if t == "a" and "#cluster-" in (a["href"] or "")}
    assert links == {f"#cluster-{k}" for k in range(1, 6)}
    assert "5 of 300 clusters have a section below" in page.words
    assert "300: streaming ring" in page.words


def test_a_large_cluster_states_every_cap(large_tables: Tables, manifest: dict[str, Any]) -> None:
    words = Page(render_report(large_tables, manifest)).words
    assert "The 100 strongest of 2,000 accounts" in words
    assert "of 38,408 interactions, 150 of 2,000 accounts" in words
    assert re.search(r"the strongest 400 of 2,000 accounts and [\d,]+ lines", words)


def test_twenty_large_clusters_stay_under_eight_mebibytes(
    new_run: Callable[[], Any], manifest: dict[str, Any]
) -> None:
    run = new_run()
    for k in range(20):
        names = [f"account-{k}-{i:05d}" for i in range(150)]
        run.ring(names, [f"track-{k}-{i}" for i in range(40)], bursts=25)
    assert len(render_report(run.tables(), manifest).encode()) < 8 << 20
