"""How hard a ring is to find: the measures of the truth's ring table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.events import PLAY, monetised
from cib.datasets.synthetic.rings import Planted
from cib.datasets.synthetic.survey import Survey, near_another, sharing_pairs

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """What can be said of a ring by its own events, which are not needed any more after this."""

    n_accounts: int
    """Those taken over included."""
    targets: Array
    """Contents with the role target, ascending."""
    aims: Array
    """Contents of any role."""
    n_pairs: int
    """Distinct (account, target)."""
    camouflage: float
    hidden_streams: int
    near: float | None
    """Share of the events on targets with another account's within five minutes."""
    n_sharing: int
    """Pairs of accounts with a device or an address in common."""
    market: int
    """That of most accounts; -1 without accounts of its own."""
    daily_plays: float
    """The median account's."""


def measured(planted: Planted, n_days: int) -> Measured:
    """Measure what a ring's hardness takes of its events; `n_days` is the length of the log."""
    c, e = planted.component, planted.component.events
    targets = np.unique(planted.targets.content[planted.targets.role == "target"])
    on = np.isin(e.content, targets)
    content, account, start_us = e.content[on], e.account[on], e.start_us[on]
    near = near_another(content, account, start_us)
    n_own = len(c.accounts)
    plays = np.bincount(e.account[e.action == PLAY], minlength=n_own)[:n_own]
    return Measured(
        n_accounts=n_own + len(c.borrowed),
        targets=targets,
        aims=planted.targets.content,
        n_pairs=len(np.unique(account.astype(np.int64) << 32 | content)),
        # What a taken-over account does by itself is its cover, but stays with its owner's rows.
        camouflage=1 - float(e.inauthentic.mean()) if len(e) else 0.0,
        hidden_streams=int(monetised(e).sum()),
        near=float(near.mean()) if len(near) else None,
        n_sharing=sharing_pairs(e.account, e.device, e.ip),
        market=int(np.bincount(c.accounts.market).argmax()) if n_own else -1,
        daily_plays=float(np.median(plays)) / n_days if n_own else 0.0,
    )


def hardness(ring: Measured, survey: Survey, n_honest: int) -> dict[str, float | int | None]:
    """Measure a ring against the honest people around it.

    Parameters
    ----------
    ring : what its own events say
    survey : honest events of the whole log
    n_honest : honest accounts N

    Returns
    -------
    dict
        n_accounts n; n_targets T; camouflage c, the share of the accounts' events that serve no
        ring; p_out, the density of the honest incidence over the M contents that anybody honest
        touches; p_in = m / T with m the distinct targets per account; lambda_pair = m² / T;
        SNR = (p_in - p_out) sqrt(n T) / (sqrt(p_out) (sqrt N + sqrt M)); H = SNR (1 - c);
        sync, infra_lift and volume_z, None where there is nothing to compare with; the targets'
        honest audience.
    """
    n, t = ring.n_accounts, max(len(ring.targets), 1)
    m = ring.n_pairs / max(n, 1)
    p_out, n_items = _density(survey)
    noise = np.sqrt(p_out) * (np.sqrt(n_honest) + np.sqrt(n_items))
    snr = float((m / t - p_out) * np.sqrt(n * t) / noise) if noise else None
    audience = _audience(survey, ring.targets)
    return {
        "n_accounts": n,
        "n_targets": len(ring.targets),
        "camouflage": ring.camouflage,
        "hidden_streams": ring.hidden_streams,
        "p_in": m / t,
        "p_out": p_out,
        "SNR": snr,
        "H": None if snr is None else snr * (1 - ring.camouflage),
        "lambda_pair": m * m / t,
        "sync": _sync(ring, survey),
        "infra_lift": _infra_lift(ring, survey),
        "volume_z": _volume_z(ring, survey),
        "min_audience": int(audience.min()) if len(audience) else 0,
        "median_audience": int(np.median(audience)) if len(audience) else 0,
    }


def _density(survey: Survey) -> tuple[float, int]:
    """Return the density of the honest incidence and its number of contents."""
    n_items = int(survey.touched.sum())
    accounts = sum(s.n_accounts for s in survey.samples)
    pairs = sum(s.n_pairs for s in survey.samples)
    return (pairs / accounts / n_items if accounts and n_items else 0.0), n_items


def _audience(survey: Survey, targets: Array) -> Array:
    """Distinct honest accounts of every target."""
    found = np.zeros(len(targets), np.int64)
    _, here, there = np.intersect1d(
        targets, survey.audience.content, assume_unique=True, return_indices=True
    )
    found[here] = survey.audience.n_accounts[there]
    return found


def _sync(ring: Measured, survey: Survey) -> float | None:
    """Compare how often another account is on the target within 5 minutes: the ring's, others'."""
    honest = survey.audience
    among = np.isin(honest.content, ring.aims)
    near, events = int(honest.n_near[among].sum()), int(honest.n_events[among].sum())
    return ring.near / (near / events) if near and ring.near is not None else None


def _infra_lift(ring: Measured, survey: Survey) -> float | None:
    """Divide the ring's pairs with a device or address in common by those of honest people."""
    possible = sum(s.n_accounts * (s.n_accounts - 1) / 2 for s in survey.samples)
    usual = sum(s.n_sharing for s in survey.samples) / possible if possible else 0.0
    n = ring.n_accounts
    if not usual or n < 2:
        return None
    return ring.n_sharing / (usual * n * (n - 1) / 2)


def _volume_z(ring: Measured, survey: Survey) -> float | None:
    """The median account's plays a day against its market's, in standard deviations of the log."""
    usual = [s.daily_plays for s in survey.samples if s.market == ring.market]
    known = np.log(np.concatenate(usual)) if usual else np.empty(0)
    if len(known) < 2 or not known.std() or not ring.daily_plays:
        return None
    return float((np.log(ring.daily_plays) - known.mean()) / known.std())
