"""Runs under a path: as they are on the disk now; and what queries may touch."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from cib.datasets.errors import BadDataError, UsageError
from cib.viz.explorer.pages import triage
from cib.viz.explorer.runs.changes import changes
from cib.viz.explorer.runs.database import Database, QueryFailed
from cib.viz.explorer.runs.errors import RunGone
from cib.viz.explorer.runs.library import Library
from explorer_tables import names


def dated(place: Path, created: str, **more: str) -> None:
    rewritten(place, {"created": created, **more})


def rewritten(place: Path, fields: dict[str, object]) -> None:
    manifest = json.loads((place / "manifest.json").read_text())
    (place / "manifest.json").write_text(json.dumps({**manifest, **fields}))


def test_runs_are_newest_first_as_they_are_now(copied) -> None:
    first, second = copied("plain"), copied("hostile")
    dated(first, "2026-01-01T00:00:00+00:00")
    dated(second, "2026-01-02T00:00:00+02:00")
    library = Library(first.parent)
    assert [run.id for run in library.runs()] == [second.name, first.name]
    assert not library.one_run
    third = copied("bare")
    dated(third, "2026-01-03T00:00:00")
    assert [run.id for run in library.runs()] == [third.name, second.name, first.name]
    assert library.run(second.name).tables is library.run(second.name).tables
    shutil.rmtree(second)
    assert [run.id for run in library.runs()] == [third.name, first.name]
    with pytest.raises(RunGone, match="no longer there"):
        library.run(second.name)


def test_a_single_run(copied) -> None:
    place = copied()
    library = Library(place)
    assert library.one_run
    assert [run.path for run in library.runs()] == [place]


def test_what_cannot_be_read_is_left_out_and_told(copied, tmp_path: Path) -> None:
    place = copied()
    broken, other, hidden = (place.parent / name for name in ("broken", "other", ".unfinished"))
    for folder, text in ((broken, "{"), (other, '{"run_id": "../x"}'), (hidden, "{}")):
        folder.mkdir()
        (folder / "manifest.json").write_text(text)
    (place.parent / "log.parquet").write_text("no run")
    shutil.copytree(place, place.parent / "twin")
    library = Library(place.parent)
    assert [run.id for run in library.runs()] == [place.name]
    problems = library.problems()
    assert len(problems) == 3
    assert "broken is not a run" in problems[0]
    assert "names no run" in problems[1]
    assert "is a copy of run" in problems[2]
    with pytest.raises(UsageError, match="no folder"):
        Library(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("field", "written"),
    [
        ("rows", []),
        ("rows", {"used": "many"}),
        ("created", 1_700_000_000),
        ("source", ["plays"]),
        ("configuration", "q=0.05"),
        ("inputs", [{"name": ["a"]}]),
        ("layers", [{"n_rows": "9"}]),
        ("stages", {"name": "reading"}),
        ("tests", [1]),
    ],
)
def test_a_manifest_of_wrong_kinds_is_a_problem_of_its_run_alone(
    copied, field: str, written: object
) -> None:
    place, other = copied("plain"), copied("bare")
    rewritten(place, {field: written})
    library = Library(place.parent)
    assert [run.id for run in library.runs()] == [other.name]
    (problem,) = library.problems()
    assert place.name in problem
    assert f"“{field}” in manifest.json" in problem
    assert triage.told([changes(library, library.runs()[0])])  # the page's head can be made


def test_a_moment_that_is_none_is_that_of_the_file(copied) -> None:
    place = copied()
    for created in ("yesterday", "0001-01-01T00:00:00+14:00"):
        dated(place, created)
        (run,) = Library(place).runs()
        assert abs(run.created.timestamp() - (place / "manifest.json").stat().st_mtime) < 1e-3


def test_a_run_scanned_again_into_its_folder(copied, tmp_path: Path) -> None:
    place, other = copied("plain"), copied("hostile", "other")
    library = Library(place.parent)
    before = library.runs()[0].tables
    before.prepare()
    before.positions(before.edges_within(1), "cluster-1")
    old = {file.name for file in (place / ".explorer").iterdir()}
    for file in other.glob("*.parquet"):
        shutil.copyfile(file, place / file.name)
    dated(place, "2026-01-02T00:00:00+00:00")  # the manifest is written again, with the same name
    expected = Library(other).runs()[0].tables
    for run in (Library(place).runs()[0].tables, library.runs()[0].tables):
        assert run.members(1)[0].equals(expected.members(1)[0])
        assert run.cluster_map().nodes.equals(expected.cluster_map().nodes)
        assert run.facets() == expected.facets()
        assert run.neighbours([0]).edges.equals(expected.neighbours([0]).edges)
    assert not old & {file.name for file in (place / ".explorer").iterdir()}


def test_a_run_deleted_underneath(copied) -> None:
    place = copied()
    run = Library(place.parent).runs()[0]
    run.tables.members(1)
    shutil.rmtree(place)
    for ask in (
        lambda: run.tables.clusters(),
        lambda: run.tables.evidence(1),
        lambda: run.tables.search("bot"),
        lambda: run.tables.edges_within(2),
        lambda: run.tables.cluster_map(),
        lambda: run.tables.neighbours([0]),
    ):
        with pytest.raises(RunGone, match=r"Run [0-9a-f]+ is no longer there"):
            ask()
    assert not place.exists()


@pytest.mark.parametrize("asked_before", [True, False])
def test_a_file_cut_off(copied, asked_before: bool) -> None:
    place = copied()
    run = Library(place).runs()[0]
    if asked_before:
        run.tables.targets(1)
    file = place / "targets.parquet"
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(BadDataError, match=r"targets\.parquet cannot be read"):
        run.tables.targets(1)
    assert run.tables.evidence(1).num_rows > 0


def test_a_file_damaged_inside(copied) -> None:
    place = copied()
    file = place / "evidence.parquet"
    data = bytearray(file.read_bytes())
    data[4:600] = bytes(596)
    file.write_bytes(data)
    with pytest.raises(BadDataError, match=r"evidence\.parquet cannot be read"):
        Library(place).runs()[0].tables.evidence(1)


@pytest.mark.parametrize("name", ["it's", "a [b] c", "st*r", 'quo"te', "ümlaut;--", "wh?t"])
def test_any_path(copied, name: str) -> None:
    run = Library(copied("plain", name)).runs()[0]
    assert run.tables.clusters()[1] == run.tables.n_clusters
    run.tables.prepare()
    assert len(run.tables.edges_within(1).edges) == run.tables.cluster(1)["n_edges"]


def test_a_neighbouring_folder_is_not_taken_for_the_run(copied) -> None:
    copied("hostile", "runs1")
    place = copied("plain", "runs[1]")
    run = Library(place.parent).runs()[0]
    ids = names(run.tables, "members", "account_id")
    assert set(run.tables.members(1)[0]["account_id"].to_pylist()) <= set(ids)


def test_twenty_at_once(copied) -> None:
    place = copied()
    run = Library(place).runs()[0].tables

    def visit(i: int) -> tuple[int, int, int]:
        cluster = i % 2 + 1
        graph = run.edges_within(cluster)
        return run.members(cluster)[1], len(graph.edges), run.cluster_map().n_clusters_all

    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(visit, range(40)))
    assert found == [visit(i) for i in range(2)] * 20


def test_lineage_and_history(copied) -> None:
    old, new = copied("plain"), copied("bare")
    dated(old, "2026-01-01T00:00:00+00:00", source="plays/date=2026-01-01")
    dated(new, "2026-01-02T00:00:00+00:00", source="plays/date=2026-01-02/")
    other, elsewhere = copied("numbers"), copied("hostile")
    dated(other, "2026-01-01T12:00:00+00:00", source="plays/date=2026-01-01")
    dated(elsewhere, "2026-01-01T13:00:00+00:00", source="posts/date=2026-01-01")
    library = Library(old.parent)
    before = library.previous(new.name)
    assert before is not None
    assert before.id == old.name  # whole numbers are of another log
    assert library.previous(old.name) is None
    assert library.lineage(old.name) is None
    lineage = library.lineage(new.name)
    assert lineage is not None
    assert set(lineage["current_cluster"].to_pylist()) >= {1, 2}
    assert lineage["change"].to_pylist()[0] in ("known", "grown", "shrunk")
    history = library.history("bot00")
    assert [one["run_id"] for one in history] == [new.name, old.name]
    assert all(one["cluster_id"] for one in history)
    assert [one["run_id"] for one in library.history(-500)] == [other.name]
    assert library.history("nobody") == []


def test_queries_reach_nothing_else(tmp_path: Path) -> None:
    mine, other = tmp_path / "runs", tmp_path / "runs-secret"
    for folder in (mine, other):
        folder.mkdir()
        duckdb.sql("SELECT 1 AS x").write_parquet(str(folder / "a.parquet"))
    database = Database([mine])
    read = "SELECT x FROM read_parquet($file)"
    assert database.table(read, {"file": str(mine / "a.parquet")}).num_rows == 1
    for sql, file in (
        (read, other / "a.parquet"),
        (read, mine / ".." / "runs-secret" / "a.parquet"),
        ("SELECT * FROM read_text($file)", "/etc/passwd"),
        ("SELECT * FROM glob($file)", "/etc/*"),
    ):
        with pytest.raises(QueryFailed, match="disabled by configuration"):
            database.table(sql, {"file": str(file)})
    for sql in (
        "SET enable_external_access = true",
        "SET memory_limit = '100GB'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "ATTACH '/etc/passwd' AS x",
    ):
        with pytest.raises(QueryFailed):
            database.table(sql, {})
