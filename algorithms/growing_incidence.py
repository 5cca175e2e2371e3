"""The account–content incidence while it grows: rows, columns and their entries, as they came."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms import growing_incidence_kernels as kernels
from cib.graphs.codes import MAX_CODES, distinct


class GrowingIncidence:
    """Nodes 0 … n_nodes - 1, rows and columns as they came, each with its entries as they came.

    A node's entries lie side by side with room behind them. A node that outgrows its room moves
    to the end; when there is no end left all are laid out anew.
    """

    def __init__(self) -> None:
        self.n_nodes = 0
        self.n_entries = 0
        self.key = np.empty(0, np.int64)
        """(n_nodes and room,) code of a row, code + 2^32 of a column."""
        self.start = np.empty(0, np.int64)
        """(n_nodes and room,) first entry of each node in `neighbour`."""
        self.length = np.empty(0, np.int32)
        """(n_nodes and room,) entries of each node."""
        self.neighbour = np.empty(0, np.int32)
        """Other end of each entry, repeats apart."""
        self.weight = np.empty(0, np.float64)
        """Weight of each entry as given; empty while all are 1."""
        self._room = np.empty(0, np.int32)
        self._more = np.empty(0, np.int32)
        self._end = 0
        self._slots = _slots(self.key)

    def look_up(
        self, row: npt.NDArray[np.int32], column: npt.NDArray[np.int32]
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """Node of each row and column, and the keys of those that are new.

        New nodes are numbered on from n_nodes in the order of their keys; `append` adds them.

        Raises
        ------
        ValueError
            There would be more than 2^31 - 1 nodes.
        """
        keys = np.concatenate((row.astype(np.int64), column + kernels.COLUMN))
        node = np.empty(len(keys), np.int32)
        new = np.empty(0, np.int64)
        if kernels.look_up(keys, self._slots, self.key, node):
            unknown = node == kernels.NOBODY
            new = distinct(keys[unknown])
            if self.n_nodes + len(new) > MAX_CODES:
                raise ValueError(
                    f"row and col have {self.n_nodes + len(new)} codes together; "
                    f"at most 2^31 - 1 fit."
                )
            slots, place = _slots(new), np.empty(int(unknown.sum()), np.int32)
            kernels.look_up(keys[unknown], slots, new, place)
            node[unknown] = place + np.int32(self.n_nodes)
        return node[: len(row)], node[len(row) :], new

    def append(
        self,
        row: npt.NDArray[np.int32],
        column: npt.NDArray[np.int32],
        weight: npt.NDArray[np.float64] | None,
        new: npt.NDArray[np.int64],
    ) -> None:
        """Add entries, given by what `look_up` returned; weight None when all are 1."""
        if len(new):
            self._add_nodes(new)
        if weight is not None and not len(self.weight):
            self.weight = np.ones(len(self.neighbour))
        given = np.ones(len(row)) if weight is None else weight
        needed = kernels.room_needed(row, column, self.length, self._room, self._more)
        if self._end + needed > len(self.neighbour):
            self._lay_out(weighted=weight is not None or len(self.weight) > 0)
        rows = self.start, self.neighbour, self.weight, self._more
        self._end = kernels.append(row, column, given, rows, self.length, self._room, self._end)
        self.n_entries += len(row)

    def _add_nodes(self, new: npt.NDArray[np.int64]) -> None:
        """Give numbers, rows without entries and slots to new keys."""
        first, self.n_nodes = self.n_nodes, self.n_nodes + len(new)
        for name in ("key", "start", "length", "_room", "_more"):
            setattr(self, name, with_room(getattr(self, name), self.n_nodes))
        self.key[first : self.n_nodes] = new
        if 2 * self.n_nodes > len(self._slots):
            self._slots = _slots(self.key[: self.n_nodes])
        else:
            kernels.put_in(first, self.n_nodes, self.key, self._slots)

    def _lay_out(self, weighted: bool) -> None:
        """Copy all rows to new arrays with room for what is to come."""
        old = self.start, self.neighbour, self.weight
        nothing: Any = self.start, self.neighbour[:0], self.weight[:0]
        end = kernels.lay_out(old, nothing, self.length, self._more, self._room)
        size = end + end // 2 + 16
        self.start = np.empty_like(self.start)
        self.neighbour = np.empty(size, np.int32)
        self.weight = np.empty(size if weighted else 0)
        new = self.start, self.neighbour, self.weight
        self._end = kernels.lay_out(old, new, self.length, self._more, self._room)


def _slots(key: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """A hash table of nodes by key, a quarter to half full at most."""
    slots = np.full(1 << (2 * len(key) + 8).bit_length(), kernels.NOBODY, np.int32)
    kernels.put_in(0, len(key), key, slots)
    return slots


def with_room(array: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """The array, or a copy with a quarter more and zeros at its end where it is too short."""
    if size <= len(array):
        return array
    copy = np.zeros(size + size // 4, array.dtype)
    copy[: len(array)] = array
    return copy
