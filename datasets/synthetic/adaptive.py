"""The adaptive operator: any ring that loses accounts, and what its operator does about it.

On each detection day the platform removes a share of the accounts that the ring has; they do
nothing more from the end of that day. After some days the operator starts as many new accounts on
the same targets, and changes one thing: more cover (`raise_camouflage`), other machines (`rotate`)
or other countries (`new_market`). With the policy `none`, lost accounts are not replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.attacks import SCENARIOS
from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.markets import DAY_S, MARKET_CODES
from cib.datasets.synthetic.merging import merged, merged_targets
from cib.datasets.synthetic.rings import Adapt, Clients, Intervention, Planted, RingSpec
from cib.datasets.synthetic.stage import Stage

Array = npt.NDArray[Any]

_MORE_COVER = 0.6
"""Factor on the share of events that serve the ring, each time; an assumption, like all of this."""
_LEAST_TARGET_SHARE = 0.02


@dataclass(slots=True)
class _Wave:
    """Accounts that started together."""

    planted: Planted
    start_day: int
    standing: Array
    """(n_accounts + borrowed,) bool: not removed so far."""


def plant(rng: np.random.Generator, stage: Stage, spec: RingSpec) -> Planted:
    """Plant a ring, its replacements included.

    Parameters
    ----------
    rng : the ring's stream, fresh
    stage : the world
    spec : the ring; `spec.adapt` says when accounts are removed and what follows

    Returns
    -------
    Planted
        One component with every wave's accounts, those of the first wave first, and the
        interventions. Without detection days it is what the scenario makes, unchanged; the first
        wave is the same with them, but for what the removed accounts would have done later.
    """
    make = SCENARIOS[spec.scenario].make
    first: Planted = make(rng, stage, spec)
    end = min(spec.start_day + spec.n_days, stage.n_days)
    days = sorted({day for day in spec.adapt.detection_days if spec.start_day <= day < end})
    if not days:
        return first
    waves = [_Wave(first, spec.start_day, np.ones(len(first.component.klass), bool))]
    steps = []
    current = spec
    # A stream of its own for each answer: what one draws does not move the next.
    for day, own in zip(days, rng.spawn(len(days)), strict=True):
        standing, removed = _remove(own, waves, day, spec.adapt.removed_share)
        response, start = spec.adapt.policy, day + 1 + spec.adapt.after_detection_days
        n_removed = sum(len(rows) for rows in removed)
        if not n_removed or start >= end:
            response = "none"
        if response != "none":
            current = _changed(current)
            order = replace(
                current,
                n_accounts=n_removed,
                start_day=start,
                n_days=end - start,
                given=tuple(first.targets.content[first.targets.role == "target"].tolist()),
                lifecycle=replace(spec.lifecycle, warmup_days=0),
                adapt=Adapt(),
            )
            wave: Planted = make(own, stage, order)
            if response != "rotate":
                wave = replace(wave, component=_on_old_machines(wave.component, first, spec))
            waves.append(_Wave(wave, start, np.ones(len(wave.component.klass), bool)))
        delay = spec.adapt.after_detection_days if response != "none" else 0
        share = n_removed / max(standing, 1)
        steps.append(Intervention(day, n_removed, share, response, delay))
    parts = [wave.planted for wave in waves]
    return Planted(
        spec,
        merged([part.component for part in parts]),
        merged_targets([part.targets for part in parts]),
        tuple(steps),
        _merged_clients(parts),
    )


def _remove(
    rng: np.random.Generator, waves: list[_Wave], day: int, share: float
) -> tuple[int, list[Array]]:
    """Remove accounts at the end of a day; return how many stood, and who went from each wave."""
    at_work = [wave for wave in waves if wave.start_day <= day]
    rows = [np.flatnonzero(wave.standing) for wave in at_work]
    firsts = np.append(0, np.cumsum([len(r) for r in rows]))
    standing = int(firsts[-1])
    gone = np.sort(rng.choice(standing, round(share * standing), replace=False))
    removed = []
    for wave, own, low, high in zip(at_work, rows, firsts[:-1], firsts[1:], strict=True):
        those = own[gone[(gone >= low) & (gone < high)] - low]
        wave.standing[those] = False
        e = wave.planted.component.events
        late = e.start_us >= (day + 1) * DAY_S * 1_000_000
        out = np.zeros(len(wave.standing), bool)
        out[those] = True
        kept = replace(wave.planted.component, events=e.take(~(late & out[e.account])))
        wave.planted = replace(wave.planted, component=kept)
        removed.append(those)
    return standing, removed


def _changed(spec: RingSpec) -> RingSpec:
    """Change what the policy says, starting from what the operator did last."""
    if spec.adapt.policy == "raise_camouflage":
        share = max(spec.target_share * _MORE_COVER, _LEAST_TARGET_SHARE)
        cover = "taste_matched" if spec.cover == "none" else spec.cover
        return replace(spec, target_share=share, cover=cover)
    if spec.adapt.policy == "new_market":
        after = MARKET_CODES.index(spec.markets[-1]) + 1
        around = MARKET_CODES[after:] + MARKET_CODES[:after]
        fresh = [code for code in around if code not in spec.markets] or list(around)
        return replace(spec, markets=tuple(fresh[: len(spec.markets)]))
    return spec


def _on_old_machines(new: Component, first: Planted, spec: RingSpec) -> Component:
    """Let replacements run on the machines that the operator rented for the first accounts."""
    old, accounts, e = first.component.accounts, new.accounts, new.events
    if not len(old) or not len(accounts):
        return new
    if spec.infra.accounts_per_device > 1:
        swap = _Swap.of(accounts.device, old.device, old.platform)
        accounts = replace(
            accounts,
            device=swap.hashes(accounts.device),
            platform=swap.kinds(accounts.device, accounts.platform),
        )
        e = e.replace(device=swap.hashes(e.device), platform=swap.kinds(e.device, e.platform))
    # What all places of an account leave through is rented; homes and carriers are not.
    ip, asn = accounts.addresses.ip, accounts.addresses.asn
    rented = (ip == ip[:, :1]).all(axis=1)
    theirs = (old.addresses.ip == old.addresses.ip[:, :1]).all(axis=1)
    if spec.infra.accounts_per_ip > 1 and rented.any() and theirs.any():
        swap = _Swap.of(ip[rented], old.addresses.ip[theirs], old.addresses.asn[theirs])
        addresses = replace(accounts.addresses, ip=swap.hashes(ip), asn=swap.kinds(ip, asn))
        accounts = replace(accounts, addresses=addresses)
        e = e.replace(ip=swap.hashes(e.ip), asn=swap.kinds(e.ip, e.asn))
    return replace(new, accounts=accounts, events=e)


@dataclass(frozen=True, slots=True)
class _Swap:
    """New hashes, ascending, and for each an old one with what goes with it."""

    known: Array
    instead: Array
    kind: Array

    @staticmethod
    def of(new: Array, old: Array, kind: Array) -> _Swap:
        """Pair the hashes as far as they go; `kind` is aligned with `old`."""
        known = np.unique(new)
        before, at = np.unique(old, return_index=True)
        n = min(len(known), len(before))
        return _Swap(known[:n], before[:n], kind.ravel()[at[:n]])

    def hashes(self, values: Array) -> Array:
        """Replace known hashes, leave the others."""
        at = np.minimum(np.searchsorted(self.known, values), len(self.known) - 1)
        return np.where(self.known[at] == values, self.instead[at], values)

    def kinds(self, values: Array, kinds: Array) -> Array:
        """Return the kinds of the hashes that replace known ones, the others' own."""
        at = np.minimum(np.searchsorted(self.known, values), len(self.known) - 1)
        return np.where(self.known[at] == values, self.kind[at], kinds)


def _merged_clients(parts: list[Planted]) -> Clients | None:
    """Put the clients of all waves together; targets are the same in each."""
    if parts[0].clients is None:
        return None
    sizes = [len(part.component.accounts) for part in parts]
    pieces = [part.clients for part in parts if part.clients is not None]
    borrowed = np.unique(np.concatenate([part.component.borrowed for part in parts]))
    lent = np.full(len(borrowed), -1)
    for part, c, n in reversed(list(zip(parts, pieces, sizes, strict=True))):
        lent[np.searchsorted(borrowed, part.component.borrowed)] = c.account[n:]
    return Clients(
        np.concatenate([*(c.account[:n] for c, n in zip(pieces, sizes, strict=True)), lent]),
        np.concatenate(
            [
                *(c.account_2[:n] for c, n in zip(pieces, sizes, strict=True)),
                np.full(len(lent), -1),
            ]
        ),
        pieces[0].target,
    )
