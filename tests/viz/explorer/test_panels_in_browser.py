"""Targets and habits of a cluster: what the page shows is what plain counting of the log gives."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from browsers import complaints, shows, wait_for
from cib.datasets.wording import percent
from cib.viz.text import plotly_text, printable
from cluster_page import open_page, part
from explorer_runs import HOSTILE, LATER, MARKETS, newest
from small_log import RING

pytestmark = pytest.mark.browser
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
RINGS = {
    "hostile names": {HOSTILE.get(name, name) for name in RING},
    "hostile market": {f"{name} of ring 1" for name in RING + LATER},
}
"""Members of two rings, as the log was made."""
TABLE = """
const rows = {};
for (const cell of document.querySelectorAll(arguments[0] + ' .ag-row .ag-cell')) {
  const row = (rows[cell.closest('.ag-row').getAttribute('row-id')] ||= {});
  row[cell.getAttribute('col-id')] = cell.innerText.trim();
}
return Object.keys(rows).length >= arguments[1] && Object.values(rows);
"""
"""The rows of a grid, whose left columns are elements of their own, once there are so many."""
FIGURE = """
const graph = document.getElementById(arguments[0])?.querySelector('.js-plotly-plot');
return graph && graph.data && JSON.stringify({ data: graph.data, layout: graph.layout });
"""


@dataclass
class Ring:
    """A ring's page in the browser, and its rows of the log."""

    browser: Any
    members: set[str]
    targets: set[str]
    log: list[dict[str, Any]]
    controls: list[dict[str, Any]]
    """What the scan kept of accounts outside all clusters on the same targets."""

    @property
    def acts(self) -> list[dict[str, Any]]:
        """What members did with the targets."""
        return [r for r in self.log
                if r["account_id"] in self.members and r["content_id"] in self.targets]  # fmt: skip

    def figure(self, name: str) -> dict[str, Any]:
        at = json.dumps({"name": name, "type": "figure"}, separators=(",", ":"))
        return dict(json.loads(wait_for(self.browser, FIGURE, at)))


@pytest.fixture(scope="module")
def log(two_runs: Path) -> list[dict[str, Any]]:
    """The log itself."""
    return list(pq.read_table(two_runs.parent / "log" / "plays.parquet").to_pylist())


@pytest.fixture(params=list(RINGS))
def ring(request: Any, browser: Any, served: Any, log: list[dict[str, Any]]) -> Ring:
    """The page of one of the rings, at its targets."""
    tables = newest(served).tables
    numbers = range(1, tables.n_clusters + 1)
    members = {n: set(tables.members(n)[0]["account_id"].to_pylist()) for n in numbers}
    cluster = next(n for n in numbers if members[n] == RINGS[request.param])
    open_page(browser, served, cluster)
    targets = set(tables.targets(cluster)[0]["content_id"].to_pylist())
    controls = [r for r in pq.read_table(newest(served).path / "controls.parquet").to_pylist()
                if r["cluster_id"] == cluster]  # fmt: skip
    return Ring(browser, members[cluster], targets, log, controls)


def test_targets_are_shared_as_the_log_says(ring: Ring) -> None:
    part(ring.browser, "targets", ".ag-row")
    shows(ring.browser, "complicity unknown", "#targets .note")
    mine = Counter(row["content_id"] for row in ring.acts)
    everyone = Counter(r["content_id"] for r in ring.log if r["content_id"] in ring.targets)
    who = {t: {r["account_id"] for r in ring.acts if r["content_id"] == t} for t in ring.targets}
    script = (
        TABLE.replace("return [", "const all = [") + "return all.length === arguments[1] && all"
    )
    rows = wait_for(ring.browser, script, "#targets", len(ring.targets))
    shown = {row["target"]: (row["mine"], row["all"], row["share"], row["members"]) for row in rows}
    assert shown == {
        printable(target): (
            str(mine[target]), str(everyone[target]),
            f"{mine[target] / everyone[target]:.2f}" if mine[target] < everyone[target] else "1.00",
            str(len(who[target])),
        )
        for target in ring.targets
    }  # fmt: skip
    said = {row["target"]: row["beneficiary"] for row in rows}
    assert all(words.startswith("Complicity unknown") for words in said.values())
    framed = {t: words for t, words in said.items() if "framing is possible" in words}
    for target in ring.targets:
        others = {r["account_id"] for r in ring.log if r["content_id"] == target} - ring.members
        part_of = len(others) / (len(others) + len(who[target]))
        if words := framed.pop(printable(target), ""):
            assert f" {len(others)} accounts outside the cluster, {percent(part_of)} of" in words
    assert not framed
    drawn = ring.figure("targets")
    shares = dict(zip(drawn["layout"]["yaxis"]["ticktext"], drawn["data"][0]["x"], strict=True))
    named = {plotly_text(target, 24): target for target in ring.targets}
    assert len(shares) == 8
    assert shares == pytest.approx(
        {text: mine[named[text]] / everyone[named[text]] for text in shares}, abs=1e-6
    )
    fewest = min(mine[named[text]] for text in shares)
    assert all(mine[t] <= fewest for text, t in named.items() if text not in shares)


