"""The detection benchmark, run on the smallest world as it is run on the others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from command_line import environment
from wheel_tree import ROOT


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            str(ROOT / "benchmarks" / "detection.py"),
            *("--world", "tiny", "--seeds", "1", "--data", str(folder / "data")),
            *("--out", str(folder / "out"), *words),
        ],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )


@pytest.mark.slow
def test_scan_and_baselines_stand_in_one_table(tmp_path: Path) -> None:
    first = run(tmp_path, "--only", "cib,volume")
    assert first.returncode == 0, first.stderr
    table = pq.read_table(tmp_path / "out" / "tiny" / "evaluation.parquet").to_pylist()
    found = {(row["source"], row["degrade"]) for row in table}
    assert found == {("cib", "full"), ("volume", "full")}
    page = (tmp_path / "out" / "tiny" / "README.md").read_text()
    assert "| account PR-AUC |" in page
    assert "A01 lockstep loop" in page
    assert (tmp_path / "out" / "tiny" / "detection.html").stat().st_size > 100_000
    assert not (tmp_path / "data" / "tiny" / "full" / "1" / "world" / "log").exists()
    again = run(tmp_path, "--only", "cib,volume")  # everything is there: nothing runs anew
    assert again.returncode == 0, again.stderr
    assert "rows in" not in again.stdout
    other = run(tmp_path, "--only", "nobody")
    assert other.returncode == 2
    assert "there are cib, cib-blocks, volume" in other.stderr
