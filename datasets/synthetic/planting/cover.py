"""Cover in a real log: what ring accounts do beside their targets is taken from the log."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.planting.sample import AccountSample
from cib.datasets.synthetic.rings import RingSpec

Array = npt.NDArray[Any]

_ACCOUNTS_PER_MODEL = 20
"""With `copied` cover, as in a synthetic world."""


def log_cover(
    rng: np.random.Generator, spec: RingSpec, audience: Array, sample: AccountSample, account: Array
) -> tuple[Array, Array]:
    """Choose what cover rows are about.

    Parameters
    ----------
    rng : random stream
    spec : the ring; `cover` says of what kind
    audience : (n_contents,) distinct accounts of each content
    sample : accounts of the log with their rows
    account : (n,) the ring's accounts of the rows, in the order of an account's time

    Returns
    -------
    content, action : (n,), codes of the log; the action is -1 where any will do

    Notes
    -----
    `popular` draws contents by the number of their accounts. `taste_matched` lets each ring account
    go through the history of an account of the log in its order, then another's; active accounts
    are copied more often, in proportion to their rows. `copied` does so with one sequence for
    twenty ring accounts, which begin at different places. `organised` keeps to what the attack
    chose: a few common lists.
    """
    n = len(account)
    if spec.cover == "popular":
        drawn = np.searchsorted(np.cumsum(audience), rng.random(n) * audience.sum())
        return np.minimum(drawn, len(audience) - 1), np.full(n, -1)
    order = np.argsort(account, kind="stable")
    who, count = np.unique(account, return_counts=True)
    first = np.cumsum(count) - count
    place = np.arange(n) - np.repeat(first, count)
    lane = np.arange(len(who))
    if spec.cover == "copied":
        lane = lane // _ACCOUNTS_PER_MODEL
    length = np.zeros(int(lane.max()) + 1 if n else 0, np.int64)
    np.maximum.at(length, lane, count)
    rows, begin = histories(rng, sample, length)
    offset = rng.integers(0, length[lane]) if spec.cover == "copied" else np.zeros(len(who), int)
    at = (np.repeat(offset, count) + place) % np.repeat(length[lane], count)
    copied = np.empty(n, np.int64)
    copied[order] = rows[np.repeat(begin[lane], count) + at]
    return sample.content[copied], sample.action[copied]


def histories(
    rng: np.random.Generator, sample: AccountSample, length: Array
) -> tuple[Array, Array]:
    """Put histories of sampled accounts end to end until they are long enough.

    Parameters
    ----------
    rng : random stream
    sample : accounts of the log
    length : (n,) rows wanted for each sequence

    Returns
    -------
    rows : rows of the sample, one sequence after another
    begin : (n,) where each begins
    """
    starts = sample.starts()
    size = np.diff(starts)
    of_row = np.repeat(np.arange(len(size)), size)
    left = length.copy()
    lane: list[Array] = []
    model: list[Array] = []
    wanting = np.flatnonzero(left > 0)
    while len(wanting):
        drawn = of_row[rng.integers(0, len(sample), len(wanting))]
        lane.append(wanting)
        model.append(drawn)
        left[wanting] -= size[drawn]
        wanting = wanting[left[wanting] > 0]
    if not lane:
        return np.empty(0, np.int64), np.zeros(len(length), np.int64)
    lanes, models = np.concatenate(lane), np.concatenate(model)
    by_lane = np.argsort(lanes, kind="stable")
    lanes, models = lanes[by_lane], models[by_lane]
    n = size[models]
    rows = np.repeat(starts[models] - (np.cumsum(n) - n), n) + np.arange(int(n.sum()))
    lane_of = np.repeat(lanes, n)
    begin = np.searchsorted(lane_of, np.arange(len(length)))
    return rows, begin
