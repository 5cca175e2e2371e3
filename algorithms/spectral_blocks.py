"""Blocks with a sharp edge, by the singular vectors of the account–content incidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.algorithms.edge_test import edge_log10_p
from cib.algorithms.spectra import Spectrum
from cib.algorithms.two_groups import BetaBinomial, two_groups
from cib.graphs.codes import Codes, equal_lengths
from cib.graphs.incidence import Incidence
from cib.graphs.threads import Workers, map_ordered, n_threads

Floats = npt.NDArray[np.float64]

_FEWEST = 6
"""Rows and columns together that a cut must take off."""

_SURE = 0.99
"""Probability of belonging from which on rows and columns do."""

_AT_ONCE = 4
"""Components that are looked at side by side, at most: each takes memory of its own."""

_ROUNDS = 6
"""Most times that they settle in turn."""


@dataclass(frozen=True, slots=True)
class SpectralBlock:
    """Rows that share columns as no taste does: they all do, and nobody else half as much."""

    rows: npt.NDArray[np.int32]
    """(n,) row codes, ascending."""
    columns: npt.NDArray[np.int32]
    """Column codes, ascending."""
    observed: npt.NDArray[np.int64]
    """(n,) columns of the block that each row touches, where another row of it does, too."""
    expected: Floats
    """(n,) the same for one of the crowd with as many columns."""
    row_log10_p: Floats
    """(n,) log10 of the chance of one of the crowd having as many or more."""
    posterior: Floats
    """(n,) probability of belonging to the block, given that it is one."""
    log10_p: float
    """log10 of the p-value of the block's edge."""
    q_value: float
    """The same, times the number of cuts that were tried, as a probability."""


