"""The histories of chosen accounts: what each touched and when, in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cib.graphs import histories_kernels as kernels
from cib.graphs.events import Events
from cib.graphs.threads import even_cuts, map_ordered, n_threads


@dataclass(frozen=True, slots=True)
class Histories:
    """Rows of some accounts, sorted by account, token and time; accounts go by their index."""

    index: npt.NDArray[np.int32]
    """(n_accounts,) index of each chosen account, -1 for the others."""
    row: npt.NDArray[np.int64]
    """(n,) position in the events."""
    ts: npt.NDArray[np.int64]
    """(n,) time."""
    start: npt.NDArray[np.int64]
    """(n_chosen + 1,) first row of each account."""
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
        bounds = events.token_start
        map_ordered(
            lambda i, low, high: kernels.count_rows(
                events.account, index, bounds[low], bounds[high], counts[i]
            ),
            [(i, *piece) for i, piece in enumerate(pieces)],
            threads,
        )
        start = np.concatenate(([0], np.cumsum(counts.sum(axis=0)))).astype(np.int64)
        positions = start[:-1] + np.cumsum(counts, axis=0) - counts
        n = int(start[-1])
        row, ts, token = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int32)
        map_ordered(
            lambda i, low, high: kernels.write_rows(
                events.account, events.ts, index, bounds, low, high, positions[i], row, token, ts
            ),
            [(i, *piece) for i, piece in enumerate(pieces)],
            threads,
        )
        return cls(index, row, ts, start, *kernels.token_lists(start, token))

    def over_pairs(
        self,
        work: Callable[[int, int], None],
        a: npt.NDArray[np.int32],
        b: npt.NDArray[np.int32],
        threads: int | None,
    ) -> None:
        """Run `work` over ranges of pairs of indices that hold about equal numbers of tokens."""
        degree = np.diff(self.list_start)
        cumulative = np.concatenate(([0], np.cumsum(degree[a] + degree[b])))
        map_ordered(work, even_cuts(cumulative, 4 * n_threads(threads)), threads)


Counts = tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]
"""n_tokens and n_events of each pair."""


def pair_counts(
    histories: Histories,
    a: npt.NDArray[np.int32],
    b: npt.NDArray[np.int32],
    *,
    window: Sequence[int],
    threads: int | None = None,
) -> tuple[npt.NDArray[np.int32], list[Counts]]:
    """Count what pairs of accounts share.

    Parameters
    ----------
    a, b : (n_pairs,) account codes that `histories` has
    window : ascending

    Returns
    -------
    n_shared, counts
        Distinct tokens both touched at any time, and per window the distinct tokens on which they
        met and the event pairs within it.
    """
    widths = np.array([min(width, 2**64 - 2) for width in window], np.uint64)
    n_shared = np.empty(len(a), np.int32)
    n_tokens = np.empty((len(widths), len(a)), np.int32)
    n_events = np.empty((len(widths), len(a)), np.int64)
    first, second = histories.index[a], histories.index[b]

    def count(low: int, high: int) -> None:
        part = slice(low, high)
        kernels.count_pairs(
            histories.ts,
            histories.list_start,
            histories.list_token,
            histories.list_entry,
            first[part],
            second[part],
            widths,
            n_shared[part],
            n_tokens[:, part],
            n_events[:, part],
        )

    histories.over_pairs(count, first, second, threads)
    return n_shared, [(n_tokens[k], n_events[k]) for k in range(len(widths))]
