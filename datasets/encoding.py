"""Ids become int32 codes in one pass, in memory bounded by the distinct ids."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.errors import BadDataError
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

_SEED, _SEED_2 = np.frombuffer(os.urandom(16), np.uint64)
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
        self._slots = np.zeros(1 << 12, np.uint64)
        self._known = np.empty(1 << 11, np.uint64)
        self._counters = np.zeros(1, np.int64)

    @property
    def count(self) -> int:
        """Distinct ids so far."""
        return int(self._counters[0])

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self._slots.nbytes + self._known.nbytes

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
        from cib.datasets import encoding_kernels as kernels

        codes = _start(ids, skip)
        if pa.types.is_null(ids.type):
            return codes
        dtype = np.dtype(ids.type.to_pandas_dtype())
        raw = np.frombuffer(ids.buffers()[1], dtype, ids.offset + len(ids))[ids.offset :]
        keys = raw.view(np.uint64) if dtype.itemsize == 8 else raw.astype(np.int64).view(np.uint64)
        keys.flags.writeable = False
        if self.unsigned and dtype.kind == "i":
            codes[(raw < 0) & (codes >= 0)] = NEGATIVE
        hashes = np.empty(len(ids), np.uint64)
        kernels.hash_integers(keys, _SEED, hashes)
        row = 0
        while True:
            row = kernels.encode_integers(
                keys, hashes, row, codes, self._slots, self._known, self._counters
            )
            if row == len(ids):
                break
            self._known = _grown(self._known, 2 * len(self._known))
            self._slots = np.zeros(2 * len(self._slots), np.uint64)
            kernels.refill_integers(self._known, self.count, _SEED, self._slots)
        _check_limit(self)
        return codes

    def finish(
        self, used: npt.NDArray[np.bool_], kind: pa.DataType
    ) -> tuple[pa.Array, npt.NDArray[np.int32]]:
        """Rank the ids.

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
        self._slots = np.zeros(0, np.uint64)
        signed = pa.types.is_signed_integer(kind)
        numbers = self._known[: self.count].view(np.int64 if signed else np.uint64)
        codes = np.flatnonzero(used)
        codes = codes[np.argsort(numbers[codes], kind="stable")]
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
        self._ends = np.zeros(1 << 11, np.int64)
        self._arena = np.empty(1 << 16, np.uint8)
        self._counters = np.zeros(1, np.int64)

    @property
    def count(self) -> int:
        """Distinct ids so far."""
        return int(self._counters[0])

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self._slots.nbytes + self._ends.nbytes + self._arena.nbytes

    def encode(self, ids: pa.Array, skip: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.int32]:
        """Encode a batch of text or binary ids of any Arrow layout; see `IntegerEncoder.encode`.

        Returns
        -------
        (n,) int32
            Codes, or `NULL`, `EMPTY`, `TOO_LONG`, `NOT_UTF8`, `SKIPPED`.
        """
        from cib.datasets import encoding_kernels as kernels

        codes = _start(ids, skip)
        if pa.types.is_null(ids.type) or not len(ids):
            return codes
        offsets, data = text_buffers(ids)
        hashes = np.empty(len(ids), np.uint64)
        kernels.hash_texts(offsets, data, _SEED, MAX_ID_BYTES, False, codes, hashes)
        row = 0
        while True:
            self._make_room(offsets, codes, row)
            row = kernels.encode_texts(
                offsets,
                data,
                hashes,
                row,
                codes,
                self._slots,
                self._ends,
                self._arena,
                self._counters,
                self.check_utf8,
            )
            if row == len(ids):
                break
            self._ends = _grown(self._ends, 2 * len(self._ends))
            self._slots = np.zeros(2 * len(self._slots), np.uint64)
            kernels.refill_texts(self._ends, self._arena, self.count, _SEED, self._slots)
        _check_limit(self)
        return codes

    def text(self, code: int) -> str:
        """The id behind a code."""
        return bytes(self._arena[self._ends[code] : self._ends[code + 1]]).decode()

    def _make_room(self, offsets: npt.NDArray[Any], codes: npt.NDArray[np.int32], row: int) -> None:
        """Let the arena hold all bytes of the batch that may be new."""
        lengths = np.diff(offsets)[row:][codes[row:] >= 0]
        needed = int(self._ends[self.count]) + int(lengths.sum(dtype=np.int64))
        if needed > len(self._arena):
            self._arena = _grown(self._arena, max(needed, len(self._arena) * 3 // 2))

    def finish(
        self, used: npt.NDArray[np.bool_], kind: pa.DataType
    ) -> tuple[pa.Array, npt.NDArray[np.int32]]:
        """Rank the ids by their bytes; see `IntegerEncoder.finish`."""
        self._slots = np.zeros(0, np.uint64)
        ids = pa.LargeBinaryArray.from_buffers(
            pa.large_binary(),
            self.count,
            [None, pa.py_buffer(self._ends[: self.count + 1]), pa.py_buffer(self._arena)],
        )
        codes = pc.sort_indices(ids).to_numpy().astype(np.int64)
        codes = codes[used[codes]]
        ids = ids.take(pa.array(codes))
        self._ends, self._arena = np.zeros(1, np.int64), np.zeros(0, np.uint8)
        data = ids.buffers()[2]
        if data is not None and data.size >= 2**31 - 1:
            kind = {pa.string(): pa.large_string(), pa.binary(): pa.large_binary()}.get(kind, kind)
        if pa.types.is_fixed_size_binary(kind):
            ids = ids.cast(pa.binary())
        return ids.cast(kind), _ranks(codes, len(used))


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
        kernels.hash_integers(prints[:, 1].copy(), _SEED ^ _SEED_2, prints[:, 0])
        prints[skip] = 0
        return prints
    offsets, data = text_buffers(ids)
    skip |= offsets[1:] == offsets[:-1]
    kernels.fingerprint_texts(offsets, data, np.array([_SEED, _SEED_2]), skip, prints)
    return prints


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
    if data is None or data.size == 0:
        data = b"\0"
    return (offsets[values.offset : values.offset + len(values) + 1], np.frombuffer(data, np.uint8))


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


def _ranks(codes: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int32]:
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
