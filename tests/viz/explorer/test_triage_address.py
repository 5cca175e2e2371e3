"""The address of triage: what it carries, what it must not, and what it means when read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cib.viz.explorer.app import Explorer, page_at
from cib.viz.explorer.door.access import open_access
from cib.viz.explorer.opening import open_explorer
from cib.viz.explorer.pages import addresses, overview_map, triage_address
from explorer_runs import HOSTILE, HOSTILE_MARKET, HOSTILE_PARENT


@pytest.fixture(scope="module")
def explorer(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Explorer:
    """Return an explorer over both runs."""
    book = tmp_path_factory.mktemp("book") / "casebook.sqlite"
    return open_explorer(runs, access=open_access("127.0.0.1"), casebook=book)


def test_an_address_says_the_same_filter_again(explorer: Explorer) -> None:
    newer, older = explorer.library.runs()
    markets = addresses.markets_of([newer])
    assert markets == sorted(["SE", HOSTILE_MARKET, "BR"])
    wanted = {
        "runs": [newer.id, older.id],
        "kinds": ["ring", "possibly benign"],
        "markets": [HOSTILE_MARKET, "SE"],
        "changes": ["new", "grown"],
        "verdicts": ["open", "needs more"],
        "owners": ["ana"],
        "tags": ["policy 7"],
        "dues": ["this week", "no day"],
        "coordination": [0.05, 0.123457],
        "inauthenticity": [0, 0.5],
        "size": [3, 1_234_567],
        "text": "of 10 accounts",
    }
    sort = [("coordination", "asc"), ("n_accounts", "desc")]
    query = triage_address.query_of(wanted, sort, markets, newer.id)
    for secret in ("ana", "policy", "of", "SE", "BR", "eve", *HOSTILE.values(), HOSTILE_PARENT):
        assert secret not in query
    assert set(query) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-=&,.~?")
    given = dict(part.split("=") for part in query[1:].split("&"))
    assert given.pop("runs") == f"{newer.id},{older.id}"
    found, order, unread = triage_address.wanted_of(given, markets)
    assert (order, unread) == (sort, [])
    typed = triage_address.typed_of(wanted)
    assert typed == {"owners": ["ana"], "tags": ["policy 7"], "text": "of 10 accounts"}
    of_market = {"markets": sorted(wanted["markets"])}
    assert {**wanted, **of_market} == {**found, **typed, "runs": wanted["runs"]}
    assert triage_address.query_of({"runs": [newer.id], **typed}, [], markets, newer.id) == ""


def test_the_market_of_an_address_is_that_of_its_runs(explorer: Explorer) -> None:
    newer, older = explorer.library.runs()
    assert addresses.markets_of([older]) == sorted(["SE", HOSTILE_MARKET])
    for run, number, market in (
        (newer, "1", HOSTILE_MARKET),
        (newer, "2", "BR"),
        (older, "2", "SE"),
    ):
        wanted, _, unread = triage_address.wanted_of(
            {"market": number}, addresses.markets_of([run])
        )
        assert (wanted, unread) == ({"markets": [market]}, [])


@pytest.mark.parametrize(
    "part",
    [
        "kind=<b>",
        "market=0",
        "market=99",
        "change=gone",
        "verdict=",
        "size=~",
        "size=1e9~",
        "coordination=0.5",
        "inauthenticity=nan~",
        "sort=rank-asc",
        "due=later",
    ],
)
def test_what_an_address_says_and_nobody_understands_is_told(explorer: Explorer, part: str) -> None:
    name, _, value = part.partition("=")
    markets = addresses.markets_of(explorer.library.runs()[:1])
    assert triage_address.wanted_of({name: value}, markets) == ({}, [], [name])


def test_the_address_of_the_map_has_no_word_of_the_log(explorer: Explorer) -> None:
    run = explorer.library.runs()[0]
    at = overview_map.map_address(run, ["ring", "<b>"], [HOSTILE_MARKET, "SE"], 3)
    assert at == f"/map?run={run.id}&kinds=ring&markets=1,3&group=3"
    page, _ = page_at(explorer, "/map", f"?run={run.id}&kinds=ring&markets=1,3")
    shown = next(one for one in page._traverse() if getattr(one, "id", "") == "map-shown")
    assert shown.data == {"run": run.id, "kinds": ["ring"], "markets": [HOSTILE_MARKET, "SE"]}
    page, _ = page_at(explorer, "/map", f"?run={run.id}&markets=SE")
    assert "left out: markets" in str(page)


def test_what_is_not_on_a_cluster_page_is_left_out_of_its_address(explorer: Explorer) -> None:
    run = explorer.library.runs()[0]
    page, _ = page_at(explorer, f"/run/{run.id}/cluster/1", "?accounts=0,5,9999999&q=x&since=1")
    assert "left out: accounts=9999999, since, q." in str(page)
    parts = {getattr(one, "id", None): one for one in page._traverse() if hasattr(one, "data")}
    assert parts["cluster-chosen"].data["accounts"] == [0, 5]
    assert parts["cluster-at"].data["opened"] == {"accounts": "0,5"}
    page, _ = page_at(explorer, f"/run/{run.id}/cluster/1", "?targets=9999999&layers=1")
    assert "left out: targets=9999999." in str(page)


def test_a_run_of_an_address_that_is_gone_is_told(explorer: Explorer) -> None:
    page, title = page_at(explorer, "/", "?runs=0123456789abcdef&kind=ring")
    assert title == "Run gone"
    assert "no longer there" in str(page)


@pytest.mark.parametrize("kept", [None, [], {"text": 1, "owners": "ana", "tags": [None]}, "x"])
def test_what_a_browser_did_not_keep_is_nothing(kept: Any) -> None:
    assert triage_address.typed_of(kept) == {}
