"""Histories of groups of accounts, written once and brought back two groups at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.scratch import Scratch, walk
from cib.graphs.histories import Collector, Histories

_COLUMNS = ("rows", "list_token", "list_entry", "occasion", "n_occasions")
"""What a history is made of, besides where its accounts begin."""


@dataclass(frozen=True, slots=True)
class StoredHistories:
    """The histories of all chosen accounts, by group; arrays of a scratch."""

    collector: Collector
    groups: list[tuple[int, int]]
    """Ranges of chosen accounts, by index."""
    columns: list[dict[str, npt.NDArray[Any]]]
    """Of each group, as in `Histories`; list_entry without the last."""
    list_start: list[npt.NDArray[np.int64]]
    scratch: Scratch

    @classmethod
    def of(
        cls,
        collector: Collector,
        groups: list[tuple[int, int]],
        scratch: Scratch,
        *,
        window: Sequence[int] = (),
    ) -> StoredHistories:
        """Collect the histories of one group after the other; each is in memory for a while."""
        columns, starts = [], []
        for first, last in groups:
            found = collector.collect(first, last, window)
            stored = {}
            for name in _COLUMNS:
                values = _by_row(found, name)
                stored[name] = scratch.empty(values.shape, values.dtype)
                _copy(values, stored[name])
            columns.append(stored)
            starts.append(found.list_start)
            del found
        return cls(collector, groups, columns, starts, scratch)

    def beside(self, i: int) -> Iterator[tuple[int, Histories]]:
        """Go through the groups from the i-th on; histories of the i-th and of each of them.

        Those of one step are overwritten by the next.
        """
        mine = self.columns[i]
        room = max((len(x["rows"]) for x in self.columns[i + 1 :]), default=0)
        lists = max((len(x["list_token"]) for x in self.columns[i + 1 :]), default=0)
        held = {
            name: np.empty(
                (len(part) + (lists if name in _PER_LIST else room), *part.shape[1:]), part.dtype
            )
            for name, part in mine.items()
        }
        for name, part in mine.items():
            _copy(part, held[name])
        marks: list[npt.NDArray[np.int32]] = []
        n_rows, n_lists = len(mine["rows"]), len(mine["list_token"])
        for j in range(i, len(self.groups)):
            index, start = self._index(i, j), self.list_start[i]
            rows, n = n_rows, n_lists
            if j > i:
                theirs = self.columns[j]
                for name, part in theirs.items():
                    _copy(part, held[name][n_lists if name in _PER_LIST else n_rows :])
                n += len(theirs["list_token"])
                rows += len(theirs["rows"])
                held["list_entry"][n_lists:n] += n_rows
                start = np.concatenate((start, n_lists + self.list_start[j][1:]))
            yield (
                j,
                Histories(
                    index,
                    self.collector.token,
                    held["rows"][:rows],
                    start,
                    held["list_token"][:n],
                    np.append(held["list_entry"][:n], rows),
                    held["occasion"][:rows],
                    held["n_occasions"][:n],
                    marks,
                ),
            )

    def _index(self, i: int, j: int) -> npt.NDArray[np.int32]:
        """(n_accounts,) index of each account among those of two groups, -1 for the others."""
        index = self.collector.index
        first, last = self.groups[i]
        out = np.where((index >= first) & (index < last), index - np.int32(first), np.int32(-1))
        if j > i:
            low, high = self.groups[j]
            other = (index >= low) & (index < high)
            out[other] = index[other] - np.int32(low - (last - first))
        return out

    def release(self) -> None:
        """Say that the histories are not used any more."""
        for columns in self.columns:
            self.scratch.release(*columns.values())


_PER_LIST = frozenset({"list_token", "list_entry", "n_occasions"})
"""Those with an entry for each list; the others have one for each row."""


def _by_row(histories: Histories, name: str) -> npt.NDArray[Any]:
    if name == "list_entry":
        return histories.list_entry[:-1]
    return np.asarray(getattr(histories, name))


def _copy(values: npt.NDArray[Any], to: npt.NDArray[Any]) -> None:
    """Copy to the beginning of another array, letting go of what is on disk."""
    for start, stop in walk(len(values), values, to):
        to[start:stop] = values[start:stop]
