"""Networks, the map and layouts against edges read whole."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from cib.viz.explorer.runs.library import Library
from cib.viz.explorer.runs.positions import positions
from cib.viz.explorer.runs.run_tables import RunTables
from explorer_tables import of_cluster, row_of_account, rows

MEASURES = ("layer", "observed", "expected", "log10_p", "q_value", "weight", "statistic")


def edges_of(run: RunTables, ids: list) -> list[tuple]:
    """Edges among accounts, the strongest first."""
    found = [e for e in rows(run, "edges") if e["account_a"] in ids and e["account_b"] in ids]
    found.sort(key=lambda e: (-e["weight"], e["log10_p"]))
    return [(e["account_a"], e["account_b"], *(e[name] for name in MEASURES)) for e in found]


def said(graph) -> list[tuple]:
    """Edges of a subgraph with ids for positions."""
    ids = graph.nodes["account_id"].to_pylist()
    return [
        (ids[e["a"]], ids[e["b"]], *(e[name] for name in MEASURES)) for e in graph.edges.to_pylist()
    ]


def test_a_cluster_with_all_its_edges(run: RunTables) -> None:
    graph = run.edges_within(1)
    members = of_cluster(run, "members", 1)
    ids = [row["account_id"] for row in members]
    place = row_of_account(run)
    assert graph.nodes["account_id"].to_pylist() == ids
    assert graph.nodes["account_row"].to_pylist() == [place[one] for one in ids]
    assert graph.nodes["strength"].to_pylist() == [row["strength"] for row in members]
    assert sorted(said(graph)) == sorted(edges_of(run, ids))
    assert graph.n_edges_all == len(graph.edges) == run.cluster(1)["n_edges"] > 20
    assert graph.left_out == ""


def test_the_strongest_are_kept(run: RunTables) -> None:
    graph = run.edges_within(1, max_nodes=6, max_edges=4)
    ids = [row["account_id"] for row in of_cluster(run, "members", 1)][:6]
    among = edges_of(run, ids)
    assert graph.nodes["account_id"].to_pylist() == ids
    weights = [edge[2 + MEASURES.index("weight")] for edge in said(graph)]
    assert weights == [edge[2 + MEASURES.index("weight")] for edge in among[:4]]
    assert set(said(graph)) <= set(among)
    assert (graph.n_nodes_all, graph.n_edges_all) == (10, run.cluster(1)["n_edges"])
    assert "6 of 10 accounts and 4 of" in graph.left_out
    # the second time they come from where they were kept
    assert said(run.edges_within(1, max_nodes=6, max_edges=4)) == said(graph)


def older(place: Path) -> None:
    """Make a run's edges those of earlier versions: without their cluster, in another order."""
    table = pq.read_table(place / "edges.parquet").drop_columns(["cluster_id"])
    pq.write_table(table.sort_by([("account_b", "descending")]), place / "edges.parquet")


@pytest.mark.parametrize("writable", [True, False])
def test_runs_of_earlier_versions(copied, writable: bool) -> None:
    expected = said(Library(copied("hostile", "new")).runs()[0].tables.edges_within(2))
    place = copied("hostile", "old")
    older(place)
    if not writable:  # a file where the folder would be
        (place / ".explorer").write_text("in the way")
    run = Library(place).runs()[0].tables
    assert sorted(said(run.edges_within(2))) == sorted(expected)
    assert (place / ".explorer").is_dir() == writable
    again = Library(place).runs()[0].tables
    assert said(again.edges_within(2)) == said(run.edges_within(2))


def test_neighbours(run: RunTables) -> None:
    place = row_of_account(run)
    ids = list(place)
    everything = rows(run, "edges")
    seed = everything[0]["account_a"]
    partners = {
        end
        for edge in everything
        for end in (edge["account_a"], edge["account_b"])
        if seed in (edge["account_a"], edge["account_b"])
    } - {seed}
    graph = run.neighbours([place[seed]])
    found = graph.nodes["account_id"].to_pylist()
    assert found[0] == seed
    assert set(found[1:]) == partners
    assert [ids[row] for row in graph.nodes["account_row"].to_pylist()] == found
    assert sorted(said(graph)) == sorted(edges_of(run, found))
    few = run.neighbours([place[seed]], max_nodes=4, max_edges=2)
    assert len(few.nodes) == 4
    assert len(few.edges) == 2
    assert few.n_nodes_all == len(found)
    assert few.n_edges_all == len(edges_of(run, few.nodes["account_id"].to_pylist()))


