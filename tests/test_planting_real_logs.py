"""Rings in real logs: planted, given back, found; skipped where the logs are not present."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import cib
from cib.datasets.synthetic.planting import plant_rings
from command_line import cib as command

HIGGS = "account_id=account,content_id=object,ts=ts:s,action=kind"


def columns(text):
    return dict(pair.split("=") for pair in text.split(","))


def without_planted(folder, name):
    """The log that is left when planted rows are taken out, and the truth of these."""
    table = pq.ParquetFile(folder / "log" / name).read()
    events = pq.read_table(folder / "truth" / "event.parquet")
    keep = np.ones(len(table), bool)
    keep[events["row"].to_numpy()] = False
    assert len(table) - keep.sum() == len(events)
    return table.filter(pa.array(keep)), events


@pytest.mark.slow
def test_lockstep_retweeters_among_higgs_are_found(real_log, tmp_path):
    """Forty accounts that retweet twenty in step are the first cluster, whole and alone."""
    log = real_log("higgs_twitter_2012")
    out = tmp_path / "out"
    arguments = ["--scenario", "A01", "--accounts", 40, "--targets", 20, "--action", "RT"]
    result = command("plant", log, "--map", HIGGS, *arguments, "--seed", 7, "--out", out, "--json")
    assert result.returncode == 0, result.stderr
    manifest = json.loads(result.stdout)
    assert manifest["order"]["by"] == "time"
    assert manifest["rows"]["presumed_honest"] == 563_069
    rest, events = without_planted(out, log.name)
    original = pq.read_table(log)
    assert rest.equals(original.cast(rest.schema))
    assert set(events["account_id"].to_pylist()).isdisjoint(original["account"].to_pylist())
    assert pc.min(events["account_id"]).as_py() > pc.min(original["account"]).as_py()
    assert pc.max(events["account_id"]).as_py() < pc.max(original["account"]).as_py()
    run = cib.scan(out / "log", out=tmp_path / "runs", map=HIGGS, action="RT")
    first = run.members.filter(pc.equal(run.members["cluster_id"], run.clusters["cluster_id"][0]))
    assert run.clusters["rank"][0].as_py() == 1
    assert run.clusters["kind"][0].as_py() == "ring"
    found, ring = set(first["account_id"].to_pylist()), set(events["account_id"].to_pylist())
    assert len(found & ring) / len(found | ring) >= 0.9


def test_listeners_of_lastfm_without_times(real_log, tmp_path):
    """The log goes by accounts, whose ids leave no room: a note says so, renumbering makes room."""
    log = real_log("lastfm_kgat_bipartite_sample")
    names = columns("account_id=account,content_id=content")
    ring = {"scenario": "A05", "n_accounts": 30, "n_targets": 20}
    manifest = plant_rings(log, tmp_path / "out", [ring], columns=names)
    rest, events = without_planted(tmp_path / "out", log.name)
    assert rest.equals(pq.read_table(log).cast(rest.schema))
    assert any("30 new accounts have ids above all others" in note for note in manifest["notes"])
    assert events["ts"].null_count == len(events)
    manifest = plant_rings(log, tmp_path / "out", [ring], columns=names, renumber=True)
    assert not any("ids above" in note for note in manifest["notes"])
    table = pq.read_table(tmp_path / "out" / "log" / log.name)
    account = table["account"].to_numpy()
    assert (np.diff(account) >= 0).all()
    assert account.max() == 23_565 + 30


def test_play_counts_of_lastfm(real_log, tmp_path):
    """Every pair is there once, contents ascend, and the column nobody knows has no nulls."""
    log = real_log("lastfm_hetrec2011_plays")
    names = columns("account_id=account,content_id=object")
    ring = {"scenario": "A04", "n_accounts": 40, "n_targets": 100, "target_share": 0.5}
    manifest = plant_rings(log, tmp_path / "out", [ring], columns=names)
    assert manifest["order"] == {"by": "account", "within": "content"}
    rest, _ = without_planted(tmp_path / "out", log.name)
    assert rest.equals(pq.read_table(log).cast(rest.schema))
    table = pq.read_table(tmp_path / "out" / "log" / log.name)
    key = table["account"].to_numpy().astype(np.int64) << 32 | table["object"].to_numpy()
    assert (np.diff(key) > 0).all()
    assert table["plays"].null_count == 0
    assert table["account"].to_numpy().max() == 2_100
