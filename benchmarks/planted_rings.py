"""How many planted rings do blocks find? Renews planted_rings.md.

    python benchmarks/planted_rings.py LOG --seeds 5

Every ring is tried with one seed before any is with the next, and the page is renewed after each
ring, so a run may be stopped at any time; with `--kept FILE` it goes on where it was. Blocks are
looked for by singular vectors (what `cib scan --blocks all` adds), by rare contents and by mirrored
audiences (what every scan does); `--only rare,audiences` leaves out the first, which takes longest.

LOG is a Parquet file of real, honest plays with columns `account` and `content`, such as the
Last.fm sample that KGAT was evaluated on (Wang et al., KDD 2019; 23,566 accounts, 46,720 tracks).
Into it rings of n accounts are planted that share T new tracks: each plays 60 tracks, a share c of
them popular ones as a cover. Hardness H is the strength of the block against the noise of a random
matrix, times 1 - c.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from cib.algorithms import spectral_blocks
from cib.algorithms.mirrored import mirrored_blocks
from cib.algorithms.rare import rare_blocks
from cib.graphs.layers.layer import Layer
from machine import own_version

PAGE = Path(__file__).with_name("planted_rings.md")
SIZES, TARGETS = (10, 30, 100, 300, 1000), (20, 200, 2000, 10_000)
COVERS = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95)
ITEMS = 60
"""Tracks that each account of a ring plays."""
SMALL = 20
"""Rings of at most so many accounts are a stratum of their own."""

Entries = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]
Found = list[tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]]
"""Blocks: their accounts, and the probability of each belonging."""


def spectral(log: Entries) -> Found:
    """Blocks by singular vectors."""
    return [(block.rows, block.posterior) for block in spectral_blocks(*log)]


def rare(log: Entries) -> Found:
    """Blocks by rare contents, by the settings of a scan."""
    return [(block.account, block.posterior) for block in rare_blocks([layer_of(log)])]


def audiences(log: Entries) -> Found:
    """Blocks by mirrored audiences, by the settings of a scan."""
    return [(block.account, block.posterior) for block in mirrored_blocks([layer_of(log)])]


def layer_of(log: Entries) -> Layer:
    """The log as plays at no particular time."""
    account, content = (part.astype(np.int32) for part in log)
    never = np.zeros(len(account), np.int64)
    return Layer("play", "", None, account, content, never, of_contents=True)


METHODS: dict[str, Callable[[Entries], Found]] = {
    "spectral": spectral,
    "rare": rare,
    "audiences": audiences,
}
ANY = "any of them"


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


def outcome(blocks: Found, n_honest: int, ring: Ring) -> Outcome:
    """Hold blocks against the truth."""
    from sklearn.metrics import average_precision_score

    score = np.zeros(n_honest + ring.n)
    for accounts, posterior in blocks:
        score[accounts] = np.maximum(score[accounts], posterior)
    truth = np.arange(len(score)) >= n_honest
    return Outcome(
        float(average_precision_score(truth, score)),
        float((score[truth] > 0).mean()),
        int((score[~truth] > 0).sum()),
    )


def grid(log: Entries, least: float) -> dict[Ring, float]:
    """Rings that are not harder than `least`, with their hardness."""
    n_rows, n_columns = int(log[0].max()) + 1, int(log[1].max()) + 1
    rings = (Ring(*each) for each in product(SIZES, TARGETS, COVERS))
    hardness = {ring: ring.hardness(n_rows, n_columns, len(log[0])) for ring in rings}
    return {ring: h for ring, h in hardness.items() if h >= least}


class Kept:
    """Outcomes so far, one JSON object on each line of a file, if there is one."""

    def __init__(self, path: Path | None, about: dict[str, Any]) -> None:
        """Read what is there; it must be of the same log, methods and code."""
        self.path, self.about = path, about
        self.outcomes: dict[tuple[Ring, int], dict[str, Outcome]] = {}
        self.honest: int | None = None
        lines = path.read_text(encoding="utf-8").splitlines() if path and path.exists() else []
        if lines and json.loads(lines[0]) != about:
            raise SystemExit(f"{path} is of another log or code: {lines[0]}, not {about}.")
        if not lines:
            self.write(about)
        for record in map(json.loads, lines[1:]):
            if "ring" in record:
                ring, seed = Ring(**record["ring"]), record["seed"]
                outcomes = {name: Outcome(**one) for name, one in record["outcomes"].items()}
                self.outcomes[ring, seed] = outcomes
            else:
                self.honest = record["honest"]

    def write(self, record: dict[str, Any]) -> None:
        """Add a line."""
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")

    def add(self, ring: Ring, seed: int, found: dict[str, Outcome]) -> None:
        """Keep what each method found of a ring."""
        self.outcomes[ring, seed] = found
        outcomes = {name: asdict(one) for name, one in found.items()}
        self.write({"ring": asdict(ring), "seed": seed, "outcomes": outcomes})


def stratum(ring: Ring, hardness: float) -> str:
    """Name the line of the summary that a ring counts for."""
    if ring.n <= SMALL:
        return f"up to {SMALL} accounts, any H"
    return "H ≥ 1" if hardness >= 1 else "0.5 ≤ H < 1" if hardness >= 0.5 else "H < 0.5"


def page(name: str, n_rows: int, kept: Kept, rings: dict[Ring, float], seeds: int) -> str:
    """Write the page."""
    found: dict[Ring, list[dict[str, Outcome]]] = {}
    strata: dict[tuple[str, str], list[Outcome]] = {}
    for (ring, _), outcomes in kept.outcomes.items():
        if ring in rings:
            found.setdefault(ring, []).append(outcomes)
            for method, one in outcomes.items():
                strata.setdefault((stratum(ring, rings[ring]), method), []).append(one)
    methods = [*kept.about["methods"], ANY]
    lines = [
        "# Planted rings",
        "",
        "Made by `python benchmarks/planted_rings.py`; see there for what is planted, and for what",
        "it is looked for by. AP is the average precision of accounts in the blocks found.",
        "",
        f"Log: {name}, {n_rows:,} accounts. Without a ring, {kept.honest} accounts are in blocks.",
        f"Code: cib {kept.about['code']}.",
        "",
    ]
    n_found, n_planned = sum(map(len, found.values())), seeds * len(rings)
    if n_found < n_planned:
        missing = len(rings) - len(found)
        lines += [
            f"This run was stopped early: {n_found} of {n_planned} rings "
            f"({len(rings)} kinds, {seeds} seeds) were tried"
            + (f"; {missing} kinds are missing." if missing else "."),
            "",
        ]
    lines += [
        "| Stratum | Looked for by | Rings | AP ≥ 0.95 | Median AP "
        "| Most honest accounts in blocks |",
        "|---|---|---|---|---|---|",
    ]
    for key, method in sorted(strata, key=lambda each: (each[0], methods.index(each[1]))):
        ap = np.array([one.precision for one in strata[key, method]])
        most = max(one.n_honest for one in strata[key, method])
        lines.append(
            f"| {key} | {method} | {len(ap)} | {np.mean(ap >= 0.95):.0%} "
            f"| {np.median(ap):.3f} | {most} |"
        )
    lines += [
        "",
        "Worst and median AP of the seeds:",
        "",
        f"| Accounts | Targets | Cover | H | Seeds | {' | '.join(methods)} | Recall "
        "| Honest, most |",
        "|---|---|---|---|---|" + "---|" * (len(methods) + 2),
    ]
    for ring in sorted(found, key=lambda ring: -rings[ring]):
        cells = []
        for method in methods:
            ap = np.array([one[method].precision for one in found[ring]])
            cells.append(f"{ap.min():.3f}, {np.median(ap):.3f}")
        recall = float(np.median([one[ANY].recall for one in found[ring]]))
        lines.append(
            f"| {ring.n} | {ring.n_targets} | {ring.cover} | {rings[ring]:.2f} "
            f"| {len(found[ring])} | {' | '.join(cells)} | {recall:.2f} "
            f"| {max(one[ANY].n_honest for one in found[ring])} |"
        )
    return "\n".join(lines) + "\n"


def look(log: Entries, methods: list[str]) -> dict[str, Found]:
    """Blocks by each method, and by any of them."""
    found = {name: METHODS[name](log) for name in methods}
    return found | {ANY: [block for blocks in found.values() for block in blocks]}


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("log", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--least", type=float, default=0.5, help="smallest H that is tried")
    parser.add_argument("--only", default=",".join(METHODS), help="what blocks are looked for by")
    parser.add_argument("--kept", type=Path, help="where outcomes are kept, to go on from")
    parser.add_argument("--out", type=Path, default=PAGE)
    given = parser.parse_args()
    methods = given.only.split(",")
    if unknown := set(methods) - set(METHODS):
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of {', '.join(METHODS)}")
    table = pq.read_table(given.log, columns=["account", "content"])
    log = tuple(np.unique(table[name], return_inverse=True)[1] for name in ("account", "content"))
    n_rows, rings = int(log[0].max()) + 1, grid(log, given.least)  # type: ignore[arg-type]
    about = {"log": given.log.stem, "entries": len(log[0]), "methods": methods}
    kept = Kept(given.kept, about | {"code": own_version()})
    if kept.honest is None:
        in_blocks = look(log, methods)[ANY]  # type: ignore[arg-type]
        kept.honest = sum(len(accounts) for accounts, _ in in_blocks)
        kept.write({"honest": kept.honest})
    print(f"without a ring: {kept.honest} accounts in blocks", file=sys.stderr)
    for seed, ring in product(range(given.seeds), rings):
        if (ring, seed) not in kept.outcomes:
            found = look(ring.planted(log, seed), methods)  # type: ignore[arg-type]
            kept.add(ring, seed, {name: outcome(of, n_rows, ring) for name, of in found.items()})
            print(ring, f"H {rings[ring]:.2f}", kept.outcomes[ring, seed][ANY], file=sys.stderr)
        written = page(given.log.stem, n_rows, kept, rings, given.seeds)
        given.out.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
