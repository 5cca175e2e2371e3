"""Leading singular vectors of an incidence, turned so that each speaks of few rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from cib.graphs.incidence import Incidence

Floats = npt.NDArray[np.float64]

_MOST_ROTATED = 100_000
"""Rows by which the rotation is chosen: those with the longest vectors."""

_ROTATIONS = 50


def leading_vectors(incidence: Incidence, n_components: int, seed: int) -> tuple[Floats, Floats]:
    """How much each leading component speaks of each row and of each column.

    Components are kept as long as their singular values exceed the second of the same entries
    with their columns shuffled; the first of those is there in any matrix with such degrees.

    Parameters
    ----------
    incidence : the entries
    n_components : most components
    seed : of the shuffling and of the start of the search

    Returns
    -------
    (n_rows, n_found) array, (n_columns, n_found) array
        By falling singular value before the rotation. Signs are such that the largest are positive.
    """
    if min(incidence.n_rows, incidence.n_columns) < 3 or not len(incidence.row):
        return np.empty((incidence.n_rows, 0)), np.empty((incidence.n_columns, 0))
    # sums of many threads differ in their last bits, and with them what ties there are
    with threadpool_limits(limits=1):
        random = np.random.default_rng(seed)
        _, chance = decompose(incidence, random.permutation(incidence.column), 2, random)
        u, values = decompose(incidence, incidence.column, n_components, random)
        u = u[:, values > chance[-1]]
        u = u @ varimax(u)
        u *= np.where((u**3).sum(axis=0) < 0, -1.0, 1.0)
        matrix, row_scale, column_scale = normalised(incidence, incidence.column)
        v = matrix.T @ u
        return u * row_scale[:, None], v * column_scale[:, None]


def decompose(
    incidence: Incidence, column: npt.NDArray[np.int32], k: int, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Left singular vectors and singular values of the normalised incidence, largest first."""
    from scipy.sparse.linalg import svds  # a quarter of a second that most commands need not pay

    matrix, _, _ = normalised(incidence, column)
    k = min(k, min(matrix.shape) - 1)
    u, values, _ = svds(
        matrix, k, v0=random.standard_normal(min(matrix.shape)), return_singular_vectors="u"
    )
    order = np.argsort(-values, kind="stable")
    return u[:, order], values[order]


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