def test_neighbours_across_clusters(copied) -> None:
    place = copied()
    table = pq.read_table(place / "edges.parquet").to_pylist()
    members = pq.read_table(place / "members.parquet").to_pylist()
    one, other = (next(m["account_id"] for m in members if m["cluster_id"] == c) for c in (1, 2))
    low, high = sorted((one, other))
    link = {**table[0], "account_a": low, "account_b": high, "cluster_id": None}
    schema = pq.read_schema(place / "edges.parquet")
    pq.write_table(
        pq.read_table(place / "edges.parquet").from_pylist([*table, link], schema),
        place / "edges.parquet",
    )
    run = Library(place).runs()[0].tables
    rows_of = row_of_account(run)
    graph = run.neighbours([rows_of[one], rows_of[other]])
    found = graph.nodes["account_id"].to_pylist()
    assert found[:2] == [one, other]
    assert sorted(said(graph)) == sorted(edges_of(run, found))
    assert (low, high) in {(a, b) for a, b, *_ in said(graph)}
    links = run.cluster_map().links.to_pylist()
    assert [(link["a"], link["b"], link["n_edges"]) for link in links] == [(0, 1, 1)]


def test_an_account_without_edges(run: RunTables) -> None:
    members = {row["account_id"] for row in rows(run, "members")}
    alone = next(i for one, i in row_of_account(run).items() if one not in members)
    graph = run.neighbours([alone])
    assert graph.nodes["account_row"].to_pylist() == [alone]
    assert graph.nodes["cluster_id"].to_pylist() == [None]
    assert len(graph.edges) == 0


def test_the_map_joins_clusters_that_share_targets(run: RunTables) -> None:
    seen = run.cluster_map()
    clusters = [row["cluster_id"] for row in rows(run, "clusters")]
    assert seen.nodes["cluster_id"].to_pylist() == clusters
    targets = {c: {r["content_id"] for r in of_cluster(run, "targets", c)} for c in clusters}
    expected = {
        (a, b): len(targets[a] & targets[b])
        for a, b in combinations(clusters, 2)
        if targets[a] & targets[b]
    }
    found = {
        (clusters[link["a"]], clusters[link["b"]]): link["n_targets"]
        for link in seen.links.to_pylist()
        if link["n_targets"]
    }
    assert found == expected
    assert seen.n_clusters_all == len(clusters)


def test_whatever_is_kept_may_be_broken(copied) -> None:
    place = copied()
    whole = Library(place).runs()[0].tables
    before = whole.cluster_map(), whole.members(1), whole.edges_within(1, 5, 3)
    kept = list((place / ".explorer").iterdir())
    assert kept
    for file in kept:
        file.write_bytes(file.read_bytes()[:40])
    again = Library(place).runs()[0].tables
    after = again.cluster_map(), again.members(1), again.edges_within(1, 5, 3)
    assert after[0].nodes.equals(before[0].nodes)
    assert after[0].links.equals(before[0].links)
    assert after[1][0].equals(before[1][0])
    assert said(after[2]) == said(before[2])


def test_positions_are_kept_and_the_same(copied) -> None:
    place = copied()
    found = []
    for _ in range(2):
        run = Library(place).runs()[0].tables
        found.append(run.positions(run.edges_within(1), "cluster-1"))
    assert found[0].shape == (10, 2)
    assert np.array_equal(*found)
    graph = run.edges_within(1)
    assert np.array_equal(run.positions(graph), found[0])
    assert len([f for f in (place / ".explorer").iterdir() if f.name.startswith("layout")]) == 1


@pytest.mark.parametrize("n", [1, 2, 7, 450, 1200])
def test_positions_lie_in_the_unit_square_and_apart(n: int) -> None:
    rng = np.random.default_rng(0)
    src = rng.integers(0, n, 3 * n)
    xy = positions(src, (src + 1 + rng.integers(0, 3, 3 * n)) % n, n_nodes=n + 5)
    assert xy.shape == (n + 5, 2)
    assert np.isfinite(xy).all()
    assert xy.min() >= 0
    assert xy.max() <= 1 + 1e-12
    assert len(np.unique(xy.round(9), axis=0)) == n + 5


def test_positions_put_groups_apart() -> None:
    # two groups of 300 with few links between them: one component, too large for every pair
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 300, 3000), rng.integers(0, 300, 3000)
    keep = a != b
    src = np.concatenate([a[keep], a[keep] + 300, [0, 1]])
    dst = np.concatenate([b[keep], b[keep] + 300, [300, 301]])
    xy = positions(src, dst, n_nodes=600)
    middle = xy[:300].mean(axis=0), xy[300:].mean(axis=0)
    spread = max(xy[:300].std(), xy[300:].std())
    assert np.linalg.norm(middle[0] - middle[1]) > spread


def test_positions_of_nothing() -> None:
    assert positions([], [], n_nodes=0).shape == (0, 2)
    assert len(np.unique(positions([], [], n_nodes=9), axis=0)) == 9


def test_larger_nodes_get_more_room() -> None:
    xy = positions([], [], size=np.array([8.0, 1, 1, 1, 1, 1]))
    gaps = np.linalg.norm(xy[:, None] - xy[None], axis=2) + 9 * np.eye(6)
    assert gaps[0].min() > 1.5 * gaps[1:, 1:].min()
    assert Counter(len(row) for row in xy) == {2: 6}
