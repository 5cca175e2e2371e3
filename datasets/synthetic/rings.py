"""Rings: what an operator orders, and how a scenario turns that into accounts and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Component, Targets
from cib.datasets.synthetic.events import PLATFORMS, TIERS
from cib.datasets.synthetic.markets import MARKET_CODES
from cib.datasets.synthetic.scripts import PARENT_KINDS

Array = npt.NDArray[Any]

Cover = Literal["none", "popular", "taste_matched", "copied", "organised"]
ClockMode = Literal["flat24", "diurnal", "office"]
DurationMode = Literal["just_over_30", "full", "skip_mix"]
AdaptPolicy = Literal["none", "raise_camouflage", "rotate", "new_market"]

# Tiers and clients of the accounts behind detected artificial streams (CNM 2023, Deezer): 54%
# family plans, 65% computers.
CNM_TIERS = {"family": 0.54, "premium": 0.26, "trial": 0.10, "free": 0.10}
CNM_PLATFORMS = {"desktop": 0.65, "web": 0.10, "android": 0.25}


@dataclass(frozen=True, slots=True)
class Infra:
    """What the operator's clients run on."""

    accounts_per_ip: int = 1
    accounts_per_device: int = 1
    asns: int = 2
    """Data centres rented."""
    residential_share: float = 0.0
    """Share of the accounts behind home connections, one address each."""
    shared: float = 0.0
    """Share of the accounts on addresses and devices that all rings of the operator use."""


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How long accounts work for the ring. Days."""

    warmup_days: int = 0
    """Days at the start on which accounts only listen like others."""
    active_days: int = 10_000
    churn_per_day: float = 0.0
    """Share of the accounts given up each day."""
    reuse: bool = False
    """Whether accounts that were given up come back later."""


@dataclass(frozen=True, slots=True)
class Adapt:
    """What the operator does when accounts are removed."""

    policy: AdaptPolicy = "none"
    detection_days: tuple[int, ...] = ()
    """Days of the log on which the platform removes accounts."""
    removed_share: float = 0.8
    after_detection_days: int = 3
    """Days until the replacements start."""


@dataclass(frozen=True, slots=True)
class RingSpec:
    """What to plant. Times in seconds, unless they say days."""

    ring_id: str
    number: int
    """Random stream of the ring; unique in a world and never reused for another ring."""
    scenario: str
    """A01 … A16, see `attacks`."""
    n_accounts: int
    n_targets: int
    given: tuple[int, ...] = ()
    """Targets that are given, indices into the catalogue; empty: the scenario draws its own."""
    audience: tuple[float, float] = (0.0, 1e12)
    """Targets are contents that at least … and at most … everyday listeners are expected to touch,
    or the nearest to that when a world has too few; the truth records what came out."""
    preset: str | None = None
    operator_id: str = ""
    """Default: an operator of its own."""
    markets: tuple[str, ...] = ("US",)
    start_day: int = 0
    n_days: int = 10_000
    """Days the ring runs, cut at the end of the log."""
    target_share: float = 1.0
    """Share of the accounts' events that serve the ring; the others are cover."""
    cover: Cover = "taste_matched"
    plays_per_day: float = 60.0
    """Median of the target events per account and day."""
    plays_sigma: float = 0.2
    """Of their logarithm, between accounts."""
    clock: ClockMode = "diurnal"
    jitter_s: float = 0.0
    """Standard deviation of each account around the ring's schedule."""
    duration: DurationMode = "full"
    fresh_share: float = 0.7
    """Share of accounts signed up within 60 days of the start."""
    infra: Infra = Infra()
    tiers: Mapping[str, float] = field(default_factory=lambda: dict(CNM_TIERS))
    platforms: Mapping[str, float] = field(default_factory=lambda: dict(CNM_PLATFORMS))
    lifecycle: Lifecycle = Lifecycle()
    adapt: Adapt = Adapt()
    parent: str = "playlist_ugc"
    """Where target plays come from, a name in `PARENT_KINDS`."""
    complicity: str = "unaware_beneficiary"
    options: Mapping[str, float | str] = field(default_factory=dict)
    """What only this scenario knows; see its module."""

    @property
    def operator(self) -> str:
        """Who runs the ring."""
        return self.operator_id or f"op-{self.ring_id}"

    def option(self, name: str, default: float) -> float:
        """Return a number that only this scenario knows."""
        return float(self.options.get(name, default))

    def choice(self, name: str, default: str) -> str:
        """Return a word that only this scenario knows."""
        return str(self.options.get(name, default))


def varied(spec: RingSpec, name: str, value: Any) -> RingSpec:
    """Return the ring with one thing changed.

    Parameters
    ----------
    spec : the ring
    name : of a field, as in the attacks' `SWEEP`; `options.…`, `infra.…`, `lifecycle.…` and
        `adapt.…` reach inside
    value : what it shall be

    Examples
    --------
    >>> ring = RingSpec("r", 1, "A03", n_accounts=100, n_targets=10)
    >>> varied(ring, "options.fill", 0.5).option("fill", 1.0)
    0.5
    >>> varied(ring, "infra.accounts_per_ip", 4).infra.accounts_per_ip
    4
    """
    whole, _, part = name.partition(".")
    if not part:
        return replace(spec, **{whole: value})
    if whole == "options":
        return replace(spec, options={**spec.options, part: value})
    return replace(spec, **{whole: replace(getattr(spec, whole), **{part: value})})


