"""How many planted rings do spectral blocks find? Renews planted_rings.md.

    python benchmarks/planted_rings.py LOG --seeds 3

LOG is a Parquet file of real, honest plays with columns `account` and `content`, such as the
Last.fm sample that KGAT was evaluated on (Wang et al., KDD 2019; 23,566 accounts, 46,720 tracks).
Into it rings of n accounts are planted that share T new tracks: each plays 60 tracks, a share c of
them popular ones as a cover. Hardness H is the strength of the block against the noise of a random
matrix, times 1 - c.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from cib.algorithms import SpectralBlock, spectral_blocks

PAGE = Path(__file__).with_name("planted_rings.md")
SIZES, TARGETS = (10, 30, 100, 300, 1000), (20, 200, 2000, 10_000)
COVERS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
ITEMS = 60
"""Tracks that each account of a ring plays."""
SMALL = 20
"""Rings of at most so many accounts are a stratum of their own."""

Entries = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Ring:
    """What is planted."""

    n: int
    n_targets: int
    cover: float

    @property
    def targets_each(self) -> int:
        """Targets that each account plays."""
        return min(self.n_targets, round(ITEMS * (1 - self.cover)))

    def hardness(self, n_rows: int, n_columns: int, n_entries: int) -> float:
        """H, smaller for harder rings."""
        outside = n_entries / (n_rows * n_columns)
        inside = self.targets_each / self.n_targets
        noise = np.sqrt(outside) * (np.sqrt(n_rows) + np.sqrt(n_columns))
        signal = (inside - outside) * np.sqrt(self.n * self.n_targets)
        return float(signal / noise * (1 - self.cover))

    def planted(self, log: Entries, seed: int) -> Entries:
        """The log and the ring; a fifth as many stray honest plays as there are targets."""
        random = np.random.default_rng(seed)
        row, col = log
        n_rows, n_columns = row.max() + 1, col.max() + 1
        popularity = np.bincount(col) / len(col)
        parts = [log]
        for i in range(self.n):
            targets = random.choice(self.n_targets, self.targets_each, replace=False)
            covers = random.choice(n_columns, round(ITEMS * self.cover), p=popularity)
            own = np.concatenate([n_columns + targets, covers])
            parts.append((np.full(len(own), n_rows + i), own))
        n_stray = max(1, self.n_targets // 5)
        stray = n_columns + random.integers(0, self.n_targets, n_stray)
        parts.append((random.integers(0, n_rows, n_stray), stray))
        return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))  # type: ignore[return-value]


@dataclass(frozen=True)
class Outcome:
    """What was found of one ring."""

    precision: float
    """Average precision of accounts, those of no block last."""
    recall: float
    n_honest: int
    """Honest accounts in any block."""


def outcome(blocks: list[SpectralBlock], n_honest: int, ring: Ring) -> Outcome:
    """Hold blocks against the truth."""
    from sklearn.metrics import average_precision_score

    score = np.zeros(n_honest + ring.n)
    for block in blocks:
        score[block.rows] = block.posterior
    truth = np.arange(len(score)) >= n_honest
    return Outcome(
        float(average_precision_score(truth, score)),
        float((score[truth] > 0).mean()),
        int((score[~truth] > 0).sum()),
    )


def measure(log: Entries, least: float, seeds: int) -> Iterator[tuple[Ring, float, list[Outcome]]]:
    """Plant every ring of the grid that is not harder than `least`, and look for it."""
    n_rows, n_columns = int(log[0].max()) + 1, int(log[1].max()) + 1
    for n, n_targets, cover in product(SIZES, TARGETS, COVERS):
        ring = Ring(n, n_targets, cover)
        hardness = ring.hardness(n_rows, n_columns, len(log[0]))
        if hardness >= least:
            found = [
                outcome(spectral_blocks(*ring.planted(log, seed)), n_rows, ring)
                for seed in range(seeds)
            ]
            yield ring, hardness, found


def stratum(ring: Ring, hardness: float) -> str:
    """Name the line of the summary that a ring counts for."""
    if ring.n <= SMALL:
        return f"up to {SMALL} accounts, any H"
    return "H ≥ 1" if hardness >= 1 else "0.5 ≤ H < 1" if hardness >= 0.5 else "H < 0.5"


def page(name: str, n_rows: int, honest: int, rows: list[tuple[Ring, float, list[Outcome]]]) -> str:
    """Write the page."""
    strata: dict[str, list[Outcome]] = {}
    for ring, hardness, found in rows:
        strata.setdefault(stratum(ring, hardness), []).extend(found)
    lines = [
        "# Planted rings",
        "",
        "Made by `python benchmarks/planted_rings.py`; see there for what is planted. AP is the",
        "average precision of accounts in the blocks found, worst and median of the seeds.",
        "",
        f"Log: {name}, {n_rows:,} accounts. Without a ring, {honest} accounts are in blocks.",
        "",
        "| Stratum | Rings | AP ≥ 0.95 | Median AP | Most honest accounts in blocks |",
        "|---|---|---|---|---|",
    ]
    for key in sorted(strata):
        ap = np.array([one.precision for one in strata[key]])
        most = max(one.n_honest for one in strata[key])
        lines.append(
            f"| {key} | {len(ap)} | {np.mean(ap >= 0.95):.0%} | {np.median(ap):.3f} | {most} |"
        )
    lines += [
        "",
        "| Accounts | Targets | Cover | H | Worst AP | Median AP | Median recall | Honest, most |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for ring, hardness, found in sorted(rows, key=lambda row: -row[1]):
        ap = np.array([one.precision for one in found])
        recall = float(np.median([one.recall for one in found]))
        lines.append(
            f"| {ring.n} | {ring.n_targets} | {ring.cover} | {hardness:.2f} | {ap.min():.3f} "
            f"| {np.median(ap):.3f} | {recall:.2f} | {max(one.n_honest for one in found)} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("log", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--least", type=float, default=0.5, help="smallest H that is tried")
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args()
    table = pq.read_table(given.log, columns=["account", "content"])
    log = tuple(np.unique(table[name], return_inverse=True)[1] for name in ("account", "content"))
    honest = sum(len(block.rows) for block in spectral_blocks(*log))
    print(f"without a ring: {honest} accounts in blocks", file=sys.stderr)
    rows = []
    for ring, hardness, found in measure(log, given.least, given.seeds):  # type: ignore[arg-type]
        rows.append((ring, hardness, found))
        print(ring, f"H {hardness:.2f}", *found, file=sys.stderr, flush=True)
        n_rows = int(log[0].max()) + 1
        given.out.write_text(page(given.log.stem, n_rows, honest, rows), encoding="utf-8")


if __name__ == "__main__":
    main()
