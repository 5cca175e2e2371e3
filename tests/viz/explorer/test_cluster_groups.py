"""The map of a run with more clusters than are drawn singly, against its tables read whole."""

from __future__ import annotations

import dataclasses
import shutil
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from cib.viz.explorer.pages.overview import is_start
from cib.viz.explorer.pictures.map_groups import band_words, group_words, size_words
from cib.viz.explorer.runs import networks
from cib.viz.explorer.runs.cluster_map import LIMITS, MOST_SHARED, MapLimits
from cib.viz.explorer.runs.errors import NoSuchGroup
from cib.viz.explorer.runs.library import Library
from cib.viz.explorer.runs.run_tables import ClusterFilter, RunTables
from explorer_tables import row_of_account, rows
from fabricated import LIMITED, alike, fabricate


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fabricate(tmp_path_factory.mktemp("fabricated"))


@pytest.fixture(scope="module")
def tables(folder: Path) -> RunTables:
    return Library(folder).runs()[0].tables


def shared(tables: RunTables, node_of: dict[int, int]) -> Counter[tuple[int, int]]:
    """How many targets two nodes share; those of very many clusters join none."""
    clusters = defaultdict(set)
    for row in rows(tables, "targets"):
        if row["cluster_id"] in node_of:
            clusters[row["content_id"]].add(row["cluster_id"])
    found: Counter[tuple[int, int]] = Counter()
    for some in clusters.values():
        if len(some) <= MOST_SHARED:
            found.update(combinations(sorted({node_of[one] for one in some}), 2))
    return found


def test_every_cluster_is_there_once_and_groups_are_alike(tables: RunTables) -> None:
    seen = tables.cluster_map(limits=LIMITED)
    clusters = sorted(rows(tables, "clusters"), key=lambda row: row["rank"])
    first, others = clusters[: LIMITED.first], clusters[LIMITED.first :]
    assert seen.nodes["cluster_id"].to_pylist() == [row["cluster_id"] for row in first]
    kinds = defaultdict(list)
    for row in others:
        kinds[alike(row)].append(row)
    groups = seen.groups.to_pylist()
    assert sum(group["n_clusters"] for group in groups) == len(others)
    assert max(group["n_clusters"] for group in groups) == LIMITED.clusters  # one is in parts
    for group in groups:
        mine = kinds[group["kind"], group["band"], group["size"]]
        begin = (group["part"] - 1) * LIMITED.clusters
        mine = mine[begin : begin + LIMITED.clusters]
        inside = tables.cluster_map(group=group["group"], limits=LIMITED)
        assert inside.nodes["cluster_id"].to_pylist() == [row["cluster_id"] for row in mine]
        assert len(inside.groups) == 0
        assert group["n_clusters"] == len(mine) == inside.n_clusters_all
        assert group["n_accounts"] == sum(row["n_accounts"] for row in mine)
        assert group["largest"] == max(row["n_accounts"] for row in mine)
        assert group["rank"] == mine[0]["rank"]
        for score in ("coordination", "inauthenticity"):
            assert group[score] == max(row[score] for row in mine)
        for row in mine:
            low, high = (float(word) for word in band_words(group["band"]).split(" to "))
            assert low <= round(row["inauthenticity"], 2) <= high
        words = group_words(group)
        assert words.startswith(f"{group['kind']}, inauthenticity ")
        assert size_words(group["size"]) in words
        assert (f"part {group['part']} of" in words) == (len(kinds[alike(mine[0])]) > len(mine))
    bands = [group["band"] for group in groups]
    assert bands == sorted(bands, reverse=True)


def test_links_of_groups_are_targets_of_both(tables: RunTables) -> None:
    seen = tables.cluster_map(limits=LIMITED)
    node_of = {one: i for i, one in enumerate(seen.nodes["cluster_id"].to_pylist())}
    for group in range(1, len(seen.groups) + 1):
        inside = tables.cluster_map(group=group, limits=LIMITED)
        at = len(seen.nodes) + group - 1
        node_of |= dict.fromkeys(inside.nodes["cluster_id"].to_pylist(), at)
    assert len(node_of) == tables.n_clusters == seen.n_clusters_all
    expected = shared(tables, node_of)
    found = {(one["a"], one["b"]): one["n_targets"] for one in seen.links.to_pylist()}
    assert len(found) == LIMITED.group_links < len(expected) == seen.n_links_all
    assert all(expected[pair] == n for pair, n in found.items())
    assert sorted(found.values()) == sorted(expected.values())[-len(found) :]
    n_left = len(expected) - len(found)
    assert f"Left out: {n_left} of {len(expected)} links" in seen.left_out
    n_others = tables.n_clusters - LIMITED.first
    assert f"the other {n_others} in {len(seen.groups)} groups" in seen.left_out


