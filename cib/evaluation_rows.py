"""Strata and rows of an evaluation: every measure, of every part, as one long table."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.algorithms.evaluation.false_alarms import Cell, false_alarm_cells, worst_cell
from cib.algorithms.evaluation.grid import AREA_SIZE, area_measure, smallest_found
from cib.algorithms.evaluation.matching import RingOutcomes, match_rings
from cib.algorithms.evaluation.measures import (
    Measure,
    account_measures,
    cluster_measures,
    honest_measures,
    owners,
    ring_measures,
)
from cib.algorithms.evaluation.reliability import (
    bin_measures,
    mostly_inauthentic,
    reliability_bins,
    reliability_measures,
)
from cib.algorithms.evaluation.strata import (
    CAMOUFLAGE_BINS,
    SIZE_BINS,
    TIERS,
    camouflage_bin,
    hardness_tier,
    size_bin,
)
from cib.algorithms.evaluation.time_to_detect import Detections, time_measures
from cib.algorithms.evaluation.trial import Bools, Trial, pool
from cib.algorithms.evaluation.uncertainty import UNKNOWN, ring_draws
from cib.datasets.truth import UNKNOWN_MARKET, Truth

SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("degrade", pa.string()),
        ("seed", pa.int64()),
        ("stratum_kind", pa.string()),
        ("stratum", pa.string()),
        ("measure", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("n", pa.int64()),
    ]
)

RINGS_SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("degrade", pa.string()),
        ("seed", pa.int64()),
        ("ring_id", pa.string()),
        ("scenario", pa.string()),
        ("preset", pa.string()),
        ("tier", pa.string()),
        ("size_bin", pa.string()),
        ("camouflage_bin", pa.string()),
        ("n_accounts", pa.int64()),
        ("hardness", pa.float64()),
        ("camouflage", pa.float64()),
        ("reported", pa.bool_()),
        ("found", pa.bool_()),
        ("jaccard", pa.float64()),
        ("cluster_rank", pa.int64()),
        ("n_flagged", pa.int64()),
        ("n_parts", pa.int64()),
        ("merged", pa.bool_()),
        ("hours_to_detect", pa.float64()),
        ("streams_before", pa.int64()),
    ]
)

ALL = "all"
RELIABILITY = "reliability"
"""Strata of clusters by what is predicted of them."""

NO_GROUP = "none"
"""Honest accounts that belong to no confounder group."""

OF_ROLES = ("account_pr_auc", "account_recall_at_fpr", "account_recall")
"""What is measured of the accounts of one role."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Held:
    """One method in one degrade mode: its trials, one per log, and the truths behind them."""

    source: str
    degrade: str
    seeds: Sequence[int]
    truths: Sequence[Truth]
    trials: Sequence[Trial]
    detections: Sequence[Detections] | None
    """Per log when each ring was first reported; None unless every log was looked at repeatedly."""

    @cached_property
    def trial(self) -> Trial:
        """All logs pooled."""
        return pool(self.trials)

    @cached_property
    def outcomes(self) -> RingOutcomes:
        """What became of the rings of all logs."""
        return match_rings(self.trial)

    @cached_property
    def pooled_detections(self) -> Detections | None:
        """When the rings of all logs were first reported."""
        if self.detections is None:
            return None
        parts = self.detections
        known = [p for p in parts if p.n_streams is not None and p.n_streams_all is not None]
        whole = len(known) == len(parts)
        return Detections(
            np.concatenate([p.detected for p in parts]),
            np.concatenate([p.until_us for p in parts]),
            np.concatenate([p.hours for p in parts]),
            np.concatenate([p.n_streams for p in known]) if whole else None,
            np.concatenate([p.n_streams_all for p in known]) if whole else None,
        )

    @cached_property
    def rings(self) -> list[Row]:
        """What is known of each ring, in the order of the pooled trial."""
        sizes = iter(self.outcomes.size.tolist())
        rows = []
        for truth, seed in zip(self.truths, self.seeds, strict=True):
            columns: dict[str, Sequence[Any]] = {
                "ring_id": truth.ring_names("ring_id"),
                "scenario": truth.ring_names("scenario"),
                "preset": truth.ring_names("preset"),
                "hardness": truth.ring_numbers("H"),
                "camouflage": truth.ring_numbers("camouflage"),
            }
            for values in zip(*columns.values(), strict=True):
                row = dict(zip(columns, values, strict=True)) | {"seed": seed}
                row["n_accounts"] = n = next(sizes)
                row["tier"] = hardness_tier(row["hardness"], n)
                row["size_bin"] = size_bin(n)
                row["camouflage_bin"] = camouflage_bin(row["camouflage"])
                rows.append(row)
        return rows


