"""Looped contents and odd hours in a scan: a chart attack and a takeover, and what is said."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import cib
from small_log import DAY, START, write

HOUR = DAY // 24
N_LISTENERS, N_DAYS = 500, 20
PUMPS, VICTIMS = 30, 60


def listening(seed=0):
    """Listeners who sleep; thirty new accounts loop a hit for two days; sixty are taken over."""
    rng = np.random.default_rng(seed)
    rows = []
    bed = rng.integers(0, 24, N_LISTENERS)
    for i in range(N_LISTENERS):
        n = int(rng.integers(150, 300))
        at = rng.integers(0, N_DAYS, n) * 24 + (bed[i] + 24 - rng.integers(0, 16, n)) % 24
        songs = np.minimum(rng.zipf(1.3, n), 600)
        rows += [(f"user{i:03d}", f"song{s:03d}", t) for s, t in zip(songs, at, strict=True)]
        # a song on repeat, now and then
        for day in rng.integers(0, N_DAYS, rng.poisson(0.5)):
            looped = f"song{min(rng.zipf(1.3), 600):03d}"
            rows += [(f"user{i:03d}", looped, day * 24 + bed[i] % 24)] * 12
    for i in range(VICTIMS):
        for target in rng.integers(0, 12, 8):
            at = rng.integers(0, N_DAYS) * 24 + (bed[i] + rng.integers(2, 6)) % 24
            rows.append((f"user{i:03d}", f"target{target:02d}", at))
    for i in range(PUMPS):
        for day in (9, 10):
            rows += [(f"pump{i:02d}", "song001", day * 24 + int(rng.integers(0, 24)))] * 50
    account, content, hour = zip(*rows, strict=True)
    ts = START + np.array(hour) * HOUR + rng.integers(0, HOUR, len(hour))
    return pa.table(
        {
            "account_id": account,
            "content_id": content,
            "ts": pa.array(ts, pa.timestamp("us", "UTC")),
        }
    )


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return write(listening(), tmp_path_factory.mktemp("both") / "log.parquet")


@pytest.mark.parametrize(
    ("signal", "other", "prefix", "at_least", "says"),
    [
        ("looped", "odd_hours", "pump", PUMPS, "looped the same content"),
        ("odd_hours", "loops", "user", 45, "at hours at which they otherwise hardly ever act"),
    ],
)
def test_each_finds_its_own_and_says_so(log, signal, other, prefix, at_least, says):
    run = cib.scan(log, **{other: 0, "audiences": 0})
    lines = run.evidence.filter(pc.equal(run.evidence["signal"], signal)).to_pylist()
    assert len(lines) == 1
    assert says in lines[0]["statement"]
    members = run.members.filter(pc.equal(run.members["cluster_id"], lines[0]["cluster_id"]))
    named = [name for name in members["account_id"].to_pylist() if name.startswith(prefix)]
    assert len(named) >= at_least
    # honest loopers of the same hit on the same days are among them
    assert len(named) >= 0.85 * len(members)
    name = {"looped": "loops"}.get(signal, signal)
    assert sum(layer["n_blocks"] for layer in run.manifest[name]) == 1
    assert run.manifest[other] == []


def test_without_the_settings_there_are_no_such_lines(log):
    run = cib.scan(log, loops=0, odd_hours=0)
    assert not {"looped", "odd_hours"} & set(run.evidence["signal"].to_pylist())
