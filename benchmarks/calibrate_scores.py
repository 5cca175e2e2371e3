"""Fit the weights of the score of inauthenticity to synthetic worlds.

    python benchmarks/calibrate_scores.py                    # half an hour; writes nothing
    python benchmarks/calibrate_scores.py --fit-only --write # from the scans of last time

Worlds are generated with seeds from 101 on, which no benchmark uses, in several degrade modes, and
scanned. A cluster is inauthentic when most of its accounts are, by the truth tables. Weights are
fitted by penalised logistic regression (weights at least 0, offsets at most 0 and no larger than
their weights, and no part alone may bring a cluster beyond one quarter), checked on worlds that
were left out, and with `--write` they become `algorithms/weights.json`.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
from scipy.optimize import LinearConstraint, minimize

from cib.algorithms.evaluation.reliability import reliability_bins
from cib.algorithms.scoring import BENIGN
from cib.algorithms.signals import signals
from detection import DATA, SCAN, Trial, found, make

HERE = Path(__file__).resolve().parent
WEIGHTS = HERE.parent / "algorithms" / "weights.json"
FIRST_SEED = 101
WORLDS = ("smoke", "smoke-confounders")
MODES = ("full", "required-columns-only", "no-device", "no-duration", "minute-rounded")
LARGEST = 4.0
"""Most that a part may weigh."""
ALONE = float(np.log(0.25 / 0.75))
"""Log-odds that one part at full strength, with nothing else known, must not exceed."""
PENALTY = 0.3
BENIGN_PREFIX = "benign: "

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """Clusters of several scans."""

    strength: Floats
    """(n, n_parts) strengths, 0 where not measured."""
    measured: Floats
    """(n, n_parts) 1 where measured."""
    inauthentic: npt.NDArray[np.bool_]
    world: npt.NDArray[np.int64]
    """(n,) world each cluster is from, in whatever mode."""
    weight: Floats
    """(n,) such that every log weighs the same."""
    parts: list[str]


def clusters_of(trial: Trial, data: Path) -> list[dict[str, Any]]:
    """Strengths and truth of each cluster of a scan."""
    run = found(trial.folder(data), SCAN)
    if run is None:
        return []
    truth = pq.read_table(trial.folder(data) / "world" / "truth" / "account.parquet").to_pandas()
    bad = set(truth.loc[truth.policy_view == "inauthentic", "account_id"])
    members = pq.read_table(run / "members.parquet").to_pandas()
    evidence = pq.read_table(run / "evidence.parquet").to_pandas()
    share = members.account_id.isin(bad).groupby(members.cluster_id).mean()
    parts = evidence[evidence.strength.notna()]
    rows = []
    for cluster, mine in parts.groupby("cluster_id"):
        names = [BENIGN if s.startswith(BENIGN_PREFIX) else s for s in mine.signal]
        rows.append({"inauthentic": share[cluster] > 0.5, **dict(zip(names, mine.strength))})  # noqa: B905
    return rows


def sample_of(trials: list[Trial], data: Path) -> Sample:
    """Gather the clusters of all scans; each log weighs the same."""
    rows, world, log = [], [], []
    names = sorted({(trial.world, trial.seed) for trial in trials})
    for i, trial in enumerate(trials):
        mine = clusters_of(trial, data)
        rows += mine
        log += [i] * len(mine)
        world += [names.index((trial.world, trial.seed))] * len(mine)
    parts = sorted({BENIGN, *signals()} & set().union(*rows))
    strength = np.array([[row.get(name, 0.0) for name in parts] for row in rows])
    measured = np.array([[float(name in row) for name in parts] for row in rows])
    weight = 1.0 / np.bincount(log)[log]
    return Sample(
        strength,
        measured,
        np.array([bool(row["inauthentic"]) for row in rows]),
        np.array(world),
        weight * len(rows) / weight.sum(),
        parts,
    )


def fit(sample: Sample, rows: npt.NDArray[np.bool_]) -> Floats:
    """Prior, weights and offsets, by penalised maximum likelihood within bounds."""
    design = np.hstack([np.ones((rows.sum(), 1)), sample.strength[rows], sample.measured[rows]])
    y, w = sample.inauthentic[rows].astype(float), sample.weight[rows]
    k = len(sample.parts)

    def loss(beta: Floats) -> tuple[float, Floats]:
        z = design @ beta
        value = float((w * (np.logaddexp(0, z) - y * z)).sum() + PENALTY * (beta[1:] ** 2).sum())
        gradient = design.T @ (w * (1 / (1 + np.exp(-z)) - y))
        gradient[1:] += 2 * PENALTY * beta[1:]
        return value, gradient

    bounds = [(None, None)] + [(0, LARGEST)] * k + [(-LARGEST / 2, 0)] * k
    # prior + weight + offset stays below: no part convicts alone
    alone = np.hstack([np.ones((k, 1)), np.eye(k), np.eye(k)])
    # weight + offset >= 0: a signal at full strength never speaks for innocence
    whole = np.hstack([np.zeros((k, 1)), np.eye(k), np.eye(k)])
    found = minimize(
        loss,
        np.zeros(1 + 2 * k),
        jac=True,
        bounds=bounds,
        method="SLSQP",
        constraints=[
            LinearConstraint(alone, ub=ALONE),
            LinearConstraint(whole, lb=0.0),
        ],
        options={"maxiter": 500},
    )
    return np.asarray(found.x)


def predict(sample: Sample, beta: Floats) -> Floats:
    """Probabilities that a fit gives to all clusters."""
    k = len(sample.parts)
    z = beta[0] + sample.strength @ beta[1 : 1 + k] + sample.measured @ beta[1 + k :]
    return np.asarray(1 / (1 + np.exp(-z)))


def left_out(sample: Sample) -> Floats:
    """Probability of each cluster by a fit to the logs of other seeds."""
    out = np.zeros(len(sample.world))
    for one in np.unique(sample.world):
        here = sample.world == one
        out[here] = predict(sample, fit(sample, ~here))[here]
    return out


def reliability(p: Floats, sample: Sample) -> str:
    """Predicted against observed shares, as a table."""
    lines = ["| predicted | clusters | mean | inauthentic |", "| --- | ---: | ---: | ---: |"]
    lines += [
        f"| {one.name} | {one.n} | {one.predicted:.2f} | {one.observed:.2f} |"
        for one in reliability_bins(p, sample.inauthentic)
    ]
    brier = float(((p - sample.inauthentic) ** 2).mean())
    return "\n".join([*lines, "", f"Brier score {brier:.3f} on worlds left out."])


def log_loss(p: Floats, sample: Sample) -> float:
    """Mean surprise at what is true, in nats; each log weighs the same."""
    told = np.clip(np.where(sample.inauthentic, p, 1 - p), 1e-9, 1.0)
    return float(np.average(-np.log(told), weights=sample.weight))


def ablation(sample: Sample) -> str:
    """What each part adds: the loss on worlds left out with all parts, and without each."""
    whole = log_loss(left_out(sample), sample)
    lines = [
        f"Log loss on worlds left out: {whole:.4f}",
        "",
        "| without | log loss | clusters on the wrong side |",
        "| --- | ---: | ---: |",
    ]
    for i, name in enumerate(sample.parts):
        kept = np.arange(len(sample.parts)) != i
        less = replace(
            sample,
            strength=sample.strength[:, kept],
            measured=sample.measured[:, kept],
            parts=[part for part in sample.parts if part != name],
        )
        p = left_out(less)
        wrong = int(((p >= 0.5) != sample.inauthentic).sum())
        lines.append(f"| {name} | {log_loss(p, less) - whole:+.4f} | {wrong} |")
    return "\n".join(lines)


def main() -> None:
    """Generate, scan, fit, check, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2, help="worlds of each kind")
    parser.add_argument("--worlds", default=",".join(WORLDS))
    parser.add_argument("--degrade", default=",".join(MODES))
    parser.add_argument("--data", type=Path, default=DATA.parent / "calibration")
    parser.add_argument("--fit-only", action="store_true", help="use the scans that are there")
    parser.add_argument("--write", action="store_true", help="renew the weights of the package")
    arguments = parser.parse_args()
    trials = [
        Trial(world, mode, FIRST_SEED + i)
        for world in arguments.worlds.split(",")
        for mode in arguments.degrade.split(",")
        for i in range(arguments.seeds)
    ]
    if not arguments.fit_only:
        for trial in trials:
            make(trial, arguments.data, [SCAN], {})
    trials = [t for t in trials if found(t.folder(arguments.data), SCAN) is not None]
    sample = sample_of(trials, arguments.data)
    print(reliability(left_out(sample), sample))
    print(ablation(sample))
    beta = fit(sample, np.ones(len(sample.world), np.bool_))
    k = len(sample.parts)
    written = {
        "made_by": "python benchmarks/calibrate_scores.py --write",
        "logs": [f"{t.world} {t.degrade} {t.seed}" for t in trials],
        "n_clusters": len(sample.world),
        "n_inauthentic": int(sample.inauthentic.sum()),
        "share": round(float(np.average(sample.inauthentic, weights=sample.weight)), 3),
        "prior": round(float(beta[0]), 3),
        "parts": {
            name: [round(float(beta[1 + i]), 3), round(float(beta[1 + k + i]), 3)]
            for i, name in enumerate(sample.parts)
        },
    }
    print(json.dumps(written["parts"], indent=1))
    if arguments.write:
        WEIGHTS.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