def strata_of(held: Held) -> Iterator[tuple[str, str, Bools]]:
    """Yield kind, name and rings of every stratum: all first, then by scenario, tier, size, …."""
    rings = held.rings
    yield ALL, ALL, np.ones(len(rings), np.bool_)
    presets = sorted({row["preset"] for row in rings if row["preset"]})
    scenarios = sorted({row["scenario"] for row in rings if row["scenario"]})
    for kind, column, names in (
        ("scenario", "scenario", scenarios),
        ("preset", "preset", presets),
        ("tier", "tier", TIERS),
        ("size", "size_bin", SIZE_BINS),
        ("camouflage", "camouflage_bin", CAMOUFLAGE_BINS),
    ):
        for name in names:
            chosen = np.array([row[column] == name for row in rings], np.bool_)
            if chosen.any():
                yield kind, name, chosen


def rows_of(held: Held, ks: Sequence[int], n_draws: int, seed: int) -> list[Row]:
    """Measure every stratum of one method, all logs pooled, and each log for itself."""
    trial, rows = held.trial, []
    for kind, name, chosen in strata_of(held):
        draws = ring_draws(int(chosen.sum()), n_draws, seed)
        rows += written(held, None, kind, name, measures(trial, held.outcomes, chosen, ks, draws))
        if held.pooled_detections is not None:
            rows += written(
                held, None, kind, name, time_measures(held.pooled_detections, chosen, draws)
            )
    rows += grid_rows(held, n_draws, seed)
    rows += reliability_rows(held)
    roles = np.concatenate([named(truth.column("role"), "") for truth in held.truths])
    everything = np.ones(trial.n_rings, np.bool_)
    draws = ring_draws(trial.n_rings, n_draws, seed)
    for role in sorted(set(roles[trial.inauthentic].tolist()) - {""}):
        owner = owners(trial, everything, roles == role)
        found = account_measures(trial, owner, draws)
        # precision is no property of a role: a false positive has none
        kept = (m for m in found if m.name in OF_ROLES)
        rows += written(held, None, "role", role, kept)
    if len(held.trials) > 1:
        for one, world in zip(held.trials, held.seeds, strict=True):
            chosen = np.ones(one.n_rings, np.bool_)
            draws = ring_draws(one.n_rings, n_draws, seed)
            rows += written(
                held, world, ALL, ALL, measures(one, match_rings(one), chosen, ks, draws)
            )
            rows += written(held, world, ALL, ALL, reliability_measures(one))
    return rows


def grid_rows(held: Held, n_draws: int, seed: int) -> list[Row]:
    """Recall by size × camouflage, and what sums it up: area under recall, n50 by camouflage."""
    rings, rows = held.rings, []
    sizes = np.array([row["n_accounts"] for row in rings], np.int64)
    size_bins = np.array([row["size_bin"] for row in rings], str)
    bins = np.array([row["camouflage_bin"] or "" for row in rings], str)
    for name in CAMOUFLAGE_BINS:
        mine = bins == name
        if not mine.any():
            continue
        hit = held.outcomes.reported[mine]
        n50 = smallest_found(sizes[mine], size_bins[mine].tolist(), hit)
        found = iter([Measure("n50", n50, UNKNOWN, int(mine.sum()))])
        rows += written(held, None, "camouflage", name, found)
        for size in SIZE_BINS:
            cell = mine & (size_bins == size)
            if cell.any():
                draws = ring_draws(int(cell.sum()), n_draws, seed)
                kept = ring_measures(held.outcomes, cell, draws)
                recall = (m for m in kept if m.name in ("ring_recall", "ring_found"))
                rows += written(held, None, "size_camouflage", f"{size} × {name}", recall)
    mine = (size_bins == AREA_SIZE) & (bins != "")
    if mine.any():
        camouflage = np.array([row["camouflage"] for row in rings], np.float64)[mine]
        hit = held.outcomes.reported[mine]
        area = area_measure(camouflage, bins[mine].tolist(), hit, n_draws, seed)
        rows += written(held, None, ALL, ALL, iter([area]))
    return rows


