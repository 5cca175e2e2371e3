"""Every picture of every page as a file: decoded, not blank, and of nothing but shapes and text."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from browsers import CHROMIUM
from cib.datasets.wording import plural
from cib.viz.explorer.exports import cluster_figures, pairs, subjects
from cib.viz.explorer.exports.cluster_tables import TABLES
from cib.viz.explorer.exports.images import WIDTH, images
from cib.viz.explorer.pages.overview_map import payload_of
from cib.viz.explorer.panels.here import here
from cib.viz.explorer.runs.comparing import Side
from cib.viz.map_figure import draw_map
from explorer_runs import HOSTILE, newest
from taken_away import alone, asked, get, name_of, refused, ring

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed"),
]
HERE = {"raster", "network", "targets", "waterfall", "comparison", "hours", "durations", "devices",
        "addresses", "markets"}  # fmt: skip
"""Figures of a cluster for which the log has the columns."""


def look_at_png(body: bytes, what: str) -> None:
    with Image.open(io.BytesIO(body)) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.width == 2 * WIDTH, what
        assert 300 < picture.height < 4000, what
        seen = np.asarray(picture.convert("RGB"))
    # words and axes are grey: what is drawn has colour
    coloured = (seen.max(axis=2).astype(int) - seen.min(axis=2)) > 60
    assert coloured.mean() > 0.0003, f"nothing is drawn in {what}"


def look_at_svg(body: bytes, what: str) -> str:
    """Check that nothing in a picture does or loads anything; return its text."""
    root = ElementTree.fromstring(body)
    assert root.tag.endswith("}svg"), what
    for node in root.iter():
        kind = node.tag.rpartition("}")[2]
        assert kind not in ("a", "script", "foreignObject", "iframe", "use"), (what, kind)
        for name, value in node.attrib.items():
            assert not name.lower().startswith("on"), (what, name)
            # heat maps are pixels within the file
            within = kind == "image" and value.startswith("data:image/png;base64,")
            assert "href" not in name or within, (what, name, value)
            assert not re.search(r"https?:|javascript:", value), (what, name, value)
    drawn = {one for node in root.iter() for one in node.get("class", "").split()}
    assert drawn & {"trace", "hm"}, f"nothing is drawn in {what}"
    text = " ".join("".join(node.itertext()) for node in root.iter())
    assert "\u202e" not in text
    return text


@pytest.fixture(scope="module")
def package(served: Any) -> dict[str, bytes]:
    body, _ = get(served, f"run/{newest(served).id}/cluster/{ring(served)}/package.zip")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return {name.partition("/")[2]: archive.read(name) for name in archive.namelist()}


def test_a_package_holds_all_of_a_cluster(package: dict[str, bytes], served: Any) -> None:
    run = newest(served)
    tables = {name for name in TABLES if name not in ("networks", "ip_markets")}
    wanted = {f"{name}.{kind}" for name in tables for kind in ("csv", "parquet")}
    assert wanted | {"README.txt", "cluster.json", "network.gexf", "network.graphml"} <= set(
        package
    )
    about = json.loads(package["cluster.json"])
    assert about["run_id"] == run.id
    assert about["cluster"]["cluster_id"] == ring(served)
    assert about["decision"]["verdict"] is None
    readme = package["README.txt"].decode()
    for name in tables:
        n_rows = len(pq.read_table(pa.BufferReader(package[f"{name}.parquet"])))
        assert f"{name} ({plural(n_rows, 'row')};" in readme
    assert "Missing" not in readme
    said = next(
        line for line in readme.splitlines() if line.startswith("figures (.png and .svg): ")
    )
    assert {one.split()[0] for one in said.partition(": ")[2].split("; ")} == set(HERE)
    assert "Not there: This run has no networks" in readme


def test_a_package_has_every_figure(package: dict[str, bytes], served: Any) -> None:
    names = {name.removeprefix("figures/") for name in package if name.startswith("figures/")}
    assert names == {f"{name}.{kind}" for name in HERE for kind in ("png", "svg")}
    texts = {}
    for name in names:
        body = package[f"figures/{name}"]
        if name.endswith(".png"):
            look_at_png(body, name)
        else:
            texts[name.removesuffix(".svg")] = look_at_svg(body, name)
    for name, text in texts.items():
        assert f"Cluster {ring(served)} of run {newest(served).id[:8]}:" in text, name
        assert {"raster": "who acted when", "hours": "Mon", "durations": "30 s: paid",
                "devices": "farm0", "markets": "SE", "comparison": "members",
                "waterfall": "Before any evidence"}.get(name, "") in text  # fmt: skip
    assert any(part in texts["raster"] for part in ("<script>window.pwned", "<img src=x"))


def test_pictures_of_accounts_targets_pairs_and_the_map(served: Any) -> None:
    explorer, run = served.explorer, newest(served)
    at = here(explorer, run.id, ring(served))
    account = at.tables.members(at.cluster_id)[0]["account_row"][0].as_py()
    target = at.tables.targets(at.cluster_id)[0]["target_row"][0].as_py()
    sides = Side(run, 1), Side(explorer.library.runs()[1], 1)
    with asked():
        drawn = {
            **{f"account {n}": subjects.account_figure(explorer, run, account, n)
               for n in subjects.ACCOUNT_FIGURES},
            **{f"target {n}": subjects.target_figure(run, target, n)
               for n in subjects.TARGET_FIGURES},
            **{f"pair {n}": pairs.pair_figure(*sides, n) for n in pairs.FIGURES},
            "map": draw_map(payload_of(explorer, run), title="Map of clusters"),
        }  # fmt: skip
    wanted = [(name, kind) for name in drawn for kind in ("png", "svg")]
    made = images([(drawn[name], kind) for name, kind in wanted])
    texts = {}
    for (name, kind), body in zip(wanted, made, strict=True):
        if kind == "png":
            look_at_png(body, name)
        else:
            texts[name] = look_at_svg(body, name)
    assert all(f"row {account} of run {run.id[:8]}" in texts[f"account {n}"]
               for n in subjects.ACCOUNT_FIGURES)  # fmt: skip
    assert "Everybody else" in texts["target shares"]
    assert all(f"run {side.run.id[:8]}" in texts["pair hours"] for side in sides)
    assert "Accounts" in texts["pair overlap"]


@pytest.mark.parametrize(
    "path",
    ["overview.png", "activity.svg", "account/{a}/signals.svg", "target/{t}/shares.png"],
)
def test_addresses_of_pictures(served: Any, path: str) -> None:
    run, mine = newest(served), ring(served)
    account = run.tables.members(mine)[0]["account_row"][0].as_py()
    target = run.tables.targets(mine)[0]["target_row"][0].as_py()
    path = path.format(c=mine, a=account, t=target)
    body, headers = get(served, f"run/{run.id}/{path}")
    assert run.id in name_of(headers)
    assert not any(name in name_of(headers) for name in (*HOSTILE, *HOSTILE.values()))
    if path.endswith(".png"):
        assert headers["Content-Type"] == "image/png"
        look_at_png(body, path)
    else:
        assert headers["Content-Type"].startswith("image/svg+xml")
        assert headers["Content-Disposition"].startswith("attachment")
        look_at_svg(body, path)


def test_a_viewer_gets_pictures_with_pseudonyms(hidden: Any) -> None:
    run, mine = newest(hidden), ring(hidden)
    ids = run.tables.members(mine)[0]["account_id"].to_pylist()
    row = run.tables.members(mine)[0]["account_row"][0].as_py()
    body, _ = get(hidden, f"run/{run.id}/account/{row}/network.svg")
    text = look_at_svg(body, "network")
    assert text.count("acct-") > 5
    assert not any(name in text for name in ids)


def test_where_there_is_nothing_to_draw_a_sentence_says_so(served: Any) -> None:
    run = newest(served)
    for path, said in ((f"cluster/{ring(served)}/networks.png", "without a column asn"),
                       (f"account/{alone(run)}/activity.png", "in no cluster")):  # fmt: skip
        status, body = refused(served, f"run/{run.id}/{path}")
        assert status == 404
        assert said in body
    assert set(cluster_figures.ABOUT) == set(cluster_figures.FIGURES)
