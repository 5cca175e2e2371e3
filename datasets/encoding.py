"""Ids become int32 codes in one pass, in memory bounded by the distinct ids."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.errors import BadDataError
from cib.datasets.ordering import integer_order, lay_out, text_order
from cib.datasets.times import valid_mask

MAX_IDS = 2**31 - 2
"""Most distinct ids that int32 codes can tell apart."""

MAX_ID_BYTES = 2**20
"""An id longer than this (1 MiB) is taken for damage."""

NULL, EMPTY, TOO_LONG, NOT_UTF8, SKIPPED, NEGATIVE = -1, -2, -3, -4, -5, -6
"""What `encode` gives in place of a code."""

REASONS: dict[int, str] = {
    NULL: "null",
    EMPTY: "empty text",
    TOO_LONG: "longer than 1 MiB",
    NOT_UTF8: "not valid UTF-8",
    NEGATIVE: "negative where other files have uint64",
}
"""Quarantine reason of each, `SKIPPED` excepted."""

_SLICE = 1 << 16
"""Ids looked up at once, so that what is computed of them stays in the cache."""

_NOTHING, _NO_CODES = np.zeros(0, np.uint64), np.zeros(0, np.int32)

_SEED = np.frombuffer(os.urandom(8), np.uint64)[0]
"""Hashes differ from run to run, so that nobody can craft ids that collide; codes are ranked at
the end, so that no result depends on it."""


def encoder_for(
    family: str, name: str, kind: pa.DataType, *, limit: int = MAX_IDS
) -> IntegerEncoder | TextEncoder:
    """The encoder for a column whose ids are of a `schema.Family` and of a type over all files."""
    if family == "integer":
        return IntegerEncoder(name, unsigned=pa.types.is_unsigned_integer(kind), limit=limit)
    return TextEncoder(name, check_utf8=family != "bytes", limit=limit)


class IntegerEncoder:
    """Codes for integer ids of any width.

    Parameters
    ----------
    name
        Our name of the column, for messages.
    unsigned
        Whether ids are unsigned; negative ones in a batch of a signed type are refused then.
    limit
        Most distinct ids.
    """

    def __init__(self, name: str, *, unsigned: bool = False, limit: int = MAX_IDS) -> None:
        self.name = name
        self.unsigned = unsigned
        self.limit = limit
        self._direct = _NO_CODES
        self._slots = np.zeros(1 << 12, np.uint64)
        self._known = np.empty(1 << 11, np.uint64)
        self._counters = np.zeros(2, np.int64)
        self.last_dictionary: tuple[pa.Array, npt.NDArray[np.int32]] | None = None
        """Where `values.encode` remembers a dictionary and its codes."""

    @property
    def count(self) -> int:
        """Distinct ids so far."""
        return int(self._counters[0])

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self._direct.nbytes + self._slots.nbytes + self._known.nbytes

    def encode(self, ids: pa.Array, skip: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int32]:
        """Encode a batch.

        Parameters
        ----------
        ids
            (n,) integers of one width.
        skip
            (n,) True for rows not to look at; None looks at all.

        Returns
        -------
        (n,) int32
            Codes in order of first appearance, or `NULL`, `NEGATIVE` or `SKIPPED`.

        Raises
        ------
        BadDataError
            There are more distinct ids than codes.
        """
        codes = _start(ids, skip)
        if pa.types.is_null(ids.type):
            return codes
        dtype = np.dtype(ids.type.to_pandas_dtype())
        raw = np.frombuffer(ids.buffers()[1], dtype, ids.offset + len(ids))[ids.offset :]
        keys = raw.view(np.uint64) if dtype.itemsize == 8 else raw.astype(np.int64).view(np.uint64)
        keys.flags.writeable = False
        if self.unsigned and dtype.kind == "i":
            codes[(raw < 0) & (codes >= 0)] = NEGATIVE
        for start in range(0, len(ids), _SLICE):
            stop = min(start + _SLICE, len(ids))
            self._encode(keys[start:stop], codes[start:stop])
            _check_limit(self)
        return codes

    def _encode(self, keys: npt.NDArray[np.uint64], codes: npt.NDArray[np.int32]) -> None:
        """Fill in codes (n,) of keys (n,)."""
        from cib.datasets import encoding_kernels as kernels

        hashes = np.empty(len(keys), np.uint64)
        kernels.hash_integers(keys, _SEED, hashes)
        row = 0
        while True:
            row = kernels.encode_integers(
                keys,
                hashes,
                row,
                codes,
                self._direct,
                self._slots,
                self._known,
                self._counters,
            )
            if row == len(keys):
                break
            if self.count + kernels.BLOCK > len(self._known):
                self._known = _grown(self._known, 2 * len(self._known))
            self._refill()

    def _refill(self) -> None:
        """Make the tables anew, with room for as many ids again.

        Ids below a limit get a place of their own where that fills an eighth of the places: four
        bytes for each, and one read of memory, where other ids take a slot and a comparison.
        """
        from cib.datasets import encoding_kernels as kernels

        known, size = self._known[: self.count], 2 * len(self._known)
        if np.count_nonzero(known < np.uint64(size)) < size // 8:
            size = len(self._direct)
        n_large = int(np.count_nonzero(known >= np.uint64(size)))
        n_slots = 1 << (max(4 * n_large, 2 * (n_large + kernels.BLOCK)) - 1).bit_length()
        self._direct, self._slots = _NO_CODES, _NOTHING  # before there are new ones
        self._direct, self._slots = np.full(size, -1, np.int32), np.zeros(n_slots, np.uint64)
        self._counters[1] = n_large
        kernels.refill_integers(known, _SEED, self._direct, self._slots)

    def close(self) -> None:
        """Let go of what only encoding needs."""
        self._slots = _NOTHING
        if self._counters[1]:
            self._direct = _NO_CODES
        self.last_dictionary = None

    def finish(
        self, used: npt.NDArray[np.bool_], kind: pa.DataType
    ) -> tuple[pa.Array, npt.NDArray[np.int32]]:
        """Rank the ids; nothing can be encoded or ranked after that.

        Parameters
        ----------
        used
            (count,) False for ids of which no row is left.
        kind
            Type of the result.

        Returns
        -------
        ids, rank
            The used ids, ascending, as `kind`; (count,) int32 rank of each code among them, -1
            for unused ones.
        """
        self.close()
        signed = pa.types.is_signed_integer(kind)
        numbers = self._known[: self.count].view(np.int64 if signed else np.uint64)
        if len(self._direct):  # has all ids, in their order
            codes = self._direct[self._direct >= 0]
            self._direct = _NO_CODES
        else:
            codes = integer_order(numbers)
        codes = codes[used[codes]]
        return pa.array(numbers[codes]).cast(kind), _ranks(codes, self.count)


class TextEncoder:
    """Codes for text or binary ids.

    Parameters
    ----------
    name
        Our name of the column, for messages.
    check_utf8
        Whether ids must be UTF-8; those that are not are refused with `NOT_UTF8`.
    limit
        Most distinct ids.
    """

    def __init__(self, name: str, *, check_utf8: bool = True, limit: int = MAX_IDS) -> None:
        self.name = name
        self.limit = limit
        self.check_utf8 = check_utf8
        self._slots = np.zeros(1 << 12, np.uint64)
        self._words = np.empty(1 << 13, np.uint64)
        self._counters = np.zeros(2, np.int64)
        self._texts: list[str] = []
        self._n_words_told = 0
        self.last_dictionary: tuple[pa.Array, npt.NDArray[np.int32]] | None = None

    @property
    def count(self) -> int:
        """Distinct ids so far."""
        return int(self._counters[0])

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self._slots.nbytes + self._words.nbytes

    def encode(self, ids: pa.Array, skip: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int32]:
        """Encode a batch of text or binary ids of any Arrow layout; see `IntegerEncoder.encode`.

        Returns
        -------
        (n,) int32
            Codes, or `NULL`, `EMPTY`, `TOO_LONG`, `NOT_UTF8`, `SKIPPED`.
        """
        codes = _start(ids, skip)
        if pa.types.is_null(ids.type) or not len(ids):
            return codes
        offsets, data = text_buffers(ids)
        for start in range(0, len(ids), _SLICE):
            stop = min(start + _SLICE, len(ids))
            self._encode(offsets[start : stop + 1], data, codes[start:stop])
            _check_limit(self)
        return codes

    def _encode(
        self,
        offsets: npt.NDArray[Any],
        data: npt.NDArray[np.uint8],
        codes: npt.NDArray[np.int32],
    ) -> None:
        """Fill in codes (n,) of byte strings (offsets (n + 1,))."""
        from cib.datasets import encoding_kernels as kernels

        hashes = np.empty(len(codes), np.uint64)
        room = kernels.hash_texts(offsets, data, _SEED, MAX_ID_BYTES, codes, hashes)
        needed = int(self._counters[1]) + room // 8
        if needed > len(self._words):
            self._words = _grown(self._words, max(needed, len(self._words) * 3 // 2))
        arena, row = self._words.view(np.uint8), 0
        while True:
            row = kernels.encode_texts(
                offsets,
                data,
                hashes,
                row,
                codes,
                self._slots,
                self._words,
                arena,
                self._counters,
                self.check_utf8,
            )
            if row == len(codes):
                break
            size = 2 * len(self._slots)
            self._slots = _NOTHING
            self._slots = np.zeros(size, np.uint64)
            kernels.refill_texts(self._words, arena, self.count, _SEED, self._slots)

    def text(self, code: int) -> str:
        """The id behind a code; meant for columns of few ids, as it remembers them."""
        while len(self._texts) <= code:
            first = self._n_words_told
            length = int(self._words[first]) >> 32
            stop = first + 1 + (length + 7) // 8
            self._texts.append(self._words[first + 1 : stop].tobytes()[:length].decode())
            self._n_words_told = stop
        return self._texts[code]

    def close(self) -> None:
        """Let go of what only encoding needs."""
        self._slots = _NOTHING
        self.last_dictionary = None

    def finish(
        self, used: npt.NDArray[np.bool_], kind: pa.DataType
    ) -> tuple[pa.Array, npt.NDArray[np.int32]]:
        """Rank the ids by their bytes; see `IntegerEncoder.finish`."""
        self.close()
        codes, places = text_order(self._words, self.count)
        codes = codes[used[codes]]
        ids = lay_out(self._words, places, codes, kind)
        self._words = _NOTHING
        return ids, _ranks(codes, len(used))


def text_buffers(values: pa.Array) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8]]:
    """Offsets (n + 1,) and bytes of a text or binary array of any layout."""
    kind = values.type
    if pa.types.is_fixed_size_binary(kind):
        values = values.cast(pa.binary())
    elif pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        values = values.cast(pa.large_binary())
    wide = pa.types.is_large_string(values.type) or pa.types.is_large_binary(values.type)
    _, ends, data = values.buffers()
    offsets = np.frombuffer(ends, np.int64 if wide else np.int32)
    offsets.flags.writeable = False
    if data is None or data.size == 0:
        data = b"\0"
    letters = np.frombuffer(data, np.uint8)
    letters.flags.writeable = False  # kernels are compiled for one kind, or the other as well
    return offsets[values.offset : values.offset + len(values) + 1], letters


def _start(ids: pa.Array, skip: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int32]:
    """Codes before the look-up: 0 to be looked up, `NULL` or `SKIPPED`."""
    if pa.types.is_null(ids.type):
        codes = np.full(len(ids), NULL, np.int32)
    else:
        codes = np.zeros(len(ids), np.int32)
        if ids.null_count:
            codes[~valid_mask(ids)] = NULL
    if skip is not None:
        codes[skip] = SKIPPED
    return codes


def _grown(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """A longer array that starts with the values of this one."""
    longer = np.empty(size, array.dtype)
    longer[: len(array)] = array
    return longer


def _ranks(codes: npt.NDArray[np.int32], count: int) -> npt.NDArray[np.int32]:
    """rank[codes[i]] = i, -1 elsewhere."""
    rank = np.full(count, -1, np.int32)
    rank[codes] = np.arange(len(codes), dtype=np.int32)
    return rank


def _check_limit(encoder: IntegerEncoder | TextEncoder) -> None:
    if encoder.count > encoder.limit:
        raise BadDataError(
            f"{encoder.name}: more than {encoder.limit:,} distinct values, the most that codes "
            "can tell apart; narrow the scan with --since, --until or --action, or check that "
            "--map names the right column"
        )
