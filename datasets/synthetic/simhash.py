"""Texts as 64-bit SimHashes: what is nearly the same text differs in few bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
_ROWS = 65_536  # at a time, for memory's sake


def flipped(rng: np.random.Generator, text_hash: Array, bits: Array) -> Array:
    """Flip bits of hashes, each place with the same chance.

    Parameters
    ----------
    rng : the component's stream
    text_hash : (n,) uint64
    bits : (n,) how many of the 64 to flip in each

    Returns
    -------
    (n,) uint64; never 0, which the event arrays use for null

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> far = flipped(rng, np.full(3, 12345, np.uint64), np.array([0, 3, 9]))
    >>> np.bitwise_count(far ^ np.uint64(12345)).tolist()
    [0, 3, 9]
    """
    out = np.array(text_hash, np.uint64)
    for start in range(0, len(out), _ROWS):
        rows = slice(start, start + _ROWS)
        place = rng.random((len(out[rows]), 64), np.float32).argsort(axis=1).astype(np.uint64)
        chosen = np.arange(64) < np.asarray(bits)[rows, None]
        mask = np.where(chosen, np.uint64(1) << place, np.uint64(0))
        out[rows] ^= np.bitwise_or.reduce(mask, axis=1)
    return np.where(out == 0, np.uint64(1), out)
