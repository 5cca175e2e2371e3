"""The histories of chosen accounts: what each touched and when, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.graphs import histories_kernels as kernels
from cib.graphs.events import Events
from cib.graphs.threads import even_cuts, map_ordered, n_threads

_Lists = tuple[
    npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int32]
]

_JOB_TOKENS = 4_000_000
"""Tokens whose matches are held at a time by a thread."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The tokens that both accounts of each pair touched."""

    start: npt.NDArray[np.int64]
    """(n_pairs + 1,) first match of each pair."""
    of_a: npt.NDArray[np.int64]
    of_b: npt.NDArray[np.int64]
    """(n_matches,) positions of the token in the lists of either, tokens ascending."""


@dataclass(frozen=True, slots=True)
class Occasions:
    """Rows of an account on a token whose windows overlap, for one window.

    Only those at which another account was there; those alike are one kind.
    """

    start: npt.NDArray[np.int64]
    """(n_distinct + 1,) first kind of each list of the histories."""
    kinds: npt.NDArray[np.int32]
    """(n, 2) rows of the token within that are other accounts', and occasions with so many; within
    a list in order of the first."""
    load: npt.NDArray[np.float32]
    """(n_distinct, 2) of each list: sum and largest over its occasions of other accounts' rows
    within, over the list's `n_others`."""


