"""Copies: again and again, nearly the same text as another account's, at the same place and time.

A text is its 64-bit SimHash; texts that differ in three bits or fewer are near-duplicates (Manku,
Jain and Das Sarma 2007). A campaign's supporters post its text, too, many of them within minutes:
under the one or two contents that it is about. So contents are counted, and not texts.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.clusters import Clusters
from cib.algorithms.groups import numbered
from cib.algorithms.signals import copies_kernels as kernels
from cib.algorithms.signals.signal import Measured, Unavailable
from cib.algorithms.signals.unusual import count_unusual, of_members
from cib.datasets.durations import US_PER_SECOND
from cib.datasets.log import InteractionLog
from cib.datasets.needs import Needs
from cib.datasets.slices import codes_at, rows_where
from cib.graphs.layers.text import normalised

NEEDS: Needs = (("text_hash",), ("text",))

UNIT = "contents under which its text was nearly another account's, within 10 minutes"

WITHIN_US = 600 * US_PER_SECOND
NEAR_BITS = 3
MIN_CONTENTS = 3
HONEST_CEILING = 2
BAND_BITS = 16
"""Of the first k + 1 bands of so many bits, texts that differ in k bits or fewer share one."""


def measure(clusters: Clusters) -> Measured | Unavailable:
    """Contents of an account that it and another gave nearly the same text within 10 minutes."""
    log = clusters.log
    column = text_column(log)
    rows = rows_where(lambda code: code >= 0, column)
    texts, near_bits = hashes_of(column)
    if not len(rows):
        return Unavailable("copies", "the log has no text")
    account, content = log.account[rows], log.content[rows]
    copied = copies(
        account, content, texts[codes_at(column, rows)], log.ts[rows], WITHIN_US, near_bits
    )
    n_texts, n_copied = (
        contents_of(account[which], content[which], log) for which in (slice(None), copied)
    )
    return count_unusual(
        "copies",
        clusters,
        n_copied.astype(np.float64),
        n_texts >= MIN_CONTENTS,
        lambda k, judged, mean: (
            f"{of_members(k, judged, mean)} posted nearly the same text as another account within "
            f"10 minutes, under more contents than 95% of comparable accounts did."
        ),
        floor=HONEST_CEILING,
    )


def text_column(log: InteractionLog) -> pa.DictionaryArray:
    """Return the column of SimHash codes, else of texts with case and spacing levelled."""
    if (hashes := log.extras.get("text_hash")) is not None:
        return hashes
    return normalised(log.extras["text"])


def hashes_of(column: pa.DictionaryArray) -> tuple[npt.NDArray[np.uint64], int]:
    """(n_values,) 64 bits of each text, and how many bits of near-duplicates may differ.

    Of what is no number it can only be said whether it is the same.

    Examples
    --------
    >>> hashes_of(pa.array([7, -1, 7]).dictionary_encode())
    (array([                   7, 18446744073709551615], dtype=uint64), 3)
    >>> hashes_of(pa.array(["b", "a"]).dictionary_encode())
    (array([0, 1], dtype=uint64), 0)
    """
    values = column.dictionary
    if not pa.types.is_integer(values.type):
        return np.arange(len(values), dtype=np.uint64), 0
    return np.asarray(values).astype(np.uint64), NEAR_BITS


def copies(
    account: npt.NDArray[np.int32],
    content: npt.NDArray[np.int32],
    text: npt.NDArray[np.uint64],
    ts: npt.NDArray[np.int64],
    within: int,
    near_bits: int,
) -> npt.NDArray[np.bool_]:
    """(n,) whether another account put nearly the same text under the same content.

    Parameters
    ----------
    account, content, text, ts : (n,) of each row with a text; 64 bits of the text, microseconds
    within : microseconds between the two, at most
    near_bits : bits in which two texts may differ, at most 3
    """
    found = np.zeros(len(ts), np.bool_)
    for i in range(near_bits + 1):
        band = (text >> np.uint64(i * BAND_BITS) & np.uint64(2**BAND_BITS - 1)).astype(np.int64)
        key = content.astype(np.int64) << BAND_BITS | band
        order = np.lexsort((ts, key))
        kernels.mark_copies(key, account, text, ts, order, within, near_bits, found)
    return found


def contents_of(
    account: npt.NDArray[np.int32], content: npt.NDArray[np.int32], log: InteractionLog
) -> npt.NDArray[np.int64]:
    """(n_accounts,) distinct contents among some rows of each account."""
    pairs, _, _ = numbered(account.astype(np.int64) << 32 | content)
    return np.bincount(pairs >> 32, minlength=log.n_accounts)