def test_hours_lengths_machines_and_markets_are_those_of_the_log(ring: Ring) -> None:
    part(ring.browser, "habits", ".js-plotly-plot")
    hours = Counter((DAYS[r["ts"].weekday()], r["ts"].hour) for r in ring.acts)
    drawn = ring.figure("hours")["data"][0]
    told = {
        (day, hour): drawn["text"][i][hour]
        for i, day in enumerate(drawn["y"]) for hour in drawn["x"]
        if not drawn["text"][i][hour].startswith("0 ")
    }  # fmt: skip
    assert told == {at: f"{n} of {len(ring.acts)}" for at, n in hours.items()}

    bins = Counter(r["duration_ms"] // 5000 * 5 for r in ring.acts)
    plays = ring.figure("durations")["data"][0]
    bars = {x: y for x, y in zip(plays["x"], plays["y"], strict=True) if y}
    assert bars == pytest.approx({s: n / len(ring.acts) for s, n in bins.items()}, abs=1e-5)
    early = sum(r["duration_ms"] < 30_000 for r in ring.acts) / len(ring.acts)
    paid = sum(30_000 <= r["duration_ms"] < 35_000 for r in ring.acts) / len(ring.acts)
    shows(ring.browser, f"Of the members' plays {percent(early)} end before 30 s", "#habits")
    shows(ring.browser, f"{percent(paid)} within the five seconds after", "#habits")

    for column, heading in (("device_hash", "Shared devices"), ("ip_hash", "Shared addresses")):
        acts = Counter(r[column] for r in ring.acts)
        who = {one: len({r["account_id"] for r in ring.acts if r[column] == one}) for one in acts}
        lines = ring.browser.execute_script(
            """const at = [...document.querySelectorAll('#habits h3')].find(
              (one) => one.innerText === arguments[0]).parentElement;
            return [...at.querySelectorAll('tbody tr')].map(
              (one) => [...one.cells].map((cell) => cell.innerText.trim()))""",
            heading,
        )
        size = len(ring.members)
        assert {tuple(line) for line in lines} == {
            (one, f"{who[one] / size:.0%}", str(who[one]), str(acts[one])) for one in acts
        }
        most = max(who.values())
        shows(ring.browser, f"serves {most} of {size} members", "#habits")

    (market,) = {r["market"] for r in ring.acts}
    assert market in MARKETS[:2]
    controls = {r["market"] for r in ring.controls}
    assert controls == {market}  # those compared with are of the same market
    said = f"All interactions of members, and of those compared with: {printable(market, 40)}."
    shows(ring.browser, said, "#habits")
    assert ring.browser.execute_script("return window.pwned") is None
    assert complaints(ring.browser) == []


def test_parents_and_markets_of_interactions_are_text(ring: Ring) -> None:
    part(ring.browser, "interactions", ".ag-row .ag-cell")
    far = "document.querySelector('#interactions .ag-center-cols-viewport').scrollLeft = 9999"
    ring.browser.execute_script(far)  # columns are made when they are in sight
    there = "return document.querySelector('#interactions [col-id=parent_id].ag-cell')"
    wait_for(ring.browser, there)
    rows = wait_for(ring.browser, TABLE, "#interactions", 6)
    for column in ("market", "parent_id"):
        wanted = {printable(str(r[column])) for r in ring.acts}
        assert {row[column] for row in rows if row.get(column)} == wanted
    assert ring.browser.execute_script("return window.pwned") is None