def spectral_blocks(
    row: Any,
    col: Any,
    *,
    n_components: int = 60,
    max_share: float = 0.1,
    q: float = 0.05,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[SpectralBlock]:
    """Find blocks of rows and columns that stand out of everybody's tastes with a sharp edge.

    1. The incidence is normalised by the square roots of its degrees, each with the mean degree
       added (Qin & Rohe 2013). Of its leading singular vectors those are taken that exceed what
       the same entries have with their columns shuffled, at most `n_components`.
    2. Varimax turns them so that each speaks of few rows (Rohe & Zeng 2023).
    3. Along each, in descending order, rows and columns are cut off wherever the share of entries
       that cross has a minimum (the sweep of Cheeger's inequality, at every scale), and once more
       at half of the highest value: nobody is there where a block has an edge (`at_half`).
    4. Who and what belongs to a cut settles in turn: rows have more of its columns than the crowd,
       columns more of its rows. Both are beta-binomial, and learned from the data (`two_groups`).
       Columns that a row alone brought in do not count for it.
    5. A taste fades out; a block that somebody runs has an edge. The null is that the more of its
       columns, the fewer rows (`edge_log10_p`). Its p-value pays for every cut that was tried.

    No vector and no threshold is chosen. What has no edge is not found: rings whose accounts
    share anything between little and all; nor is a ring of fewer than 15 rows or so, since its
    edge could be chance.

    Parameters
    ----------
    row, col : (n_entries,) integer codes from 0, such as accounts and contents
        Repeated entries count once.
    n_components : most singular vectors that are looked at
    max_share : most of all rows that a block may have; beyond that it is a camp of the crowd
    q : chance of finding any block where there is none
    seed : of the shuffling, and of where the search for singular vectors starts
    threads : None for all cores; the result is the same for any number
    progress : called as progress(components done, components)

    Returns
    -------
    list of SpectralBlock
        Strongest first. A row belongs to the strongest of the blocks that it fits.

    Raises
    ------
    ValueError
        Arrays of different lengths, codes out of range, or settings out of bounds.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> crowd = random.integers(20, 2_000, 20_000), random.integers(0, 1_000, 20_000)
    >>> ring = np.repeat(np.arange(20), 15), random.integers(1_000, 1_050, 300)
    >>> row, col = (np.concatenate(parts) for parts in zip(crowd, ring, strict=True))
    >>> blocks = spectral_blocks(row, col)
    >>> len(blocks), blocks[0].rows.tolist() == list(range(20)), int(blocks[0].columns.min())
    (1, True, 1000)
    """
    if n_components < 1:
        raise ValueError(f"n_components must be at least 1, not {n_components}.")
    if not 0 < max_share <= 1:
        raise ValueError(f"max_share must be above 0 and at most 1, not {max_share}.")
    if not 0 < q < 1:
        raise ValueError(f"q must lie between 0 and 1, not {q}.")
    # codes that nobody has would take the mean degree, and with it the noise, to nothing
    rows, columns = Codes.of("row", row).used(), Codes.of("col", col).used()
    equal_lengths(row=rows.values, col=columns.values)
    incidence = Incidence.of(rows, columns)
    with Workers(threads) as workers:
        spectrum = Spectrum.of(incidence, n_components, seed, workers)

        def cut_along(i: int) -> list[_Candidate | None]:
            speaks_of = spectrum.component(i)
            return [
                examine(incidence, inside, max_share)
                for inside in [
                    *sweep(incidence, *speaks_of, max_share),
                    *at_half(incidence, *speaks_of, max_share),
                ]
            ]

        jobs = [(i,) for i in range(spectrum.n_components)]
        found = map_ordered(cut_along, jobs, n_at_once(threads), progress)
        cuts = [cut for part in found for cut in part]
    blocks = select(incidence, [cut for cut in cuts if cut is not None], len(cuts), q)
    return [
        replace(block, rows=rows.given(block.rows), columns=columns.given(block.columns))
        for block in blocks
    ]


def n_at_once(threads: int | None) -> int:
    """Components that are looked at side by side."""
    return min(n_threads(threads), _AT_ONCE)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """Rows and columns that may be a block."""

    rows: npt.NDArray[np.int64]
    """(n,) row codes, ascending."""
    posterior: Floats
    """(n,) as in SpectralBlock."""
    columns: npt.NDArray[np.int64]
    """Column codes, ascending."""
    null: BetaBinomial
    """The law of the crowd's hits."""
    log10_p: float
    """Of its edge."""


def examine(
    incidence: Incidence, inside: npt.NDArray[np.bool_], max_share: float
) -> _Candidate | None:
    """Settle who and what belongs to a cut, and test its edge; None when that leads nowhere.

    Rows belong to the columns that they choose more than the crowd does, and columns to the rows
    that choose them, in turn, until neither changes.

    Parameters
    ----------
    inside : (n_rows + n_columns,) from `sweep`
    """
    rows, columns = inside[: incidence.n_rows], inside[incidence.n_rows :]
    most = max_share * np.count_nonzero(incidence.row_degree)
    n_touching = incidence.rows_touching(rows)
    for _ in range(_ROUNDS):
        # what a row of the block alone touches came in for its sake
        hits = incidence.columns_touched(columns, rows, n_touching)
        groups = two_groups(hits, incidence.row_degree, rows)
        belong = groups.belong(_SURE)
        settled, rows = np.array_equal(belong, rows), belong
        if not 2 <= np.count_nonzero(rows) <= most:
            return None
        if settled:
            break
        n_touching = incidence.rows_touching(rows)
        columns = two_groups(n_touching, incidence.column_degree, columns).belong(_SURE)
        columns = sharpest(columns, n_touching, incidence.column_degree)
        if np.count_nonzero(columns) < 2:
            return None
    else:
        return None  # what belongs still changes
    code = np.flatnonzero(rows)
    log10_p = edge_log10_p(hits, incidence.row_degree, rows)
    return _Candidate(code, groups.posterior[code], np.flatnonzero(columns), groups.null, log10_p)


def sharpest(
    columns: npt.NDArray[np.bool_], n_inside: npt.NDArray[np.int64], degree: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Leave out columns of which the block has less than half the share that it has of others.

    What its rows touch as a cover is everybody's, too. The share to compare with is that of the
    column at the upper quartile, by entries of the block.
    """
    code = np.flatnonzero(columns)
    if not len(code):
        return columns
    share = n_inside[code] / degree[code]
    order = np.argsort(share, kind="stable")
    entries = np.cumsum(n_inside[code[order]])
    typical = share[order[np.searchsorted(entries, 0.75 * entries[-1])]]
    kept = np.zeros(len(columns), np.bool_)
    kept[code[2 * share >= typical]] = True
    return kept


def sweep(
    incidence: Incidence, of_row: Floats, of_column: Floats, max_share: float
) -> list[npt.NDArray[np.bool_]]:
    """Take rows and columns in descending order, and stop wherever the least weight crosses.

    That weight is the share of the entries' ends inside whose other end is outside (conductance).
    Of the places with between 2^k and 2^(k + 1) ends inside, the one with the least is a cut if no
    less crosses anywhere among a quarter fewer or more rows and columns.

    Returns
    -------
    list of (n_rows + n_columns,) arrays
        What is inside each cut.
    """
    n = incidence.n_rows
    score = np.concatenate([of_row, of_column])
    degree = np.concatenate([incidence.row_degree, incidence.column_degree])
    order = np.argsort(-score, kind="stable")
    order = order[: np.searchsorted(-score[order], 0.0)]
    ends = np.cumsum(degree[order])
    n_inside_rows = np.cumsum(order < n)
    most = max_share * np.count_nonzero(incidence.row_degree)
    order = order[: np.searchsorted(n_inside_rows, most, side="right")]
    ends = ends[: len(order)]
    place = np.full(len(score), len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    both = np.maximum(place[incidence.row], place[incidence.column + n])
    n_inside = np.cumsum(np.bincount(both, minlength=len(order) + 1)[: len(order)])
    crossing = 1 - 2 * n_inside / np.maximum(ends, 1)
    cuts = []
    octave = np.searchsorted(ends, 2 ** np.arange(4, 63))
    octave = np.unique(np.append(octave[octave < len(order)], len(order)))
    for low, high in pairwise(octave.tolist()):
        best = low + int(np.argmin(crossing[low:high]))
        around = crossing[max(0, best - (best >> 2)) : best + (best >> 2) + 1]
        # where everything crosses, rows or columns alone are inside
        if best + 1 >= _FEWEST and 1 > crossing[best] <= around.min():
            inside = np.zeros(len(score), np.bool_)
            inside[order[: best + 1]] = True
            cuts.append(inside)
    return cuts


def at_half(
    incidence: Incidence, of_row: Floats, of_column: Floats, max_share: float
) -> list[npt.NDArray[np.bool_]]:
    """Cut where rows and columns have half of what the foremost have, if that is a block's size.

    A row's value is about the share of its entries on the columns that the component speaks of.
    Those of a block have much the same, and where it has an edge few are at half of it. A sweep
    does not stop there when the block's rows touch more beside its columns than on them: with
    what they share with everybody inside as well, less crosses.

    Returns
    -------
    list of one (n_rows + n_columns,) array, or of none
    """
    inside = np.zeros(len(of_row) + len(of_column), np.bool_)
    for value, part in ((of_row, inside[: len(of_row)]), (of_column, inside[len(of_row) :])):
        # one or two of few entries may stand out by chance
        foremost = np.partition(value, -min(_FEWEST, len(value)))[-min(_FEWEST, len(value))]
        part[:] = value >= max(0.5 * foremost, np.finfo(float).tiny)
    most = max_share * np.count_nonzero(incidence.row_degree)
    n_rows = np.count_nonzero(inside[: len(of_row)])
    return [inside] if n_rows <= most and np.count_nonzero(inside) >= _FEWEST else []


def select(
    incidence: Incidence, candidates: Sequence[_Candidate], n_cuts: int, q: float
) -> list[SpectralBlock]:
    """Blocks whose edges are discoveries, and the rows that belong to them."""
    log10_p = np.minimum([c.log10_p + np.log10(n_cuts) for c in candidates], 0.0)
    taken = np.zeros(incidence.n_rows, np.bool_)
    blocks = []
    for i in np.argsort(log10_p, kind="stable"):
        candidate = candidates[i]
        free = ~taken[candidate.rows]
        same = 2 * np.count_nonzero(free) < len(free)
        if log10_p[i] > np.log10(q) or same or np.count_nonzero(free) < 2:
            continue
        rows = candidate.rows[free]
        taken[rows] = True
        member = np.zeros(incidence.n_rows, np.bool_)
        member[rows] = True
        shared = np.zeros(incidence.n_columns, np.bool_)
        shared[candidate.columns] = incidence.rows_touching(member)[candidate.columns] > 1
        entries = member[incidence.row] & shared[incidence.column]
        hits = np.bincount(incidence.row[entries], minlength=incidence.n_rows)[rows]
        trials = incidence.row_degree[rows]
        blocks.append(
            SpectralBlock(
                rows.astype(np.int32),
                np.flatnonzero(shared).astype(np.int32),
                hits,
                trials * candidate.null.mean,
                candidate.null.log10_tail(hits, trials),
                candidate.posterior[free],
                candidate.log10_p,
                float(10 ** log10_p[i]),
            )
        )
    return blocks
