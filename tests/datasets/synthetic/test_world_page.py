"""docs/world.md names what there is: groups with their sizes, attacks, presets, files, columns."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cib.datasets.synthetic import generate
from cib.datasets.synthetic.confounders import GROUPS
from cib.datasets.synthetic.presets import PRESETS
from cib.datasets.synthetic.tables import DEGRADES
from wheel_tree import ROOT

PAGE = (ROOT / "docs/world.md").read_text(encoding="utf-8")


def rows(start: str) -> list[list[str]]:
    """Cells of the table rows that begin like this."""
    lines = [line for line in PAGE.splitlines() if re.match(rf"\| `?{start}", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_groups_and_their_sizes() -> None:
    found = {row[0]: (row[3], int(row[4].replace(",", ""))) for row in rows(r"G\d\d")}
    assert {code: size for code, (_, size) in found.items()} == {
        code: module.SIZE for code, module in GROUPS.items()
    }
    for code, (looks_like, _) in found.items():
        said = (GROUPS[code].__doc__ or "").replace("\n", " ")
        for attack in looks_like.split(", "):
            assert attack in said, f"{code} says nothing of {attack}"


def test_every_attack_has_a_row() -> None:
    # All sixteen of the plan, whether planted by a preset or not.
    assert [row[0] for row in rows(r"A\d\d")] == [f"A{i:02d}" for i in range(1, 17)]


def test_presets() -> None:
    found = {row[0].strip("`"): row for row in rows(r"[a-z]+` \| [\d,]+ \|")}
    plain = {name: spec for name, spec in PRESETS.items() if "-" not in name}
    assert set(found) == set(plain)
    for name, spec in plain.items():
        assert int(found[name][1].replace(",", "")) == spec.n_accounts
        assert int(found[name][2]) == spec.n_days


@pytest.mark.parametrize("mode", DEGRADES)
def test_degrade_modes(mode: str) -> None:
    assert f"`{mode}`" in PAGE.partition("## What a log may lack")[2]


def test_files_and_columns(tmp_path: Path) -> None:
    generate(tmp_path / "w", preset="tiny", seed=3)
    for path in sorted((tmp_path / "w").glob("*.parquet")) + sorted(
        (tmp_path / "w/truth").iterdir()
    ):
        assert re.search(rf"\b{path.stem}\b", PAGE), path.name
    part = next((tmp_path / "w/log").rglob("*.parquet"))
    for column in [*pq.ParquetFile(part).schema_arrow.names, "market"]:
        assert f"`{column}`" in PAGE, column
