"""Kernel of conduct.py: with whom a member of a cluster has most in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[Any]


@njit(cache=True, nogil=True)
def closest(start: Array, content: Array, times: Array, chosen: Array) -> tuple[Array, Array]:
    """What chosen members have in common with the one with whom they have most in common.

    Parameters
    ----------
    start : (n_members + 1,) first content of each member
    content, times : (n,) distinct contents of each member, numbered from 0, and its interactions
        with them
    chosen : (n_chosen,) members

    Returns
    -------
    (n_chosen,) share of each one's interactions that are with contents of that fellow, the first
    of several; and how many these contents are.
    """
    n_members = len(start) - 1
    n_contents = content.max() + 1 if len(content) else 0
    first = np.zeros(n_contents + 1, np.int64)
    for c in content:
        first[c + 1] += 1
    for c in range(n_contents):
        first[c + 1] += first[c]
    place, audience = first[:-1].copy(), np.empty(len(content), np.int32)
    for member in range(n_members):
        for i in range(start[member], start[member + 1]):
            audience[place[content[i]]] = member
            place[content[i]] += 1
    share, number = np.zeros(len(chosen)), np.zeros(len(chosen))
    shared, common = np.zeros(n_members, np.int64), np.zeros(n_members, np.int64)
    for k, member in enumerate(chosen):
        shared[:] = 0
        common[:] = 0
        total = 0
        for i in range(start[member], start[member + 1]):
            total += times[i]
            for j in range(first[content[i]], first[content[i] + 1]):
                shared[audience[j]] += times[i]
                common[audience[j]] += 1
        shared[member] = -1
        fellow = shared.argmax()
        if shared[fellow] > 0:
            share[k], number[k] = shared[fellow] / total, common[fellow]
    return share, number
