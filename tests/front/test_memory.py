"""A log that does not fit `--memory`: the same tables, and nothing left on the disk."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cib import scan
from cib.datasets.errors import TemporaryError
from cib.datasets.run_folder import TABLES
from cib.datasets.synthetic import generate
from cib.graphs import candidates
from command_line import cib, done, environment, refused, runs, start

TEMPORARY = 75
N = 1_500_000
LITTLE = "80MiB"  # 64 MiB are reserved, ids take a few: rows do not fit


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Path of a log of N rows with a ring of 12."""
    rng = np.random.default_rng(0)
    account, content = rng.integers(0, 20_000, N), rng.zipf(1.3, N) % 5000
    ts = 1_700_000_000 + rng.integers(0, 30 * 86400, N)
    ring, meetings = np.arange(12), rng.integers(0, 30 * 86400, 40)
    account = np.concatenate([account, np.tile(ring, 40)])
    content = np.concatenate([content, np.repeat(rng.integers(100, 4000, 40), 12)])
    ts = np.concatenate([ts, 1_700_000_000 + np.repeat(meetings, 12)])
    path = tmp_path_factory.mktemp("large") / "log.parquet"
    columns = {"account_id": account, "content_id": content, "ts": pa.array(ts, pa.timestamp("s"))}
    pq.write_table(pa.table(columns), path)
    return path


def spilled(process, folder):
    """Wait until a process has a file without a name in a folder; whether it came to that."""
    maps = Path(f"/proc/{process.pid}/maps")
    while process.poll() is None:
        try:
            lines = maps.read_text().splitlines()
        except OSError:
            break
        if any(str(folder) in line and line.endswith("(deleted)") for line in lines):
            return True
        time.sleep(0.005)
    return False


def test_on_disk_as_in_memory(large, tmp_path):
    flags = ("--window", "60s,5m")
    whole, manifest = done(cib("scan", large, "--out", tmp_path / "a", *flags), tmp_path / "a")
    assert manifest["bytes_on_disk"] == 0
    assert manifest["n_accounts"] == 20_000
    little, manifest = done(
        cib("scan", large, "--out", tmp_path / "b", *flags, "--memory", LITTLE), tmp_path / "b"
    )
    assert manifest["bytes_on_disk"] > N
    for table in TABLES:
        name = f"{table}.parquet"
        assert (whole / name).read_bytes() == (little / name).read_bytes(), table
    assert pq.read_table(whole / "members.parquet").num_rows >= 12


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this system has no /proc")
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_cut_short_while_rows_are_on_disk(large, tmp_path, blow):
    scratch, out = tmp_path / "scratch", tmp_path / "runs"
    scratch.mkdir()
    process = start("scan", large, "--out", out, "--memory", LITTLE, "--scratch", scratch)
    assert spilled(process, scratch)
    process.send_signal(blow)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in {130, 143, -9}, errors
    assert "Traceback" not in errors
    assert list(scratch.iterdir()) == []
    if blow != signal.SIGKILL:
        assert runs(out) == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="this system has no /proc")
def test_peak_memory_is_not_what_the_parent_held():
    ask = "from cib.stages import peak_memory; print(peak_memory())"
    run = f"subprocess.run([sys.executable, '-c', {ask!r}])"
    script = f"import subprocess, sys; held = b'x' * 2**28; {run}"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=environment(), check=True
    )
    assert 2**20 < int(told.stdout) < 2**27


def test_no_room_for_rows(large, tmp_path, mounted):
    scratch = mounted("size=4m")
    out = tmp_path / "runs"
    result = cib("scan", large, "--out", out, "--memory", LITTLE, "--scratch", scratch)
    refused(result, TEMPORARY, "No space left on device", "--scratch", "--memory", out=out)


@pytest.mark.parametrize(
    ("blocks", "memory", "message"),
    [
        ("all", "80MiB", "over the whole log takes about .* allows 80 MiB; raise --memory"),
        ("30d,1m", "125MiB", "slots of 60 s takes about .* 125 MiB; take longer slots, or raise"),
    ],
)
def test_blocks_that_need_more_are_refused(large, tmp_path, blocks, memory, message):
    with pytest.raises(TemporaryError, match=f"^looking for blocks .*{message}"):
        scan(large, out=tmp_path, blocks=blocks, memory=memory)
    assert runs(tmp_path) == []


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Path of a log with every optional column that the generator knows."""
    folder = tmp_path_factory.mktemp("world")
    generate(folder, seed=5)
    return folder / "log"


def test_optional_columns_on_disk_as_in_memory(world, tmp_path, monkeypatch):
    whole = scan(world, out=tmp_path / "a", memory="4GiB")
    monkeypatch.setattr(candidates, "LEAST_ROOM", 1 << 22)  # histories in groups, on disk too
    little = scan(world, out=tmp_path / "b", memory=LITTLE)
    assert whole.manifest["bytes_on_disk"] == 0
    assert little.manifest["bytes_on_disk"] > 4 * whole.manifest["rows"]["used"]
    assert len(whole.clusters) > 1
    for table in TABLES:
        name = f"{table}.parquet"
        assert (whole.path / name).read_bytes() == (little.path / name).read_bytes(), table
