"""The sorted view of a layer that every projection and null model works on."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.scratch import Scratch, drop, on_disk, walk
from cib.datasets.sorting_kernels import sort_nearly_apart, sort_with
from cib.graphs import events_kernels as kernels
from cib.graphs.codes import Codes, equal_lengths, times
from cib.graphs.threads import map_ordered, n_threads, ranges

_PARTITION_ROWS = 20_000
"""Rows that are sorted at a time, unless one token has more: their keys fit a core's own cache."""

_PARTITION_ROWS_ON_DISK = 2_000_000
"""The same for keys on disk: few enough partitions that spreading fills page after page."""

_PIECE_ROWS = 16_000_000
"""Rows that a thread works on before it lets go of what is on disk."""

_DROP_PARTITIONS = 16
"""Partitions on disk that are sorted between letting go of them."""

_MOST_BY_BYTE = 1 << 26
"""Keys sorted byte by byte, which takes as much memory again; more are sorted in place."""

_KEY_BITS = 64


@dataclass(frozen=True, slots=True)
class Events:
    """Rows (account, token, time) of one layer, sorted by token, then time."""

    account: npt.NDArray[np.int32]
    """(n_rows,) account code of each row."""
    ts: npt.NDArray[np.int64]
    """(n_rows,) time of each row, ascending within a token."""
    token_start: npt.NDArray[np.int64]
    """(n_tokens + 1,) first row of each token."""
    n_accounts: int
    """Number of account codes, used or not."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.account)

    @property
    def n_tokens(self) -> int:
        """Number of token codes, used or not."""
        return len(self.token_start) - 1

    def token_ranges(self, parts: int) -> list[tuple[int, int]]:
        """Cut the tokens into at most `parts` ranges of about equal numbers of rows."""
        bounds = np.searchsorted(self.token_start, np.linspace(0, self.n_rows, parts + 1)[1:-1])
        return ranges(bounds, self.n_tokens)

    def walk(self, token_from: int, token_to: int) -> Iterator[tuple[int, int]]:
        """Go over a range of tokens in pieces, letting go after each of what is on disk."""
        first, last = (int(self.token_start[token]) for token in (token_from, token_to))
        bounds = np.searchsorted(self.token_start, np.arange(first, last, _PIECE_ROWS)[1:])
        for low, high in pairwise(np.unique([token_from, *bounds, token_to]).tolist()):
            yield low, high
            drop(self.account, self.ts)

    @classmethod
    def from_arrays(
        cls,
        account: Any,
        token: Any,
        ts: Any,
        *,
        threads: int | None = None,
        scratch: Scratch | None = None,
    ) -> Events:
        """Sort the rows of a layer.

        Rows are spread over partitions of tokens and sorted there as one 64-bit key each, which
        holds token, time and account. Where these do not fit (a clock of microseconds and very
        many accounts), the key holds token and time, and accounts are carried along.

        Parameters
        ----------
        account, token : (n_rows,) non-negative integer codes, or `Codes`
        ts : (n_rows,) integers in any one unit
        threads : None for all cores
        scratch : where the arrays go; memory when None

        Raises
        ------
        ValueError
            Lengths differ, an array is not one-dimensional and integer, or a code is negative.
        """
        accounts = account if isinstance(account, Codes) else Codes.of("account", account, threads)
        tokens = token if isinstance(token, Codes) else Codes.of("token", token, threads)
        account, token = accounts.values, tokens.values
        ts, first, last = times("ts", ts, threads)
        equal_lengths(account=account, token=token, ts=ts)
        scratch = scratch or Scratch()
        n_rows, n_tokens = len(ts), tokens.number
        if not n_rows:
            return cls(account, ts, np.zeros(1, np.int64), 0)
        key = scratch.empty(n_rows, np.uint64)
        by_token = scratch.empty(n_rows, np.int32)
        wanted = _PARTITION_ROWS_ON_DISK if on_disk(key) else _PARTITION_ROWS
        layout = Layout.choose(ts, first, last, accounts.number, n_tokens, wanted)
        start, pieces = _partition(token, layout, n_tokens, n_threads(threads))

        def spread(low: int, high: int, position: npt.NDArray[np.int64]) -> None:
            kernels.spread(account, token, ts, low, high, *layout.bits, position, key, by_token)
            drop(account, token, ts, key, by_token)

        map_ordered(spread, pieces, threads)
        token_start = np.empty(n_tokens + 1, np.int64)
        token_start[n_tokens] = n_rows
        sorted_ts = key.view(np.int64)

        def sort(partition: int) -> None:
            low, high = int(start[partition]), int(start[partition + 1])
            part = key[low:high]
            if layout.account_bits and len(part) > _MOST_BY_BYTE:
                part.sort()
            elif layout.account_bits:
                sort_nearly_apart(part, layout.account_bits)
            else:
                sort_with(part, by_token[low:high])
            first_token = partition << layout.shift
            kernels.unpack(
                key,
                low,
                high,
                first_token,
                min(first_token + (1 << layout.shift), n_tokens),
                *layout.bits,
                by_token,
                sorted_ts,
                token_start,
            )
            if on_disk(key) and partition % _DROP_PARTITIONS == 0:
                drop(key, by_token)

        map_ordered(sort, [(p,) for p in range(len(start) - 1)], threads)
        drop(key, by_token)
        return cls(by_token, sorted_ts, token_start, accounts.number)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a row is packed into a key."""

    first: int
    """Earliest time."""
    tick: int
    """Divides every difference between two times."""
    shift: int
    """Low bits of the token that the key holds; the others are the partition."""
    time_bits: int
    account_bits: int
    """0 where accounts are not in the key."""

    @property
    def bits(self) -> tuple[int, np.uint64, int, int, int]:
        """The arguments that kernels share."""
        return self.first, np.uint64(self.tick), self.shift, self.time_bits, self.account_bits

    @classmethod
    def choose(
        cls,
        ts: npt.NDArray[np.int64],
        first: int,
        last: int,
        n_accounts: int,
        n_tokens: int,
        partition_rows: int,
    ) -> Layout:
        """Pack the account if that leaves room for tokens, at the clock's own tick if need be."""
        account_bits = max(1, (n_accounts - 1).bit_length())
        token_bits = (n_tokens - 1).bit_length()
        # as many partitions as keep a partition's rows in cache, but tokens stay whole
        wanted = max(0, token_bits - max(0, (len(ts) // partition_rows).bit_length()))
        tick = 1
        if wanted + (last - first).bit_length() + account_bits > _KEY_BITS:
            pieces = walk(len(ts), ts)
            ticks = (int(kernels.common_tick(ts[low:high], first)) for low, high in pieces)
            tick = max(1, math.gcd(*ticks))
        time_bits = max(1, ((last - first) // tick).bit_length())
        room = _KEY_BITS - time_bits - account_bits
        # up to 64 times as many partitions are still cheaper than carrying accounts along
        if room >= max(0, wanted - 6):
            return cls(first, tick, min(wanted, room), time_bits, account_bits)
        return cls(first, tick, min(wanted, _KEY_BITS - time_bits), time_bits, 0)


def _partition(
    token: npt.NDArray[np.int32], layout: Layout, n_tokens: int, workers: int
) -> tuple[npt.NDArray[np.int64], list[tuple[int, int, npt.NDArray[np.int64]]]]:
    """Where each partition starts; and pieces of rows with where their rows of each go."""
    n_partitions = ((n_tokens - 1) >> layout.shift) + 1
    wanted = max(workers, -(-len(token) // _PIECE_ROWS))
    pieces = ranges(np.linspace(0, len(token), wanted + 1)[1:-1], len(token))
    counts = np.zeros((len(pieces), n_partitions), np.int64)

    def count(i: int) -> None:
        kernels.count_partitions(token, layout.shift, *pieces[i], counts[i])
        drop(token)

    map_ordered(count, [(i,) for i in range(len(pieces))], workers)
    start = np.concatenate(([0], np.cumsum(counts.sum(axis=0))))
    positions = start[:-1] + np.cumsum(counts, axis=0) - counts
    return start, [(*piece, positions[i]) for i, piece in enumerate(pieces)]
