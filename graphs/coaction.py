"""Co-action projection: account pairs that act on the same tokens within a time window.

The steps, each over all cores and none quadratic:

1. rows are sorted by token and time (`events.py`);
2. two pointers per token give the number of pairs within the window, and which rows have any
   other near them: only these *live* rows go on;
3. tokens with very many pairs are set aside as *hot* (`hot.py`);
4. live rows are spread over blocks of accounts; each account of a block walks the windows of its
   own rows and counts whom it met (Gustavson's row-wise product), hot tokens added by comparing
   lists; pairs that met on hot tokens only come from a join;
5. pairs with enough tokens get their other counts from the lists of their accounts
   (`histories.py`).

Every count is exact, and none depends on the number of threads or on which tokens are hot.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.scratch import Scratch, drop
from cib.graphs import coaction_kernels as kernels
from cib.graphs.codes import Codes
from cib.graphs.events import Events
from cib.graphs.histories import Histories, pair_counts
from cib.graphs.hot import Blocks, HotRows, choose_hot
from cib.graphs.hot_join import HELD_BYTES, MOST_HELD, join_hot
from cib.graphs.threads import each_ordered, map_ordered, n_threads

_BLOCK_ROWS = 200_000
"""Live rows of a block of accounts: their entries fit a core's share of the cache."""

_PIECE_ROWS = 8_000_000
"""Rows that a thread looks through before it lets go of what is on disk."""

_LEAST_ROOM = 1 << 28
"""Bytes for joining hot tokens, however little memory is allowed."""

_FIRST_PAIRS = 1 << 12
"""Pairs that there is room for at first."""

Progress = Callable[[int, int], None]


def coaction(
    account: Any,
    token: Any,
    ts: Any,
    *,
    window: int,
    min_tokens: int = 2,
    threads: int | None = None,
    scratch: Scratch | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """Count, exactly, how often each pair of accounts acted together.

    Two rows co-act when they have the same token, different accounts, and times at most
    `window` apart: |t1 - t2| <= window, the boundary included.

    Parameters
    ----------
    account, token : (n_rows,) integer codes, 0 and up
    ts : (n_rows,) integer times, any one unit
    window : same unit as `ts`, 0 or more
    min_tokens : keep pairs that co-acted on at least this many distinct tokens
    threads : None for all cores; the result is the same for any number
    scratch : where large arrays go; memory when None
    progress : called as progress(done, of) while pairs are counted

    Returns
    -------
    pyarrow.Table
        `a`, `b` (int32, a < b, sorted), `n_tokens` (int32, distinct tokens co-acted on),
        `n_events` (int64, co-acting event pairs), `n_shared` (int32, distinct tokens both
        acted on at any time).

    Raises
    ------
    ValueError
        Arrays of different lengths, codes out of range, negative window, min_tokens below 1.

    Examples
    --------
    >>> coaction([0, 1, 0, 1, 2], [7, 7, 8, 8, 8], [0, 60, 100, 130, 500], window=60).to_pylist()
    [{'a': 0, 'b': 1, 'n_tokens': 2, 'n_events': 2, 'n_shared': 2}]
    """
    accounts = Codes.of("account", account, threads).dense()
    tokens = Codes.of("token", token, threads).dense()
    events = Events.from_arrays(accounts, tokens, ts, threads=threads, scratch=scratch)
    found, _ = coactions_of(
        events,
        window=[window],
        min_tokens=min_tokens,
        threads=threads,
        scratch=scratch,
        progress=progress,
    )
    return found.table(0, accounts)


@dataclass(frozen=True, slots=True)
class Coactions:
    """Pairs that co-acted on enough tokens within the widest of some windows."""

    window: tuple[int, ...]
    """Ascending."""
    min_tokens: int
    a: npt.NDArray[np.int32]
    b: npt.NDArray[np.int32]
    """(n_pairs,) accounts, a < b, sorted."""
    n_shared: npt.NDArray[np.int32]
    """(n_pairs,) distinct tokens both acted on at any time."""
    n_tokens: npt.NDArray[np.int32]
    """(n_windows, n_pairs) distinct tokens co-acted on."""
    n_events: npt.NDArray[np.int64]
    """(n_windows, n_pairs) co-acting event pairs."""

    @property
    def enough(self) -> npt.NDArray[np.bool_]:
        """(n_windows, n_pairs) whether the pair co-acted on min_tokens tokens within the window."""
        return self.n_tokens >= self.min_tokens

    def table(self, k: int, accounts: Codes, **more: npt.NDArray[Any]) -> pa.Table:
        """The pairs of the k-th window as `coaction` returns them, with more columns."""
        columns = {
            "a": accounts.given(self.a),
            "b": accounts.given(self.b),
            "n_tokens": self.n_tokens[k],
            "n_events": self.n_events[k],
            "n_shared": self.n_shared,
            **more,
        }
        enough = self.enough[k]
        if not enough.all():
            columns = {name: values[enough] for name, values in columns.items()}
        return pa.table(columns)


def coactions_of(
    events: Events,
    *,
    window: Sequence[int],
    min_tokens: int = 2,
    threads: int | None = None,
    scratch: Scratch | None = None,
    progress: Progress | None = None,
) -> tuple[Coactions, Histories]:
    """`coaction` for sorted rows and for several windows, counted in one pass.

    A pair that met on enough tokens within a window did so within every wider one, so the widest
    finds them all. Also returns the histories of all accounts in a pair.
    """
    widths = sorted(set(window))
    if not widths:
        raise ValueError("window must be 0 or more, not nothing.")
    pairs = find_pairs(
        events,
        window=widths[-1],
        min_tokens=min_tokens,
        threads=threads,
        scratch=scratch,
        progress=progress,
    )
    a, b = (np.array(values) for values in pairs)
    if scratch is not None:
        scratch.release(*pairs)
    histories = Histories.of_pairs(events, a, b, threads=threads)
    counts = pair_counts(histories, a, b, window=widths, threads=threads)
    return Coactions(tuple(widths), min_tokens, a, b, *counts), histories


Pairs = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]
"""a and b of each pair, sorted."""


