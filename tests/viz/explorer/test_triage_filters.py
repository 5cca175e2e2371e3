"""What triage lists, by every filter and order, against the tables read whole."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import flask
import pytest

from cib.viz.explorer import bulk
from cib.viz.explorer.app import Explorer
from cib.viz.explorer.door.access import open_access
from cib.viz.explorer.door.viewer import IN_ENVIRON, Viewer
from cib.viz.explorer.opening import open_explorer
from cib.viz.explorer.pages import search, triage, triage_address, triage_rows
from cib.viz.explorer.pages.triage_filter import filter_of
from cib.viz.explorer.run_names import run_label
from cib.viz.explorer.runs.changes import changes
from explorer_runs import HOSTILE, HOSTILE_MARKET, LATER
from explorer_tables import Row, of_cluster, rows
from small_log import RING

TODAY = date.today()
CASES = (
    (1, "owner", "ana"),
    (1, "tag", "policy 7"),
    (1, "due", (TODAY - timedelta(days=1)).isoformat()),
    (2, "owner", "<b>eve</b>"),
    (2, "tag", "policy 7"),
    (2, "tag", "seen"),
    (2, "due", (TODAY + timedelta(days=3)).isoformat()),
    (2, "verdict", "confirmed"),
)
"""What people decided on clusters of the newer run."""


@pytest.fixture(scope="module")
def explorer(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    """Return an explorer over both runs, in which some was decided."""
    book = tmp_path_factory.mktemp("book") / "casebook.sqlite"
    found = open_explorer(runs, access=open_access("127.0.0.1"), casebook=book)
    newer = found.library.runs()[0].id
    for cluster, kind, value in CASES:
        found.casebook.decide("ana", newer, cluster, kind, value, seen=10**9)
    return found


@pytest.fixture(scope="module")
def clusters(explorer: Explorer) -> list[Row]:
    """Return what there is in the newer run, by rank: its rows, market and members."""
    run = explorer.library.runs()[0].tables
    found = []
    for row in rows(run, "clusters"):
        members = {one["account_id"] for one in of_cluster(run, "members", row["cluster_id"])}
        acts = of_cluster(run, "interactions", row["cluster_id"])
        main = Counter(one["market"] for one in acts).most_common(1)[0][0]
        found.append({**row, "market": main, "names": members})
    return found


def ring(row: Row) -> int:
    """Which of the fixture's rings a cluster is."""
    names = row["names"]
    for number in (1, 2):
        if any(name.endswith(f"of ring {number}") for name in names):
            return number
    return 0


def listed(explorer: Explorer, wanted: Row, sort: Any = (), stop: int = 99) -> list[Row]:
    runs = [explorer.library.runs()[0].id]
    found, total = triage_rows.page_of(explorer, {"runs": runs, **wanted}, sort, 0, stop)
    assert total >= len(found)
    return found


def test_the_runs_are_what_these_tests_take_them_for(clusters: list[Row]) -> None:
    assert sorted(len(row["names"]) for row in clusters) == [8, 10, 14]
    of = {ring(row): row["names"] for row in clusters}
    assert of[0] == {HOSTILE.get(name, name) for name in RING}
    assert of[1] == {f"{name} of ring 1" for name in RING + LATER}
    assert {row["market"] for row in clusters} == {"SE", HOSTILE_MARKET, "BR"}


