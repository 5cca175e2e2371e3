"""Stand-ins of fixed size for ids of which only equality matters."""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.encoding import text_buffers
from cib.datasets.times import valid_mask

_SEEDS = np.frombuffer(os.urandom(16), np.uint64)
"""Drawn anew for each process, so that nobody can craft ids that collide."""


def fingerprints(ids: pa.Array) -> npt.NDArray[np.uint64]:
    """Stand-ins for ids of which only equality matters and none is kept.

    Parameters
    ----------
    ids
        (n,) plain integers, text or bytes.

    Returns
    -------
    (n, 2) uint64
        128 bits per id; equal for equal ids. Exact for integers; two of a billion texts agree by
        chance with probability 1e-21. Both words are 0 for null and for empty text.
    """
    from cib.datasets import encoding_kernels as kernels

    prints = np.zeros((len(ids), 2), np.uint64)
    skip = ~valid_mask(ids)
    if pa.types.is_null(ids.type) or not len(ids):
        return prints
    if pa.types.is_integer(ids.type):
        prints[:, 1] = np.asarray(ids.fill_null(0)).astype(np.int64).view(np.uint64)
        kernels.hash_integers(prints[:, 1].copy(), _SEEDS[0], prints[:, 0])
        prints[skip] = 0
        return prints
    offsets, data = text_buffers(ids)
    skip |= offsets[1:] == offsets[:-1]
    kernels.fingerprint_texts(offsets, data, _SEEDS, skip, prints)
    return prints
