"""`cib plant` as people call it."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from cib.datasets.synthetic import generate
from command_line import cib, refused


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log of our own, as a platform's would be."""
    folder = tmp_path_factory.mktemp("world")
    generate(folder / "world", preset="tiny", seed=3)
    return folder / "world" / "log"


def test_rings_alike(log, tmp_path):
    """Every ring has its own accounts and targets; the result says what was done."""
    arguments = ["--scenario", "A05", "--accounts", 12, "--targets", 8, "--share", 0.5]
    extra = ["--rings", 2, "--set", "plays_per_day=3", "--set", "options.targets_each=4"]
    result = cib("plant", log, *arguments, *extra, "--out", tmp_path / "out", "--json")
    assert result.returncode == 0, result.stderr
    manifest = json.loads(result.stdout)
    assert [ring["ring_id"] for ring in manifest["rings"]] == ["camouflage-1", "camouflage-2"]
    assert all(ring["options"]["targets_each"] == 4 for ring in manifest["rings"])
    assert all(ring["plays_per_day"] == 3.0 for ring in manifest["rings"])
    assert manifest["accounts"]["planted"] == 24
    assert json.loads((tmp_path / "out" / "manifest.json").read_text()) == manifest
    events = pq.read_table(tmp_path / "out" / "truth" / "event.parquet").to_pylist()
    assert len({event["event_id"] for event in events}) == len(events) > 0
    assert all(event["file"].startswith("market=US/") for event in events)
    file = tmp_path / "out" / "log" / events[0]["file"]
    row = pq.ParquetFile(file).read().slice(events[0]["row"], 1).to_pylist()[0]
    for name in ("event_id", "account_id", "content_id", "ts"):
        assert row[name] == events[0][name]


def test_rings_from_a_file(log, tmp_path):
    config = tmp_path / "rings.toml"
    config.write_text(
        '[[rings]]\nscenario = "A04"\nring_id = "farm"\nn_accounts = 10\nn_targets = 20\n'
        '[[rings]]\nscenario = "A13"\nring_id = "likes"\nn_accounts = 9\nn_targets = 5\n'
        '[rings.options]\naction = "like"\nkind = "track"\n'
    )
    result = cib("plant", log, "--config", config, "--out", tmp_path / "out")
    assert result.returncode == 0, result.stderr
    assert "19 accounts" in result.stderr
    assert "presumed honest" in result.stderr
    assert (tmp_path / "out" / "truth" / "ring.parquet").is_file()


def test_a_full_disk(log, mounted):
    out = mounted("size=64k") / "out"
    result = cib("plant", log, "--scenario", "A05", "--accounts", "20", "--out", out)
    refused(result, 75, f"writing to {out} failed", "no space left on device", "Make room")
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), ("--scenario",)),
        (("--scenario", "A05", "--config", "x.toml"), ("--config", "not both")),
        (("--config", "none.toml"), ("none.toml", "cannot be read")),
        (("--scenario", "A05", "--set", "jitter"), ("--set jitter", "name=value")),
        (("--scenario", "A05", "--set", "colour=red"), ("colour",)),
        (("--scenario", "A05", "--cover", "thick"), ("cover", "choose one of none, popular")),
        (("--scenario", "A01", "--action", "sing"), ("sing", "play")),
        (("--scenario", "A01", "--map", "account_id=who"), ("who",)),
    ],
)
def test_refusals(log, tmp_path, arguments, words):
    code = 65 if "--map" in arguments else 2
    refused(cib("plant", log, *arguments, "--out", tmp_path / "out"), code, *words)
    assert not (tmp_path / "out").exists()
