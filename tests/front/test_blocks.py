"""Blocks in a scan: a ring that shares content and never a moment."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

import cib
from cib.datasets.errors import UsageError
from cib.datasets.run_folder import TABLES
from cib.settings import resolve
from command_line import cib as command
from small_log import DAY, START, write

N_SLOW = 40


def slow_log(seed=0):
    """1,200 listeners over thirty days, and 40 accounts that play 30 of 45 songs each, any time.

    Nobody has two of the three tastes, so each taste is an audience with an edge: the tests of
    blocks do not look for mirrored audiences here.
    """
    random = np.random.default_rng(seed)
    n = 40_000
    account = [f"user{i:04d}" for i in random.integers(0, 1_200, n)]
    # three tastes, and hits that everybody plays
    taste = np.array([int(name[4:]) % 3 for name in account])
    content = [f"song{i:04d}" for i in taste * 1_000 + random.zipf(1.4, n) % 1_000]
    for i in range(N_SLOW):
        account += [f"slow{i:02d}"] * 50
        content += [f"target{j:02d}" for j in random.choice(45, 30, replace=False)]
        content += [f"song{j:04d}" for j in random.zipf(1.4, 20) % 1_000]
    ts = START + random.integers(0, 30 * DAY, len(account))
    return pa.table(
        {
            "account_id": account,
            "content_id": content,
            "ts": pa.array(ts, pa.timestamp("us", "UTC")),
        }
    )


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    return write(slow_log(), tmp_path_factory.mktemp("slow") / "log.parquet")


@pytest.fixture(scope="module")
def run(log, tmp_path_factory):
    return cib.scan(log, out=tmp_path_factory.mktemp("runs"), blocks="all", audiences=0, rare=0)


def rows(table, **equal):
    for name, value in equal.items():
        table = table.filter(pc.equal(table[name], value))
    return table.to_pylist()


def test_without_the_setting_the_ring_is_not_seen(log):
    found = cib.scan(log, audiences=0, rare=0)
    assert len(found.clusters) == 0
    assert found.manifest["blocks"] == found.manifest["rare"] == []


def test_rare_contents_find_the_ring_as_well(log, tmp_path):
    found = cib.scan(log, audiences=0, out=tmp_path)
    (line,) = rows(found.evidence, signal="rare")
    members = rows(found.members, cluster_id=line["cluster_id"])
    assert [row["account_id"] for row in members] == [f"slow{i:02d}" for i in range(N_SLOW)]
    assert 30 * N_SLOW <= line["observed"] <= 31 * N_SLOW
    assert line["expected"] < 2 * 30
    assert line["log10_p"] < -6
    assert f"{N_SLOW} accounts have 4" in line["statement"]
    assert "contents in common that hardly anybody else acts on" in line["statement"]
    assert "each has 30 or so" in line["statement"]
    page = (found.path / "report.html").read_text(encoding="utf-8")
    assert "Rare contents, which accounts have in common" in page


def test_the_ring_is_a_cluster_with_its_members_and_targets(run):
    assert len(run.clusters) == 1
    cluster = run.clusters.to_pylist()[0]
    assert cluster["layers"] == "block"
    assert cluster["n_edges"] == 0
    assert cluster["coordination"] > 0.5
    assert cluster["last_ts"] > cluster["first_ts"]
    members = {row["account_id"]: row for row in run.members.to_pylist()}
    assert {f"slow{i:02d}" for i in range(N_SLOW)} <= set(members)
    assert len(members) <= N_SLOW + 2
    assert all(row["place"] == "core" and row["strength"] > 0.9 for row in members.values())
    targets = {row["content_id"] for row in run.targets.to_pylist()}
    assert {f"target{i:02d}" for i in range(45)} <= targets
    assert len(targets) <= 50


def test_its_evidence_has_observed_expected_p_and_q(run):
    line = rows(run.evidence, signal="block")[0]
    assert line["score"] == "coordination"
    assert N_SLOW * 30 <= line["observed"] <= N_SLOW * 32
    assert 0 <= line["expected"] < 100
    assert line["log10_p"] < -6
    assert 0.99 * 10 ** line["log10_p"] < line["q_value"] < 0.001
    assert "A taste fades out" in line["statement"]
    account = rows(run.accounts, account_id="slow00")[0]
    assert account["coordination"] > 0.5
    assert account["cluster_id"] == 1
    assert run.manifest["blocks"] == [{"slot_s": 0.0, "n_blocks": 1}]


def test_the_report_opens_without_a_single_edge(run):
    page = (run.path / "report.html").read_text(encoding="utf-8")
    assert "slow00" in page
    assert "target00" in page
    assert "whenever they act on it: 1 over the whole log.</p>" in page


def test_same_tables_whatever_the_threads(log, run):
    other = cib.scan(log, blocks="all", audiences=0, rare=0, threads=2)
    for name in TABLES:
        assert other.table(name).equals(run.table(name)), name


def test_slots_of_time_from_the_command_line(tmp_path):
    """Songs that everybody plays for a month, and the ring for three days, from the fifth on."""
    table = slow_log(1).to_pandas()
    random = np.random.default_rng(2)
    names = table["content_id"].str.replace("target", "song00")
    of_ring = table["content_id"].str.startswith("target")
    days = (START // (3 * DAY) + 2) * 3 * DAY
    table["content_id"] = names
    ts = table["ts"].dt.tz_localize(None).to_numpy().astype("datetime64[us]").astype(np.int64)
    ts[of_ring] = days + random.integers(0, 3 * DAY, int(of_ring.sum()))
    table["ts"] = ts.astype("datetime64[us]")
    log = write(pa.Table.from_pandas(table), tmp_path / "log.parquet")
    out = str(tmp_path / "runs")
    done = command(
        "scan", str(log), "--out", out, "--blocks", "3d", "--audiences", "0", "--rare", "0"
    )
    assert done.returncode == 0, done.stderr
    found = cib.open_run(next((tmp_path / "runs").iterdir()))
    members = [row["account_id"] for row in found.members.to_pylist()]
    assert sum(name.startswith("slow") for name in members) >= N_SLOW - 2
    assert len(members) <= N_SLOW + 4


@pytest.mark.parametrize(
    ("text", "slots"),
    [("", ()), ("all", (0,)), ("3d,all", (0, 3 * DAY)), (["1d", "7d"], (DAY, 7 * DAY))],
)
def test_slots_as_people_write_them(text, slots):
    assert resolve({"blocks": text}).blocks == slots


@pytest.mark.parametrize("text", ["0s", "-3d", "some", "3 days"])
def test_slots_that_cannot_be(text):
    with pytest.raises(UsageError, match="--blocks"):
        resolve({"blocks": text})
