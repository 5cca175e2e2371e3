"""The script that plants rings: what it says about a small log, stopped early and gone on with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from command_line import environment
from wheel_tree import ROOT

SCRIPT = ROOT / "benchmarks" / "planted_rings.py"


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module."""
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    import planted_rings

    return planted_rings


def run(log: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the script."""
    command = [sys.executable, str(SCRIPT), str(log), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", env=environment(), timeout=300, check=False
    )


def test_a_run_that_was_stopped_says_so_and_goes_on(tmp_path: Path, rings: ModuleType) -> None:
    random = np.random.default_rng(0)
    n_rows, n_columns = 10_500, 3_000
    account = np.repeat(np.arange(n_rows), 4)
    content = random.integers(0, n_columns, len(account))
    log = tmp_path / "plays.parquet"
    pq.write_table(pa.table({"account": account, "content": content}), log)
    content = np.unique(content, return_inverse=True)[1]
    # the two easiest kinds of rings
    least = sorted(rings.grid((account, content), 0.0).values())[-2]
    kept, page = tmp_path / "kept.jsonl", tmp_path / "page.md"
    whole = run(log, "--seeds", 2, "--least", least, "--kept", kept, "--out", page)
    assert whole.returncode == 0, whole.stderr
    text, lines = page.read_text(encoding="utf-8"), kept.read_text(encoding="utf-8").splitlines()
    assert "Without a ring, 0 accounts are in blocks." in text
    assert "stopped early" not in text
    for method in ("spectral", rings.ANY):
        assert f"| H ≥ 1 | {method} | 4 | 100% | 1.000 | 0 |" in text
    # accounts have twenty targets in common, but of two hundred too few, and nobody has all
    assert "| H ≥ 1 | rare | 4 | 50% |" in text
    assert "| H ≥ 1 | audiences | 4 | 50% |" in text
    assert text.count("\n| 1000 | 20") == text.count(" | 1.000, 1.000 | 1.00 | 0 |\n") == 2
    outcomes = [json.loads(line) for line in lines[2:]]
    assert [one["seed"] for one in outcomes] == [0, 0, 1, 1]  # a seed is done before the next
    assert outcomes[0]["ring"] != outcomes[1]["ring"]

    kept.write_text("\n".join(lines[:3]) + "\n", encoding="utf-8")
    partial = rings.Kept(kept, json.loads(lines[0]))
    kinds = rings.grid((account, content), least)
    stopped = rings.page("plays", n_rows, partial, kinds, 2)
    assert "stopped early: 1 of 4 rings (2 kinds, 2 seeds) were tried; 1 kinds" in stopped
    assert stopped.count("| 1000 | 20") == 1

    again = run(log, "--seeds", 2, "--least", least, "--kept", kept, "--out", page)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("Outcome(") == 3
    assert page.read_text(encoding="utf-8") == text
    assert kept.read_text(encoding="utf-8").splitlines() == lines

    kept.write_text(lines[0].replace("plays", "others") + "\n", encoding="utf-8")
    other = run(log, "--kept", kept, "--out", page)
    assert other.returncode == 1
    assert "is of another log or code" in other.stderr
    unknown = run(log, "--only", "rare,chance", "--out", page)
    assert unknown.returncode == 2
    assert "--only: chance is none of spectral, rare, audiences" in unknown.stderr
