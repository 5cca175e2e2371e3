"""A14, report brigading: a few accounts report a rival's content until it is taken down.

Known case: one playlist reported over 2,000 times, its metadata removed unreviewed (TechCrunch,
2021-09-08). Reporters never met what they report, all give the same reason and come within hours of
each other, several times each; the reported is the victim, so `framed`. Justified mass reporting of
something abusive looks alike, but those reporters met it first. Reporters may be authentic accounts
(`borrowed_share`) that otherwise live their own lives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import Targets
from cib.datasets.synthetic.events import REPORT, REPORT_REASONS, Events
from cib.datasets.synthetic.markets import DAY_S, START_US, market_index
from cib.datasets.synthetic.operating import (
    acts,
    choose_targets,
    cover_plays,
    jitter,
    live_days,
    moments,
    operated,
)
from cib.datasets.synthetic.recruiting import borrow, own_accounts
from cib.datasets.synthetic.rings import Infra, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage
from cib.datasets.synthetic.turns import clear_of

Array = npt.NDArray[Any]

DEFAULTS = RingSpec(
    ring_id="report-brigade",
    number=14,
    scenario="A14",
    n_accounts=100,
    n_targets=5,
    audience=(20, 2_000),
    target_share=0.3,
    clock="diurnal",
    infra=Infra(accounts_per_ip=4),
    fresh_share=0.6,
    tiers={"free": 0.8, "premium": 0.2},
    complicity="framed",
    options={
        "kind": "playlist",
        "reports_per_target": 500,
        "window_h": 24.0,
        "reason_focus": 0.85,
        "borrowed_share": 0.3,
    },
)
"""Options: `kind` of the targets (playlist, post, track, account …); `reports_per_target`, up to
2,000; `window_h` in which they come; `reason_focus`, share of the reports with the agreed reason;
`borrowed_share` of the reporters are everyday listeners. Cover is the own accounts'."""
SWEEP = {
    "n_accounts": (20, 100, 500),
    "n_targets": (1, 5, 50),
    "options.reports_per_target": (50, 500, 2_000),
    "options.borrowed_share": (0.0, 0.5, 1.0),
}


def make(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant the ring."""
    n_borrowed = round(spec.n_accounts * spec.option("borrowed_share", 0.3))
    accounts = own_accounts(rng, stage, spec, n_borrowed)
    borrowed = borrow(rng, stage, n_borrowed)
    everyone = Accounts.concat([accounts, stage.honest(borrowed)]) if n_borrowed else accounts
    kind = spec.choice("kind", "playlist")
    targets = choose_targets(rng, stage, spec, kind, known=kind in ("account", "playlist", "track"))
    who, order, at = _calls(rng, stage, spec, targets)
    agreed = rng.integers(0, len(REPORT_REASONS), len(targets))[order]
    stray = rng.integers(0, len(REPORT_REASONS), len(who))
    focus = rng.random(len(who)) < spec.option("reason_focus", 0.85)
    reports = acts(everyone, who, targets[order], REPORT, at).replace(
        report_reason=np.where(focus, agreed, stray), inauthentic=True
    )
    parts = [reports]
    if len(accounts):
        cover = cover_plays(rng, stage, spec, accounts, reports)
        # They never met what they report.
        cover = cover.take(~np.isin(cover.content, targets))
        parts.append(cover.take(clear_of(reports, cover, 1.0)))
    component = operated(
        rng,
        stage,
        spec,
        accounts,
        Events.concat(parts),
        klass="reporter",
        role="reporter",
        borrowed=borrowed,
    )
    return Planted(spec, component, Targets.of(targets, spec.complicity))


def _calls(
    rng: np.random.Generator, stage: Stage, spec: RingSpec, targets: Array
) -> tuple[Array, Array, Array]:
    """Draw who reports which target, and when: a call per target, heeded for `window_h`."""
    live = live_days(rng, stage, spec)
    working = live.sum(axis=0)
    if not working.any():
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    day = rng.choice(stage.n_days, len(targets), p=working / working.sum())
    begin = moments(rng, spec, day, market_index(spec.markets[0]))
    published = (stage.catalogue.release_us[targets] - START_US) / 1e6
    begin = np.maximum(begin, published + 600.0)
    on_day = np.clip((begin // DAY_S).astype(np.int64), 0, stage.n_days - 1)
    able = live[:, on_day]
    mean = spec.option("reports_per_target", 500) / np.maximum(able.sum(axis=0), 1)
    zeal = rng.gamma(2.0, 0.5, (spec.n_accounts, 1))
    count = rng.poisson(mean * zeal * able)
    who, order = np.nonzero(count)
    times = count[who, order]
    who, order = np.repeat(who, times), np.repeat(order, times)
    # Most come soon after the call.
    within = rng.beta(1.0, 2.5, len(who)) * spec.option("window_h", 24.0) * 3_600.0
    at: Array = begin[order] + within + np.abs(jitter(rng, spec, len(who)))
    return who, order, at
