"""Comparing two clusters, against sets; the small pictures that show it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from cib.viz.explorer.pictures import small_pictures
from cib.viz.explorer.runs.comparing import (
    Side,
    candidates,
    comparable,
    overlap,
    overlaps,
    shared_accounts,
    shared_targets,
)
from cib.viz.explorer.runs.library import Library
from cib.viz.explorer.runs.peers import peers


@pytest.fixture(scope="module")
def sides(two_runs: Path) -> tuple[Side, Side]:
    """The same campaign in two runs."""
    library = Library(two_runs)
    new = library.runs()[0]
    old = library.previous(new.id)
    assert old is not None
    kin = library.lineage(new.id)
    assert kin is not None
    row = next(one for one in kin.to_pylist() if one["current_cluster"] and one["n_shared"])
    return Side(new, row["current_cluster"]), Side(old, row["previous_cluster"])


def values(side: Side, table: str, column: str) -> set[Any]:
    rows = pq.read_table(side.run.path / f"{table}.parquet")
    mine = rows.filter(pc.equal(rows["cluster_id"], side.cluster_id))
    return {one for one in mine[column].to_pylist() if one is not None}


def test_overlaps_are_those_of_sets(sides: tuple[Side, Side]) -> None:
    a, b = sides
    found, missing = overlaps(a, b)
    columns = {
        "accounts": ("members", "account_id"),
        "targets": ("targets", "content_id"),
        "devices": ("interactions", "device_hash"),
        "addresses": ("interactions", "ip_hash"),
    }
    assert [one.what for one in found] == list(columns)
    assert missing == ["networks"]
    for one in found:
        here, there = (values(side, *columns[one.what]) for side in sides)
        assert (one.n_a, one.n_b, one.n_both) == (len(here), len(there), len(here & there))


def test_shared_rows_are_those_of_both(sides: tuple[Side, Side]) -> None:
    a, b = sides
    accounts, targets = shared_accounts(a, b), shared_targets(a, b)
    both = values(a, "members", "account_id") & values(b, "members", "account_id")
    assert set(accounts["account_id"].to_pylist()) == both
    rows = a.run.tables.account_rows(accounts["account_id"].combine_chunks())
    assert accounts["account_row"].to_pylist() == rows.tolist()
    both = values(a, "targets", "content_id") & values(b, "targets", "content_id")
    assert set(targets["content_id"].to_pylist()) == both
    for one in targets.to_pylist():
        assert a.run.tables.target(one["target_row"])["share"] == one["share_a"]


def test_integers_of_two_widths_are_the_same_ids() -> None:
    a = pa.array([1, 2, 3], pa.int16())
    b = pa.array([3, 2, 2**63], pa.uint64())
    assert overlap("accounts", a, b).n_both == 2
    assert overlap("accounts", a, pa.array(["1", "2"])).n_both == 0


def test_what_it_was_before_stands_first(sides: tuple[Side, Side], two_runs: Path) -> None:
    a, b = sides
    kin = Library(two_runs).lineage(a.run.id)
    found = candidates(a, [a.run, b.run], kin, b.run.id)
    assert found[0][0] == f"{b.run.id}/{b.cluster_id}"
    assert f"{a.run.id}/{a.cluster_id}" not in dict(found)
    assert len(dict(found)) == len(found)
    n_all = len(a.run.tables.clusters()[0]) + len(b.run.tables.clusters()[0])
    assert len(found) == n_all - 1
    assert comparable(a, b)


def test_activity_counts_every_interaction(sides: tuple[Side, Side]) -> None:
    a, _ = sides
    counts = a.activity(a.row["first_ts"], a.row["last_ts"], 40)
    rows = pq.read_table(a.run.path / "interactions.parquet")
    mine = rows.filter(pc.equal(rows["cluster_id"], a.cluster_id))
    ts = mine["ts"].cast(pa.int64()).to_numpy()
    first, last = (int(a.row[c].timestamp() * 1e6) for c in ("first_ts", "last_ts"))
    expected = np.bincount(np.clip((ts - first) * 40 // (last - first + 1), 0, 39), minlength=40)
    assert counts.tolist() == expected.tolist()


def test_peers_are_outside_clusters_and_about_as_active(sides: tuple[Side, Side]) -> None:
    a, _ = sides
    row = a.run.tables.members(a.cluster_id)[0]["account_row"][0].as_py()
    account = a.run.tables.account(row)
    found = peers(a.run, account)
    table = pq.read_table(a.run.path / "accounts.parquet").to_pylist()
    n = account["n_interactions"]
    for times in (2, 4, 16):
        others = [
            one for one in table
            if one["cluster_id"] is None and n / times <= one["n_interactions"] <= n * times
        ]  # fmt: skip
        if len(others) >= 30:
            break
    assert found.n_peers == len(others)
    assert found.signals
    for one in found.signals:
        known = [o[f"signal_{one.name}"] for o in others if o[f"signal_{one.name}"] is not None]
        assert one.others == pytest.approx(np.quantile(known, (0.05, 0.25, 0.5, 0.75, 0.95)))
        below = np.mean([(v < one.value) + 0.5 * (v == one.value) for v in known])
        assert one.above == pytest.approx(below)


def test_pictures_say_in_words_what_they_show() -> None:
    week = np.zeros((7, 24), int)
    week[2, 5] = 30
    week[3, 6] = 10
    said = small_pictures.week(week).to_plotly_json()["props"]["aria-label"]
    assert "Most on Wed at 5:00, 75% of all; 2 of 168 hours" in said
    when = datetime(2024, 3, 1, tzinfo=UTC)
    later = when.replace(hour=21)
    drawn = small_pictures.activity([np.array([1, 4, 0])], when, later, ["<b>"])
    bars = drawn.children[0].children[1]
    assert bars.to_plotly_json()["props"]["aria-label"] == (
        "<b>: 5 interactions over time, at most 4 within 7 h"
    )
    assert [bar.style["height"] for bar in bars.children] == ["25.0%", "100.0%", "0.0%"]
