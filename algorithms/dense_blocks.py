"""Dense blocks of the account–content incidence: rings that no pair of accounts gives away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from cib.algorithms import dense_blocks_kernels as kernels
from cib.graphs.codes import Codes, equal_lengths
from cib.graphs.network import Network

_RARE = 5.0
"""Added to a column's number of entries before the logarithm, as Hooi et al. do."""
_MOST_STEPS = 2.0**62
"""Sums of steps stay below this, so that they fit int64."""


@dataclass(frozen=True, slots=True)
class DenseBlock:
    """Rows and columns with much weight between them."""

    rows: npt.NDArray[np.int32]
    """Row codes, ascending."""
    columns: npt.NDArray[np.int32]
    """Column codes, ascending."""
    density: float
    """Weight between them, by entry and column, divided by the number of both."""


def dense_blocks(
    row: Any,
    col: Any,
    weight: Any = None,
    *,
    n_blocks: int = 1,
    column_weights: Literal["log", "none"] | Any = "log",
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[DenseBlock]:
    """Find blocks of rows and columns with the most weight for each row and column in them.

    Rows and columns are taken off one by one, the one with the least weight left first, and the
    densest of what was left on the way is a block: its density is at least half of the highest
    there is (Charikar 2000). A block's entries are then taken out, and the next one is looked for.

    Columns that many rows touch count less ("log": 1 / log(entries of the column + 5)). So
    accounts that hide behind popular content win little by it, and what they do outside a block
    never changes the block's density: it depends on the columns inside alone (Hooi et al. 2016,
    FRAUDAR).

    Weight by entry and column is rounded to steps of 2^-24, at least one, and added up exactly. So
    the order of entries never decides which of two equal nodes goes first.

    Parameters
    ----------
    row, col : (n_entries,) integer codes from 0, such as accounts and contents
        Repeated entries add up.
    weight : (n_entries,) positive finite numbers; all 1 when None
    n_blocks : blocks to look for, at least 1
    column_weights : "log", "none" (all 1), or an array of positive numbers by column code
    threads : None for all cores; the result is the same for any number
    progress : called as progress(blocks found, n_blocks)

    Returns
    -------
    list of DenseBlock
        In the order in which they were found; fewer than n_blocks when no entry is left.

    Raises
    ------
    ValueError
        Arrays of different lengths, codes out of range, weights that are not positive or add up
        to 2^38 or more, or n_blocks below 1.

    Examples
    --------
    >>> blocks = dense_blocks([0, 0, 1, 1, 2], [0, 1, 0, 1, 2], column_weights="none")
    >>> blocks[0].rows.tolist(), blocks[0].columns.tolist(), blocks[0].density
    ([0, 1], [0, 1], 1.0)
    """
    if n_blocks < 1:
        raise ValueError(f"n_blocks must be at least 1, not {n_blocks}.")
    rows = Codes.of("row", row, threads).dense()
    columns = Codes.of("col", col, threads).dense()
    given = weights(weight, len(rows.values))
    equal_lengths(row=rows.values, col=columns.values, weight=given)
    total = rows.number + columns.number
    if total >= 2**31:
        raise ValueError(f"row and col have {total} codes together; at most 2^31 - 1 fit.")
    of_columns = _column_weights(columns, column_weights)[columns.values]
    steps = in_steps(given, of_columns)
    a, b = rows.values, columns.values + np.int32(rows.number)
    found: list[DenseBlock] = []
    while len(found) < n_blocks and len(a):
        network = Network.from_edges(a, b, steps, total, threads=threads)
        inside, density = _densest(network)
        within = inside[a] & inside[b]
        members = np.flatnonzero(inside).astype(np.int32)
        border = int(np.searchsorted(members, rows.number))
        block_columns = members[border:] - np.int32(rows.number)
        found.append(
            DenseBlock(rows.given(members[:border]), columns.given(block_columns), density)
        )
        a, b, steps = a[~within], b[~within], steps[~within]
        if progress is not None:
            progress(len(found), n_blocks)
    return found


def weights(weight: Any, n_entries: int) -> npt.NDArray[np.float64]:
    """Weights of entries; all 1 when None.

    Raises
    ------
    ValueError
        They are not positive and finite.
    """
    given = np.ones(n_entries) if weight is None else np.asarray(weight, np.float64)
    _check_positive("weight", given)
    return given


def weights_by_entries(n_entries: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Weight of columns that have so many entries, for "log"."""
    return np.asarray(1 / np.log(n_entries + _RARE))


def in_steps(
    weight: npt.NDArray[np.float64], of_columns: npt.NDArray[np.float64], before: int = 0
) -> npt.NDArray[np.float64]:
    """Weight by entry and column in whole steps.

    Parameters
    ----------
    weight, of_columns : (n_entries,) weight of each entry and of its column
    before : steps that there are already

    Raises
    ------
    ValueError
        Column weights are not positive and finite, or the sum does not fit.
    """
    _check_positive("column_weights", of_columns)
    steps = np.empty(len(weight))
    total = kernels.in_steps(weight, of_columns, steps) + before
    if not total < _MOST_STEPS:
        raise ValueError(
            f"weight by entry and column must add up to less than 2^38, not to "
            f"{total / kernels.STEPS:.4g}; divide the weights by a constant."
        )
    return steps


def _check_positive(name: str, values: npt.NDArray[np.float64]) -> None:
    """Check that values are positive and finite."""
    if len(values) and not (values.min() > 0 and values.max() < np.inf):
        raise ValueError(f"{name} must hold positive finite numbers only.")


def _column_weights(columns: Codes, how: Any) -> npt.NDArray[np.float64]:
    """Weight of each column."""
    if has_name(how):
        if how == "none":
            return np.ones(columns.number)
        return weights_by_entries(np.bincount(columns.values, minlength=columns.number))
    codes = np.arange(columns.number) if columns.originals is None else columns.originals
    return weights_by_code(how, codes)


def has_name(how: Any) -> bool:
    """Whether column weights are "log" or "none", not an array.

    Raises
    ------
    ValueError
        They are another string.
    """
    if isinstance(how, str) and how not in ("log", "none"):
        raise ValueError(f"column_weights must be 'log', 'none' or an array, not {how!r}.")
    return isinstance(how, str)


def weights_by_code(weights: Any, codes: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Weights of columns, by ascending codes.

    Raises
    ------
    ValueError
        Codes have no weight.
    """
    array: npt.NDArray[np.float64] = np.asarray(weights, np.float64)
    n_codes = int(codes[-1]) + 1 if len(codes) else 0
    if array.ndim != 1 or len(array) < n_codes:
        raise ValueError(
            f"column_weights must be a one-dimensional array with one weight for each of {n_codes} "
            f"column codes, not of shape {array.shape}."
        )
    return np.asarray(array[codes])


def _densest(network: Network) -> tuple[npt.NDArray[np.bool_], float]:
    """(n_nodes,) which nodes are left where peeling leaves the densest rest; its density.

    Nodes without edges are never in it: taking them off makes any rest denser.
    """
    order = np.empty(network.n_nodes, np.uint32)
    degree = kernels.degrees(network.start, network.neighbour_weight)
    best, density = kernels.peel(
        network.start, network.neighbour, network.neighbour_weight, degree, order
    )
    inside = np.ones(network.n_nodes, np.bool_)
    inside[order[:best]] = False
    return inside, density / kernels.STEPS
