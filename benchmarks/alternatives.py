"""Benign alternatives held against the truth: `python benchmarks/alternatives.py RUN WORLD`.

RUN is the folder of a scan (`cib scan WORLD/log --out …`), WORLD what `cib generate` wrote. Prints
what most accounts of a cluster truly are, which alternative fits best, and whether it is ruled out.
Rings should be left without any, look-alikes with their own.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq


def truly(world: Path) -> dict[object, str]:
    """Scenario of each account of a ring, group of each look-alike; the others are left out."""
    names = ["account_id", "scenario", "confounder_group"]
    rows = pq.read_table(world / "truth" / "account.parquet", columns=names).to_pylist()
    return {row[names[0]]: row[names[1]] or row[names[2]] for row in rows}


def main(run: Path, world: Path) -> None:
    """Print the table and how many clusters were judged as they should be."""
    of_account = truly(world)
    members: dict[int, Counter[str]] = {}
    for row in pq.read_table(run / "members.parquet").to_pylist():
        who = of_account.get(row["account_id"]) or "everyday"
        members.setdefault(row["cluster_id"], Counter())[who] += 1
    table: Counter[tuple[str, str, bool]] = Counter()
    for row in pq.read_table(run / "clusters.parquet").to_pylist():
        (who, _), *_ = members[row["cluster_id"]].most_common(1)
        table[who, row["benign_alternative"], row["benign_ruled_out"]] += 1
    print(f"{'truth':10}{'best alternative':22}{'ruled out':11}{'clusters':>8}")
    for (who, name, out), n in sorted(table.items()):
        print(f"{who:10}{name:22}{'yes' if out else 'no':11}{n:8}")
    for what, ring in (("rings left without any", True), ("others left with one", False)):
        mine = {key: n for key, n in table.items() if key[0].startswith("A") == ring}
        right = sum(n for (_, _, out), n in mine.items() if out == ring)
        print(f"{what}: {right} of {sum(mine.values())}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
