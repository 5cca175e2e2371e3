"""The section of one cluster: what it says where tables hold little, much, or hostile text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from cib.viz import render_report

NOTE = "Complicity unknown; framing is possible: 300 accounts <b>outside</b> act on it."


def one_cluster(new_run: Callable[[], Any]) -> dict[str, pa.Table]:
    run = new_run()
    run.ring(["a", "b", "c"], ["song", "tune"], bursts=9)
    return dict(run.tables())


def test_no_targets_no_empty_figures(new_run: Callable[[], Any], manifest: dict[str, Any]) -> None:
    tables = one_cluster(new_run)
    whole = render_report(tables, manifest)
    assert 'id="plot-cluster-1-raster"' in whole
    assert "No target of its own" not in whole
    assert "“targets” are here" not in whole
    for name in ("targets", "interactions"):
        tables[name] = tables[name].slice(0, 0)
    row = tables["clusters"].to_pylist()[0] | {"n_contents": 0, "n_interactions": 0}
    tables["clusters"] = pa.Table.from_pylist([row], schema=tables["clusters"].schema)
    page = render_report(tables, manifest)
    assert "No target of its own" in page
    assert "“targets” are here the contents on which its members met" in page
    assert "0 interactions with 0 targets" not in page
    assert 'id="plot-cluster-1-network"' in page
    for figure in ("raster", "targets"):
        assert f'"plot-cluster-1-{figure}"' not in page
        assert f'"data-cluster-1-{figure}"' not in page


def test_roles_and_notes_on_beneficiaries_are_told(
    new_run: Callable[[], Any], manifest: dict[str, Any]
) -> None:
    tables = one_cluster(new_run)
    members = tables["members"]
    at = members.column_names.index("role")
    tables["members"] = members.set_column(at, "role", pa.array(["operator", "<i>", "listener"]))
    targets = tables["targets"]
    tables["targets"] = targets.append_column(
        "beneficiary", pa.array([NOTE, "Complicity unknown."])
    )
    page = render_report(tables, manifest)
    assert "1 operator" in page
    assert "is on the devices of three or more other members" in page
    assert "&lt;i&gt;" in page
    assert "<i>" not in page.split("<script")[0]
    assert "More is to be said of 1 of 2 targets" in page
    assert page.count("framing is possible: 300 accounts &lt;b&gt;outside&lt;/b&gt;") == 2
    assert "Beneficiary, complicity unknown." in page


def test_predictions_are_a_list_and_stand_there_once(
    new_run: Callable[[], Any], manifest: dict[str, Any]
) -> None:
    tables = one_cluster(new_run)
    statement = (
        "Shop is ruled out: the share is 7% (predicted: at least 65%); the number is 9 "
        "(predicted: at most 3). Not tested for want of columns: travel."
    )
    row = tables["clusters"].to_pylist()[0] | {"benign_statement": statement}
    tables["clusters"] = pa.Table.from_pylist([row], schema=tables["clusters"].schema)
    benign = {"cluster_id": 1, "signal": "benign: shop", "score": "inauthenticity",
              "observed": 0.0, "log_odds": 3.9, "statement": statement}  # fmt: skip
    lines = [*tables["evidence"].to_pylist(), benign]
    tables["evidence"] = pa.Table.from_pylist(lines, schema=tables["evidence"].schema)
    page = render_report(tables, manifest)
    assert page.count("<li>the share is 7% (predicted: at least 65%)</li>") == 1
    assert page.count("predicted: at most 3)") == 1
    assert "Not tested for want of columns: travel." in page
    assert "No innocent explanation fits; the best is shop." in page