def find_pairs(
    events: Events,
    *,
    window: int,
    min_tokens: int,
    threads: int | None = None,
    scratch: Scratch | None = None,
    progress: Progress | None = None,
) -> Pairs:
    """Pairs that met on at least `min_tokens` tokens within the window: steps 2 to 4.

    The pairs are arrays of the scratch. Errors are those of `coaction`.
    """
    if window < 0:
        raise ValueError(f"window must be 0 or more, not {window}.")
    if min_tokens < 1:
        raise ValueError(f"min_tokens must be at least 1, not {min_tokens}.")
    width = np.uint64(min(window, 2**64 - 2))
    scratch = scratch or Scratch()
    if not events.n_rows:
        return scratch.empty(0, np.int32), scratch.empty(0, np.int32)
    live, hot, hot_pairs = gather(events, width, min_tokens, threads, scratch)

    def count(block: int) -> Pairs:
        accounts = live.blocks.accounts(block)
        a, b, _ = kernels.count_pairs(
            live.account,
            *live.entries(block),
            *accounts,
            events.n_accounts,
            hot.start,
            hot.token,
            hot.ts,
            hot.signature,
            hot.reach,
            width,
            min_tokens,
        )
        drop(live.entry_account, live.entry_token)
        low, high = np.searchsorted(hot_pairs, np.array(accounts) << 32)
        if low == high:
            return a, b
        # those that met on another token as well are there already
        key = np.union1d((a.astype(np.int64) << 32) | b, hot_pairs[low:high])
        return (key >> 32).astype(np.int32), (key & 0xFFFFFFFF).astype(np.int32)

    n_pairs = 0
    columns = [scratch.empty(_FIRST_PAIRS, np.int32) for _ in range(2)]
    jobs = [(block,) for block in range(live.blocks.number)]
    for part in each_ordered(count, jobs, threads, progress):
        wanted = n_pairs + len(part[0])
        if wanted > len(columns[0]):
            longer = max(wanted, 3 * len(columns[0]) // 2)
            columns = [scratch.grow(column, longer, n_pairs) for column in columns]
        for column, values in zip(columns, part, strict=True):
            column[n_pairs:wanted] = values
        drop(*columns)
        n_pairs = wanted
    scratch.release(live.entry_account, live.entry_token)
    a, b = (scratch.cut(column, n_pairs) for column in columns)
    return a, b


@dataclass(frozen=True, slots=True)
class LiveRows:
    """Rows of tokens that are not hot and have another row of their token within the window."""

    account: npt.NDArray[np.int32]
    """(n_live,) account of each live row, in order of token and time."""
    entry_account: npt.NDArray[np.int64]
    entry_token: npt.NDArray[np.int64]
    """(n_live,) two words per live row, by block of accounts; see `coaction_kernels.py`."""
    start: npt.NDArray[np.int64]
    """(blocks.number + 1,) first entry of each block."""
    blocks: Blocks

    def entries(self, block: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The entries of a block."""
        part = slice(int(self.start[block]), int(self.start[block + 1]))
        return self.entry_account[part], self.entry_token[part]


def gather(
    events: Events, window: np.uint64, min_tokens: int, threads: int | None, scratch: Scratch
) -> tuple[LiveRows, HotRows, npt.NDArray[np.int64]]:
    """Find the live rows, set hot tokens aside, and spread the rest over blocks of accounts.

    Also returns the pairs that met on enough hot tokens, as `join_hot`.
    """
    base = (events.account, events.ts, events.token_start)
    workers = n_threads(threads)
    blocks = Blocks.of(events.n_accounts, max(4 * workers, events.n_rows // _BLOCK_ROWS))
    pieces = events.token_ranges(max(4 * workers, events.n_rows // _PIECE_ROWS))
    event_pairs = np.empty(events.n_tokens, np.int64)
    live_rows = np.empty(events.n_tokens, np.int64)
    counts = np.zeros((len(pieces), blocks.number), np.int64)

    def count(i: int, low: int, high: int) -> None:
        kernels.count_live(
            *base, low, high, window, blocks.shift, event_pairs, live_rows, counts[i]
        )
        drop(events.account, events.ts)

    map_ordered(count, [(i, *piece) for i, piece in enumerate(pieces)], threads)
    choice = choose_hot(events, event_pairs, window, min_tokens)
    hot, hot_counts = HotRows.gather(events, choice.tokens, pieces, window, blocks, threads)
    room = scratch.room(_LEAST_ROOM)
    most_held = MOST_HELD if room is None else min(room // HELD_BYTES, MOST_HELD)
    joined = join_hot(hot, window, min_tokens, choice.budget, threads, most_held)
    tokens = choice.tokens
    if joined is None:
        tokens = choice.hottest
        hot, hot_counts = HotRows.gather(events, tokens, pieces, window, blocks, threads)
        joined = np.empty(0, np.int64)
    live_rows[tokens] = 0
    counts -= hot_counts
    start = np.concatenate(([0], np.cumsum(counts.sum(axis=0))))
    positions = start[:-1] + np.cumsum(counts, axis=0) - counts
    n_live = int(start[-1])
    account = np.empty(n_live, np.int32)  # looked up at random: in memory, or it would crawl
    entry_account, entry_token = (scratch.empty(n_live, np.int64) for _ in range(2))
    before = np.concatenate(([0], np.cumsum(counts.sum(axis=1))))

    def write(i: int, low: int, high: int) -> None:
        kernels.gather_live(
            *base,
            live_rows,
            low,
            high,
            window,
            blocks.shift,
            int(before[i]),
            positions[i],
            account,
            entry_account,
            entry_token,
        )
        drop(events.account, events.ts, entry_account, entry_token)

    map_ordered(write, [(i, *piece) for i, piece in enumerate(pieces)], threads)
    return LiveRows(account, entry_account, entry_token, start, blocks), hot, joined