Keep = Callable[[Row], bool]
FILTERS: dict[str, tuple[Row, Keep]] = {
    "kind": ({"kinds": ["coordinated"]}, lambda r: r["kind"] == "coordinated"),
    "two kinds": (
        {"kinds": ["ring", "coordinated"]},
        lambda r: r["kind"] in ("ring", "coordinated"),
    ),
    "market": ({"markets": ["BR"]}, lambda r: r["market"] == "BR"),
    "hostile market": ({"markets": [HOSTILE_MARKET]}, lambda r: r["market"] == HOSTILE_MARKET),
    "coordinated at least": (
        {"coordination": [0.42, 1]},
        lambda r: r["coordination"] >= 0.42,
    ),
    "coordinated at most": ({"coordination": [0, 0.42]}, lambda r: r["coordination"] <= 0.42),
    "inauthentic between": (
        {"inauthenticity": [0.5, 0.69]},
        lambda r: 0.5 <= r["inauthenticity"] <= 0.69,
    ),
    "inauthentic at most nothing": ({"inauthenticity": [0, 0]}, lambda r: False),
    "size at least": ({"size": [10, 2**53 - 1]}, lambda r: r["n_accounts"] >= 10),
    "size at most": ({"size": [0, 10]}, lambda r: r["n_accounts"] <= 10),
    "size both": ({"size": [9, 13]}, lambda r: 9 <= r["n_accounts"] <= 13),
    "new": ({"changes": ["new"]}, lambda r: ring(r) == 2),
    "grown": ({"changes": ["grown"]}, lambda r: ring(r) == 1),
    "known": ({"changes": ["known"]}, lambda r: ring(r) == 0),
    "new or grown": ({"changes": ["new", "grown"]}, lambda r: ring(r) > 0),
    "open": ({"verdicts": ["open"]}, lambda r: r["cluster_id"] != 2),
    "confirmed": ({"verdicts": ["confirmed"]}, lambda r: r["cluster_id"] == 2),
    "open or benign": ({"verdicts": ["open", "benign"]}, lambda r: r["cluster_id"] != 2),
    "owner": ({"owners": ["<b>eve</b>"]}, lambda r: r["cluster_id"] == 2),
    "tag": ({"tags": ["policy 7"]}, lambda r: r["cluster_id"] in (1, 2)),
    "another tag": ({"tags": ["seen"]}, lambda r: r["cluster_id"] == 2),
    "overdue": ({"dues": ["overdue"]}, lambda r: r["cluster_id"] == 1),
    "this week": ({"dues": ["this week"]}, lambda r: r["cluster_id"] == 2),
    "no day": ({"dues": ["no day"]}, lambda r: r["cluster_id"] == 3),
    "overdue or no day": ({"dues": ["overdue", "no day"]}, lambda r: r["cluster_id"] != 2),
    "words": ({"text": "OF 10 ACCOUNTS"}, lambda r: "of 10 accounts" in r["reason"].lower()),
    "all at once": (
        {"kinds": ["ring"], "changes": ["new"], "tags": ["policy 7"], "size": [8, 8]},
        lambda r: ring(r) == 2 and r["cluster_id"] in (1, 2),
    ),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters(explorer: Explorer, clusters: list[Row], name: str) -> None:
    wanted, keep = FILTERS[name]
    expected = [row["cluster_id"] for row in clusters if keep(row)]
    assert [row["cluster_id"] for row in listed(explorer, wanted)] == expected
    assert expected != [row["cluster_id"] for row in clusters] or name == "two kinds"


@pytest.mark.parametrize("column", triage_address.COLUMNS)
@pytest.mark.parametrize("way", ["asc", "desc"])
def test_orders(explorer: Explorer, clusters: list[Row], column: str, way: str) -> None:
    ordered = sorted(clusters, key=lambda row: row[column], reverse=way == "desc")
    expected = [row["cluster_id"] for row in ordered]
    assert [row["cluster_id"] for row in listed(explorer, {}, [(column, way)])] == expected


def test_several_runs_are_one_list(explorer: Explorer) -> None:
    several = explorer.library.runs()
    wanted = {"runs": [run.id for run in several]}
    everything = [(run.id, row) for run in several for row in rows(run.tables, "clusters")]
    assert len(everything) == 5
    for column, way in (("rank", "asc"), ("n_accounts", "desc"), ("inauthenticity", "asc")):
        found, total = triage_rows.page_of(explorer, wanted, [(column, way)], 0, 50)
        assert total == 5
        assert Counter((row["run"], row["cluster_id"]) for row in found) == Counter(
            (run, row["cluster_id"]) for run, row in everything
        )
        values = [round(row[column], 4) for row in found]
        assert values == sorted(values, reverse=way == "desc")
        pages = [
            triage_rows.page_of(explorer, wanted, [(column, way)], start, start + 2)[0]
            for start in (0, 2, 4)
        ]
        assert [row["key"] for page in pages for row in page] == [row["key"] for row in found]
    label = {run.id: run_label(run) for run in several}
    assert len(set(label.values())) == 2
    assert {(row["run"], row["run_label"]) for row in found} == set(label.items())
    drawn = str(bulk.drawer(explorer, found))
    assert all(
        drawn.count(one) == run.tables.n_clusters
        for run, one in zip(several, label.values(), strict=True)
    )
    # what changed and what was decided is of each run's own
    change = {row["key"]: row["change"] for row in found}
    assert Counter(change.values()) == {"": 2, "new": 1, "grown": 1, "known": 1}
    chosen, total = triage_rows.page_of(explorer, {**wanted, "owners": ["ana"]}, [], 0, 50)
    assert [(row["run"], row["cluster_id"]) for row in chosen] == [(several[0].id, 1)]
    markets = {**wanted, "markets": [HOSTILE_MARKET]}
    assert triage_rows.page_of(explorer, markets, [], 0, 50)[1] == 2


def test_what_changed_since_the_run_before(explorer: Explorer) -> None:
    newer, older = explorer.library.runs()
    since = changes(explorer.library, newer)
    assert since.previous is not None
    assert since.previous.id == older.id
    assert since.counts == {"new": 1, "grown": 1, "known": 1}
    said = json.dumps(triage.told([since]).to_plotly_json(), default=str)
    assert "1 new cluster" in said
    assert "1 known, 1 grown" in said
    first = changes(explorer.library, older)
    assert "first run of its log here" in str(triage.told([first]))
    # in whatever order runs are chosen, what is known of one of them is said
    for several in ([since, first], [first, since]):
        said = json.dumps(triage.told(several).to_plotly_json(), default=str)
        assert "1 new cluster" in said
        assert "1 run of these had none before" in said


VALUES = [["ring"], ["SE"], [], None, ["ana"], [], ["overdue"], None, 0.5, 0.25, None, 3, 40, "x y"]


def test_what_the_controls_say_is_the_filter() -> None:
    assert filter_of(VALUES) == {
        "kinds": ["ring"],
        "markets": ["SE"],
        "owners": ["ana"],
        "dues": ["overdue"],
        "coordination": [0, 0.5],
        "inauthenticity": [0.25, 1],
        "size": [3, 40],
        "text": "x y",
    }
    # whatever number is typed narrows the list, and addresses can hold it
    ends = (0.497, 1.5, -1, 1e99, 2.5, 7.5)
    found = filter_of([*VALUES[:7], *ends, ""])
    assert found["coordination"] == [0.497, 1.5]
    assert found["inauthenticity"] == [0, 999_999_999_999]
    assert found["size"] == [3, 7]
    query = triage_address.query_of(found, (), ["SE"], "")
    given = dict(one.split("=") for one in query[1:].split("&"))
    read, _, unread = triage_address.wanted_of(given, ["SE"])
    assert unread == []
    assert {name: read[name] for name in ("coordination", "size")} == {
        name: found[name] for name in ("coordination", "size")
    }


def test_a_question_is_kept_and_says_where_nobody_looked(explorer: Explorer) -> None:
    newer, older = (run.id for run in explorer.library.runs())
    ana = {IN_ENVIRON: Viewer("ana", "investigator", "token")}
    with flask.Flask("t").test_request_context(environ_overrides=ana):
        page = str(search.layout(explorer, {"text": "bot", "kind": "account", "runs": [newer]}))
        assert "Looked in 1 of 2 runs" in page
        assert newer[:8] in page
        assert "bot09" in page
        both = str(search.layout(explorer, {"text": "bot", "runs": [older, newer]}))
        assert "bot09" in both
        assert "Looked in" not in both
        for nothing in (None, 1, {"text": 1, "runs": "x"}):
            assert "may be typed as pages show it" in str(search.layout(explorer, nothing))
