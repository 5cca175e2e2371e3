"""Rings: accounts that one operator drives, planted among honest people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cib.datasets.errors import UsageError
from cib.datasets.synthetic.accounts import Accounts, make_accounts
from cib.datasets.synthetic.catalogue import MORNING_LIST, SLEEP_LIST, Catalogue
from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import LIKE, PLATFORMS, PLAY, SHARE, TIERS, Events, finish
from cib.datasets.synthetic.honest import with_reactions
from cib.datasets.synthetic.listening import Sessions, everyday, play
from cib.datasets.synthetic.markets import DAY_S, MARKET_CODES, START_US, local_start
from cib.datasets.synthetic.scripts import parent_code
from cib.datasets.synthetic.social import reactions
from cib.datasets.synthetic.streams import RINGS, hashes, stream

Array = npt.NDArray[Any]

# Tiers of the accounts behind detected artificial streams (CNM 2023, Deezer): 54% family plans.
_TIERS = {"family": 0.54, "premium": 0.26, "trial": 0.10, "free": 0.10}
_PLATFORMS = {"desktop": 0.65, "web": 0.10, "android": 0.25}
_FRESH_SHARE = 0.7
_JITTER_CLIP = 2.5  # standard deviations
_CALM_S = 600  # an operator's client does nothing else this long before a scheduled run


@dataclass(frozen=True, slots=True)
class RingSpec:
    """What to plant. Times in seconds."""

    ring_id: str
    number: int
    """Random stream of the ring; unique in a preset and never reused for another ring."""
    scenario: str
    """A01 … A16, see the table of attack scenarios."""
    n_accounts: int
    n_targets: int
    audience: tuple[int, int]
    """Targets are contents that at least … and at most … everyday listeners touched, or the
    nearest to that when a world has too few; the truth records what came out."""
    market: str = "US"
    action: Literal["play", "like"] = "play"
    runs_per_day: int = 1
    """Scheduled runs that all accounts follow."""
    targets_per_run: int = 1
    spacing_s: float = 300.0
    """From one target of a run to the next."""
    jitter_s: float = 0.0
    """Standard deviation of each account around the schedule."""
    participation: float = 0.9
    """Share of the accounts that follow a given run."""
    clock: Literal["flat24", "diurnal"] = "diurnal"
    duration: Literal["just_over_30", "full"] = "full"
    cover_plays: float = 0.0
    """Mean plays of other music after each run."""
    everyday: float = 0.0
    """Ordinary listening beside the runs, as a factor on an honest account's."""
    accounts_per_device: int = 1
    accounts_per_ip: int = 1
    parent: str = "playlist_ugc"
    complicity: str = "unaware_beneficiary"


@dataclass(frozen=True, slots=True)
class Planted:
    """A ring in the log and what it was after."""

    spec: RingSpec
    component: Component
    targets: Array


