"""From findings and truth to tables: a real scan, worlds made by hand, several seeds and times."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import cib
from cib.datasets.errors import UsageError
from cib.evaluation_rows import RINGS_SCHEMA, SCHEMA
from command_line import cib as command
from command_line import done

RING_0, RING_1 = range(1000, 1030), range(2000, 2012)


def value(evaluation, measure, kind="all", name="all", source=None, seed=None):
    rows = [
        row
        for row in evaluation.table.to_pylist()
        if (row["measure"], row["stratum_kind"], row["stratum"], row["seed"])
        == (measure, kind, name, seed)
        and source in (None, row["source"])
    ]
    (row,) = rows
    return row


# A real scan


def test_a_scan_from_end_to_end(world, world_run, tmp_path):
    """Numbers on the command line, in the Parquet file and by hand from the run are the same."""
    out = tmp_path / "evaluation"
    result = command("evaluate", world_run, "--truth", world, "--out", out, "--json")
    assert result.returncode == 0, result.stderr
    printed = json.loads(result.stdout)
    table = pq.read_table(out / "evaluation.parquet")
    assert table.schema.equals(SCHEMA)
    assert table.to_pylist() == printed["measures"]
    rings = pq.read_table(out / "rings.parquet")
    assert rings.schema.equals(RINGS_SCHEMA)

    run, truth = cib.open_run(world_run), pq.read_table(world / "truth" / "account.parquet")
    ring_of = dict(zip(truth["account_id"].to_pylist(), truth["ring_id"].to_pylist(), strict=True))
    names = sorted({r for r in ring_of.values() if r})
    members = [{a for a, r in ring_of.items() if r == name} for name in names]
    clusters = {
        row["cluster_id"]: set() for row in run.clusters.to_pylist() if row["kind"] == "ring"
    }
    for row in run.members.to_pylist():
        if row["cluster_id"] in clusters:
            clusters[row["cluster_id"]].add(row["account_id"])
    assert clusters, "the scan of the tiny world reports a ring"
    hit = [any(len(c & ring) >= len(c | ring) / 2 for c in clusters.values()) for ring in members]
    assert rings["ring_id"].to_pylist() == names
    assert rings["reported"].to_pylist() == hit
    evaluation = cib.evaluate(run, world)
    assert evaluation.table.equals(table)
    assert value(evaluation, "ring_recall")["value"] == np.mean(hit)
    flagged = set().union(*clusters.values())
    views = dict(
        zip(truth["account_id"].to_pylist(), truth["policy_view"].to_pylist(), strict=True)
    )
    honest = {a for a, r in ring_of.items() if r is None and views[a] != "grey"}
    fpr = value(evaluation, "account_fpr")
    assert fpr["value"] == len(flagged & honest) / len(honest)
    assert fpr["n"] == len(honest)


def test_the_table_for_people(world, world_run):
    result = command("evaluate", world_run, "--truth", world / "truth")
    assert result.returncode == 0, result.stderr
    for words in (
        "Over all rings: cib",
        "account PR-AUC",
        "A01 lockstep loop",
        "ordinary accounts",
    ):
        assert words in result.stdout
    assert "Time to detect is missing" in result.stderr
    assert "Worst cell: " in result.stderr or "No honest or grey account" in result.stderr


def test_a_run_in_memory_is_evaluated_as_well(world, world_run):
    run = cib.scan(world / "log")
    assert cib.evaluate(run, world).table.equals(cib.evaluate(world_run, world).table)


def test_the_same_call_gives_the_same_bytes(world, world_run, tmp_path):
    names = ("evaluation.parquet", "rings.parquet", "detection.html")
    for name in ("a", "b"):
        cib.evaluate(world_run, world, out=tmp_path / name)
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == sorted(names)


def test_time_to_detect_from_real_scans(world, world_run, tmp_path):
    """Scans of the first days report later what they miss, and never before the ring began."""
    rings = pq.read_table(world / "truth" / "ring.parquet")
    first = pc.min(rings["start"]).as_py()
    out = tmp_path / "runs"
    runs = [world_run]
    for days in (1, 3):
        until = (first + dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S")
        folder = out / str(days)
        runs.append(
            done(command("scan", world / "log", "--out", folder, "--until", until), folder)[0]
        )
    evaluation = cib.evaluate(runs, world)
    table = evaluation.rings
    detected = table.filter(pc.is_valid(table["hours_to_detect"]))
    assert len(detected) >= int(np.sum(table["reported"].to_pylist())) > 0
    assert pc.min(detected["hours_to_detect"]).as_py() > 0
    once = cib.evaluate(world_run, world)
    for measure in ("ring_recall", "account_pr_auc"):  # the last scan counts for the rest
        assert value(evaluation, measure) == value(once, measure)
    assert value(evaluation, "time_to_detect_h")["n"] == len(rings)


# Worlds made by hand


def test_what_is_found_and_what_is_not(by_hand, found):
    world = by_hand()
    method = found([[*RING_0], [*RING_1[:5], *range(5)], [*range(100, 110)]])
    got = cib.evaluate(method, world, k=[1, 2])
    assert value(got, "ring_recall")["value"] == 0.5  # of ring 1 it has 5 of a union of 17
    assert value(got, "ring_recall", "scenario", "A01")["value"] == 1
    assert value(got, "ring_recall", "tier", "easy")["n"] == 1
    assert value(got, "ring_recall", "tier", "n ≤ 20")["value"] == 0
    assert value(got, "cluster_precision_at_2")["value"] == 1
    assert value(got, "clusters_false")["value"] == 1
    assert value(got, "account_fpr")["value"] == 15 / 200
    assert value(got, "account_recall")["value"] == 35 / 42
    assert value(got, "account_recall", "role", "victim")["value"] == 7 / 9
    cells = {
        row["stratum"]: row["value"] * row["n"]
        for row in got.table.to_pylist()
        if row["stratum_kind"] == "confounder_market"
    }
    assert cells == pytest.approx({"G01 × SE": 3, "G01 × BR": 2, "none × SE": 5, "none × BR": 5})
    worst = [r for r in got.table.to_pylist() if r["stratum_kind"] == "worst_cell"]
    assert [r["stratum"] for r in worst] == ["G01 × SE"]


def test_shared_accounts_belong_to_both_rings(by_hand, found):
    world = by_hand(sizes=(30, 12))
    path = world / "truth" / "account.parquet"
    table = pq.read_table(path)
    shared = [
        "ring 1" if a in {str(i) for i in RING_0[:6]} else None
        for a in table["account_id"].to_pylist()
    ]
    pq.write_table(table.append_column("ring_id_2", pa.array(shared, pa.string())), path)
    method = found([[*RING_0], [*RING_1, *RING_0[:6]]])
    got = cib.evaluate(method, world)
    assert got.rings["n_accounts"].to_pylist() == [30, 18]
    assert got.rings["jaccard"].to_pylist() == [1, 1]
    assert got.rings["merged"].to_pylist() == [True, True]


def test_grey_accounts_count_neither_way_and_are_listed(by_hand, found):
    world = by_hand()
    path = world / "truth" / "account.parquet"
    table = pq.read_table(path)
    groups, views = (table[c].to_pylist() for c in ("confounder_group", "policy_view"))
    view = ["grey" if g == "G01" else v for g, v in zip(groups, views, strict=True)]
    place = table.column_names.index("policy_view")
    pq.write_table(table.set_column(place, "policy_view", pa.array(view)), path)
    method = found([[*range(20)], [*RING_0]])  # fans first, with the highest scores
    got = cib.evaluate(method, world)
    assert value(got, "account_fpr")["value"] == 0
    assert value(got, "account_fpr")["n"] == 160
    assert value(got, "account_recall_at_fpr")["value"] == 30 / 42
    assert value(got, "false_positive_rate", "confounder", "G01")["value"] == 0.5
    assert value(got, "clusters_false")["value"] == 1  # a review of them is lost all the same
    assert any("40 grey accounts" in note for note in got.notes)


def test_accounts_without_a_label_count_as_honest_and_are_mentioned(by_hand, found):
    world = by_hand()
    path = world / "truth" / "account.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["policy_view", "role"]), path)
    got = cib.evaluate(found([[*range(10)]]), world)
    assert value(got, "account_fpr")["value"] == 0.05
    assert any("200 accounts" in note and "no label" in note for note in got.notes)


def test_a_world_without_rings(by_hand, found):
    world = by_hand(sizes=())
    got = cib.evaluate([("loud", found([[*range(10)]], "a")), ("calm", found([], "b"))], world)
    assert value(got, "clusters_false", source="loud")["value"] == 1
    assert value(got, "clusters_false", source="calm")["value"] == 0
    assert value(got, "ring_recall", source="loud")["value"] is None
    assert any("has no ring" in note for note in got.notes)
    assert "A log without rings" in got.page


def test_scores_alone_can_be_evaluated(by_hand, found):
    """A method without clusters, such as volume: its order of accounts counts."""
    scores = {str(a): 5.0 for a in RING_0} | {str(a): 1.0 for a in range(200)}
    got = cib.evaluate(found([], scores=scores), by_hand())
    assert value(got, "account_recall_at_fpr")["value"] == 30 / 42
    assert value(got, "clusters_reported")["value"] == 0
    assert value(got, "cluster_precision_at_10")["value"] is None


def test_integer_ids_of_any_width(by_hand, found):
    world = by_hand(kind=int)
    method = found([[*RING_0]], kind=int)
    path = method / "members.parquet"
    table = pq.read_table(path)
    ids = table["account_id"].cast(pa.uint64()).dictionary_encode()
    pq.write_table(table.set_column(1, "account_id", ids), path)
    assert value(cib.evaluate(method, world), "ring_recall")["value"] == 0.5


def test_seeds_are_pooled_over_rings(by_hand, found):
    """A method that finds all of one world and nothing of another: half of all rings."""
    worlds = [
        by_hand(name, sizes=(30, 30, 30), seed=pa.array([seed] * 3))
        for seed, name in ((3, "three"), (8, "eight"))
    ]
    rings = [[*range(1000 * r, 1000 * r + 30)] for r in (1, 2, 3)]
    methods = [("m", found(rings, "a")), ("m", found([], "b"))]
    got = cib.evaluate(methods, worlds)
    assert value(got, "rings")["value"] == 6
    recall = value(got, "ring_recall")
    assert (recall["value"], recall["n"]) == (0.5, 6)
    assert 0 <= recall["low"] < 0.5 < recall["high"] <= 1
    assert value(got, "ring_recall", seed=3)["value"] == 1
    assert value(got, "ring_recall", seed=8)["value"] == 0
    assert got.rings["seed"].to_pylist() == [3] * 3 + [8] * 3
    assert value(got, "account_fpr")["n"] == 400


def test_degrade_modes_stay_apart(by_hand, found):
    world = by_hand()
    whole, poor = found([[*RING_0]], "a"), found([], "b")
    got = cib.evaluate([("m", whole), ("m", poor)], world, degrade=["full", "no-device"])
    recall = {
        row["degrade"]: row["value"]
        for row in got.table.to_pylist()
        if (row["stratum_kind"], row["measure"]) == ("all", "ring_recall")
    }
    assert recall == {"full": 0.5, "no-device": 0}
    assert "m, no-device" in got.page


def test_time_to_detect_and_streams_before(by_hand, found):
    start = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    event = {"account_id": "1000", "ring_id": "ring 0"}
    events = [{**event, "ts": start + dt.timedelta(days=d), "monetised": d != 1} for d in range(10)]
    world = by_hand(events=events)
    looks = [
        ("m", found(clusters, f"day {day}", about=json.dumps({"until": f"2026-03-{day + 1:02d}"})))
        for day, clusters in ((8, [[*RING_0]]), (2, []), (4, [[*RING_0[:16]]]))
    ]
    got = cib.evaluate(looks, world)
    assert got.rings["hours_to_detect"].to_pylist() == [96, None]
    assert got.rings["streams_before"].to_pylist() == [3, 0]  # days 0, 2 and 3; day 1 did not count
    assert value(got, "streams_before_detection")["value"] == 3
    assert value(got, "streams_before_detection_share")["value"] == pytest.approx(3 / 7)
    assert value(got, "time_to_detect_h", "scenario", "A01")["value"] == 96
    assert value(got, "time_to_detect_h", "scenario", "A02")["value"] is None
    assert not any("missing" in note for note in got.notes)
    once = cib.evaluate(looks[0][1], world)
    assert any("Time to detect is missing" in note for note in once.notes)


def test_runs_that_are_no_looks_at_a_growing_log_are_refused(by_hand, found):
    """Scans of a degraded log, say, whose times end a little later than those of the full one."""
    world = by_hand()
    early = found([[*RING_0]], "early", about='{"until": "2026-03-03"}')
    twin = found([], "twin", about='{"until": "2026-03-03T00:00:00Z"}')
    whole, other = found([[*RING_0]], "whole"), found([], "other")
    for runs, words in (
        ([("m", whole), ("m", other)], "--degrade"),
        ([("m", early), ("m", twin)], "end at the same time"),
        ([("m", early), ("m", whole)], "findings.json"),
    ):
        with pytest.raises(UsageError, match=words):
            cib.evaluate(runs, world)
    apart = cib.evaluate([("m", whole), ("m", other)], world, degrade=["full", "no-device"])
    assert len(apart.rings) == 4


def test_a_truth_that_does_not_say_when_rings_began(by_hand, found):
    world = by_hand()
    path = world / "truth" / "ring.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["start"]), path)
    looks = [
        ("m", found([[*RING_0]], f"day {day}", about=f'{{"until": "2026-03-0{day}"}}'))
        for day in (3, 4)
    ]
    got = cib.evaluate(looks, world)
    assert got.rings["hours_to_detect"].null_count == 2
    assert any("has no start" in note for note in got.notes)


def test_accounts_that_had_not_begun_cannot_be_missed(by_hand, found):
    """A ring that renews its accounts is reported when those of the day are."""
    world = by_hand(sizes=(30,))
    path = world / "truth" / "account.parquet"
    table = pq.read_table(path)
    late = {str(a) for a in RING_0[10:]}
    day = dt.timedelta(days=1)
    began = [
        dt.datetime(2026, 3, 1, tzinfo=dt.UTC) + (5 * day if a in late else 0 * day) if r else None
        for a, r in zip(table["account_id"].to_pylist(), table["ring_id"].to_pylist(), strict=True)
    ]
    column = pa.array(began, pa.timestamp("us", "UTC"))
    pq.write_table(table.append_column("active_from", column), path)
    looks = [
        ("m", found([[*RING_0[:10]]], "early", about='{"until": "2026-03-03"}')),
        ("m", found([[*RING_0]], "late", about='{"until": "2026-03-09"}')),
    ]
    assert cib.evaluate(looks, world).rings["hours_to_detect"].to_pylist() == [48]
