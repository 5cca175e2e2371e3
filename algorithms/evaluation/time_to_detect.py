"""How long a ring goes unseen when a growing log is scanned again and again, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.algorithms.evaluation.measures import Measure
from cib.algorithms.evaluation.trial import Bools, Ints
from cib.algorithms.evaluation.uncertainty import (
    CONFIDENCE,
    UNKNOWN,
    Interval,
    percentile_interval,
    ratio_interval,
)

HOUR_US = 3_600_000_000


@dataclass(frozen=True)
class Detections:
    """When each ring was first reported, (n_rings,) each."""

    detected: Bools
    until_us: npt.NDArray[np.int64]
    """End of the first log in which it is reported; of the last log when it never is."""
    hours: npt.NDArray[np.float64]
    """From the start of the ring to then; NaN when it is never reported."""
    n_streams: npt.NDArray[np.int64] | None = None
    """Inauthentic streams that counted before then; None when the truth does not list them."""
    n_streams_all: npt.NDArray[np.int64] | None = None
    """The same until the end of the last log."""


def first_detections(
    reported: Sequence[Bools], until_us: Sequence[int], start_us: npt.NDArray[np.int64]
) -> Detections:
    """Find for each ring the first scan that reports it.

    Parameters
    ----------
    reported : per scan, (n_rings,) whether it reports the ring
    until_us : per scan, where its log ends, microseconds since 1970, ascending
    start_us : (n_rings,) when each ring began, microseconds since 1970

    Examples
    --------
    >>> day = 24 * HOUR_US
    >>> found = first_detections([np.array([False, False]), np.array([True, False])],
    ...                          [day, 2 * day], np.array([day // 2, 0]))
    >>> found.hours.tolist()
    [36.0, nan]
    """
    hit = np.stack(list(reported))
    detected: Bools = np.logical_or.reduce(hit, axis=0)
    scan = np.where(detected, hit.argmax(axis=0), len(hit) - 1)
    until = np.asarray(until_us, np.int64)[scan]
    hours = np.where(detected, (until - start_us) / HOUR_US, np.nan)
    return Detections(detected, until, hours)


def streams_before(
    detections: Detections, ring: Ints, ts_us: npt.NDArray[np.int64], end_us: int
) -> Detections:
    """Add the streams that each ring was paid for before it was detected.

    Parameters
    ----------
    detections : from `first_detections`
    ring, ts_us : (n_events,) ring and time of each inauthentic event that counted
    end_us : where the last log ends
    """
    n = len(detections.detected)
    return Detections(
        detections.detected,
        detections.until_us,
        detections.hours,
        np.bincount(ring[ts_us < detections.until_us[ring]], minlength=n),
        np.bincount(ring[ts_us < end_us], minlength=n),
    )


def time_measures(
    detections: Detections, chosen: Bools, draws: npt.NDArray[np.int64]
) -> Iterator[Measure]:
    """Measure how long the rings of a stratum go unseen, and what they are paid for meanwhile.

    Parameters
    ----------
    detections : from `first_detections` and, where streams are known, `streams_before`
    chosen : (n_rings,) whether a ring is of the stratum
    draws : (n_draws, rings of the stratum) from `ring_draws`
    """
    n = int(chosen.sum())
    hours = np.where(detections.detected, detections.hours, np.inf)[chosen]
    by_draw = np.array([median(np.repeat(hours, draw)) for draw in draws])
    yield Measure("time_to_detect_h", median(hours), median_interval(by_draw), n)
    if detections.n_streams is None or detections.n_streams_all is None:
        return
    before = detections.n_streams[chosen].astype(np.float64)
    whole = detections.n_streams_all[chosen].astype(np.float64)
    each = percentile_interval(draws @ before)
    yield Measure("streams_before_detection", float(before.sum()), each, n)
    yield Measure(
        "streams_before_detection_share",
        before.sum() / whole.sum() if whole.sum() else float("nan"),
        ratio_interval(draws, before, whole),
        n,
    )


def median_interval(by_draw: npt.NDArray[np.float64]) -> Interval:
    """Percentile interval of medians, with an infinite end where most rings of a draw are missed.

    Examples
    --------
    >>> median_interval(np.array([24.0] * 50 + [48.0] * 40 + [np.nan] * 10))
    (24.0, inf)
    """
    ordered = np.sort(np.where(np.isnan(by_draw), np.inf, by_draw))
    if not len(ordered) or ordered[0] == ordered[-1]:
        return UNKNOWN
    low, high = (
        float(np.quantile(ordered, at, method="inverted_cdf"))
        for at in (0.5 - CONFIDENCE / 2, 0.5 + CONFIDENCE / 2)
    )
    return low, high


def median(hours: npt.NDArray[np.float64]) -> float:
    """Median with undetected rings (infinite) included; NaN when most are undetected.

    Without them, a method would look the faster the fewer rings it finds.

    Examples
    --------
    >>> median(np.array([24.0, 48.0, np.inf])), median(np.array([24.0, np.inf, np.inf]))
    (48.0, nan)
    """
    middle = float(np.quantile(hours, 0.5, method="inverted_cdf")) if len(hours) else np.inf
    return middle if np.isfinite(middle) else float("nan")
