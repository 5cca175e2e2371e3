"""Pairs of accounts that met on several hot tokens, found by joining on pairs of tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.sorting_kernels import sort_with
from cib.graphs import hot_kernels as kernels
from cib.graphs.codes import distinct
from cib.graphs.hot import HotRows
from cib.graphs.threads import even_cuts, map_ordered, n_threads, ranges

_ENOUGH = 1 << 21
"""Pairs found after which repeated ones are removed."""

MOST_HELD = 1 << 27
"""Combinations in memory at a time, but for those of one pair of tokens."""

HELD_BYTES = 40
"""Of a combination, while it is joined."""


def join_hot(
    rows: HotRows,
    window: np.uint64,
    min_tokens: int,
    budget: float,
    threads: int | None,
    most_held: int = MOST_HELD,
) -> npt.NDArray[np.int64] | None:
    """Pairs (a << 32 | b), ascending, that met on min_tokens hot tokens or more.

    None when that takes more comparisons than the budget allows. At most `most_held` combinations
    are in memory at a time, but for those of one pair of tokens.
    """
    if rows.n_tokens < 2:
        return np.empty(0, np.int64)
    combinations = Combinations.of(rows, window, threads)
    compared = 0
    found = [np.empty(0, np.int64)]
    for cells in combinations.batches(most_held):
        for pairs, visits in combinations.join(cells, budget - compared, threads):
            found.append(pairs)
            compared += visits
        if compared > budget:
            return None
    pairs = distinct(np.concatenate(found))
    n_met = np.empty(len(pairs), np.int32)
    bounds = np.linspace(0, len(pairs), 4 * n_threads(threads) + 1)
    map_ordered(
        lambda low, high: kernels.count_met_hot(
            pairs[low:high], rows.start, rows.token, rows.ts, window, n_met[low:high]
        ),
        ranges(bounds, len(pairs)),
        threads,
    )
    return pairs[n_met >= min_tokens]


@dataclass(frozen=True, slots=True)
class Combinations:
    """Pairs of an account's rows on two different hot tokens, by cell: the pair of tokens."""

    rows: HotRows
    window: np.uint64
    pieces: list[tuple[int, int]]
    """Ranges of accounts that threads share."""
    start: npt.NDArray[np.int64]
    """(n_cells + 1,) first combination of each cell."""
    position: npt.NDArray[np.int64]
    """(n_pieces, n_cells) where each piece's go."""

    @classmethod
    def of(cls, rows: HotRows, window: np.uint64, threads: int | None) -> Combinations:
        """Count those of all accounts."""
        per_account = np.diff(rows.start).astype(np.float64)
        work = np.concatenate(([0], np.cumsum(per_account**2))).astype(np.int64)
        pieces = even_cuts(work, n_threads(threads))
        counts = np.zeros((len(pieces), rows.n_tokens**2), np.int64)
        map_ordered(
            lambda i, low, high: kernels.count_combinations(
                rows.start, rows.token, rows.n_tokens, low, high, counts[i]
            ),
            [(i, *piece) for i, piece in enumerate(pieces)],
            threads,
        )
        start = np.concatenate(([0], np.cumsum(counts.sum(axis=0))))
        return cls(rows, window, pieces, start, start[:-1] + np.cumsum(counts, axis=0) - counts)

    def batches(self, most_held: int) -> list[tuple[int, int]]:
        """Ranges of cells that fit in memory together."""
        return even_cuts(self.start, 1 + int(self.start[-1]) // most_held)

    def join(
        self, cells: tuple[int, int], budget: float, threads: int | None
    ) -> list[tuple[npt.NDArray[np.int64], int]]:
        """Join the combinations of each cell in a range of cells.

        Returns pairs of accounts, each once, and the comparisons that it took; stops short when
        these exceed the budget.
        """
        rows = self.rows
        origin = int(rows.ts.min())
        span = int(rows.ts.max()) - origin
        shift = np.uint64(max(0, span.bit_length() - 32))
        base = int(self.start[cells[0]])
        key, columns = self._write(cells, origin, span, shift, threads)
        spent = [0]  # a rough count: threads may overwrite each other's

        def of_cell(cell: int) -> tuple[npt.NDArray[np.int64], int]:
            part = slice(int(self.start[cell]) - base, int(self.start[cell + 1]) - base)
            order = np.arange(part.stop - part.start, dtype=columns[0].dtype)
            sort_with(key[part], order)
            ordered = [values[part][order] for values in columns]
            found = [np.empty(0, np.int64)]
            begin = total = 0
            while begin < len(order) and spent[0] <= budget:
                pairs, begin, visits = kernels.join_combinations(
                    key[part],
                    *ordered,
                    rows.ts,
                    self.window,
                    shift,
                    begin,
                    _ENOUGH,
                    _ENOUGH * 16,
                )
                total += visits
                spent[0] += visits
                found.append(distinct(pairs))
            return found[-1] if len(found) == 2 else distinct(np.concatenate(found)), total

        several = cells[0] + np.flatnonzero(np.diff(self.start[cells[0] : cells[1] + 1]) > 1)
        return map_ordered(of_cell, [(int(cell),) for cell in several], threads)

    def _write(
        self, cells: tuple[int, int], origin: int, span: int, shift: np.uint64, threads: int | None
    ) -> tuple[npt.NDArray[np.uint64], tuple[npt.NDArray[Any], ...]]:
        """Keys, first and second rows, and accounts of the combinations in a range of cells."""
        rows = self.rows
        unit = np.uint64(max(int(self.window) + 1, (span >> 31) + 1))
        base, end = (int(self.start[cell]) for cell in cells)
        index = np.uint32 if len(rows.token) < 2**32 else np.int64
        key = np.empty(end - base, np.uint64)
        columns = tuple(np.empty(end - base, kind) for kind in (index, index, np.int32))
        map_ordered(
            lambda i, low, high: kernels.write_combinations(
                rows.start,
                rows.token,
                rows.ts,
                rows.n_tokens,
                low,
                high,
                origin,
                unit,
                shift,
                *cells,
                self.position[i] - base,
                key,
                *columns,
            ),
            [(i, *piece) for i, piece in enumerate(self.pieces)],
            threads,
        )
        return key, columns
