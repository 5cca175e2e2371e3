"""A component of the world: some accounts, what they did, and what is true about them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.events import Events

Array = npt.NDArray[Any]

NUMBERS = 1 << 32
"""Accounts of component c have the numbers c * NUMBERS and up; everyday listeners are component 0,
confounder group i is i, ring i is `FIRST_RING` + i."""
FIRST_RING = 1_000


@dataclass(frozen=True, slots=True)
class Context:
    """A playlist, thread or campaign that a component brought into the world."""

    parent_id: int
    kind: str
    """A name in `PARENT_KINDS`."""
    owner: int
    """Number of the account that owns it."""
    created_us: int
    """Microseconds since 1970."""
    followers: int
    title_simhash: int = 0


@dataclass(frozen=True, slots=True)
class Targets:
    """What a ring touches and why; aligned arrays."""

    content: Array
    """Indices into the catalogue."""
    role: Array
    """target, cover, bystander or decoy."""
    complicity: Array
    """operator_owned, paying_client, unaware_beneficiary or framed."""

    @staticmethod
    def of(content: Array, complicity: str, role: str = "target") -> Targets:
        """Make targets that are alike in role and complicity."""
        n = len(content)
        return Targets(np.asarray(content, np.int64), np.full(n, role), np.full(n, complicity))

    @staticmethod
    def concat(parts: list[Targets]) -> Targets:
        """Put several lots together."""
        return Targets(
            *(
                np.concatenate([getattr(p, name) for p in parts])
                for name in ("content", "role", "complicity")
            )
        )


@dataclass(frozen=True, slots=True)
class Component:
    """What one random stream made. The truth columns are aligned with `accounts`."""

    number: int
    """Unique among the components of a world; kept when others come and go."""
    accounts: Accounts
    events: Events
    """`account` counts in `accounts` and, from their number on, in `borrowed`."""
    klass: Array
    """organic, confounder, automated, paid_human, hijacked, operator or reporter."""
    role: Array
    """listener, follower, hub_owner, operator, mule, victim, reporter, poster or amplifier."""
    group: str = ""
    """Confounder group (G01 …), "" for none."""
    policy_view: str = "authentic"
    """authentic, grey or inauthentic."""
    borrowed: Array = field(default_factory=lambda: np.empty(0, np.int64))
    """Numbers of accounts of the everyday listeners that somebody else used too."""
    second_ring: Array = field(default_factory=lambda: np.empty(0, object))
    """Ring that the accounts serve beside their own, "" for none; empty when nobody does."""
    contexts: tuple[Context, ...] = ()

    def numbers(self, account: Array) -> Array:
        """Return the numbers of the accounts at these indices."""
        every: Array = np.concatenate([self.accounts.number, self.borrowed])
        return every[account]

    def without_events(self) -> Component:
        """Return what is left when the events are elsewhere; tastes are not needed then either."""
        return replace(self, accounts=self.accounts.without_habits(), events=Events.of(0))


def honest_component(
    number: int,
    accounts: Accounts,
    events: Events,
    group: str,
    *,
    policy_view: str = "authentic",
    contexts: tuple[Context, ...] = (),
) -> Component:
    """Label honest accounts: a confounder group, or everyday listeners where `group` is ""."""
    n = len(accounts)
    return Component(
        number,
        accounts,
        events,
        klass=np.full(n, "confounder" if group else "organic"),
        role=np.full(n, "listener"),
        group=group,
        policy_view=policy_view,
        contexts=contexts,
    )
