"""Histories of groups of accounts, written once and brought back two groups at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.scratch import Scratch, walk
from cib.graphs.histories import Collector, Histories, Occasions

_Columns = dict[tuple[str, int], npt.NDArray[Any]]
"""Arrays of some histories by name and number of the window, -1 for those without one."""

_PLACES = ("list_start", "list_entry", "start")
"""Arrays of places in another, one more than there are lists or accounts."""

_POINTED_AT = {"list_start": "list_token", "list_entry": "rows", "start": "kinds"}


@dataclass(frozen=True, slots=True)
class StoredHistories:
    """The histories of all chosen accounts, by group; arrays of a scratch."""

    collector: Collector
    groups: list[tuple[int, int]]
    """Ranges of chosen accounts, by index."""
    columns: list[_Columns]
    """Of each group."""
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
        columns = []
        for group in groups:
            stored = {}
            for name, values in _columns(collector.collect(*group, window)).items():
                stored[name] = scratch.empty(values.shape, values.dtype)
                _copy(values, stored[name])
            columns.append(stored)
        return cls(collector, groups, columns, scratch)

    def beside(self, i: int) -> Iterator[tuple[int, Histories]]:
        """Go through the groups from the i-th on; histories of the i-th and of each of them.

        Those of one step are overwritten by the next.
        """
        mine, later = self.columns[i], self.columns[i + 1 :]
        held = {
            name: np.empty(
                (len(part) + max((len(x[name]) for x in later), default=0), *part.shape[1:]),
                part.dtype,
            )
            for name, part in mine.items()
        }
        marks: list[npt.NDArray[np.int32]] = []
        for name, part in mine.items():
            _copy(part, held[name])
        for j in range(i, len(self.groups)):
            lengths = {name: len(part) for name, part in mine.items()}
            for name, part in self.columns[j].items() if j > i else ():
                # the last place of the first is the first of the second
                begin = lengths[name] - (name[0] in _PLACES)
                lengths[name] = begin + len(part)
                _copy(part, held[name][begin:])
                if name[0] in _PLACES:
                    of = len(mine[_POINTED_AT[name[0]], name[1]])
                    held[name][begin : lengths[name]] += of
            yield (
                j,
                self._histories(
                    self._index(i, j), {k: held[k][:n] for k, n in lengths.items()}, marks
                ),
            )

    def _histories(
        self, index: npt.NDArray[np.int32], of: _Columns, marks: list[npt.NDArray[np.int32]]
    ) -> Histories:
        n_windows = sum(name == "start" for name, _ in of)
        return Histories(
            index=index,
            token=self.collector.token,
            occasions=tuple(
                Occasions(**{name: of[name, k] for name in _OF_OCCASIONS}) for k in range(n_windows)
            ),
            marks=marks,
            **{name: of[name, -1] for name in _LISTS},
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


_LISTS = ("rows", "list_start", "list_token", "list_entry", "n_others")
_OF_OCCASIONS = ("start", "kinds", "load")


def _columns(histories: Histories) -> _Columns:
    columns: _Columns = {(name, -1): getattr(histories, name) for name in _LISTS}
    for k, occasions in enumerate(histories.occasions):
        columns |= {(name, k): getattr(occasions, name) for name in _OF_OCCASIONS}
    return columns


def _copy(values: npt.NDArray[Any], to: npt.NDArray[Any]) -> None:
    """Copy to the beginning of another array, letting go of what is on disk."""
    for start, stop in walk(len(values), values, to):
        to[start:stop] = values[start:stop]
