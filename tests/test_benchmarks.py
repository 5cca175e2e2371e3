"""The benchmarks run end to end on their smallest logs, and print no time that means nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import environment
from wheel_tree import ROOT

BENCHMARKS = ROOT / "benchmarks"
WRONG = """
import json
print(json.dumps({"seconds": 0.001, "edges_hash": "another"}))
"""
SLEEPS = "import time\ntime.sleep(60)\n"
GROWS = "import time\nheld = bytearray(400 << 20)\ntime.sleep(60)\n"
FAILS = "raise SystemExit('no such luck')\n"
DECLINES = """
import json
print(json.dumps({"skip": "not on a Sunday"}))
"""
RIGHT = """
import json, sys
from answers import report
task = json.loads(sys.argv[1])
report(task, 0.5, [3, 1], [2, 4], [7, 8])
"""


def bench(data: Path, out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the benchmarks at the smallest size."""
    return subprocess.run(
        [
            sys.executable,
            str(BENCHMARKS / "run.py"),
            *("--sizes", "10k", "--repeats", "1", "--data", str(data), "--out", str(out)),
            *arguments,
        ],
        capture_output=True,
        encoding="utf-8",
        env=environment(),
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Where logs and results of one run of two suites are."""
    data, out = tmp_path_factory.mktemp("data"), tmp_path_factory.mktemp("out")
    result = bench(data, out, "--only", "projection,overlap")
    assert result.returncode == 0, result.stderr
    assert "| 10k | integer ids | cib arrays |" in result.stdout
    return data, out


def test_the_table_is_written(folders: tuple[Path, Path]) -> None:
    _, out = folders
    page = (out / "results.md").read_text(encoding="utf-8")
    assert "`python benchmarks/run.py --sizes 10k" in page
    assert "cores (" in page
    assert "duckdb " in page
    records = json.loads((out / "results.json").read_text(encoding="utf-8"))["records"]
    found = {(r["data"], r["contender"]): r for r in records}
    for name in ("cib file", "DuckDB", "polars"):
        record = found["integer ids", name]
        assert (record["status"], record["agreement"]) == ("ok", "same")
        assert record["answers"] == found["integer ids", "cib arrays"]["answers"] > 250
        assert record["peak"][0] > 30 << 20
        assert record["wall"][0] > record["seconds"][0] > 0
        assert f"| 10k | integer ids | {name} |" in page
    assert found["text ids", "DuckDB"]["agreement"] == "same"
    assert found["integer ids", "scipy"]["agreement"].startswith("recall ")
    assert found["TF-IDF cosine ≥ 0.5", "scipy A·Aᵀ, sample"]["agreement"] == "same"


def test_a_wrong_answer_is_caught(folders: tuple[Path, Path], tmp_path: Path) -> None:
    data, out = folders
    script = tmp_path / "wrong.py"
    script.write_text(WRONG)
    before = [(out / name).read_bytes() for name in ("results.json", "results.md")]
    result = bench(data, out, "--only", "overlap", "--contender", f"fast={script}")
    assert result.returncode == 1
    assert "fast and cib disagree" in result.stderr
    assert result.stdout == ""
    assert "0.001" not in result.stderr
    assert before == [(out / name).read_bytes() for name in ("results.json", "results.md")]


def test_what_has_no_figures_is_recorded(module, tmp_path: Path) -> None:
    rounds, suites, table = (module(name) for name in ("rounds", "suites", "table"))
    scripts = {"sleeps": SLEEPS, "grows": GROWS, "fails": FAILS, "declines": DECLINES}
    scripts |= {"right": RIGHT, "right too": RIGHT}
    for name, source in scripts.items():
        (tmp_path / f"{name}.py").write_text(source)
    entries = [
        suites.Entry(name, str(tmp_path / f"{name}.py"), "integer ids", "ints", 10_000)
        for name in scripts
    ]
    ratio = suites.Ratio("× right", contender="right")
    suite = suites.Suite("test", "Test", "", lambda n: entries, (ratio,))
    options = rounds.Options(tmp_path, repeats=2, threads=1, time_limit=6, memory_limit=0.3)
    records = rounds.run_block(suite, 10_000, entries, options)
    assert {r["contender"]: r["status"] for r in records} == {
        "sleeps": "> 6 s",
        "grows": "> 0.3 GiB",
        "fails": "failed: no such luck",
        "declines": "not run: not on a Sunday",
        "right": "ok",
        "right too": "ok",
    }
    assert [len(r["seconds"]) for r in records] == [0, 0, 0, 0, 2, 2]
    rows = table.section(suite, records)
    assert "| sleeps | > 6 | > 12 | > 6 |" in rows
    assert "| right too | 0.500 | 1.00 |" in rows
    assert "not on a Sunday" in rows


def test_a_partial_run_renews_only_its_rows(module) -> None:
    table = module("table")
    results = {"runs": {}, "records": []}
    old = [dict(suite="hot", size=n, contender="cib") for n in (1, 2)]
    table.renew(results, {"started": "2026-01-01"}, old[:1])
    table.renew(results, {"started": "2026-01-01"}, old[1:])
    table.renew(results, {"started": "2026-01-02"}, [{**old[0], "contender": "other"}])
    assert [(r["size"], r["contender"], r["run"]) for r in results["records"]] == [
        (2, "cib", "2026-01-01"),
        (1, "other", "2026-01-02"),
    ]
    assert list(results["runs"]) == ["2026-01-01", "2026-01-02"]
    table.renew(results, {"started": "2026-01-02"}, old[1:])
    assert list(results["runs"]) == ["2026-01-02"]
