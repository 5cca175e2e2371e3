"""Candidates: the pairs that co-acted often enough to be tested, worked through in parts.

There may be a hundred million of them, so they are two columns of a scratch, and what is known of
each is counted for one part at a time. A part needs the histories of its accounts, which for all
accounts at once may take more memory than there is. Then accounts are cut into groups of about
equal numbers of rows, so few that the histories of two groups fit, and parts are the pairs between
two groups. The pairs themselves, and what is counted, do not depend on the cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.datasets.scratch import Scratch, walk
from cib.graphs.coaction import Coactions, find_pairs
from cib.graphs.events import Events
from cib.graphs.histories import Histories, pair_counts
from cib.graphs.threads import even_cuts

PART_PAIRS = 1 << 18
"""Candidates of which everything is in memory at a time."""

LEAST_ROOM = 1 << 28
"""Bytes for histories, however little memory is allowed."""

HISTORY_BYTES = 28
"""Per row of a history, at most: the row (16) and its place in the lists (12)."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs that co-acted on enough tokens within the widest of some windows."""

    events: Events
    window: tuple[int, ...]
    """Ascending."""
    min_tokens: int
    a: npt.NDArray[np.int32]
    b: npt.NDArray[np.int32]
    """(n_pairs,) accounts, a < b, sorted; of `scratch`."""
    scratch: Scratch
    threads: int | None = None

    @classmethod
    def find(
        cls,
        events: Events,
        *,
        window: Sequence[int],
        min_tokens: int = 2,
        threads: int | None = None,
        scratch: Scratch | None = None,
    ) -> Candidates:
        """Find them.

        Parameters
        ----------
        window : in the unit of the events, one or more
        min_tokens : distinct tokens to have co-acted on
        threads : None for all cores; the result is the same for any number
        scratch : where the pairs go, and what says how much memory is left; memory when None
        """
        scratch = scratch or Scratch()
        widths = tuple(sorted(set(window)))
        a, b = find_pairs(
            events, window=widths[-1], min_tokens=min_tokens, threads=threads, scratch=scratch
        )
        return cls(events, widths, min_tokens, a, b, scratch, threads)

    def __len__(self) -> int:
        return len(self.a)

    def release(self) -> None:
        """Say that the pairs are not used any more."""
        self.scratch.release(self.a, self.b)

    def by_histories(self, more_bytes: int = 0) -> Iterator[tuple[Histories, Iterator[Coactions]]]:
        """Go through all candidates once: histories, and the parts that these are enough for.

        Parameters
        ----------
        more_bytes : what the caller holds for each row of the histories
        """
        if not len(self):
            return
        groups = self._groups(HISTORY_BYTES + more_bytes)
        for i, group in enumerate(groups):
            first, last = (int(np.searchsorted(self.a, bound)) for bound in group)
            for other in groups[i:]:
                whole = (first, last), other if len(groups) > 1 else None
                chosen = np.zeros(self.events.n_accounts, np.bool_)
                for a, b in self._pairs(*whole):
                    chosen[a] = True
                    chosen[b] = True
                if chosen.any():
                    histories = Histories.of_accounts(self.events, chosen, threads=self.threads)
                    yield histories, self._parts(histories, *whole)
                    del histories

    def _parts(
        self, histories: Histories, between: tuple[int, int], with_b: tuple[int, int] | None
    ) -> Iterator[Coactions]:
        """What is known of the pairs `_pairs` goes over."""
        for a, b in self._pairs(between, with_b):
            if len(a):
                counts = pair_counts(histories, a, b, window=self.window, threads=self.threads)
                yield Coactions(self.window, self.min_tokens, a, b, *counts)

    def _pairs(
        self, between: tuple[int, int], with_b: tuple[int, int] | None
    ) -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]]:
        """Copies of pairs between two places, part by part; only those whose b is in a range."""
        for start, stop in walk(between, self.a, self.b, chunk=PART_PAIRS):
            a, b = np.array(self.a[start:stop]), np.array(self.b[start:stop])
            if with_b is not None:
                inside = (b >= with_b[0]) & (b < with_b[1])
                a, b = a[inside], b[inside]
            yield a, b

    def _groups(self, row_bytes: int) -> list[tuple[int, int]]:
        """Ranges of accounts; the histories of any two fit into the room there is."""
        if self.scratch.memory is None:
            return [(0, self.events.n_accounts)]
        rows = np.zeros(self.events.n_accounts, np.int64)
        for start, stop in walk(self.events.n_rows, self.events.account):
            rows += np.bincount(self.events.account[start:stop], minlength=len(rows))
        chosen = np.zeros(len(rows), np.bool_)
        for a, b in self._pairs((0, len(self)), None):
            chosen[a] = True
            chosen[b] = True
        needed = np.concatenate(([0], np.cumsum(np.where(chosen, rows * row_bytes, 0))))
        room = history_room(self.scratch)
        parts = 1 if needed[-1] <= room else -(-2 * int(needed[-1]) // room)
        return even_cuts(needed, parts)


def history_room(scratch: Scratch) -> int:
    """Bytes that histories may take: what is left of a scratch's memory, or half of it.

    The half comes on top of `scratch.memory` where rows of the log take all of that.
    """
    memory = scratch.memory or 0
    return max(memory - scratch.held, memory // 2, LEAST_ROOM)