def plant(
    seed: int, spec: RingSpec, catalogue: Catalogue, honest_audience: Array, n_days: int
) -> Planted:
    """Plant one ring.

    Parameters
    ----------
    seed : the world's
    spec : the ring
    catalogue : what can be played
    honest_audience : (n_contents,) distinct honest accounts per content, rings not counted
    n_days : length of the log

    Raises
    ------
    UsageError
        Fewer contents are touched by anybody honest than the ring wants targets.
    """
    rng = stream(seed, RINGS + spec.number)
    accounts = _operated(
        rng,
        spec,
        make_accounts(rng, catalogue, spec.n_accounts, market=MARKET_CODES.index(spec.market)),
    )
    targets = _choose_targets(rng, spec, catalogue, honest_audience, n_days)
    if spec.action == "play":
        start_s = _schedule(rng, spec, n_days)
        run_s = spec.targets_per_run * spec.spacing_s
        who, run = np.nonzero(rng.random((spec.n_accounts, len(start_s))) < spec.participation)
        boosts = _boost_plays(rng, spec, catalogue, accounts, targets, who, run, start_s)
    else:
        start_s = (catalogue.release_us[targets] - START_US) / 1e6
        start_s = start_s + rng.uniform(2 * 3600, 30 * 3600, len(targets))
        run_s = 60.0
        who, run = np.nonzero(rng.random((spec.n_accounts, len(start_s))) < spec.participation)
        boosts = _boost_likes(rng, spec, accounts, targets, who, run, start_s)
    boosts = boosts.replace(inauthentic=True)
    sessions = everyday(rng, accounts, n_days, volume=spec.everyday)
    if not spec.everyday:
        sessions = Sessions.of(np.empty(0), np.empty(0), 0)
    if spec.cover_plays:
        after_s = start_s[run] + run_s + 20 + rng.uniform(0, 600, len(run))
        n_plays = 1 + rng.poisson(spec.cover_plays - 1, len(run))
        cover = Sessions.of(who, after_s, n_plays, skip=0.15, device=1)
        sessions = Sessions.concat([sessions, cover])
    parts = [boosts]
    if len(sessions):
        other = play(rng, catalogue, accounts, sessions, catalogue.lists)
        other = with_reactions(rng, catalogue, accounts, other, n_days)
        parts.append(other.take(_between_runs(other.start_s, np.sort(start_s), run_s)))
    events = finish(rng, Events.concat(parts), n_days)
    n = spec.n_accounts
    component = Component(
        accounts,
        events,
        klass=np.full(n, "automated"),
        group=np.full(n, ""),
        role="listener" if spec.action == "play" else "amplifier",
        scenario=spec.scenario,
        ring_id=spec.ring_id,
        operator_id=f"op-{spec.ring_id}",
        policy_view="inauthentic",
    )
    return Planted(spec, component, targets)


