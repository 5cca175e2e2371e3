"""Members, targets, evidence, interactions, controls and rhythms against the whole tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial

import pytest

from cib.viz.explorer.runs.library import Library
from cib.viz.explorer.runs.narrowing import Side
from cib.viz.explorer.runs.run_tables import RunTables
from explorer_tables import names, of_cluster, row_of_account, rows, without


def test_members_with_what_is_known_of_accounts(run: RunTables) -> None:
    table, total = run.members(1)
    known = {row["account_id"]: row for row in rows(run, "accounts")}
    place = row_of_account(run)
    expected = [
        {**row, "account_row": place[row["account_id"]], **without(known[row["account_id"]])}
        for row in of_cluster(run, "members", 1)
    ]
    assert total == len(expected) == 10
    assert table.to_pylist() == expected
    assert run.members(1, offset=3, limit=2)[0].to_pylist() == expected[3:5]


def test_targets_and_evidence(run: RunTables) -> None:
    table, total = run.targets(2)
    found = table.to_pylist()
    assert [without(row, "target_row") for row in found] == of_cluster(run, "targets", 2)
    assert total == len(found) > 0
    contents = names(run, "targets", "content_id")
    assert [contents[row["target_row"]] for row in found] == [row["content_id"] for row in found]
    assert run.evidence(2).to_pylist() == of_cluster(run, "evidence", 2)


@pytest.mark.parametrize("table", ["interactions", "controls"])
def test_interactions_filtered_and_paged(run: RunTables, table: Side) -> None:
    ask = partial(run.interactions, of=table)
    expected = of_cluster(run, table, 1)
    everything, total = ask(1, limit=10_000)
    acts = everything.to_pylist()
    assert [without(act, "account_row", "target_row") for act in acts] == expected
    assert total == len(expected) > 10
    accounts, contents = names(run, "accounts", "account_id"), names(run, "targets", "content_id")
    assert all(accounts[act["account_row"]] == act["account_id"] for act in acts)
    assert all(contents[act["target_row"]] == act["content_id"] for act in acts)

    some = sorted({act["account_row"] for act in acts})[:2]
    what = sorted({act["target_row"] for act in acts})[1:4]
    since, until = acts[3]["ts"], acts[-3]["ts"]
    kept = [
        act
        for act in acts
        if act["account_row"] in some and act["target_row"] in what and since <= act["ts"] < until
    ]
    page, n = ask(1, accounts=some, contents=what, since=since, until=until.replace(tzinfo=None))
    assert page.to_pylist() == kept
    assert n == len(kept)
    assert ask(1, accounts=[])[1] == 0
    pages = [ask(1, offset=i, limit=7)[0] for i in range(0, total, 7)]
    assert [act for page in pages for act in page.to_pylist()] == acts


def test_controls_are_no_members(run: RunTables) -> None:
    members = set(names(run, "members", "account_id"))
    found, _ = run.interactions(1, limit=10_000, of="controls")
    assert not members & set(found["account_id"].to_pylist())


def test_runs_without_controls_and_optional_columns(copied) -> None:
    place = copied("bare")
    (place / "controls.parquet").unlink()
    run = Library(place).runs()[0].tables
    table, total = run.interactions(1, of="controls")
    assert (len(table), total) == (0, 0)
    assert table.column_names == run.interactions(1)[0].column_names
    assert run.lockstep(1, of="controls")[1] == 0
    assert run.hours_of_week(1, of="controls").sum() == 0
    assert run.durations(1) is None
    assert run.shared_by(1, "device_hash") is None
    assert run.clusters()[0]["market"].null_count == run.n_clusters
    assert not run.has("controls")
    assert run.search("SE", "market") == []


@pytest.mark.parametrize("of", ["interactions", "controls"])
def test_lockstep_is_thinned_evenly(run: RunTables, of) -> None:
    points, total = run.lockstep(1, of=of)
    acts = run.interactions(1, limit=10_000, of=of)[0]
    assert total == len(acts)
    assert points.to_pylist() == acts.select(points.column_names).to_pylist()
    fewer, same = run.lockstep(1, max_points=total // 3, of=of)
    step = -(-total // (total // 3))
    assert same == total
    assert fewer.to_pylist() == points.to_pylist()[::step]


def test_hours_of_the_week(run: RunTables) -> None:
    expected = Counter(
        (row["ts"].weekday(), row["ts"].hour) for row in of_cluster(run, "interactions", 1)
    )
    found = run.hours_of_week(1)
    assert {
        (d, h): int(found[d, h]) for d in range(7) for h in range(24) if found[d, h]
    } == expected


def test_durations(plain: RunTables) -> None:
    expected = Counter(row["duration_ms"] // 500 * 500 for row in of_cluster(plain, "controls", 1))
    found = plain.durations(1, of="controls", bin_ms=500)
    assert found is not None
    assert dict(zip(found["ms"].to_pylist(), found["n"].to_pylist(), strict=True)) == expected


def test_shared_by_counts_accounts(plain: RunTables) -> None:
    acts = of_cluster(plain, "interactions", 1)
    users, n = defaultdict(set), Counter()
    for act in acts:
        users[act["device_hash"]].add(act["account_id"])
        n[act["device_hash"]] += 1
    order = sorted(users, key=lambda value: (-len(users[value]), -n[value], value))
    result = plain.shared_by(1, "device_hash", limit=5)
    assert result is not None
    found, total = result
    assert total == len(users)
    assert found.to_pylist() == [
        {"value": value, "n_accounts": len(users[value]), "n_interactions": n[value]}
        for value in order[:5]
    ]
    with pytest.raises(ValueError, match="nothing is counted by"):
        plain.shared_by(1, "1; DROP TABLE x")
    with pytest.raises(ValueError, match="of must be"):
        plain.hours_of_week(1, of="members")