def reliability_rows(held: Held) -> list[Row]:
    """Predictions of clusters beside what is true of them; none where nothing is predicted."""
    trial = held.trial
    if trial.predicted is None:
        return []
    rows = written(held, None, ALL, ALL, reliability_measures(trial))
    for one in reliability_bins(trial.predicted, mostly_inauthentic(trial)):
        rows += written(held, None, RELIABILITY, one.name, bin_measures(one))
    return rows


def measures(
    trial: Trial,
    outcomes: RingOutcomes,
    chosen: Bools,
    ks: Sequence[int],
    draws: npt.NDArray[np.int64],
) -> Iterator[Measure]:
    """Yield every measure of one stratum."""
    yield from ring_measures(outcomes, chosen, draws)
    yield from account_measures(trial, owners(trial, chosen), draws)
    yield from honest_measures(trial)
    yield from cluster_measures(trial, chosen, ks, draws)


def written(
    held: Held, seed: int | None, kind: str, name: str, found: Iterator[Measure]
) -> list[Row]:
    """Write measures as rows; NaN becomes null."""
    return [row_of(held, seed, kind, name, m.name, (m.value, *m.interval), m.n) for m in found]


def row_of(
    held: Held,
    seed: int | None,
    kind: str,
    name: str,
    measure: str,
    numbers: tuple[float, float, float],
    n: int,
) -> Row:
    """One row of the long table."""
    value, low, high = (x if math.isfinite(x) else None for x in numbers)
    return {
        "source": held.source,
        "degrade": held.degrade,
        "seed": seed,
        "stratum_kind": kind,
        "stratum": name,
        "measure": measure,
        "value": value,
        "low": low,
        "high": high,
        "n": n,
    }


def false_alarm_rows(held: Held) -> list[Row]:
    """Share of honest and grey accounts flagged, by confounder group and market, and the worst."""
    trial = held.trial
    seen = ~trial.inauthentic
    group = np.concatenate([named(t.column("confounder_group"), NO_GROUP) for t in held.truths])
    market = np.concatenate(
        [
            np.full(len(t.account_ids), UNKNOWN_MARKET)
            if t.markets is None
            else named(t.markets, UNKNOWN_MARKET)
            for t in held.truths
        ]
    )
    cells, groups, markets = false_alarm_cells(
        group[seen].tolist(), market[seen].tolist(), trial.flagged[seen]
    )
    rows = [alarm_row(held, "confounder_market", cell) for cell in cells]
    rows += [alarm_row(held, "confounder", cell) for cell in groups]
    rows += [alarm_row(held, "market", cell) for cell in markets]
    worst = worst_cell(cells)
    if worst is not None:
        rows.append(alarm_row(held, "worst_cell", worst))
    return rows


def alarm_row(held: Held, kind: str, cell: Cell) -> Row:
    """One cell as a row; its n is the number of accounts."""
    name = " × ".join(part for part in (cell.group, cell.market) if part)
    numbers = (cell.rate, cell.low, cell.high)
    return row_of(held, None, kind, name, "false_positive_rate", numbers, cell.n_accounts)


def named(column: pa.Array, instead: str) -> npt.NDArray[np.str_]:
    """Names as an array, with something else for null."""
    return np.asarray(pc.fill_null(column, instead).to_pylist(), str)


def ring_rows(held: Held) -> list[Row]:
    """What became of each ring."""
    found, times = held.outcomes, held.pooled_detections
    rows = []
    for i, ring in enumerate(held.rings):
        hours = None if times is None or not times.detected[i] else float(times.hours[i])
        streams = None if times is None or times.n_streams is None else int(times.n_streams[i])
        rows.append(
            {
                "source": held.source,
                "degrade": held.degrade,
                **ring,
                "reported": bool(found.reported[i]),
                "found": bool(found.found[i]),
                "jaccard": float(found.jaccard[i]),
                "cluster_rank": int(held.trial.rank[found.cluster[i]]) if found.found[i] else None,
                "n_flagged": int(found.n_flagged[i]),
                "n_parts": int(found.n_parts[i]),
                "merged": bool(found.merged[i]),
                "hours_to_detect": hours,
                "streams_before": streams,
            }
        )
    return rows
