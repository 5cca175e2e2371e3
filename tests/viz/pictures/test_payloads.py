"""What the pictures of the explorer are given, and that their colours are the theme's."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

pytest.importorskip("dash", reason="dash is not installed")
from cib.viz import theme
from cib.viz.explorer.pictures import canvas as pictures
from cib.viz.explorer.pictures.map_payload import map_payload
from cib.viz.explorer.pictures.network_payload import (
    ROLE_LOOKS,
    network_payload,
    positions_of,
)
from cib.viz.explorer.pictures.raster_payload import raster_payload
from cib.viz.layout import circle_positions
from cib.viz.section import ROLE_MEANS
from cib.viz.tables import main_targets, of_cluster
from cib.viz.text import printable
from picture_pages import ASSETS, Part, joins_of, large_part, links_of, part_of

Run = dict[str, pa.Table]
TIME = pa.timestamp("us", "UTC")


def plain_json(value: Any) -> Any:
    """Return the value as a browser gets it; NumPy types or NaN are an error."""
    return json.loads(json.dumps(value, allow_nan=False))


def test_every_edge_of_a_pair_is_there_the_strongest_first(run_tables: Run) -> None:
    part = part_of(run_tables, 1)
    got = network_payload(part, printable)
    assert plain_json(got) == got
    edges = got["edges"]
    pairs = list(zip(edges["a"], edges["b"], strict=True))
    assert pairs == sorted(pairs)
    assert all(a < b for a, b in pairs)
    assert len(pairs) == part.edges.num_rows  # one row per pair and layer here
    names = [got["layers"][i]["name"] for i in edges["layer"]]
    assert names.count("shared device") == part.edges["layer"].to_pylist().count("shared device")
    assert edges["q"] == [30.0] * len(pairs)
    ids = part.nodes["account_id"].to_pylist()
    all_ids = run_tables["accounts"]["account_id"].to_pylist()
    assert [all_ids[row] for row in got["nodes"]["row"]] == ids == got["nodes"]["name"]


def test_windows_of_one_layer_become_one_line() -> None:
    nodes = pa.table({"account_row": [4, 9], "account_id": ["x", "y"],
                      "role": ["hub", None], "strength": [1.0, None]})  # fmt: skip
    edges = pa.table({
        "a": [1, 0, 0], "b": [0, 1, 1], "layer": ["play", "play", "like"],
        "observed": [3, 8, 2], "expected": [0.1234, 0.5678, None],
        "q_value": [1e-3, 0.0, None], "weight": [1.0, 5.0, 2.0],
    })  # fmt: skip
    got = network_payload(Part(nodes, edges, 7, 50), printable)
    assert got["edges"] == {
        "a": [0, 0], "b": [1, 1], "layer": got["edges"]["layer"], "q": [300.0, -1.0],
        "third": [2, 0], "observed": [8, 2], "expected": [0.568, None],
    }  # fmt: skip
    assert [got["layers"][i]["name"] for i in got["edges"]["layer"]] == ["play", "like"]
    assert [role["name"] for role in got["roles"]] == ["account in no cluster", "hub"]
    assert got["note"] == "The strongest 2 of 7 accounts and 3 of 50 edges are here."


def test_a_network_without_edges_joins_accounts_to_targets(run_tables: Run) -> None:
    part = part_of(run_tables, 3)
    joins = joins_of(run_tables, 3, part)
    bare = Part(part.nodes, part.edges.slice(0, 0), part.n_nodes_all, 0)
    got = network_payload(bare, printable, joins=joins)
    assert len(got["edges"]["a"]) == joins.num_rows
    assert sum(got["edges"]["observed"]) == sum(joins["n_interactions"].to_pylist())
    targets = [t for t in got["nodes"]["target"] if t is not None]
    assert len(targets) == 12
    assert got["nodes"]["row"].count(-1) == 12
    assert set(got["edges"]["q"]) == {-1.0}


def test_an_empty_network_is_empty() -> None:
    part = part_of({name: t.slice(0, 0) for name, t in _tables().items()}, 1)
    got = network_payload(part, printable)
    assert got["nodes"]["row"] == got["edges"]["a"] == got["roles"] == got["layers"] == []
    assert (got["q_least"], got["q_most"]) == (0, 2)


def _tables() -> Run:
    return {
        "accounts": pa.table({"account_id": ["a"]}),
        "members": pa.table({"cluster_id": [1], "account_id": ["a"], "role": ["listener"],
                             "strength": [1.0], "place": ["core"]}),
        "edges": pa.table({"account_a": ["a"], "account_b": ["a"], "layer": ["x"],
                           "window_s": [1.0], "observed": [1], "expected": [0.1],
                           "q_value": [0.1], "weight": [1.0]}),
    }  # fmt: skip


def test_accounts_seen_before_stay_where_they_are() -> None:
    whole = large_part(300, 900)
    few = Part(whole.nodes.slice(0, 200), _among(whole.edges, 200), 300, 900)
    before = positions_of(network_payload(few, printable))
    after = network_payload(whole, printable, keep=before)
    new = {row: place for row, place in positions_of(after).items() if row >= 200}
    old = np.array([before[row] for row in range(200)], float)
    now = np.array([positions_of(after)[row] for row in range(200)], float)
    assert (now == old).all()
    assert len(set(new.values())) == len(new)


def _among(edges: pa.Table, n: int) -> pa.Table:
    a, b = edges["a"].to_numpy(), edges["b"].to_numpy()
    return edges.filter(pa.array((a < n) & (b < n)))


def test_the_raster_holds_every_interaction(run_tables: Run) -> None:
    part, acts = part_of(run_tables, 1), of_cluster(run_tables, "interactions", 1)
    got = raster_payload(acts, None, part.nodes, main_targets(run_tables, 1), printable)
    assert plain_json(got) == got
    at = (np.cumsum(got["delta_ms"]) + got["start_ms"]).tolist()
    marks = [
        (got["names"][row], got["targets"][target], ms)
        for row, target, ms in zip(got["row"], got["target"], at, strict=True)
    ]
    wanted = [
        (act["account_id"], act["content_id"], int(act["ts"].timestamp() * 1e6 + 0.5) // 1000)
        for act in acts.to_pylist()
    ]
    assert sorted(marks) == sorted(wanted)
    first = {row: i for i, row in reversed(list(enumerate(got["row"])))}
    assert [first[row] for row in range(len(got["rows"]))] == sorted(first.values())
    assert got["n_members"] == len(got["rows"]) == 48
    assert len(got["looks"]) == 8
    assert got["n_others"] == len(got["targets"]) - 8


def test_controls_come_below_the_members() -> None:
    def acts(*who: str) -> pa.Table:
        times = pa.array(range(0, len(who) * 1_000_000, 1_000_000), TIME)
        return pa.table({"account_id": who, "content_id": [5] * len(who), "ts": times})

    members = pa.table({"account_id": ["b", "a"], "account_row": [8, 3]})
    targets = pa.table({"content_id": pa.array([5], pa.int32())})
    got = raster_payload(acts("b", "a", "b"), acts("z", "y"), members, targets, printable, n_all=9)
    assert got["names"] == ["b", "a", "z", "y"]
    assert (got["rows"][:2], got["n_members"]) == ([8, 3], 2)
    assert max(got["rows"][2:]) < 0
    assert got["row"] == [0, 2, 1, 3, 0]
    assert got["note"] == "3 of 9 interactions of this cluster are here."


def test_too_many_marks_are_thinned_and_it_is_said(run_tables: Run) -> None:
    acts, part = of_cluster(run_tables, "interactions", 1), part_of(run_tables, 1)
    targets = main_targets(run_tables, 1)
    got = raster_payload(acts, None, part.nodes, targets, printable, max_marks=500)
    assert len(got["row"]) == 500
    assert "500 of " in got["note"]
    none = raster_payload(acts.slice(0, 0), None, part.nodes, targets, printable)
    assert (none["row"], none["rows"], none["start_ms"]) == ([], [], 0)


def test_the_map_has_what_was_decided(run_tables: Run) -> None:
    got = map_payload(
        run_tables["clusters"], links_of(run_tables), run_id="r", verdicts={2: "benign"}
    )
    assert plain_json(got) == got
    assert got["clusters"]["id"] == [1, 2, 3, 4]
    assert [got["verdicts"][v] for v in got["clusters"]["verdict"]] == [
        "none yet", "benign", "none yet", "none yet",
    ]  # fmt: skip
    empty = run_tables["clusters"].slice(0, 0)
    assert map_payload(empty, links_of(run_tables).slice(0, 0), run_id="r")["clusters"]["id"] == []


def test_circles_do_not_overlap_and_areas_are_accounts() -> None:
    rng = np.random.default_rng(4)
    n = 400
    radius = np.sqrt(3 + 20 * rng.pareto(1.5, n))
    src, dst = rng.integers(0, 250, 500), rng.integers(0, 250, 500)
    src, dst = src[src != dst], dst[src != dst]
    xy = circle_positions(src, dst, radius)
    gap = np.linalg.norm(xy[:, None] - xy[None], axis=2) - radius[:, None] - radius[None]
    np.fill_diagonal(gap, 1.0)
    assert gap.min() > 0
    assert (xy == circle_positions(src, dst, radius)).all()


def test_the_colours_are_those_of_the_theme() -> None:
    css = (ASSETS / "pictures.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
        for block in (css.split("html[data")[0], css.split("html[data")[1].split("}")[0])
    )
    assert light.keys() == dark.keys()
    for i, (day, night) in enumerate(theme.TARGET_COLOURS):
        assert (light[f"target-{i}"], dark[f"target-{i}"]) == (day, night)
    for i, day in enumerate(theme.LAYER_COLOURS, start=1):
        assert (light[f"layer-{i}"], dark[f"layer-{i}"]) == (day, theme.DARK[day])


def test_every_role_has_a_look_and_every_name_in_the_scripts_a_colour() -> None:
    assert set(ROLE_MEANS) | {"listener"} == set(ROLE_LOOKS)
    assert len(set(ROLE_LOOKS.values())) == len({shape for _, shape in ROLE_LOOKS.values()}) == 7
    css = (ASSETS / "pictures.css").read_text(encoding="utf-8")
    known = set(theme.COLOURS) | set(re.findall(r"--([\w-]+): #", css))
    shapes = (ASSETS / "marks.js").read_text(encoding="utf-8")
    for colour, shape in ROLE_LOOKS.values():
        assert colour in known
        assert shape == "circle" or f'"{shape}":' in shapes
    for script in ASSETS.glob("*.js"):
        used = re.findall(r'pic\.colour\("([\w-]+)"', script.read_text(encoding="utf-8"))
        assert set(used) <= known, script.name


def test_no_script_writes_markup() -> None:
    for script in ASSETS.glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(", text)


def test_controls_have_labels(run_tables: Run) -> None:
    got = pictures.network_picture("p", network_payload(part_of(run_tables, 1), printable))
    written = json.dumps(got.to_plotly_json(), default=lambda part: part.to_plotly_json())
    for name in ("q", "search"):
        assert f'"htmlFor": "p-{name}"' in written
    assert '"aria-label": "Network of 48 accounts' in written
    assert '"role": "img"' in written
