"""Leading singular vectors of an incidence, turned so that each speaks of few rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from cib.algorithms import spectra_kernels as kernels
from cib.graphs.incidence import Incidence
from cib.graphs.threads import Workers, even_cuts

Floats = npt.NDArray[np.float64]

_MOST_ROTATED = 100_000
"""Rows by which the rotation is chosen: those with the longest vectors."""

_ROTATIONS = 50

_LARGEST_WHOLE = 50_000_000
"""Cells of a matrix that is decomposed whole when the iteration fails."""

_ROUGHLY = 1e-2
"""Relative error of the squares of the values that chance has: they lie so close together that to
tell them apart takes longer than all the rest."""

_SMALL = 500
"""Rows or columns up to which the decomposition is done whole."""


@dataclass(frozen=True, slots=True)
class Normalised:
    """D^-1/2 A E^-1/2 of an incidence A, where the mean is added to all degrees.

    Products need no array of weights, only who touches what.
    """

    start: npt.NDArray[np.int64]
    """(n_rows + 1,) where the entries of each row begin."""
    column: npt.NDArray[np.int32]
    """(n_entries,) column of each entry, by row."""
    row_scale: Floats
    """(n_rows,) D^-1/2."""
    column_start: npt.NDArray[np.int64]
    """(n_columns + 1,) where the entries of each column begin."""
    row: npt.NDArray[np.int32]
    """(n_entries,) row of each entry, by column."""
    column_scale: Floats
    """(n_columns,) E^-1/2."""
    workers: Workers
    """Who computes products; sums are the same for any number of them."""

    @classmethod
    def of(
        cls, incidence: Incidence, column: npt.NDArray[np.int32], workers: Workers
    ) -> Normalised:
        """Of an incidence, with these columns in the place of its own: the same, or shuffled."""
        degrees = incidence.row_degree, incidence.column_degree
        start, column_start = (np.concatenate(([0], np.cumsum(degree))) for degree in degrees)
        row_scale, column_scale = (
            1 / np.sqrt(degree + len(column) / max(len(degree), 1)) for degree in degrees
        )
        row = np.empty(len(column), np.int32)
        kernels.transpose(start, column, column_start[:-1].copy(), row)
        return cls(start, column, row_scale, column_start, row, column_scale, workers)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.row_scale), len(self.column_scale)

    @property
    def T(self) -> Normalised:
        """The same with rows and columns exchanged."""
        by_row = self.start, self.column, self.row_scale
        return Normalised(self.column_start, self.row, self.column_scale, *by_row, self.workers)

    def __matmul__(self, x: Floats) -> Floats:
        """Product with an (n_columns,) or (n_columns, k) array."""
        if x.ndim == 2:
            return np.stack([self @ each for each in x.T], axis=1)
        out = np.empty(len(self.row_scale))
        scaled = self.column_scale * x

        def add_up(low: int, high: int) -> None:
            kernels.add_up(self.start, self.column, scaled, self.row_scale, low, high, out)

        self.workers.map(add_up, even_cuts(self.start, self.workers.threads))
        return out

    def toarray(self) -> Floats:
        """(n_rows, n_columns) all of it."""
        out = np.zeros(self.shape)
        np.add.at(
            out, (np.repeat(np.arange(len(self.start) - 1), np.diff(self.start)), self.column), 1
        )
        return out * self.row_scale[:, None] * self.column_scale


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The leading components of an incidence, and how much each speaks of rows and columns."""

    matrix: Normalised
    u: Floats
    """(n_rows, n_components) left vectors, turned; the largest values are positive."""

    @property
    def n_components(self) -> int:
        """Number of components."""
        return int(self.u.shape[1])

    @classmethod
    def of(cls, incidence: Incidence, n_components: int, seed: int, workers: Workers) -> Spectrum:
        """Components with singular values above the second of the same entries, columns shuffled.

        The first of those is there in any matrix with such degrees.

        Parameters
        ----------
        incidence : the entries
        n_components : most components
        seed : of the shuffling and of the start of the search
        workers : who computes products
        """
        import scipy.sparse.linalg  # noqa: F401 - loads the BLAS that is to be held to one thread

        matrix = Normalised.of(incidence, incidence.column, workers)
        if min(matrix.shape) < 3:
            return cls(matrix, np.empty((incidence.n_rows, 0)))
        # sums of many threads differ in their last bits, and with them what ties there are
        with threadpool_limits(limits=1):
            random = np.random.default_rng(seed)
            shuffled = Normalised.of(incidence, random.permutation(incidence.column), workers)
            _, chance = decompose(shuffled, 2, random, _ROUGHLY)
            u, values = decompose(matrix, n_components, random)
            u = u[:, values > chance[-1]]
            u = u @ varimax(u)
            u *= np.where((u**3).sum(axis=0) < 0, -1.0, 1.0)
        return cls(matrix, u)

    def component(self, i: int) -> tuple[Floats, Floats]:
        """(n_rows,) and (n_columns,) how much component i speaks of each row and column."""
        u = np.ascontiguousarray(self.u[:, i])
        matrix = self.matrix
        return u * matrix.row_scale, (matrix.T @ u) * matrix.column_scale


