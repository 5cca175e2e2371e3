"""Several plantings as one: waves of replacements, clients of one operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.components import NUMBERS, Component, Targets
from cib.datasets.synthetic.events import Events

Array = npt.NDArray[Any]


def merged(parts: Sequence[Component]) -> Component:
    """Put components of one number into one.

    Parameters
    ----------
    parts : one or more; each counts its accounts' numbers from the component's first

    Returns
    -------
    Component
        The accounts of the first part keep their numbers, those of the others follow. An account
        that several parts borrowed is there once, with the class and role of the first. What is
        true of the component as a whole is the first part's.
    """
    if len(parts) == 1:
        return parts[0]
    sizes = [len(part.accounts) for part in parts]
    firsts = np.append(0, np.cumsum(sizes))
    # Numbers may have gaps, where accounts left a part.
    shifts = np.append(0, np.cumsum([_span(part) for part in parts]))
    homes = np.append(0, np.cumsum([_n_homes(part.accounts) for part in parts]))
    every = np.concatenate([part.borrowed for part in parts])
    borrowed, first_seen = np.unique(every, return_index=True)
    lent = [
        np.concatenate([getattr(p, name)[n:] for p, n in zip(parts, sizes, strict=True)])
        for name in ("klass", "role")
    ]
    own = [
        np.concatenate([getattr(p, name)[:n] for p, n in zip(parts, sizes, strict=True)])
        for name in ("klass", "role")
    ]
    second = [p.second_ring if len(p.second_ring) else np.full(len(p.klass), "") for p in parts]
    second_ring = np.concatenate(
        [
            *(names[:n] for names, n in zip(second, sizes, strict=True)),
            np.concatenate([names[n:] for names, n in zip(second, sizes, strict=True)])[first_seen],
        ]
    ).astype(object)
    accounts, events, contexts = [], [], []
    for i, (part, n, first) in enumerate(zip(parts, sizes, firsts[:-1], strict=True)):
        base = part.number * NUMBERS
        shift = int(shifts[i])
        accounts.append(
            replace(
                part.accounts,
                number=part.accounts.number + shift,
                household=part.accounts.household + homes[i],
            )
        )
        e = part.events
        index = np.append(
            first + np.arange(n), firsts[-1] + np.searchsorted(borrowed, part.borrowed)
        )
        aimed = (e.target_account >= base) & (e.target_account < base + NUMBERS)
        events.append(
            e.replace(
                account=index[e.account] if len(e) else e.account,
                target_account=e.target_account + shift * aimed,
            )
        )
        contexts += [
            replace(c, owner=c.owner + shift) if base <= c.owner < base + NUMBERS else c
            for c in part.contexts
        ]
    return replace(
        parts[0],
        accounts=Accounts.concat(accounts),
        events=Events.concat(events),
        klass=np.concatenate([own[0], lent[0][first_seen]]),
        role=np.concatenate([own[1], lent[1][first_seen]]),
        borrowed=borrowed,
        second_ring=second_ring if (second_ring != "").any() else np.empty(0, object),
        contexts=tuple(contexts),
    )


def merged_targets(parts: Sequence[Targets]) -> Targets:
    """Put targets together, every content once, in the order in which they come."""
    every = Targets.concat(list(parts))
    _, first = np.unique(every.content, return_index=True)
    rows = np.sort(first)
    return Targets(every.content[rows], every.role[rows], every.complicity[rows])


def _span(part: Component) -> int:
    """Numbers that the accounts of a part take up, from the component's first."""
    base = part.number * NUMBERS
    return int(part.accounts.number.max(initial=base - 1)) - base + 1


def _n_homes(accounts: Accounts) -> int:
    return int(accounts.household.max(initial=-1)) + 1
