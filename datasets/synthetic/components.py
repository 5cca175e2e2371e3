"""A component of the world: some accounts, what they did, and what is true about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.events import Events

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Component:
    """What one random stream made. The truth columns are aligned with `accounts`."""

    accounts: Accounts
    events: Events
    klass: Array
    """organic, confounder or automated."""
    group: Array
    """Confounder group (G01 …), "" for none."""
    role: str = "listener"
    scenario: str = ""
    ring_id: str = ""
    operator_id: str = ""
    policy_view: str = "authentic"

    @property
    def honest(self) -> bool:
        """Whether nobody here belongs to a ring."""
        return not self.ring_id


def honest_component(accounts: Accounts, events: Events, group: Array) -> Component:
    """Label honest accounts: confounders where `group` names one, organic elsewhere."""
    return Component(accounts, events, np.where(group != "", "confounder", "organic"), group)


def audience(components: list[Component], n_contents: int) -> Array:
    """Number of distinct honest accounts that touched each content, (n_contents,)."""
    total = np.zeros(n_contents, np.int64)
    for component in components:
        e = component.events
        pairs = np.unique(e.account.astype(np.int64) * n_contents + e.content)
        total += np.bincount(pairs % n_contents, minlength=n_contents)
    return total
