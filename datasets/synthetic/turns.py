"""One thing at a time: an account's plays follow each other, and cover stays clear of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.events import Events

Array = npt.NDArray[Any]


def in_turn(account: Array, start_us: Array, busy_us: Array) -> Array:
    """Delay what would start while the account is still busy.

    Parameters
    ----------
    account : (n,) who
    start_us : (n,) int64 microseconds, when each is meant to start; in any order
    busy_us : (n,) int64 microseconds that each takes, pauses included

    Returns
    -------
    (n,) int64 microseconds, aligned with the input

    Examples
    --------
    >>> in_turn(np.array([0, 0, 1]), np.array([10, 0, 5]), np.array([30, 30, 30])).tolist()
    [30, 0, 5]
    """
    if not len(account):
        return np.empty(0, np.int64)
    order = np.lexsort((start_us, account))
    who = np.asarray(account)[order]
    first = np.flatnonzero(np.append(True, who[1:] != who[:-1]))
    group = np.repeat(np.arange(len(first)), np.diff(np.append(first, len(who))))
    busy = np.asarray(busy_us, np.int64)[order]
    before = np.cumsum(busy) - busy
    before -= before[first][group]
    # The latest (start - time needed before it) so far decides; groups are laid far apart.
    slack = np.asarray(start_us, np.int64)[order] - before
    apart = group * (int(slack.max()) - int(slack.min()) + 1)
    moved = np.maximum.accumulate(slack + apart) - apart + before
    out = np.empty(len(who), np.int64)
    out[order] = moved
    return out


def spread(count: Array) -> tuple[Array, Array, Array]:
    """Return account, day and place in the day of every event, ordered by these.

    Parameters
    ----------
    count : (n_accounts, n_days) int64 events

    Examples
    --------
    >>> [part.tolist() for part in spread(np.array([[0, 2], [1, 0]]))]
    [[0, 0, 1], [1, 1, 0], [0, 1, 0]]
    """
    account, day = np.nonzero(count)
    n = count[account, day]
    nth = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    return np.repeat(account, n), np.repeat(day, n), nth


def clear_of(busy: Events, others: Events, gap_s: float = 5.0) -> Array:
    """Mask of `others` that neither start inside an event of the same account nor run into one.

    Parameters
    ----------
    busy : what comes first, the ring's plays say
    others : what has to give way, the cover
    gap_s : least pause between the two, seconds
    """
    if not len(busy) or not len(others):
        return np.ones(len(others), bool)
    gap = int(gap_s * 1e6)
    low = min(int(busy.start_us.min()), int(others.start_us.min()))
    span = 2 * gap + 1
    for e in (busy, others):
        span = max(span, int((e.start_us + _length_us(e)).max()) + 2 * gap + 1 - low)
    key = busy.account.astype(np.int64) * span + busy.start_us - low
    order = np.argsort(key, kind="stable")
    key, end = key[order], np.maximum.accumulate((key + _length_us(busy))[order])
    begin = others.account.astype(np.int64) * span + others.start_us - low
    following = np.searchsorted(key, begin, side="right")
    ended = np.append(np.iinfo(np.int64).min // 2, end)[following] + gap <= begin
    room = np.append(key, np.iinfo(np.int64).max)[following]
    clear: Array = ended & (begin + _length_us(others) + gap <= room)
    return clear


def _length_us(e: Events) -> Array:
    return np.maximum(e.duration_ms, 0).astype(np.int64) * 1_000
