"""How hard a ring is to find: the measures of the truth's ring table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.components import Component
from cib.datasets.synthetic.events import COUNTED_MS, PLAY
from cib.datasets.synthetic.rings import Planted
from cib.datasets.synthetic.survey import Survey, sharing_pairs

Array = npt.NDArray[Any]

_NEAR_US = 300_000_000


def hardness(
    planted: Planted, survey: Survey, honest: list[Component], n_honest: int, n_days: int
) -> dict[str, float | int | None]:
    """Measure a ring against the honest people around it.

    Parameters
    ----------
    planted : the ring
    survey : honest events of the whole log
    honest : the confounder groups
    n_honest : honest accounts N
    n_days : length of the log

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
    e = planted.component.events
    targets = np.unique(planted.targets.content[planted.targets.role == "target"])
    n = len(planted.component.accounts) + len(planted.component.borrowed)
    t = max(len(targets), 1)
    on_target = np.isin(e.content, targets)
    pairs = np.unique(e.account[on_target].astype(np.int64) << 32 | e.content[on_target])
    m = len(pairs) / max(n, 1)
    # What a taken-over account does by itself is its cover, but stays with its owner's rows.
    camouflage = 1 - float(e.inauthentic.mean()) if len(e) else 0.0
    p_out, n_items = _density(survey, honest, n_honest)
    noise = np.sqrt(p_out) * (np.sqrt(n_honest) + np.sqrt(n_items))
    snr = float((m / t - p_out) * np.sqrt(n * t) / noise) if noise else None
    audience = _audience(survey, targets)
    counted = e.inauthentic & (e.action == PLAY) & (e.duration_ms >= COUNTED_MS)
    return {
        "n_accounts": n,
        "n_targets": len(targets),
        "camouflage": camouflage,
        "hidden_streams": int(counted.sum()),
        "p_in": m / t,
        "p_out": p_out,
        "SNR": snr,
        "H": None if snr is None else snr * (1 - camouflage),
        "lambda_pair": m * m / t,
        "sync": _sync(planted, survey, on_target),
        "infra_lift": _infra_lift(planted, survey),
        "volume_z": _volume_z(planted, survey, n_days),
        "min_audience": int(audience.min()) if len(audience) else 0,
        "median_audience": int(np.median(audience)) if len(audience) else 0,
    }


def _density(survey: Survey, honest: list[Component], n_honest: int) -> tuple[float, int]:
    """Return the density of the honest incidence and its number of contents."""
    n_items = int(survey.touched.sum())
    accounts = sum(s.n_accounts for s in survey.samples)
    pairs = sum(s.n_pairs for s in survey.samples)
    if not accounts:  # a world of confounders alone
        accounts = sum(len(c.accounts) for c in honest)
        pairs = sum(
            len(np.unique(c.events.account.astype(np.int64) << 32 | c.events.content))
            for c in honest
        )
    return (pairs / accounts / n_items if accounts and n_items else 0.0), n_items


def _audience(survey: Survey, targets: Array) -> Array:
    """Distinct honest accounts of every target."""
    on = np.isin(survey.hit_content, targets)
    number = np.unique(survey.hit_number[on], return_inverse=True)[1]
    place = np.searchsorted(targets, survey.hit_content[on])
    pairs = np.unique(place.astype(np.int64) << 32 | number)
    return np.bincount(pairs >> 32, minlength=len(targets))


def _sync(planted: Planted, survey: Survey, on_target: Array) -> float | None:
    """Compare how often another account is on the target within 5 minutes: the ring's, others'."""
    e = planted.component.events
    among = np.isin(survey.hit_content, planted.targets.content)
    usual = _near(survey.hit_content[among], survey.hit_number[among], survey.hit_start_us[among])
    ours = _near(e.content[on_target], e.account[on_target], e.start_us[on_target])
    return ours / usual if usual and ours is not None else None


def _near(content: Array, account: Array, start_us: Array) -> float | None:
    """Share of events with another account's event on the same content within five minutes."""
    if not len(content):
        return None
    order = np.lexsort((start_us, content))
    content, account, start_us = content[order], account[order], start_us[order]
    near = np.zeros(len(content), bool)
    for step in (1, 2, 3):  # the neighbour may be the account itself
        close = (
            (content[step:] == content[:-step])
            & (start_us[step:] - start_us[:-step] <= _NEAR_US)
            & (account[step:] != account[:-step])
        )
        near[step:] |= close
        near[:-step] |= close
    return float(near.mean())


def _infra_lift(planted: Planted, survey: Survey) -> float | None:
    """Divide the ring's pairs with a device or address in common by those of honest people."""
    possible = sum(s.n_accounts * (s.n_accounts - 1) / 2 for s in survey.samples)
    usual = sum(s.n_sharing for s in survey.samples) / possible if possible else 0.0
    e = planted.component.events
    n = len(planted.component.accounts) + len(planted.component.borrowed)
    if not usual or n < 2:
        return None
    return sharing_pairs(e.account, e.device, e.ip) / (usual * n * (n - 1) / 2)


def _volume_z(planted: Planted, survey: Survey, n_days: int) -> float | None:
    """The median account's plays a day against its market's, in standard deviations of the log."""
    c = planted.component
    if not len(c.accounts):
        return None
    market = int(np.bincount(c.accounts.market).argmax())
    usual = [s.daily_plays for s in survey.samples if s.market == market]
    known = np.log(np.concatenate(usual)) if usual else np.empty(0)
    plays = np.bincount(c.events.account[c.events.action == PLAY], minlength=len(c.accounts))
    median = float(np.median(plays[: len(c.accounts)])) / n_days
    if len(known) < 2 or not known.std() or not median:
        return None
    return float((np.log(median) - known.mean()) / known.std())
