"""Figures show what the tables hold, and say what they leave out."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cib.datasets.errors import UsageError
from cib.viz import network_figure, overview_figure, raster_figure, targets_figure
from cib.viz.network_figure import Pairs, _strongest
from cib.viz.raster_figure import raster_points
from cib.viz.tables import cluster
from cib.viz.text import plotly_text, printable

Tables = dict[str, pa.Table]


def caption(figure: go.Figure) -> str:
    return str(figure.layout.meta["caption"])


def given(tables: Tables, cluster_id: int) -> Counter[tuple[str, str, int]]:
    rows = tables["interactions"].to_pylist()
    return Counter(
        (r["account_id"], r["content_id"], round(r["ts"].timestamp() * 1e6))
        for r in rows if r["cluster_id"] == cluster_id
    )  # fmt: skip


@pytest.mark.parametrize("cluster_id", [1, 2, 4])
def test_raster_points_are_the_interactions(run_tables: Tables, cluster_id: int) -> None:
    points = raster_points(run_tables, cluster_id)
    drawn = Counter(
        (points.accounts[row], points.contents[target], int(ts))
        for row, target, ts in zip(points.row, points.target, points.ts_us, strict=True)
    )
    assert drawn == given(run_tables, cluster_id)


def test_raster_traces_hold_every_mark_under_its_own_name_and_colour(run_tables: Tables) -> None:
    figure = raster_figure(run_tables, 2)
    drawn: Counter[tuple[str, str, int]] = Counter()
    for trace in figure.data:
        for text, x in zip(trace.text, trace.x, strict=True):
            drawn[(text, trace.name, round(float(x) * 1000))] += 1
    expected: Counter[tuple[str, str, int]] = Counter()
    for (account, content, ts), n in given(run_tables, 2).items():
        expected[(plotly_text(account), plotly_text(content), ts)] += n
    assert drawn == expected
    assert len({trace.marker.color for trace in figure.data}) == len(figure.data) == 2
    assert "All 402 interactions of 10 accounts" in caption(figure)


def test_raster_says_which_members_it_has_no_marks_of(run_tables: Tables) -> None:
    acts = run_tables["interactions"]
    own = pc.equal(acts["account_id"], "tiny-2")
    figure = raster_figure(run_tables | {"interactions": acts.filter(pc.invert(own))}, 4)
    assert caption(figure).endswith("of 2 accounts are drawn. 1 member did not act on any target.")


def test_raster_rows_are_ordered_by_first_mark(run_tables: Tables) -> None:
    points = raster_points(run_tables, 1)
    first = [points.ts_us[points.row == row].min() for row in range(len(points.accounts))]
    assert first == sorted(first)


def test_raster_names_eight_targets_and_joins_the_rest(run_tables: Tables) -> None:
    figure = raster_figure(run_tables, 1)
    assert len(figure.data) == 9
    assert figure.data[-1].name == "23 other targets"
    assert sum(len(trace.x) for trace in figure.data) == sum(given(run_tables, 1).values())


def test_raster_caps_hold_and_are_stated(large_tables: Tables) -> None:
    points = raster_points(large_tables, 5, max_accounts=150, max_points=2000)
    assert len(points.accounts) == 150
    assert 0 < len(points.row) <= 2000
    whole = sum(given(large_tables, 5).values())
    text = caption(raster_figure(large_tables, 5, max_points=2000))
    assert f"{len(points.row):,} of {whole:,} interactions" in text
    assert "150 of 2,000 accounts" in text
    assert text.endswith("Left out: the weakest accounts and the least used targets.")
    only_accounts = caption(raster_figure(large_tables, 5))
    assert only_accounts.endswith("19 of 19 targets. Left out: the weakest accounts.")


def test_a_target_too_large_for_the_raster_is_thinned_over_the_whole_time(
    run_tables: Tables,
) -> None:
    points = raster_points(run_tables, 4, max_points=7)
    assert len(points.row) == 7
    assert "evenly" in caption(raster_figure(run_tables, 4, max_points=7))
    times = [ts for _, _, ts in given(run_tables, 4)]
    assert (points.ts_us.min(), points.ts_us.max()) == (min(times), max(times))


def test_the_busiest_stretch_holds_the_most_marks(run_tables: Tables) -> None:
    figure = raster_figure(run_tables, 1)
    x = np.sort(np.concatenate([trace.x for trace in figure.data]))
    view = next(v for v in figure.layout.meta["views"] if v["label"] == "busiest hour")
    low, high = (np.datetime64(end).astype("datetime64[ms]").astype(float) for end in view["range"])
    most = max(int(((x >= start) & (x <= start + 3_600_000)).sum()) for start in x)
    assert abs(int(((x >= low - 1) & (x <= high + 1)).sum()) - most) <= 1


def test_network_draws_every_pair_once_with_its_numbers(run_tables: Tables) -> None:
    figure = network_figure(run_tables, 2)
    names = run_tables["members"].filter(pc.equal(run_tables["members"]["cluster_id"], 2))
    shown = {
        html.unescape(t)
        for trace in figure.data
        if trace.name in ("core", "fringe")
        for t in trace.text
    }
    assert shown == {printable(name, 36) for name in names["account_id"].to_pylist()}
    own = set(names["account_id"].to_pylist())
    edges = Counter((e["account_a"], e["account_b"]) for e in run_tables["edges"].to_pylist())
    pairs = {pair: n for pair, n in edges.items() if pair[0] in own}
    middles = next(trace for trace in figure.data if trace.marker.opacity == 0)
    assert len(middles.x) == len(pairs)
    assert sum(len(t.x) for t in figure.data if t.mode == "lines") == 3 * len(pairs)
    assert sum("<br>" in text for text in middles.text) == list(pairs.values()).count(2) > 0
    assert all("expected by chance" in text for text in middles.text)


def test_network_caps_hold_are_stated_and_leave_no_account_without_its_strongest_line(
    large_tables: Tables,
) -> None:
    figure = network_figure(large_tables, 5, max_nodes=400, max_edges=500)
    drawn = sum(len(trace.x) for trace in figure.data if trace.name in ("core", "fringe"))
    lines = sum(len(trace.x) // 3 for trace in figure.data if trace.mode == "lines")
    assert drawn == 400
    assert lines <= 500
    assert f"400 of 2,000 accounts and {lines:,}" in caption(figure)


def test_a_cluster_without_pairs_is_drawn_with_its_targets(run_tables: Tables) -> None:
    tables = run_tables | {"edges": run_tables["edges"].slice(0, 0)}
    figure = network_figure(tables, 2)
    assert "joined to the targets" in caption(figure)
    targets = next(trace for trace in figure.data if trace.name == "target")
    assert len(targets.x) == 2
    acted = {(a, c) for a, c, _ in given(tables, 2)}
    assert sum(len(t.x) // 3 for t in figure.data if t.mode == "lines") == len(acted)


def test_targets_show_the_share(run_tables: Tables) -> None:
    figure = targets_figure(run_tables, 3)
    made, others = figure.data
    assert len(made.x) == 8
    assert all(abs(a + b - 1) < 1e-12 for a, b in zip(made.x, others.x, strict=True))
    rows = [r for r in run_tables["targets"].to_pylist() if r["cluster_id"] == 3]
    rows.sort(key=lambda r: (-r["n_interactions"], r["content_id"]))
    assert list(made.x) == [r["share"] for r in rows[:8]]
    assert "The other 4 targets" in caption(figure)


def test_overview_tells_clusters_apart_by_their_innocent_explanation(run_tables: Tables) -> None:
    figure = overview_figure(run_tables)
    shown = {trace.name: {row[0] for row in trace.customdata} for trace in figure.data}
    assert shown == {
        "Innocent explanation ruled out": {1, 2, 4},
        "Innocent explanation not ruled out": {3},
    }


def test_integer_ids(run_tables: Tables) -> None:
    code = {
        name: 2**60 + i for i, name in enumerate(run_tables["accounts"]["account_id"].to_pylist())
    }

    def recoded(table: pa.Table) -> pa.Table:
        for i, name in enumerate(table.column_names):
            if name in ("account_id", "account_a", "account_b"):
                ids = pa.array([code[v] for v in table[name].to_pylist()], pa.int64())
                table = table.set_column(i, name, ids)
        return table

    tables = {name: recoded(table) for name, table in run_tables.items()}
    shown = {text for trace in raster_figure(tables, 4).data for text in trace.text}
    assert shown == {str(code[f"tiny-{i}"]) for i in (1, 2, 3)}
    assert len(network_figure(tables, 4).data) > 0


@pytest.mark.parametrize("draw", [raster_figure, network_figure, targets_figure])
def test_figures_of_an_empty_run_say_so(draw: Callable[..., Any]) -> None:
    figure = draw({}, 1)
    assert sum(len(trace.x) for trace in figure.data if trace.x is not None) == 0
    assert caption(figure)


def test_a_table_without_its_columns_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="'members' lacks role, strength, place"):
        network_figure({"members": pa.table({"cluster_id": [1], "account_id": [1]})}, 1)


def test_an_unknown_cluster_is_refused(run_tables: Tables) -> None:
    with pytest.raises(UsageError, match="no cluster 99; it has 4 clusters"):
        cluster(run_tables, 99)


def test_the_strongest_pairs_are_found_whichever_end_has_the_higher_place():
    ends = np.array([[9, 0], [1, 8], [2, 3], [9, 8]])
    pairs = Pairs(ends[:, 0], ends[:, 1], np.array([3.0, 1.0, 2.0, 0.5]), ["play"] * 4, [""] * 4)
    assert _strongest(pairs, 3).tolist() == [0, 1, 2]
