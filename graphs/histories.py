"""The histories of chosen accounts: what each touched and when, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.graphs import histories_kernels as kernels
from cib.graphs.events import Events
from cib.graphs.threads import even_cuts, map_ordered, n_threads

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
class Histories:
    """Rows of some accounts on the tokens they share, sorted by account, token and time.

    Accounts and tokens go by their index here.
    """

    index: npt.NDArray[np.int32]
    """(n_accounts,) index of each chosen account, -1 for the others."""
    token: npt.NDArray[np.int64]
    """(n_tokens,) code of each token that at least two chosen accounts touched, ascending."""
    rows: npt.NDArray[Any]
    """(n,) `kernels.row_type`: position in the events, time and token of each row."""
    list_start: npt.NDArray[np.int64]
    """(n_chosen + 1,) first entry of each account in `list_token`."""
    list_token: npt.NDArray[np.int32]
    """(n_distinct,) the distinct tokens of each account, ascending within an account."""
    list_entry: npt.NDArray[np.int64]
    """(n_distinct + 1,) first row of each account's token."""

    @classmethod
    def of_pairs(
        cls,
        events: Events,
        a: npt.NDArray[np.int32],
        b: npt.NDArray[np.int32],
        *,
        threads: int | None = None,
    ) -> Histories:
        """Collect the histories of all accounts that are in some pair."""
        chosen = np.zeros(events.n_accounts, np.bool_)
        chosen[a] = True
        chosen[b] = True
        return cls.of_accounts(events, chosen, threads=threads)

    @classmethod
    def of_accounts(
        cls, events: Events, chosen: npt.NDArray[np.bool_], *, threads: int | None = None
    ) -> Histories:
        """Collect the histories of the accounts for which `chosen` (n_accounts,) holds."""
        index = np.where(chosen, np.cumsum(chosen) - 1, -1).astype(np.int32)
        n_chosen = int(np.count_nonzero(chosen))
        pieces = events.token_ranges(n_threads(threads)) if n_chosen else []
        counts = np.zeros((len(pieces), n_chosen), np.int64)
        shared = np.zeros(events.n_tokens, np.bool_)

        def count(i: int) -> None:
            for piece in events.walk(*pieces[i]):
                kernels.count_rows(
                    events.account, index, events.token_start, *piece, shared, counts[i]
                )

        jobs = [(i,) for i in range(len(pieces))]
        map_ordered(count, jobs, threads)
        start = np.concatenate(([0], np.cumsum(counts.sum(axis=0)))).astype(np.int64)
        positions = start[:-1] + np.cumsum(counts, axis=0) - counts
        tokens = np.flatnonzero(shared)
        rows = np.empty(int(start[-1]), kernels.row_type(events.n_rows))

        def write(i: int) -> None:
            for piece in events.walk(*pieces[i]):
                low, high = np.searchsorted(tokens, piece)
                kernels.write_rows(
                    events.account,
                    events.ts,
                    index,
                    events.token_start,
                    tokens,
                    low,
                    high,
                    positions[i],
                    rows,
                )

        map_ordered(write, jobs, threads)
        return cls(index, tokens, rows, *kernels.token_lists(start, rows))

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
            matches = kernels.match_lists(
                self.list_start, self.list_token, len(self.token), a[part], b[part]
            )
            work(part, Matches(*matches))

        parts = max(4 * n_threads(threads), int(cumulative[-1] // _JOB_TOKENS))
        map_ordered(run, even_cuts(cumulative, parts), threads)


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
        )

    histories.over_pairs(count, histories.index[a], histories.index[b], threads)
    return n_shared, n_tokens, n_events
