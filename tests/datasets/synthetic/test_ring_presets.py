"""Rings after real cases, and what sweeps vary."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from cib.algorithms.evaluation.strata import (
    CAMOUFLAGE_BINS,
    SIZE_BINS,
    camouflage_bin,
    size_bin,
)
from cib.datasets.synthetic.attacks import SCENARIOS
from cib.datasets.synthetic.attacks.known_farms import PRESETS
from cib.datasets.synthetic.events import Events
from cib.datasets.synthetic.presets import PRESETS as PRESETS_OF_WORLDS
from cib.datasets.synthetic.rings import Planted, RingSpec, varied, wrong_with
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.streams import RINGS, stream


def plant(stage: Stage, spec: RingSpec) -> Planted:
    return SCENARIOS[spec.scenario].make(stream(stage.seed, RINGS, spec.number), stage, spec)


def events(stage: Stage, name: str, **changes: Any) -> Events:
    return plant(stage, replace(PRESETS[name], **changes)).component.events


def test_presets_are_rings_of_their_own() -> None:
    numbers = [spec.number for spec in PRESETS.values()]
    numbers += [module.DEFAULTS.number for module in SCENARIOS.values()]
    assert len(set(numbers)) == len(numbers)
    for name, spec in PRESETS.items():
        assert spec.preset == name
        assert not wrong_with(spec)


def test_the_curve_has_rings_of_every_camouflage_in_three_sizes() -> None:
    rings = PRESETS_OF_WORLDS["curve"].rings
    cells = {(size_bin(r.n_accounts), camouflage_bin(1 - r.target_share)) for r in rings}
    assert cells == set(product(SIZE_BINS[:3], CAMOUFLAGE_BINS))
    assert len({r.ring_id for r in rings}) == len(rings) == 42
    per_day = {round(r.plays_per_day / r.target_share, 6) for r in rings}
    assert per_day == {60.0}


def test_denmark_plays_a_week_of_five_and_a_half_million(stage: Stage) -> None:
    e = events(stage, "denmark_2018", n_days=1)
    assert len(np.unique(e.account)) == 20
    assert len(np.unique(e.content)) == 244
    assert 7 * len(e) == pytest.approx(5_500_000, rel=0.02)


def test_smith_plays_one_every_two_minutes_around_the_clock(stage: Stage) -> None:
    e = events(stage, "smith_2017", n_accounts=80, n_days=3)
    assert len(e) / (80 * 3) == pytest.approx(636, rel=0.03)
    one = np.sort(e.start_us[e.account == 0])
    gap_s = np.diff(one) / 1e6
    assert np.median(gap_s[gap_s > 0]) == pytest.approx(136, abs=6)
    assert len(np.unique(e.ip[e.ip > 0])) == 4


def test_bulgaria_loops_two_playlists_of_short_plays(stage: Stage) -> None:
    planted = plant(stage, replace(PRESETS["bulgaria_2017"], n_accounts=40, n_days=4))
    e = planted.component.events
    assert len(planted.component.contexts) == 2
    assert (planted.targets.role == "target").sum() == 467
    looped = e.take(e.inauthentic)
    assert np.median(looped.duration_ms) == pytest.approx(43_000, rel=0.02)
    assert len(looped) / (39 * 4) == pytest.approx(200, rel=0.1)


def test_beatdapp_plays_the_same_63(stage: Stage) -> None:
    e = events(stage, "beatdapp_63", n_accounts=100, n_days=9)
    touched = np.unique(e.account.astype(np.int64) * len(stage.catalogue) + e.content)
    assert len(np.unique(e.content)) == 63
    assert len(touched) > 0.95 * 63 * 100


def bursts(e: Events) -> list[Events]:
    """Events cut where nothing happens for ten minutes."""
    e = e.take(np.argsort(e.start_us, kind="stable"))
    cuts = np.flatnonzero(np.diff(e.start_us) > 600e6) + 1
    return [e.take(rows) for rows in np.split(np.arange(len(e)), cuts)]


def test_three_regimes(stage: Stage) -> None:
    share, days = {}, {}
    for name in ("synchronous", "alternating", "rotating"):
        e = events(stage, f"iannucci_{name}")
        assert len(np.unique(e.account)) == 60
        share[name] = np.median([len(np.unique(b.account)) / 60 for b in bursts(e)])
        days[name] = len(np.unique((e.start_s - 5 * 3_600) // 86_400))
    assert share["synchronous"] == share["alternating"] == 1
    assert share["rotating"] == pytest.approx(1 / 3)
    assert days["synchronous"] == days["rotating"] == 28
    assert days["alternating"] == 14


DEFAULTS = {scenario: module.DEFAULTS for scenario, module in SCENARIOS.items()}
SWEEPS = [
    (
        scenario,
        name,
        next(v for v in values if varied(DEFAULTS[scenario], name, v) != DEFAULTS[scenario]),
    )
    for scenario in ("A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08")
    for name, values in SCENARIOS[scenario].SWEEP.items()
    if name not in ("n_accounts", "n_targets", "plays_per_day")
]


@pytest.mark.parametrize(("scenario", "name", "value"), SWEEPS)
def test_sweeps_have_effect(stage: Stage, scenario: str, name: str, value: Any) -> None:
    spec = SCENARIOS[scenario].DEFAULTS
    spec = replace(spec, n_accounts=60, n_targets=40, n_days=14, plays_per_day=4.0)
    one = plant(stage, spec).component
    other = plant(stage, varied(spec, name, value)).component
    assert len(other.events)
    same = len(one.events) == len(other.events)
    same = same and (one.events.start_us == other.events.start_us).all()
    same = same and (one.events.content == other.events.content).all()
    assert not (same and (one.events.device == other.events.device).all())


NO_SCHEDULE = ("A04", "A05", "A07", "A08")
CHANGES: dict[str, Any] = {
    "n_targets": 15,
    "target_share": 0.25,
    "jitter_s": 900.0,
    "clock": "office",
    "duration": "skip_mix",
    "start_day": 3,
    "n_days": 2,
    "plays_per_day": 9.0,
    "markets": ("JP", "BR"),
    "infra.accounts_per_ip": 30,
    "infra.accounts_per_device": 30,
    "infra.asns": 1,
    "infra.residential_share": 1.0,
    "lifecycle.churn_per_day": 0.5,
    "lifecycle.warmup_days": 3,
}


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08"])
def test_orders_are_followed(stage: Stage, scenario: str) -> None:
    spec = SCENARIOS[scenario].DEFAULTS
    options = {**spec.options, "pool": 2, "nights_apart": 1, "targets_per_run": 2}
    options |= {"own_accounts": 60} if scenario == "A08" else {}
    spec = replace(spec, n_accounts=30, n_targets=40, n_days=6, options=options)
    spec = replace(spec, plays_per_day=4.0, target_share=0.5, jitter_s=60.0)
    spec = varied(varied(spec, "infra.accounts_per_ip", 5), "infra.accounts_per_device", 2)
    spec = varied(varied(spec, "infra.residential_share", 0.0), "infra.asns", 6)
    before = measured(stage, spec)
    for name, value in CHANGES.items():
        if name == "jitter_s" and scenario in NO_SCHEDULE:
            continue
        after = measured(stage, varied(spec, name, value))
        what = {"clock": "hours", "markets": "market"}.get(name, name)
        assert after[what] != pytest.approx(before[what], rel=0.02), name
    # Few addresses for many accounts, many for few.
    machines = [
        measured(stage, varied(spec, "infra.accounts_per_ip", n))["infra.accounts_per_ip"]
        for n in (30, 1)
    ]
    assert machines[0] < before["infra.accounts_per_ip"] < machines[1]


def measured(stage: Stage, spec: RingSpec) -> dict[str, float]:
    """Numbers in which what was ordered shows."""
    planted = plant(stage, spec)
    e = planted.component.events
    boosts = e.take(e.inauthentic)
    seconds = boosts.start_s
    return {
        "n_targets": float((planted.targets.role == "target").sum()),
        # Where the cover is the owners' own listening, the share shows in the number of plays.
        "target_share": float(len(e) if e.inauthentic.all() else e.inauthentic.mean()),
        "jitter_s": float((np.diff(np.sort(seconds)) > 120).sum()),
        "hours": float((seconds % 86_400).mean()),
        "duration": float((boosts.duration_ms < 30_000).mean()),
        "start_day": float(seconds.min() // 86_400) + 1,
        "n_days": float(seconds.max() // 86_400),
        "plays_per_day": float(len(boosts)),
        "market": float(np.mean(boosts.ip_market)),
        "infra.accounts_per_ip": float(len(np.unique(boosts.ip))),
        "infra.accounts_per_device": float(len(np.unique(boosts.device))),
        "infra.asns": float(len(np.unique(boosts.asn))),
        "infra.residential_share": float((boosts.asn >= 4_200_100_000).mean()),
        "lifecycle.churn_per_day": float(len(boosts)),
        "lifecycle.warmup_days": float(seconds.min() // 86_400) + 1,
    }
