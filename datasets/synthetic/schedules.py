"""Schedules: what an operator plans for a day, and how far its accounts stray from the plan."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.markets import DAY_S, hour_cdf, local_midnight
from cib.datasets.synthetic.operating import moments
from cib.datasets.synthetic.rings import RingSpec

Array = npt.NDArray[Any]

_ROUNDS = 12
_CLIP = 2.5  # standard deviations


def expanded(count: Array) -> tuple[Array, Array]:
    """Repeat rows by their counts.

    Parameters
    ----------
    count : (n,) how often

    Returns
    -------
    row : (sum,) index of the row
    place : (sum,) 0, 1 … within the row

    Examples
    --------
    >>> row, place = expanded(np.array([2, 0, 3]))
    >>> row.tolist(), place.tolist()
    ([0, 0, 2, 2, 2], [0, 1, 0, 1, 2])
    """
    count = np.asarray(count, np.int64)
    row = np.repeat(np.arange(len(count)), count)
    return row, np.arange(len(row)) - (np.cumsum(count) - count)[row]


def coprime(rng: np.random.Generator, length: int, n: int) -> Array:
    """Draw `n` steps that, taken round and round, visit each of `length` places once."""
    steps = np.arange(1, length + 1)
    steps = steps[np.gcd(steps, length) == 1]
    drawn: Array = steps[rng.integers(0, len(steps), n)]
    return drawn


def plan(rng: np.random.Generator, spec: RingSpec, n_days: int, per_day: int) -> Array:
    """Draw the moments of each day's plan by the ring's clock.

    Returns
    -------
    (n_days, per_day) seconds after local midnight, wherever an account is
    """
    day = np.repeat(np.arange(n_days), per_day)
    since = moments(rng, spec, day, 0) - local_midnight(0, day)
    return (since % DAY_S).reshape(n_days, per_day)


def strayed(
    rng: np.random.Generator,
    spec: RingSpec,
    day: Array,
    market: Array,
    planned_s: Array,
    lag: Array | float = 0.0,
    lag_share: float = 0.0,
) -> Array:
    """Move planned moments by `jitter_s`, under the mask of the ring's clock.

    Parameters
    ----------
    rng : the ring's stream
    spec : `jitter_s` is the standard deviation, `clock` the mask
    day : (n,) local days
    market : (n,) of the accounts
    planned_s : (n,) seconds after local midnight
    lag : (n,) standard normal: how much later the account is than the plan on all days
    lag_share : share of the variance that comes from the lag, the rest is drawn for each moment

    Returns
    -------
    (n,) seconds since the start of the log, within the local day

    Notes
    -----
    Moments off the mask are drawn again, in proportion to how rare the hour is: with little
    jitter accounts are where the plan is, with much of it their hours are the mask's.
    """
    weight = _mask(spec)
    highest = weight.max(axis=1)
    steady = np.broadcast_to(np.sqrt(lag_share) * np.asarray(lag), len(day))
    since = np.asarray(planned_s, np.float64).copy()
    left = np.arange(len(day))
    for _ in range(_ROUNDS):
        stray = np.sqrt(1 - lag_share) * rng.normal(size=len(left)) + steady[left]
        moved = planned_s[left] + spec.jitter_s * np.clip(stray, -_CLIP, _CLIP)
        since[left] = moved % DAY_S
        hour = (since[left] // 3_600).astype(np.int64)
        week_day = day[left] % 7
        left = left[rng.random(len(left)) * highest[week_day] >= weight[week_day, hour]]
    moment: Array = local_midnight(market, day) + since
    return moment


def _mask(spec: RingSpec) -> Array:
    """Return the weight of each hour, (7 weekdays, 24)."""
    if spec.clock == "diurnal":
        return np.diff(hour_cdf(), axis=1, prepend=0.0)
    hours = np.arange(24)
    busy = np.ones(24) if spec.clock == "flat24" else ((hours >= 9) & (hours < 18)).astype(float)
    return np.broadcast_to(busy, (7, 24)).copy()