def _operated(rng: np.random.Generator, spec: RingSpec, accounts: Accounts) -> Accounts:
    """Replace what the operator bought: tiers, sign-up dates, clients and addresses."""
    n = len(accounts)
    tier = np.array([TIERS.index(name) for name in _TIERS])[
        rng.choice(len(_TIERS), n, p=list(_TIERS.values()))
    ]
    fresh = rng.random(n) < _FRESH_SHARE
    age_s = rng.uniform(1, 60, n) * DAY_S
    changed: dict[str, Array] = {
        "tier": tier,
        "created_us": np.where(
            fresh, START_US - (age_s * 1e6).astype(np.int64), accounts.created_us
        ),
        "plan_id": np.where(
            tier == TIERS.index("family"), hashes(rng, n)[np.arange(n) // 6], np.uint64(0)
        ),
        "ip_market": accounts.market.astype(np.int8),
    }
    if spec.accounts_per_device > 1:
        client = hashes(rng, n)[rng.permuted(np.arange(n)) // spec.accounts_per_device]
        platform = np.array([PLATFORMS.index(name) for name in _PLATFORMS])
        kind = platform[rng.choice(len(platform), n, p=list(_PLATFORMS.values()))]
        changed["device"] = np.repeat(client[:, None], 3, axis=1)
        changed["platform"] = np.repeat(kind[:, None], 3, axis=1).astype(np.int8)
    if spec.accounts_per_ip > 1:
        address = hashes(rng, n)[rng.permuted(np.arange(n)) // spec.accounts_per_ip]
        changed["home_ip"] = changed["mobile_ip"] = address
    return replace(accounts, **changed)


def _choose_targets(
    rng: np.random.Generator, spec: RingSpec, catalogue: Catalogue, honest: Array, n_days: int
) -> Array:
    """Draw targets that honest people touch too: the evidence is when, not what."""
    low, high = spec.audience
    usable = catalogue.is_post == (spec.action == "like")
    usable &= catalogue.album != catalogue.drop_album
    for script in (MORNING_LIST, SLEEP_LIST):  # confounders' and rings' contents stay apart
        start, end = catalogue.lists.start[script : script + 2]
        usable[catalogue.lists.track[start:end]] = False
    if spec.action == "like":
        last_us = START_US + (n_days * DAY_S - 36 * 3600) * 1_000_000
        usable &= (catalogue.release_us >= START_US) & (catalogue.release_us < last_us)
    candidates = np.flatnonzero(usable & (honest > 0))
    if len(candidates) < spec.n_targets:
        raise UsageError(
            f"Ring {spec.ring_id} needs {spec.n_targets} contents that honest accounts touch too, "
            f"but this world has {len(candidates)}: ask for fewer targets or more accounts."
        )
    # A seed may have fewer contents inside the band than targets: the nearest outside fill up.
    off = np.maximum(low - honest, 0) + np.maximum(honest - high, 0)
    nearest = np.lexsort((rng.random(len(candidates)), off[candidates]))
    return candidates[nearest[: spec.n_targets]]


def _schedule(rng: np.random.Generator, spec: RingSpec, n_days: int) -> Array:
    """Start of every run in seconds, ascending; runs never overlap."""
    n = n_days * spec.runs_per_day
    day = np.repeat(np.arange(n_days), spec.runs_per_day)
    if spec.clock == "flat24":
        slot = np.tile(np.arange(spec.runs_per_day), n_days)
        start = (day + (slot + rng.random(n)) / spec.runs_per_day) * DAY_S
    else:
        start = local_start(rng, day, np.full(n, MARKET_CODES.index(spec.market)))
    busy_s = spec.targets_per_run * spec.spacing_s + 250 * spec.cover_plays + _CALM_S
    busy = busy_s * np.arange(n)
    ordered: Array = np.maximum.accumulate(np.sort(start) - busy) + busy
    return ordered


def _boost_plays(
    rng: np.random.Generator,
    spec: RingSpec,
    catalogue: Catalogue,
    accounts: Accounts,
    targets: Array,
    who: Array,
    run: Array,
    start_s: Array,
) -> Events:
    """The scheduled plays: each run takes the next targets in the operator's order."""
    k = spec.targets_per_run
    account, run = np.repeat(who, k), np.repeat(run, k)
    slot = np.tile(np.arange(k), len(who))
    track = targets[(run * k + slot) % len(targets)]
    n = len(account)
    jitter = spec.jitter_s * np.clip(rng.normal(size=n), -_JITTER_CLIP, _JITTER_CLIP)
    if spec.duration == "just_over_30":
        seconds = np.clip(rng.normal(33, 1.0, n), 31, 35)
    else:
        # The next target may come early and this one late; a client still plays one at a time.
        room_s = spec.spacing_s - 2 * _JITTER_CLIP * spec.jitter_s - 5
        longest = np.minimum(catalogue.length_ms[track] / 1000, room_s)
        seconds = longest * rng.uniform(0.96, 1.0, n)
    list_id = hashes(rng, 1)[0] if spec.parent.startswith("playlist") else np.uint64(0)
    return reactions(
        accounts, account, track, start_s[run] + slot * spec.spacing_s + jitter
    ).replace(
        action=PLAY,
        duration_ms=(seconds * 1000).astype(np.int32),
        parent_kind=parent_code(spec.parent),
        parent_id=list_id,
        device=accounts.device[account, 1],
        platform=accounts.platform[account, 1],
    )


def _boost_likes(
    rng: np.random.Generator,
    spec: RingSpec,
    accounts: Accounts,
    targets: Array,
    who: Array,
    run: Array,
    start_s: Array,
) -> Events:
    """Everybody likes the post within seconds; most share it too, a little later."""
    moment = start_s[run] + spec.jitter_s * np.clip(
        rng.normal(size=len(run)), -_JITTER_CLIP, _JITTER_CLIP
    )
    likes = reactions(accounts, who, targets[run], moment).replace(action=LIKE)
    sharers = np.flatnonzero(rng.random(len(run)) < 0.6)
    shares = likes.take(sharers).replace(
        action=SHARE, start_s=moment[sharers] + rng.uniform(2, 12, len(sharers))
    )
    return Events.concat([likes, shares])


def _between_runs(start_s: Array, runs_s: Array, run_s: float) -> Array:
    """Mask of events that fall outside every run: one client does one thing at a time."""
    following = np.searchsorted(runs_s, start_s)
    padded = np.concatenate([[-np.inf], runs_s, [np.inf]])
    clear: Array = (start_s > padded[following] + run_s) & (
        start_s < padded[following + 1] - _CALM_S
    )
    return clear