@dataclass(frozen=True, slots=True)
class Histories:
    """Rows of some accounts on the tokens they share, sorted by account, token and time.

    Accounts and tokens go by their index here.
    """

    index: npt.NDArray[np.int32]
    """(n_accounts,) index of each chosen account, -1 for the others."""
    token: npt.NDArray[np.int64]
    """(n_tokens,) code of each token that at least two chosen accounts touched, ascending."""
    rows: npt.NDArray[Any]
    """(n,) `kernels.ROW`: time and token of each row, and where occasions begin."""
    list_start: npt.NDArray[np.int64]
    """(n_chosen + 1,) first entry of each account in `list_token`."""
    list_token: npt.NDArray[np.int32]
    """(n_distinct,) the distinct tokens of each account, ascending within an account."""
    list_entry: npt.NDArray[np.int64]
    """(n_distinct + 1,) first row of each account's token."""
    n_others: npt.NDArray[np.int32]
    """(n_distinct,) rows of each list's token that are other accounts'."""
    occasions: tuple[Occasions, ...] = ()
    """For each window, where asked for."""
    marks: list[npt.NDArray[np.int32]] = field(default_factory=list)
    """Working arrays of `over_pairs`, for the threads to take."""

    @classmethod
    def of_pairs(
        cls,
        events: Events,
        a: npt.NDArray[np.int32],
        b: npt.NDArray[np.int32],
        *,
        window: Sequence[int] = (),
        threads: int | None = None,
    ) -> Histories:
        """Collect the histories of all accounts that are in some pair."""
        chosen = np.zeros(events.n_accounts, np.bool_)
        chosen[a] = True
        chosen[b] = True
        return cls.of_accounts(events, chosen, window=window, threads=threads)

    @classmethod
    def of_accounts(
        cls,
        events: Events,
        chosen: npt.NDArray[np.bool_],
        *,
        window: Sequence[int] = (),
        threads: int | None = None,
    ) -> Histories:
        """Collect the histories of the accounts for which `chosen` (n_accounts,) holds.

        With windows (in the unit of the events, 32 at most), occasions are counted for each.
        """
        collector = Collector.of(events, chosen, threads=threads)
        return collector.collect(0, collector.n_chosen, window)

    def over_pairs(
        self,
        work: Callable[[slice, Matches], None],
        a: npt.NDArray[np.int32],
        b: npt.NDArray[np.int32],
        threads: int | None,
    ) -> None:
        """Run `work` over ranges of pairs with what they share; cut by the length of their lists.

        Parameters
        ----------
        work : called with a slice of the pairs and their matches
        a, b : (n_pairs,) indices; quickest when sorted by `a`
        """
        degree = np.diff(self.list_start)
        cumulative = np.concatenate(([0], np.cumsum(degree[b] + 1)))

        def run(low: int, high: int) -> None:
            part = slice(low, high)
            try:
                mark = self.marks.pop()
            except IndexError:
                mark = np.full(len(self.token), -1, np.int32)
            matches = kernels.match_lists(self.list_start, self.list_token, mark, a[part], b[part])
            self.marks.append(mark)
            work(part, Matches(*matches))

        parts = max(4 * n_threads(threads), int(cumulative[-1] // _JOB_TOKENS))
        map_ordered(run, even_cuts(cumulative, parts), threads)


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects the histories of chosen accounts, of all at once or of some after the other."""

    events: Events
    index: npt.NDArray[np.int32]
    """(n_accounts,) index of each chosen account, -1 for the others."""
    token: npt.NDArray[np.int64]
    """(n_tokens,) code of each token that at least two chosen accounts touched, ascending."""
    pieces: list[tuple[int, int]]
    """Ranges of tokens that threads share."""
    counts: npt.NDArray[np.int64]
    """(n_pieces, n_chosen) rows of each account on those tokens."""
    threads: int | None = None

    @classmethod
    def of(
        cls, events: Events, chosen: npt.NDArray[np.bool_], *, threads: int | None = None
    ) -> Collector:
        """Count the rows of the accounts for which `chosen` (n_accounts,) holds."""
        index = np.where(chosen, np.cumsum(chosen) - 1, -1).astype(np.int32)
        some = np.packbits(chosen, bitorder="little")
        n_chosen = int(np.count_nonzero(chosen))
        pieces = events.token_ranges(n_threads(threads)) if n_chosen else []
        counts = np.zeros((len(pieces), n_chosen), np.int64)
        shared = np.zeros(events.n_tokens, np.bool_)

        def count(i: int) -> None:
            for piece in events.walk(*pieces[i]):
                kernels.count_rows(
                    events.account, some, index, events.token_start, *piece, shared, counts[i]
                )

        map_ordered(count, [(i,) for i in range(len(pieces))], threads)
        return cls(events, index, np.flatnonzero(shared), pieces, counts, threads)

    @property
    def n_chosen(self) -> int:
        """Number of chosen accounts."""
        return int(self.counts.shape[1])

    @property
    def n_rows(self) -> npt.NDArray[np.int64]:
        """(n_chosen,) rows of each history."""
        return np.asarray(self.counts.sum(axis=0))

    def collect(self, first: int, last: int, window: Sequence[int] = ()) -> Histories:
        """Collect the histories of a range of chosen accounts, given by index.

        Tokens are those that two of all chosen accounts touched.
        """
        events, index, counts = self.events, self.index, self.counts[:, first:last]
        if (first, last) != (0, self.n_chosen):
            inside = (index >= first) & (index < last)
            index = np.where(inside, index - np.int32(first), np.int32(-1))
        some = np.packbits(index >= 0, bitorder="little")
        start = np.concatenate(([0], np.cumsum(counts.sum(axis=0)))).astype(np.int64)
        positions = start[:-1] + np.cumsum(counts, axis=0) - counts
        if len(window) > kernels.MOST_WINDOWS:
            raise ValueError(f"at most {kernels.MOST_WINDOWS} windows, not {len(window)}.")
        widths = np.array([min(width, 2**64 - 2) for width in window], np.uint64)
        rows = np.empty(int(start[-1]), kernels.ROW)
        near = np.empty((len(rows), len(widths), 2), np.int32)

        def write(i: int) -> None:
            for piece in events.walk(*self.pieces[i]):
                low, high = np.searchsorted(self.token, piece)
                kernels.write_rows(
                    events.account,
                    events.ts,
                    some,
                    index,
                    events.token_start,
                    self.token,
                    low,
                    high,
                    widths,
                    positions[i],
                    rows,
                    near,
                )

        map_ordered(write, [(i,) for i in range(len(self.pieces))], self.threads)
        lists = self._lists(start, rows)
        occasions = self._occasions(rows, *lists[2:], near) if len(widths) else ()
        return Histories(index, self.token, rows, *lists, occasions)

    def _lists(self, start: npt.NDArray[np.int64], rows: npt.NDArray[Any]) -> _Lists:
        """The accounts' distinct tokens: `list_start` … `n_others` of the histories."""
        jobs = even_cuts(start, 4 * n_threads(self.threads))
        n_lists = np.empty(len(start) - 1, np.int64)
        map_ordered(
            kernels.count_lists, [(start, rows, *job, n_lists) for job in jobs], self.threads
        )
        list_start = np.concatenate(([0], np.cumsum(n_lists)))
        n = int(list_start[-1])
        token, entry, n_others = (
            np.empty(n, np.int32),
            np.empty(n + 1, np.int64),
            np.empty(n, np.int32),
        )
        entry[n] = len(rows)
        per_token = self.events.token_start[self.token + 1] - self.events.token_start[self.token]
        lists = (list_start, per_token, token, entry, n_others)
        map_ordered(
            kernels.write_lists, [(start, rows, *job, *lists) for job in jobs], self.threads
        )
        return list_start, token, entry, n_others

    def _occasions(
        self,
        rows: npt.NDArray[Any],
        list_entry: npt.NDArray[np.int64],
        n_others: npt.NDArray[np.int32],
        near: npt.NDArray[np.int32],
    ) -> tuple[Occasions, ...]:
        """Merge what `write_rows` found near each row and mark rows; `near` is used up."""
        number = np.empty((near.shape[1], len(list_entry) - 1), np.int32)
        jobs = even_cuts(list_entry, 4 * n_threads(self.threads))

        def merge(low: int, high: int) -> None:
            kernels.merge_near(rows, list_entry, low, high, near, number)

        map_ordered(merge, jobs, self.threads)
        found = []
        for w, of_lists in enumerate(number):
            start = np.concatenate(([0], np.cumsum(of_lists, dtype=np.int64)))
            kinds = np.empty((int(start[-1]), 2), np.int32)
            load = np.empty((len(of_lists), 2), np.float32)
            map_ordered(
                kernels.pack_occasions,
                [(list_entry, *job, near, w, n_others, start, kinds, load) for job in jobs],
                self.threads,
            )
            found.append(Occasions(start, kinds, load))
        return tuple(found)


def pair_counts(
    histories: Histories,
    a: npt.NDArray[np.int32],
    b: npt.NDArray[np.int32],
    *,
    window: Sequence[int],
    threads: int | None = None,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
    """Count what pairs of accounts share.

    Parameters
    ----------
    a, b : (n_pairs,) account codes that `histories` has
    window : ascending

    Returns
    -------
    n_shared, n_tokens, n_events
        (n_pairs,) distinct tokens both touched at any time; (n_windows, n_pairs) distinct tokens
        on which they met, and event pairs, within each window.
    """
    widths = np.array([min(width, 2**64 - 2) for width in window], np.uint64)
    n_shared = np.empty(len(a), np.int32)
    n_tokens = np.empty((len(widths), len(a)), np.int32)
    n_events = np.empty((len(widths), len(a)), np.int64)

    def count(part: slice, matches: Matches) -> None:
        kernels.count_pairs(
            histories.rows,
            histories.list_entry,
            matches.start,
            matches.of_a,
            matches.of_b,
            widths,
            n_shared[part],
            n_tokens[:, part],
            n_events[:, part],
            np.empty((len(widths), 0), np.int64),
            np.empty((0, len(widths), 2), np.int64),
        )

    histories.over_pairs(count, histories.index[a], histories.index[b], threads)
    return n_shared, n_tokens, n_events
