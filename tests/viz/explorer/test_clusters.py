"""The list of clusters against the whole table, sorted and filtered in Python."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cib.viz.explorer.runs.clusters import why
from cib.viz.explorer.runs.errors import NoSuchCluster
from cib.viz.explorer.runs.library import Library
from cib.viz.explorer.runs.run_tables import ClusterFilter, RunTables
from explorer_tables import of_cluster, rows, without


def main_market(run: RunTables, cluster_id: int) -> str | None:
    counts = Counter(r["market"] for r in of_cluster(run, "interactions", cluster_id))
    return max(counts, key=lambda market: (counts[market], market)) if counts else None


def test_clusters_are_the_rows_of_the_run(run: RunTables) -> None:
    table, total = run.clusters()
    expected = rows(run, "clusters")
    assert len(expected) >= 2
    assert total == len(expected)
    assert [without(row, "market") for row in table.to_pylist()] == expected
    assert [row["market"] for row in table.to_pylist()] == [
        main_market(run, row["cluster_id"]) for row in expected
    ]


def test_pages_make_up_the_whole(run: RunTables) -> None:
    sort = [("n_interactions", "desc")]
    pages = [run.clusters(sort=sort, offset=i, limit=1)[0] for i in range(run.n_clusters)]
    found = [page["cluster_id"][0].as_py() for page in pages]
    assert found == [
        row["cluster_id"]
        for row in sorted(rows(run, "clusters"), key=lambda r: (-r["n_interactions"], r["rank"]))
    ]
    beyond, total = run.clusters(offset=99)
    assert (len(beyond), total) == (0, run.n_clusters)


FILTERS = {
    "kinds": (ClusterFilter(kinds=("ring",)), lambda r: r["kind"] == "ring"),
    "score": (
        ClusterFilter(inauthenticity=(0.1, 0.9)),
        lambda r: 0.1 <= r["inauthenticity"] <= 0.9,
    ),
    "size": (ClusterFilter(n_accounts=(10, 10)), lambda r: r["n_accounts"] == 10),
    "layer": (ClusterFilter(layer="play"), lambda r: "play" in r["layers"].split(", ")),
    "no layer": (ClusterFilter(layer="pla"), lambda r: False),
    "text": (
        ClusterFilter(text="ACCOUNTS ACTED"),
        lambda r: "accounts acted" in r["reason"].lower(),
    ),
    "quoted": (ClusterFilter(text="' OR 1=1 --"), lambda r: False),
    "percent": (ClusterFilter(text="%"), lambda r: "%" in r["reason"]),
    "only": (ClusterFilter(only=[2, 99]), lambda r: r["cluster_id"] == 2),
    "nothing": (ClusterFilter(only=[]), lambda r: False),
    "without": (ClusterFilter(without={1}), lambda r: r["cluster_id"] != 1),
    "and": (ClusterFilter(only=[1, 2], without=[2], layer="play"), lambda r: r["cluster_id"] == 1),
    "hostile kind": (ClusterFilter(kinds=("ring') OR true --",)), lambda r: False),
}


@pytest.mark.parametrize("name", FILTERS)
def test_filters(plain: RunTables, name: str) -> None:
    where, keep = FILTERS[name]
    table, total = plain.clusters(where)
    expected = [row["cluster_id"] for row in rows(plain, "clusters", keep)]
    assert table["cluster_id"].to_pylist() == expected
    assert total == len(expected)


def test_filter_by_market(plain: RunTables) -> None:
    for market in ("SE", "US", "'"):
        expected = [
            row["cluster_id"]
            for row in rows(plain, "clusters")
            if main_market(plain, row["cluster_id"]) == market
        ]
        assert plain.clusters(ClusterFilter(markets=(market,)))[0]["cluster_id"].to_pylist() == (
            expected
        )
    # asked again, when all are known
    assert plain.clusters()[0]["market"].to_pylist() == [
        main_market(plain, row["cluster_id"]) for row in rows(plain, "clusters")
    ]


@pytest.mark.parametrize(
    "sort", [[("rank; DROP", "asc")], [("rank", "asc; --")], [("reason", "asc")]]
)
def test_only_known_columns_sort(plain: RunTables, sort) -> None:
    with pytest.raises(ValueError, match="cannot be sorted"):
        plain.clusters(sort=sort)


def test_one_cluster(run: RunTables) -> None:
    assert without(run.cluster(2), "market") == of_cluster(run, "clusters", 2)[0]
    with pytest.raises(NoSuchCluster, match="no cluster 77"):
        run.cluster(77)


def test_sparklines_count_interactions_in_equal_bins(run: RunTables) -> None:
    first, last = run.span()
    clusters = rows(run, "clusters")
    assert first == min(int(row["first_ts"].timestamp() * 1e6 + 0.5) for row in clusters)
    found = run.sparkline([1, 2], n_bins=7)
    for cluster_id in (1, 2):
        expected = np.zeros(7, int)
        for row in of_cluster(run, "interactions", cluster_id):
            at = round(row["ts"].timestamp() * 1e6)
            expected[min(max((at - first) * 7 // (last - first + 1), 0), 6)] += 1
        assert found[cluster_id].tolist() == expected.tolist()
    assert run.sparkline([]) == {}
    assert run.sparkline([99])[99].sum() == 0


def test_facets_count_clusters(plain: RunTables) -> None:
    clusters = rows(plain, "clusters")
    facets = {name: dict(found) for name, found in plain.facets().items()}
    assert facets["kind"] == Counter(row["kind"] for row in clusters)
    assert facets["layer"] == Counter(w for row in clusters for w in row["layers"].split(", "))
    assert facets["market"] == Counter(main_market(plain, row["cluster_id"]) for row in clusters)


def test_text_stands_in_an_explanation_that_is_not_ruled_out(copied) -> None:
    path = copied() / "clusters.parquet"
    table = pq.read_table(path)
    place = table.column_names.index("benign_ruled_out")
    fits = pa.array([False] + [True] * (len(table) - 1))
    pq.write_table(table.set_column(place, "benign_ruled_out", fits), path)
    run = Library(path.parent).runs()[0].tables
    first = table.slice(0, 1).to_pylist()[0]
    for text in ("but maybe", f"But maybe: {first['benign_alternative']}."):
        found, total = run.clusters(ClusterFilter(text=text))
        assert (found["cluster_id"].to_pylist(), total) == ([first["cluster_id"]], 1)
        assert text.lower() in why(found.to_pylist()[0]).lower()