def wrong_with(spec: RingSpec) -> list[str]:
    """Say what no ring can be."""
    wrong = [
        f"{name} must be {least} or more, not {value}"
        for name, value, least in (
            ("n_accounts", spec.n_accounts, 1),
            ("n_targets", spec.n_targets, 1),
            ("n_days", spec.n_days, 1),
            ("start_day", spec.start_day, 0),
            ("plays_per_day", spec.plays_per_day, 0),
            ("jitter_s", spec.jitter_s, 0),
            ("number", spec.number, 0),
            ("infra.accounts_per_ip", spec.infra.accounts_per_ip, 1),
            ("infra.accounts_per_device", spec.infra.accounts_per_device, 1),
        )
        if value < least
    ]
    wrong += [
        f"{name} must be between 0 and 1, not {value}"
        for name, value in (
            ("target_share", spec.target_share),
            ("fresh_share", spec.fresh_share),
            ("infra.residential_share", spec.infra.residential_share),
            ("infra.shared", spec.infra.shared),
            ("lifecycle.churn_per_day", spec.lifecycle.churn_per_day),
            ("adapt.removed_share", spec.adapt.removed_share),
        )
        if not 0 <= value <= 1
    ]
    if spec.target_share == 0:
        wrong.append("target_share must be over 0")
    for what, names, known in (
        ("market", spec.markets, MARKET_CODES),
        ("tier", tuple(spec.tiers), TIERS),
        ("platform", tuple(spec.platforms), PLATFORMS),
        ("parent", (spec.parent,), PARENT_KINDS),
    ):
        unknown = sorted(set(names) - set(known))
        if unknown or not names:
            which = ", ".join(unknown) or "none given"
            wrong.append(f"{what} not known: {which}; choose of {', '.join(known)}")
    return wrong


@dataclass(frozen=True, slots=True)
class Intervention:
    """Accounts were removed, and how the operator answered."""

    day: int
    removed: int
    """Accounts removed."""
    share_removed: float
    response: str
    delay_days: int


@dataclass(frozen=True, slots=True)
class Clients:
    """Which of an operator's clients each account and each target serves: a ring of rings.

    The truth gives every client a ring of its own, named by `Planted.ring_ids`, under one operator;
    an account of two clients has the second as `ring_id_2`. Clients have no target in common, so an
    inauthentic event belongs to the client of its content.
    """

    account: Array
    """(n_accounts + borrowed,) int64, counted from 0."""
    account_2: Array
    """(n_accounts + borrowed,) int64, -1 for those who serve one client."""
    target: Array
    """(n_targets,) int64, aligned with `Planted.targets`; -1 for what serves no single client."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A ring in the log and what it was after."""

    spec: RingSpec
    component: Component
    targets: Targets
    interventions: tuple[Intervention, ...] = ()
    clients: Clients | None = None
    """Only where the ring works for several clients (A10)."""

    def ring_ids(self, client: Array) -> Array:
        """Return the names of the clients' rings, object; None where `client` is negative.

        The client 3 of the ring "shared" has the ring "shared-03".
        """
        names = [f"{self.spec.ring_id}-{i:02d}" for i in range(int(client.max(initial=-1)) + 1)]
        return np.array([*names, None], object)[np.maximum(client, -1)]

    def rings(self) -> list[Planted]:
        """Return the rings that the truth knows: this one, or one of each client.

        An account of two clients is in both rings; what it does for the other client is as good as
        cover there. Interventions stay with the operator.
        """
        clients = self.clients
        if clients is None:
            return [self]
        c, e = self.component, self.component.events
        served = self.event_clients()
        found = []
        for i in np.unique(clients.target[clients.target >= 0]).tolist():
            mine = (clients.account == i) | (clients.account_2 == i)
            if not mine.any():
                continue
            own = mine[: len(c.accounts)]
            rows = np.flatnonzero(mine[e.account])
            events = e.take(rows)
            place = np.cumsum(mine) - 1
            component = replace(
                c,
                accounts=c.accounts.take(own),
                events=events.replace(
                    account=place[events.account],
                    inauthentic=events.inauthentic & (served[rows] == i),
                ),
                klass=c.klass[mine],
                role=c.role[mine],
                borrowed=c.borrowed[mine[len(c.accounts) :]],
                second_ring=c.second_ring[mine] if len(c.second_ring) else c.second_ring,
            )
            aims = clients.target == i
            t = self.targets
            spec = replace(
                self.spec,
                ring_id=str(self.ring_ids(np.array([i]))[0]),
                operator_id=self.spec.operator,
                n_accounts=int(mine.sum()),
                n_targets=int(aims.sum()),
            )
            targets = Targets(t.content[aims], t.role[aims], t.complicity[aims])
            found.append(Planted(spec, component, targets))
        return found

    def without_events(self) -> Planted:
        """Return what is left when the events are elsewhere."""
        return replace(self, component=self.component.without_events())

    def event_clients(self) -> Array:
        """Return which client each event's content serves, (n_events,); -1 for none."""
        e = self.component.events
        if self.clients is None or not len(e):
            return np.full(len(e), -1)
        client = np.full(max(int(e.content.max()), int(self.targets.content.max())) + 1, -1)
        client[self.targets.content] = self.clients.target
        return client[e.content]
