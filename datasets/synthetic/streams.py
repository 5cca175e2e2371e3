"""Randomness of a synthetic world: a stream for every component, and ids that never collide."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
U64 = npt.NDArray[np.uint64]

CATALOGUE, ORGANIC, CONFOUNDERS, RINGS, REVIEWS = range(1, 6)
"""First numbers of the streams: stream(seed, RINGS, 7) is the ring number 7's."""

_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
_ID_LETTERS = 12
_ID_BITS = np.uint64(5 * _ID_LETTERS)
_ID_MASK = np.uint64((1 << (5 * _ID_LETTERS)) - 1)


def stream(seed: int, *path: int) -> np.random.Generator:
    """Return the generator of one component.

    Parameters
    ----------
    seed : the seed of the whole world, 0 or more
    path : numbers that name the component, and perhaps a block of it

    Returns
    -------
    numpy.random.Generator
        Independent of every other component's: a component that is added, removed or changed
        never shifts the draws of another.

    Examples
    --------
    >>> bool(stream(7, RINGS, 1).random() == stream(7, RINGS, 1).random())
    True
    >>> bool(stream(7, RINGS, 1).random() == stream(7, RINGS, 2).random())
    False
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *path])))


def hashes(rng: np.random.Generator, n: int) -> U64:
    """Draw `n` keyed hashes: uint64, never 0, which the event arrays use for null."""
    return rng.integers(1, 2**64 - 1, n, dtype=np.uint64, endpoint=True)


def scrambled(values: Array, key: int) -> U64:
    """Map 64-bit numbers to 64-bit numbers one to one, without a trace of their order.

    Parameters
    ----------
    values : (n,) integers
    key : another key, another map

    Notes
    -----
    The finaliser of SplitMix64 (Steele, Lea, Flood 2014), every step of which can be undone.
    """
    z = values.astype(np.uint64) + np.uint64(
        (key * 0x9E3779B97F4A7C15 + 0x632BE59BD9B4E019) % 2**64
    )
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def account_ids(index: Array, seed: int) -> npt.NDArray[np.bytes_]:
    """Return the ids of accounts: 12 letters and digits that say nothing about the account.

    Parameters
    ----------
    index : (n,) numbers of the accounts, below 2^60; different numbers give different ids
    seed : of the world

    Returns
    -------
    (n,) "S12"
    """
    half = _ID_BITS // np.uint64(2)
    z = index.astype(np.uint64) + np.uint64((seed * 0x9E3779B97F4A7C15) % 2**60)
    for factor in (0xBF58476D1CE4E5B9, 0x94D049BB133111EB, 0xD6E8FEB86659FD93):
        z = (z & _ID_MASK) * np.uint64(factor) & _ID_MASK  # odd, so it can be undone modulo 2^60
        z ^= z >> half
    shift = np.uint64(5) * np.arange(_ID_LETTERS, dtype=np.uint64)
    letters = _LETTERS[((z[:, None] >> shift) & np.uint64(31)).astype(np.int64)]
    return np.ascontiguousarray(letters).view(f"S{_ID_LETTERS}").ravel()
