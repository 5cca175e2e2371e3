"""New ids that look like those that are there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Array = npt.NDArray[Any]

_ROUNDS = 40
_GCD_OF = 100_000
_MODELS = 200_000
"""Texts that new ones are made from."""


@dataclass(frozen=True, slots=True)
class NewIds:
    """Ids that nobody has, of the type of those that are there."""

    ids: pa.Array
    n_outside: int
    """How many lie above the highest id, because there was no room between the others."""


def ids_like(rng: np.random.Generator, known: pa.Array, n: int) -> NewIds:
    """Make `n` ids that do not collide with `known` and follow their distribution.

    Parameters
    ----------
    rng : random stream
    known : distinct ids, ascending: integers, text or bytes
    n : how many

    Notes
    -----
    Integers lie in gaps between known ones, next to ids drawn at random, and keep their common
    divisor; where there is no room they follow the highest. Texts have, at each place, the
    character that a random known id of the same length has there, so prefixes, hyphens and digits
    stay where they are; where that gives nothing new, digits and letters change at random, and in
    the end texts grow.
    """
    if pa.types.is_integer(known.type):
        return _integers(rng, known, n)
    return NewIds(_texts(rng, known, n), 0)


def _integers(rng: np.random.Generator, known: pa.Array, n: int) -> NewIds:
    values = known.to_numpy(zero_copy_only=False)
    if len(values) < 2:
        high = values[-1] if len(values) else values.dtype.type(0)
        return NewIds(_above(high, 1, n, known.type), n)
    steps = np.diff(values)
    stride = np.gcd.reduce(steps[:_GCD_OF])
    rest = steps[_GCD_OF:]
    stride = int(np.gcd(stride, np.gcd.reduce(rest)) if len(rest) else stride)
    room = steps // values.dtype.type(stride) - values.dtype.type(1)
    gaps = np.flatnonzero(room > 0)
    inside = np.empty(0, values.dtype)
    for _ in range(_ROUNDS if len(gaps) else 0):
        # The gap that follows an id drawn at random, as far as there is one.
        at = gaps[np.searchsorted(gaps, rng.integers(0, len(values), 2 * n)) % len(gaps)]
        offset = (rng.random(len(at)) * room[at].astype(np.float64)).astype(values.dtype)
        offset = np.minimum(offset, room[at] - values.dtype.type(1)) + values.dtype.type(1)
        found = values[at] + offset * values.dtype.type(stride)
        inside = _some(rng, np.unique(np.append(inside, found)), n)
        if len(inside) == n:
            break
    missing = n - len(inside)
    above = _above(values[-1], stride, missing, known.type)
    ids = pa.concat_arrays([pa.array(inside).cast(known.type), above])
    return NewIds(ids.take(pa.array(rng.permutation(n))), missing)


def _above(high: Any, stride: int, n: int, kind: pa.DataType) -> pa.Array:
    return pa.array([int(high) + stride * (i + 1) for i in range(n)], kind)


def _some(rng: np.random.Generator, values: Array, n: int) -> Array:
    return values if len(values) <= n else np.sort(rng.choice(values, n, replace=False))


def _texts(rng: np.random.Generator, known: pa.Array, n: int) -> pa.Array:
    some = known
    if len(known) > _MODELS:
        some = known.take(pa.array(np.sort(rng.choice(len(known), _MODELS, replace=False))))
    raw = [v if isinstance(v, bytes) else v.encode() for v in some.to_pylist()] or [b"a0"]
    by_length: dict[int, list[bytes]] = {}
    for value in raw:
        by_length.setdefault(len(value), []).append(value)
    tables = {k: np.frombuffer(b"".join(v), np.uint8).reshape(-1, k) for k, v in by_length.items()}
    lengths = np.array([len(value) for value in raw])
    fixed = pa.types.is_fixed_size_binary(known.type)
    new: dict[bytes, None] = {}
    wild, grow = False, 0
    while len(new) < n:
        before = len(new)
        made: dict[bytes, None] = {}
        for length in rng.choice(lengths, n - before).tolist():
            table = tables[length]
            letters = table[rng.integers(0, len(table), length), np.arange(length)]
            letters = _shuffled(rng, letters) if wild else letters
            extra = _shuffled(rng, np.repeat(letters[-1:], grow))
            value = letters.tobytes() + extra.tobytes()
            if value not in new and _is_text(value, known.type):
                made[value] = None
        there = pc.is_in(_array(made, known.type), known).to_pylist()
        new |= {value: None for value, old in zip(made, there, strict=True) if not old}
        if len(new) - before < (n - before) / 20:
            wild, grow = True, 0 if fixed else grow + wild
    return _array(new, known.type)


def _array(values: Iterable[bytes], kind: pa.DataType) -> pa.Array:
    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return pa.array([v.decode() if text else v for v in values], kind)


def _is_text(value: bytes, kind: pa.DataType) -> bool:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        try:
            value.decode()
        except UnicodeDecodeError:
            return False
    return True


def _shuffled(rng: np.random.Generator, letters: Array) -> Array:
    """Put another digit for a digit, another letter for a letter; the rest stays."""
    changed = letters.copy()
    for low, high in ((48, 57), (65, 90), (97, 122)):
        those = (letters >= low) & (letters <= high)
        changed[those] = rng.integers(low, high + 1, int(those.sum()))
    return changed


@dataclass(frozen=True, slots=True)
class Renumbering:
    """Makes room between integer ids: all ids are given anew, in the same order."""

    anchors: Array
    """(n_new,) known ids that a new one follows, ascending."""

    @staticmethod
    def draw(rng: np.random.Generator, known: pa.Array, n: int) -> Renumbering:
        """Draw where `n` new ids go."""
        values = known.to_numpy(zero_copy_only=False).astype(np.int64)
        return Renumbering(np.sort(rng.choice(values, n)))

    def of_known(self, ids: Array) -> Array:
        """New numbers of known ids, int64."""
        moved: Array = ids.astype(np.int64) + np.searchsorted(self.anchors, ids, side="left")
        return moved

    def of_new(self) -> Array:
        """Numbers of the new ids, (n_new,) int64, ascending."""
        return self.anchors + np.arange(len(self.anchors)) + 1