def test_links_inside_a_group_are_limited_and_said(tables: RunTables) -> None:
    groups = tables.cluster_map(limits=LIMITED).groups.sort_by([("n_clusters", "descending")])
    number = groups["group"][0].as_py()
    inside = tables.cluster_map(group=number, limits=LIMITED)
    node_of = {one: i for i, one in enumerate(inside.nodes["cluster_id"].to_pylist())}
    of = {
        row["account_id"]: node_of.get(row["cluster_id"])
        for row in rows(tables, "members")
        if row["cluster_id"] in node_of
    }
    expected = shared(tables, node_of)
    for edge in rows(tables, "edges", lambda row: row["cluster_id"] is None):
        ends = sorted(
            n for n in (of.get(edge["account_a"]), of.get(edge["account_b"])) if n is not None
        )
        if len(set(ends)) == 2:
            expected[ends[0], ends[1]] += 1
    whole = dataclasses.replace(LIMITED, links=10_000)
    found = tables.cluster_map(group=number, limits=whole)
    assert {
        (one["a"], one["b"]): one["n_targets"] + one["n_edges"] for one in found.links.to_pylist()
    } == expected
    assert found.left_out == ""
    assert len(inside.links) == min(LIMITED.links, len(expected))
    assert inside.n_links_all == len(expected)


def test_filters_come_before_groups(tables: RunTables) -> None:
    where = ClusterFilter(kinds=("ring",))
    seen = tables.cluster_map(where, limits=LIMITED)
    rings = [row for row in rows(tables, "clusters") if row["kind"] == "ring"]
    assert seen.n_clusters_all == len(rings)
    assert set(seen.groups["kind"].to_pylist()) == {"ring"}
    assert sum(seen.groups["n_clusters"].to_pylist()) == len(rings) - LIMITED.first
    few = tables.cluster_map(ClusterFilter(n_accounts=(50, 10**9)), limits=LIMITED)
    large = [row for row in rows(tables, "clusters") if row["n_accounts"] >= 50]
    assert 0 < len(large) <= LIMITED.clusters
    assert len(few.groups) == 0
    assert len(few.nodes) == len(large)


def test_no_such_group(tables: RunTables) -> None:
    n = len(tables.cluster_map(limits=LIMITED).groups)
    for number in (0, n + 1):
        with pytest.raises(NoSuchGroup, match="begin with the whole map"):
            tables.cluster_map(group=number, limits=LIMITED)
    with pytest.raises(NoSuchGroup):
        tables.cluster_map(group=1)  # all are drawn singly


def test_a_large_run_alone_begins_with_the_map(folder: Path, tmp_path: Path) -> None:
    run = next(folder.iterdir())
    alone = Library(run)
    n = alone.runs()[0].tables.n_clusters
    assert is_start(alone, MapLimits(clusters=n - 1))
    assert not is_start(alone, MapLimits(clusters=n))
    assert is_start(Library(folder), MapLimits(clusters=1))  # a folder with this run only
    for name in (run.name, run.name[::-1]):
        shutil.copytree(run, tmp_path / name)
        manifest = tmp_path / name / "manifest.json"
        manifest.write_text(manifest.read_text().replace(run.name, name))
    assert len(Library(tmp_path).runs()) == 2
    assert not is_start(Library(tmp_path), MapLimits(clusters=1))  # triage says what is new
    assert LIMITS.clusters == 5000


def test_answers_are_the_same_before_and_after_copies(tmp_path: Path) -> None:
    """What is put together for one cluster at a time agrees with the copies made later."""
    folder = fabricate(tmp_path)
    tables = Library(folder).runs()[0].tables
    place = row_of_account(tables)
    outer = next(row for row in rows(tables, "edges") if row["cluster_id"] is None)
    ends = [place[outer["account_a"]], place[outer["account_b"]]]

    def answers() -> list[object]:
        graph, around = tables.edges_within(2), tables.neighbours(ends, 40, 60)
        acts = tables.interactions(2, accounts=graph.nodes["account_row"].to_pylist()[:2])
        return [
            tables.members(2)[0], *acts, tables.lockstep(2)[0], graph.nodes, graph.edges,
            around.nodes, around.edges, around.n_nodes_all, around.n_edges_all,
        ]  # fmt: skip

    before = answers()
    assert not list(folder.glob("*/.explorer/roster-*"))
    tables.prepare()
    assert list(folder.glob("*/.explorer/roster-*"))
    assert list(folder.glob("*/.explorer/between-*"))
    assert len(before[-3]) > 0
    for one, other in zip(before, answers(), strict=True):
        assert one == other


def test_the_largest_networks_are_laid_out_beforehand(tmp_path: Path, monkeypatch) -> None:
    folder = fabricate(tmp_path)
    tables = Library(folder).runs()[0].tables
    monkeypatch.setattr(networks, "MAX_EDGES", 20)
    by_edges = sorted(
        (-row["n_edges"], row["cluster_id"])
        for row in rows(tables, "clusters")
        if row["n_edges"] > 20
    )
    assert networks.largest(tables.source, 3) == [cluster for _, cluster in by_edges[:3]] != []
    kept = folder / tables.source.path.name / ".explorer"
    assert not list(kept.glob("layout-*"))
    tables.prepare()
    laid_out = {file.name for file in kept.glob("layout-*")}
    graph = tables.edges_within(by_edges[0][1])
    tables.positions(graph, networks.kept_as(by_edges[0][1]))
    assert laid_out
    assert {file.name for file in kept.glob("layout-*")} == laid_out  # found, not made again
