"""One random stream per component of a synthetic world."""

from __future__ import annotations

import numpy as np

CATALOGUE = 1
ORGANIC = 2
ORGANIC_SOCIAL = 3
CONFOUNDERS = 10  # and up, one per group
RINGS = 100  # and up, one per ring; a ring keeps its number when others come and go


def stream(seed: int, stream_id: int) -> np.random.Generator:
    """Return the generator of one component.

    Parameters
    ----------
    seed : the seed of the whole world, 0 or more
    stream_id : the component's number

    Returns
    -------
    numpy.random.Generator
        Independent of every other component's: a component that is added, removed or changed
        never shifts the draws of another.

    Examples
    --------
    >>> bool(stream(7, 1).random() == stream(7, 1).random())
    True
    >>> bool(stream(7, 1).random() == stream(7, 2).random())
    False
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, stream_id])))


def hashes(rng: np.random.Generator, n: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """Draw `n` keyed hashes: uint64, never 0, which the event arrays use for null."""
    return rng.integers(1, 2**64 - 1, n, dtype=np.uint64, endpoint=True)


def account_ids(rng: np.random.Generator, n: int) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Draw `n` account ids: 12 random letters and digits that say nothing about the account."""
    alphabet = np.array(list("abcdefghijklmnopqrstuvwxyz234567"))
    letters: np.ndarray[tuple[int], np.dtype[np.str_]]
    letters = np.ascontiguousarray(alphabet[rng.integers(0, 32, (n, 12))]).view("U12").ravel()
    return letters
