"""The interactions behind a part of a score, against slow and obvious twins."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, timedelta
from types import SimpleNamespace
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from cib.viz.explorer.door.names import Names
from cib.viz.explorer.panels.here import Here, here
from cib.viz.explorer.panels.pictures import raster
from cib.viz.explorer.runs import cluster_facts
from cib.viz.explorer.runs.behind import OF_SIGNAL, action_of, question_of, rows_behind
from cib.viz.explorer.runs.library import Library
from cib.viz.explorer.runs.run_tables import RunTables


def acts(tables: RunTables) -> list[dict]:
    return tables.interactions(1, limit=100_000)[0].to_pylist()


def behind(tables: RunTables, signal: str, **narrowed):
    question, values = question_of(tables.source, tables.cache, 1, signal, "play")
    narrowed.setdefault("limit", 100_000)
    found, total = rows_behind(tables.source, tables.cache, 1, question, values, **narrowed)
    return found.to_pylist(), total, question


def same(rows: list[dict], others: list[dict]) -> bool:
    def key(row: dict):
        return row["ts"], str(row["account_id"]), str(row["content_id"]), row["action"]

    return sorted(map(key, rows)) == sorted(map(key, others))


def test_together_is_within_the_window_of_another_member(run: RunTables):
    window = timedelta(seconds=max(run.edges_within(1).edges["window_s"].to_pylist()))
    everything = acts(run)
    expected = [
        one
        for one in everything
        if any(
            other["account_id"] != one["account_id"]
            and other["content_id"] == one["content_id"]
            and other["action"] == one["action"]
            and abs(other["ts"] - one["ts"]) <= window
            for other in everything
        )
    ]
    found, total, question = behind(run, "play")
    assert 0 < total == len(found) == len(expected)
    assert same(found, expected)
    assert "of another member's" in question.words
    assert all(row["account_row"] >= 0 and row["target_row"] >= 0 for row in found)


def test_shared_devices_are_those_of_two_members_or_more(plain: RunTables):
    users: dict = {}
    for row in acts(plain):
        users.setdefault(row["device_hash"], set()).add(row["account_id"])
    expected = [row for row in acts(plain) if len(users[row["device_hash"]]) > 1]
    assert 0 < len(expected) < len(acts(plain))
    for signal in ("shared_device", "device", "fellows"):
        assert same(behind(plain, signal)[0], expected)


def test_lengths_and_repeats(plain: RunTables):
    everything = acts(plain)
    paid = [row for row in everything if 30_000 <= row["duration_ms"] < 35_000]
    assert 0 < len(paid) < len(everything)
    assert same(behind(plain, "duration")[0], paid)
    found, total, question = behind(plain, "skips")
    assert total == 0 == len(found)
    assert question.none

    def day(row: dict):
        return row["account_id"], row["ts"].astimezone(UTC).date()

    per_day = Counter(map(day, everything))
    most = {}
    for (account, _), n in per_day.items():
        most[account] = max(n, most.get(account, 0))
    busiest = [row for row in everything if per_day[day(row)] == most[row["account_id"]]]
    assert same(behind(plain, "volume")[0], busiest)


def test_what_is_chosen_narrows_after_the_question(plain: RunTables):
    everything, total, _ = behind(plain, "play")
    some = {everything[0]["account_row"], everything[-1]["account_row"]}
    since = everything[0]["ts"]
    until = everything[-1]["ts"]
    expected = [row for row in everything if row["account_row"] in some and row["ts"] < until]
    found, n, _ = behind(plain, "play", accounts=some, since=since, until=until)
    assert 0 < n == len(expected) < total
    assert same(found, expected)
    target = {everything[0]["target_row"]}
    by_target = [row for row in everything if row["target_row"] in target]
    assert same(behind(plain, "play", contents=target)[0], by_target)


def test_pages_together_are_the_whole_in_order(plain: RunTables):
    everything, total, _ = behind(plain, "play")
    paged = []
    for offset in range(0, total + 50, 50):
        part, n, _ = behind(plain, "play", offset=offset, limit=50)
        paged += part if offset < total else []
        assert n == total
    assert paged == everything
    assert [row["ts"] for row in paged] == sorted(row["ts"] for row in paged)


@pytest.mark.parametrize("signal", sorted(OF_SIGNAL))
def test_a_run_without_the_columns_shows_everything_and_says_so(copied, signal: str):
    bare = Library(copied("bare")).runs()[0].tables
    _, total, question = behind(bare, signal)
    if OF_SIGNAL[signal].needs:
        assert total == len(acts(bare))
        assert OF_SIGNAL[signal].needs[0] in question.words
    else:
        assert total <= len(acts(bare))


def test_the_main_action_is_that_of_signals(copied) -> None:
    run = Library(copied()).runs()[0]
    here = Here(None, run, 1, {})
    assert here.main_action == "play"
    assert here.actions == ["play"]
    older: Any = SimpleNamespace(manifest={})
    assert Here(None, older, 1, {}).main_action is None


def test_common_contents_are_narrowed_to_the_action_of_the_part(plain: RunTables):
    statement = "5 accounts have 7 contents in common that hardly anybody else acts on ({}); each."
    actions = ["like", "play"]
    n = {}
    for action in actions:
        named = action_of(statement.format(action), actions)
        assert named == action
        question, values = question_of(plain.source, plain.cache, 1, "rare", "play", named)
        assert f"({action})" in question.words
        _, n[action] = rows_behind(plain.source, plain.cache, 1, question, values)
    assert n == {"like": 0, "play": len(acts(plain))}
    assert action_of(statement.format("<b>"), actions) is None


def test_without_a_main_action_everything_is_shown_and_it_is_said(plain: RunTables):
    question, values = question_of(plain.source, plain.cache, 1, "mute", None)
    _, total = rows_behind(plain.source, plain.cache, 1, question, values)
    assert total == len(acts(plain))
    assert "main action" in question.words


def test_an_unknown_part_shows_everything(plain: RunTables):
    assert behind(plain, "'; DROP TABLE x; --")[1] == len(acts(plain))


def test_counts_by_target_and_joins(run: RunTables):
    everything = acts(run)
    counted = Counter(row["target_row"] for row in everything)
    source, cache = run.source, run.cache
    assert cluster_facts.counts_by_target(source, cache, 1) == counted
    some = sorted({row["account_row"] for row in everything})[:3]
    until = sorted(row["ts"] for row in everything)[len(everything) // 2]
    part = Counter(
        row["target_row"] for row in everything if row["account_row"] in some and row["ts"] < until
    )
    assert cluster_facts.counts_by_target(source, cache, 1, some, None, until) == part
    pairs = Counter((row["account_row"], row["target_row"]) for row in everything)
    joined = cluster_facts.joins(source, cache, 1).to_pylist()
    assert {
        (row["account_row"], row["target_row"]): row["n_interactions"] for row in joined
    } == pairs


def test_alternatives_and_their_absence(copied):
    folder = copied()
    tables = Library(folder).runs()[0].tables
    rows = cluster_facts.alternatives(tables.source, 1)
    assert rows[0]["alternative"] == tables.cluster(1)["benign_alternative"]
    (folder / "alternatives.parquet").unlink()
    assert cluster_facts.alternatives(Library(folder).runs()[0].tables.source, 1) is None


def test_signals_are_those_of_members_and_of_controls(plain: RunTables):
    columns = ["account_id", "n_interactions", "signal_clock", "no_such_column"]
    members, others, matched = cluster_facts.signals_of(plain.source, plain.cache, 1, columns)
    ids = set(plain.members(1)[0]["account_id"].to_pylist())
    assert set(members["account_id"].to_pylist()) == ids
    controls = set(plain.interactions(1, limit=10_000, of="controls")[0]["account_id"].to_pylist())
    assert matched == bool(controls)
    if matched:
        assert set(others["account_id"].to_pylist()) == controls
    assert not ids & set(others["account_id"].to_pylist())
    assert "no_such_column" not in members.column_names


def test_others_are_sought_farther_away_when_nobody_is_as_busy(copied):
    folder = copied()
    (folder / "controls.parquet").unlink()
    accounts = pq.read_table(folder / "accounts.parquet")
    tables = Library(folder).runs()[0].tables
    busiest = max(tables.members(1)[0]["n_interactions"].to_pylist())
    outside = pc.is_null(accounts["cluster_id"])
    farther = pc.if_else(outside, int(1.5 * busiest), accounts["n_interactions"])
    place = accounts.column_names.index("n_interactions")
    farther = farther.cast(accounts["n_interactions"].type)
    pq.write_table(
        accounts.set_column(place, "n_interactions", farther), folder / "accounts.parquet"
    )
    tables = Library(folder).runs()[0].tables
    _, others, matched = cluster_facts.signals_of(tables.source, tables.cache, 1, ["account_id"])
    assert len(others) >= 20
    assert not matched


def test_a_cluster_without_controls_is_said_to_have_no_comparable_account(copied):
    folder = copied()
    explorer: Any = SimpleNamespace(library=Library(folder), names=Names)
    run = explorer.library.runs()[0]
    assert "for comparison" in str(raster(here(explorer, run.id, 1)))
    controls = pq.read_table(folder / "controls.parquet")
    pq.write_table(controls.slice(0, 0), folder / "controls.parquet")
    explorer = SimpleNamespace(library=Library(folder), names=Names)
    assert "No comparable account was found" in str(raster(here(explorer, run.id, 1)))


def test_neighbours_in_rank(plain: RunTables):
    assert cluster_facts.neighbours_in_rank(plain.source, 1) == (None, 2)
    assert cluster_facts.neighbours_in_rank(plain.source, plain.n_clusters)[1] is None
