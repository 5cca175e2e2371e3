"""Leading singular vectors of an incidence, turned so that each speaks of few rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from cib.graphs.incidence import Incidence

Floats = npt.NDArray[np.float64]

_MOST_ROTATED = 100_000
"""Rows by which the rotation is chosen: those with the longest vectors."""

_ROTATIONS = 50

_LARGEST_WHOLE = 50_000_000
"""Cells of a matrix that is decomposed whole when the iteration fails."""

_SMALL = 500
"""Rows or columns up to which the decomposition is done whole."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The leading components of an incidence, and how much each speaks of rows and columns."""

    matrix: Any
    """(n_rows, n_columns) normalised incidence."""
    row_scale: Floats
    column_scale: Floats
    u: Floats
    """(n_rows, n_components) left vectors, turned; the largest values are positive."""

    @property
    def n_components(self) -> int:
        """Number of components."""
        return int(self.u.shape[1])

    @classmethod
    def of(cls, incidence: Incidence, n_components: int, seed: int) -> Spectrum:
        """Components with singular values above the second of the same entries, columns shuffled.

        The first of those is there in any matrix with such degrees.

        Parameters
        ----------
        incidence : the entries
        n_components : most components
        seed : of the shuffling and of the start of the search
        """
        import scipy.sparse.linalg  # noqa: F401 - loads the BLAS that is to be held to one thread

        if min(incidence.n_rows, incidence.n_columns) < 3:
            none = np.empty(0)
            return cls(None, none, none, np.empty((incidence.n_rows, 0)))
        matrix, row_scale, column_scale = normalised(incidence, incidence.column)
        # sums of many threads differ in their last bits, and with them what ties there are
        with threadpool_limits(limits=1):
            random = np.random.default_rng(seed)
            shuffled, _, _ = normalised(incidence, random.permutation(incidence.column))
            _, chance = decompose(shuffled, 2, random)
            u, values = decompose(matrix, n_components, random)
            u = u[:, values > chance[-1]]
            u = u @ varimax(u)
            u *= np.where((u**3).sum(axis=0) < 0, -1.0, 1.0)
        return cls(matrix, row_scale, column_scale, u)

    def component(self, i: int) -> tuple[Floats, Floats]:
        """(n_rows,) and (n_columns,) how much component i speaks of each row and column."""
        u = np.ascontiguousarray(self.u[:, i])
        return u * self.row_scale, (self.matrix.T @ u) * self.column_scale


def memory_needed(n_entries: int, n_rows: int, n_columns: int, n_components: int = 60) -> int:
    """Bytes that the search for blocks takes at most, by measurement: a tenth more or less.

    Entries several times over while they are sorted and normalised; of whichever are fewer, rows or
    columns, the vectors that the iteration works on; of rows, two sets of vectors.

    Examples
    --------
    >>> round(memory_needed(10_000_000, 1_000_000, 500_000) / 2**30, 1)
    2.0
    """
    vectors = 16 * (n_components + 2) * (min(n_rows, n_columns) + n_rows)
    return 60 * n_entries + vectors + 40 * n_columns


def decompose(matrix: Any, k: int, random: np.random.Generator) -> tuple[Floats, Floats]:
    """At most k left singular vectors and singular values of a sparse matrix, largest first.

    By the eigenvectors of A Aᵀ or AᵀA, whichever is smaller. SciPy's own `svds` does that, too, and
    then makes the vectors of the other side, which for slots of time would be most of the memory.
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
                values, vectors = eigsh(square, k, v0=start)
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


def normalised(incidence: Incidence, column: npt.NDArray[np.int32]) -> tuple[Any, Floats, Floats]:
    """D^-1/2 A E^-1/2 with the mean added to all degrees, and the two diagonals."""
    from scipy.sparse import csr_array

    start = np.concatenate(([0], np.cumsum(incidence.row_degree)))
    row_scale, column_scale = (
        1 / np.sqrt(degree + degree.mean())
        for degree in (incidence.row_degree, incidence.column_degree)
    )
    weight = row_scale[incidence.row] * column_scale[column]
    shape = (incidence.n_rows, incidence.n_columns)
    return csr_array((weight, column, start), shape), row_scale, column_scale


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
