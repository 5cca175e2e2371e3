"""All pairs of accounts whose token lists are alike."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt

from answers import Answer
from contenders.columns import load

Task = dict[str, Any]

PERMUTATIONS = 128


def weighted(account: npt.NDArray[Any], token: npt.NDArray[Any], measure: str) -> Any:
    """Accounts × tokens: ones, or rows of length 1 weighted by log(accounts / token's accounts)."""
    from scipy import sparse

    shape = (int(account.max()) + 1, int(token.max()) + 1)
    ones = np.ones(len(account), np.float32)
    matrix = sparse.csr_matrix((ones, (account, token)), shape=shape)
    if measure == "cosine":
        spread = np.bincount(token, minlength=shape[1])
        weight = np.log(shape[0] / spread)[matrix.indices]
        norm = np.sqrt(np.bincount(account, weight**2))
        matrix.data[:] = weight / np.repeat(np.maximum(norm, 1e-30), np.diff(matrix.indptr))
    return matrix


def with_scipy(task: Task) -> Answer:
    """A sample of the rows times the transpose: exact, and far too slow for all rows."""
    from scipy import sparse

    account, token = load(task, "account_id", "token")
    start = time.perf_counter()
    matrix = weighted(account, token, task["measure"])
    n = matrix.shape[0]
    n_sample = min(5_000, n // 20, 500_000_000 // n)  # about as much work at every size
    sample = np.sort(np.random.default_rng(3).choice(n, n_sample, replace=False))
    size = np.diff(matrix.indptr)
    found = []
    for rows in np.array_split(sample, -(-len(sample) // 500)):
        product = sparse.coo_matrix(matrix[rows] @ matrix.T)
        a, b, alike = rows[product.row], product.col, product.data
        if task["measure"] == "jaccard":
            alike = alike / (size[a] + size[b] - alike)
        # a pair inside the sample turns up twice
        keep = (alike >= task["threshold"]) & (a != b) & ((a < b) | ~np.isin(b, sample))
        found.append((a[keep], b[keep], alike[keep]))
    a, b, alike = (np.concatenate(parts) for parts in zip(*found, strict=True))
    note = f"{len(sample):,} of {n:,} accounts only"
    return Answer(time.perf_counter() - start, a, b, alike, among=sample, note=note)


def with_sparse_dot_topn(task: Task) -> Answer:
    """sparse_dot_topn, with room for more partners than anyone has."""
    from sparse_dot_topn import sp_matmul_topn

    account, token = load(task, "account_id", "token")
    start = time.perf_counter()
    matrix = weighted(account, token, "cosine")
    top = 200
    limit = np.nextafter(np.float32(task["threshold"]), np.float32(0))  # it excludes the limit
    product = sp_matmul_topn(
        matrix, matrix.T.tocsr(), top, threshold=limit, n_threads=task["threads"]
    ).tocoo()
    upper = product.row < product.col
    a, b, alike = product.row[upper], product.col[upper], product.data[upper]
    seconds = time.perf_counter() - start
    if np.bincount(product.row).max() >= top:
        raise ValueError(f"an account has {top} partners or more: answers may be cut off")
    return Answer(seconds, a, b, alike)


def sets(account: npt.NDArray[Any], token: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    """The tokens of each account, ascending; rows are sorted by account."""
    return np.split(token, np.searchsorted(account, np.arange(1, int(account.max()) + 1)))


def with_datasketch(task: Task) -> Answer:
    """MinHash and locality-sensitive hashing with datasketch, candidates verified."""
    from datasketch import MinHash, MinHashLSH

    account, token = load(task, "account_id", "token")
    start = time.perf_counter()
    lists = sets(account, token)
    texts = [[int(each).to_bytes(4, "little") for each in row] for row in lists]
    index = MinHashLSH(threshold=task["threshold"], num_perm=PERMUTATIONS)
    found = []
    for i, sketch in enumerate(MinHash.generator(texts, num_perm=PERMUTATIONS)):
        found.append(index.query(sketch))
        index.insert(i, sketch)
    return of_candidates(start, account, token, found, task["threshold"])


def with_rensa(task: Task) -> Answer:
    """MinHash and locality-sensitive hashing with rensa, candidates verified."""
    from rensa import RMinHash, RMinHashLSH

    account, token = load(task, "account_id", "token")
    start = time.perf_counter()
    lists = sets(account, token)
    texts = [list(map(str, row.tolist())) for row in lists]
    sketches = RMinHash.from_token_sets(texts, PERMUTATIONS, 1)
    index = RMinHashLSH(threshold=task["threshold"], num_perm=PERMUTATIONS, num_bands=32)
    index.insert_many(sketches)
    found = index.query_all(sketches)
    return of_candidates(start, account, token, found, task["threshold"])


def of_candidates(
    start: float,
    account: npt.NDArray[Any],
    token: npt.NDArray[Any],
    found: list[list[int]],
    threshold: float,
) -> Answer:
    """Keep the candidates that are as alike as asked for, and stop the clock."""
    b = np.repeat(np.arange(len(found)), [len(others) for others in found])
    a = np.fromiter((other for others in found for other in others), np.int64, len(b))
    key = np.unique((a * len(found) + b)[a < b])
    a, b = key // len(found), key % len(found)
    matrix = weighted(account, token, "jaccard")
    size = np.diff(matrix.indptr)
    shared = np.zeros(len(a))
    for part in np.array_split(np.arange(len(a)), -(-len(a) // 100_000) or 1):
        both = matrix[a[part]].multiply(matrix[b[part]])
        shared[part] = np.asarray(both.sum(axis=1)).ravel()
    alike = shared / (size[a] + size[b] - shared)
    keep = alike >= threshold
    return Answer(time.perf_counter() - start, a[keep], b[keep], alike[keep])