def memory_needed(
    n_entries: int, n_rows: int, n_columns: int, n_components: int = 60, threads: int = 1
) -> int:
    """Bytes that the search for blocks takes at most, by measurement; it may be a third less.

    Entries several times over while they are sorted and transposed; of whichever are fewer, rows or
    columns, the vectors that the iteration works on; of rows, two sets of vectors. Each thread more
    takes what one component is looked at with.

    Examples
    --------
    >>> round(memory_needed(10_000_000, 1_000_000, 500_000) / 2**30, 1)
    1.9
    """
    vectors = 16 * (n_components + 2) * (min(n_rows, n_columns) + n_rows)
    component = 20 * n_entries + 60 * (n_rows + n_columns)
    return 50 * n_entries + vectors + 40 * n_columns + (threads - 1) * component


def decompose(
    matrix: Any, k: int, random: np.random.Generator, tolerance: float = 0.0
) -> tuple[Floats, Floats]:
    """At most k left singular vectors and singular values of a sparse matrix, largest first.

    By the eigenvectors of A Aᵀ or AᵀA, whichever is smaller. SciPy's own `svds` does that, too, and
    then makes the vectors of the other side, which for slots of time would be most of the memory.
    `tolerance` is the relative error of the squares of the values; 0 for none.
    """
    from scipy.sparse.linalg import ArpackError, LinearOperator, eigsh

    k = min(k, min(matrix.shape) - 1)
    if min(matrix.shape) > _SMALL:
        wide = matrix.shape[0] <= matrix.shape[1]
        first, then = (matrix.T, matrix) if wide else (matrix, matrix.T)
        square = LinearOperator((min(matrix.shape),) * 2, lambda x: then @ (first @ x), dtype=float)
        for _ in range(2):
            start = random.standard_normal(min(matrix.shape))
            try:
                values, vectors = eigsh(square, k, v0=start, tol=tolerance)
            except ArpackError:  # a start that lies within too few of the vectors
                continue
            order = np.argsort(-values, kind="stable")
            values, vectors = np.sqrt(np.maximum(values[order], 0.0)), vectors[:, order]
            if not wide:
                vectors = matrix @ vectors
                vectors /= np.maximum(values, np.finfo(np.float64).tiny)
            return vectors, values
    if matrix.shape[0] * matrix.shape[1] > _LARGEST_WHOLE:
        raise RuntimeError(f"No {k} singular vectors of a matrix of {matrix.shape} were found.")
    u, values, _ = np.linalg.svd(matrix.toarray(), full_matrices=False)
    return u[:, :k], values[:k]


def varimax(u: Floats) -> Floats:
    """Rotation after which the fourth powers of the columns of u vary most (Kaiser 1958).

    Parameters
    ----------
    u : (n, k)

    Returns
    -------
    (k, k) orthogonal
    """
    n, k = u.shape
    if n > _MOST_ROTATED:
        longest = np.argsort(-(u * u).sum(axis=1), kind="stable")[:_MOST_ROTATED]
        u, n = u[np.sort(longest)], _MOST_ROTATED
    rotation = np.eye(k)
    before = 0.0
    for _ in range(_ROTATIONS):
        turned = u @ rotation
        gradient = u.T @ (turned**3 - turned * (turned * turned).mean(axis=0))
        left, size, right = np.linalg.svd(gradient)
        rotation = left @ right
        if size.sum() < before * (1 + 1e-6):
            break
        before = float(size.sum())
    return rotation
