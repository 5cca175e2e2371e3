"""Candidates: the pairs that co-acted often enough to be tested, worked through in parts.

There may be a hundred million of them, so they are two columns of a scratch, and what is known of
each is counted for one part at a time. A part needs the histories of its accounts, which for all
accounts at once may take more memory than there is. Then accounts are cut into groups of about
equal numbers of rows, so few that the histories of two groups fit; histories are collected group by
group and put into the scratch; and parts are the pairs between two groups. The pairs themselves,
and what is counted, do not depend on the cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.datasets.scratch import Scratch, walk
from cib.graphs.coaction import Pairs, find_pairs
from cib.graphs.events import Events
from cib.graphs.histories import Collector, Histories
from cib.graphs.stored_histories import StoredHistories
from cib.graphs.threads import even_cuts

PART_PAIRS = 1 << 18
"""Candidates of which everything is in memory at a time."""

LEAST_ROOM = 1 << 28
"""Bytes for histories, however little memory is allowed."""

HISTORY_BYTES = 32
"""Per row of a history, at most: the row (16) and its place in the lists (16)."""

OCCASION_BYTES = 36
"""Per row and window besides, at most, while it is collected: the rows near it (8), a kind of
occasion (8), and for its list how many kinds there are, where they begin and the load (20)."""


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

    def by_histories(
        self, *, occasions: bool = False
    ) -> Iterator[tuple[Histories, Iterator[Pairs]]]:
        """Go through all candidates once: histories, and the pairs, in parts, of their accounts.

        Histories are good until the next ones are asked for.

        Parameters
        ----------
        occasions : whether histories have them, for each window
        """
        if not len(self):
            return
        window = self.window if occasions else ()
        collector = Collector.of(self.events, self._accounts(), threads=self.threads)
        groups = self._groups(collector, len(window))
        if len(groups) == 1:
            histories = collector.collect(*groups[0], window)
            yield histories, self._pairs((0, len(self)), None)
            return
        stored = StoredHistories.of(collector, groups, self.scratch, window=window)
        account = np.append(np.flatnonzero(collector.index >= 0), self.events.n_accounts)
        bounds = [(int(account[first]), int(account[last])) for first, last in groups]
        for i, bound in enumerate(bounds):
            first, last = (int(np.searchsorted(self.a, end)) for end in bound)
            for j, histories in stored.beside(i):
                yield histories, self._pairs((first, last), bounds[j])
        stored.release()

    def _pairs(self, between: tuple[int, int], with_b: tuple[int, int] | None) -> Iterator[Pairs]:
        """Copies of pairs between two places, part by part; only those whose b is in a range."""
        waiting: list[Pairs] = []
        n = 0
        for start, stop in walk(between, self.a, self.b, chunk=PART_PAIRS):
            a, b = np.array(self.a[start:stop]), np.array(self.b[start:stop])
            if with_b is not None:
                inside = (b >= with_b[0]) & (b < with_b[1])
                a, b = a[inside], b[inside]
            if n + len(a) > PART_PAIRS:
                yield _joined(waiting)
                waiting, n = [], 0
            if len(a):
                waiting.append((a, b))
                n += len(a)
        if n:
            yield _joined(waiting)

    def _accounts(self) -> npt.NDArray[np.bool_]:
        """(n_accounts,) whether each account is in some pair."""
        chosen = np.zeros(self.events.n_accounts, np.bool_)
        for a, b in self._pairs((0, len(self)), None):
            chosen[a] = True
            chosen[b] = True
        return chosen

    def _groups(self, collector: Collector, n_windows: int) -> list[tuple[int, int]]:
        """Ranges of the chosen accounts; the histories of any two fit into the room there is."""
        if (room := self.scratch.room(LEAST_ROOM)) is None:
            return [(0, collector.n_chosen)]
        row_bytes = HISTORY_BYTES + n_windows * OCCASION_BYTES
        needed = np.concatenate(([0], np.cumsum(collector.n_rows * row_bytes)))
        parts = 1 if needed[-1] <= room else -(-2 * int(needed[-1]) // room)
        return even_cuts(needed, parts)


def _joined(pairs: list[Pairs]) -> Pairs:
    if len(pairs) == 1:
        return pairs[0]
    a, b = zip(*pairs, strict=True)
    return np.concatenate(a), np.concatenate(b)
