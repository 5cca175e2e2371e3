"""Overlap projection: account pairs that touched the same tokens, whenever they did.

How pairs are found, and why none is lost
-----------------------------------------
Write w_o for the weight of token o (1 for Jaccard and count), S for the sum of w_o² over the tokens
two accounts share, and N_a for the sum over all tokens of account a. Every measure rises with S:

    cosine S / √(N_a N_b)      Jaccard S / (N_a + N_b - S)      count S

so a threshold t asks for S ≥ need(a, b): t √(N_a N_b), t (N_a + N_b) / (1 + t), or t.

1. *Index.* Accounts are put in the order of N, tokens from the rarest to the most popular. Account
   y is entered under its rarest tokens, as many as it takes for the squares left out, R_y, to stay
   under need(y, y). For x after y need(x, y) ≥ need(y, y) > R_y. So an x that reaches the threshold
   shares a token that y is entered under, and looking all tokens of x up in the index finds y.
2. *Rare tokens are never left out*, whatever R_y allows. What a partner of x can have left out is
   then at most X, the squares of the popular tokens of x itself. So S ≤ P + min(R_y, X), where P
   is the sum over the entries they share, and y is dropped when that is below need(x, y).
3. *Size.* S ≤ N_y, so y cannot reach the threshold when N_y < t² N_x (cosine), t N_x (Jaccard)
   or t (count).
4. *Verification.* For the pairs that remain both token lists are walked.

Bounds are computed in float32. All their terms are sums of non-negative numbers, each off by a
relative error of at most (n + 3) 2^-24 for n tokens; comparisons allow (n + 16) 2^-22. What is
reported never passes through them: it is computed in float64, squares added from the rarest token
(fewest accounts, then smallest code) to the most popular, and then compared with the threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.graphs import overlap_kernels as kernels
from cib.graphs.codes import Codes, equal_lengths
from cib.graphs.threads import even_cuts, map_ordered, n_threads, ranges

Array = npt.NDArray[Any]
Measure = Literal["cosine", "jaccard", "count"]
Progress = Callable[[int, int], None]

_MEASURES = {"cosine": kernels.COSINE, "jaccard": kernels.JACCARD, "count": kernels.COUNT}
_MAX_CHUNKS = 8
"""Parts of a counting sort that run at once; each holds a counter for every code."""
_VISITS_PER_TOKEN = 24.0
"""Rare tokens are those that cost at most so many visits for each account's token, on average."""
_ALIKE = 0.25
"""No token is left out when the average pair shares this part of what the threshold asks for."""
_WEIGHT_RANGE = 1e12
"""Largest ratio of two weights, so that squares can be told from 0 in float32."""


def overlap(
    account: Any,
    token: Any,
    *,
    measure: Measure = "cosine",
    weights: Literal["idf", "none"] | Any = "idf",
    threshold: float | None = 0.5,
    top_k: int | None = None,
    min_shared: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pa.Table:
    """Find, exactly, the pairs of accounts with similar sets of tokens.

    Parameters
    ----------
    account, token : (n_rows,) integer codes, 0 to 2^31 - 2
        A row says that the account touched the token; repeated rows count once.
    measure : what two accounts a and b with token sets A and B are compared by
        "cosine": of the vectors with a weight for each token; "jaccard": |A ∩ B| / |A ∪ B|;
        "count": |A ∩ B|.
    weights : for the cosine, "idf", "none" (all 1) or an array indexed by token code
        idf is log(n_accounts / n_accounts with the token), over accounts that have tokens. A
        token of weight 0 counts towards `n_shared` and nothing else, so pairs that share no
        other token are not reported.
    threshold : keep pairs whose similarity is at least this; None keeps the `top_k` only
        In (0, 1], or for "count" a whole number of tokens from 1. The similarity as it is
        returned is compared: a pair at the threshold to the last bit of a float64 is kept, and
        accounts with the same tokens have a cosine of exactly 1.
    top_k : keep, for each account, this many most similar partners above the threshold
        Ties go to the smaller code. A pair stays when either end ranks it.
    min_shared : keep pairs that share at least this many distinct tokens; others are not ranked
    threads : None for all cores; the result is the same for any number
    progress : called as progress(done, of) while pairs are looked for

    Returns
    -------
    pyarrow.Table
        `a`, `b` (int32, a < b, sorted), `n_shared` (int32, distinct tokens both touched),
        `similarity` (float64).

    Raises
    ------
    ValueError
        Arrays of different lengths, codes or weights out of range, a threshold outside its
        range, neither threshold nor top_k, top_k or min_shared below 1.

    Notes
    -----
    Memory is about 16 bytes for each row beyond the input, and the pairs. Time depends on how many
    accounts share rare tokens; without a threshold, `top_k` takes time up to the sum over tokens
    of (accounts with it)², and 24 bytes for each account and thread.

    The order by size, the prefix of rare tokens and the bound on the rest follow Bayardo, Ma and
    Srikant (2007), Scaling up all pairs similarity search, and Xiao et al. (2008), Efficient
    similarity joins for near duplicate detection.

    Examples
    --------
    >>> overlap([0, 0, 1, 1, 2, 3], [5, 6, 5, 6, 6, 9], threshold=0.9).to_pylist()
    [{'a': 0, 'b': 1, 'n_shared': 2, 'similarity': 1.0}]
    """
    if measure not in _MEASURES:
        raise ValueError(f"measure must be one of {', '.join(_MEASURES)}, not {measure!r}.")
    if threshold is None and top_k is None:
        raise ValueError("Give threshold, top_k or both: without either every pair would be kept.")
    if threshold is not None:
        _check_threshold(measure, threshold)
    for name, value in (("top_k", top_k), ("min_shared", min_shared)):
        if value is not None and value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}.")
    accounts = Codes.of("account", account, threads).dense()
    tokens = Codes.of("token", token, threads).dense()
    equal_lengths(account=accounts.values, token=tokens.values)
    given = _weights(measure, weights, tokens)
    if not accounts.number:
        return _table(np.empty(0, kernels.PAIR), np.empty(0, np.int32))
    rows, size, n_with = _rows(accounts, tokens, given, threads)
    kind = _MEASURES[measure]
    limit: float
    if threshold is None:
        index = _index(rows, size, kind, np.inf, n_with, threads)
        kernel, limit = kernels.nearest, min(top_k or 1, accounts.number)
    else:
        if measure == "cosine":
            size = np.sqrt(size)
        index = _index(rows, size, kind, float(threshold), n_with, threads)
        kernel, limit = kernels.pairs_above, float(threshold)
    # Accounts with many tokens stand last and take longest: start with them.
    jobs = [
        (rows, index, kind, limit, min_shared, lo, hi)
        for lo, hi in reversed(even_cuts(rows.start, 32 * n_threads(threads)))
    ]
    pairs = np.concatenate(map_ordered(kernel, jobs, threads, progress))
    table = _table(pairs, rows.code)
    return table if threshold is None or top_k is None else _most_similar(table, top_k)


def _check_threshold(measure: str, threshold: float) -> None:
    if measure == "count":
        if not (1 <= threshold < math.inf and threshold == int(threshold)):
            raise ValueError(
                f"threshold for measure='count' must be a whole number of tokens from 1, "
                f"not {threshold}."
            )
    elif not 0 < threshold <= 1:
        raise ValueError(f"threshold must be above 0 and at most 1, not {threshold}.")


def _weights(measure: str, weights: Any, tokens: Codes) -> Array | None:
    """Weight of each token code in use, or None for idf."""
    if isinstance(weights, str):
        if weights not in ("idf", "none"):
            raise ValueError(f"weights must be 'idf', 'none' or an array, not {weights!r}.")
        return None if weights == "idf" and measure == "cosine" else np.ones(tokens.number)
    if measure != "cosine":
        raise ValueError(f"weights are for measure='cosine'; measure={measure!r} has none.")
    array = np.asarray(weights, np.float64)
    codes = np.arange(tokens.number) if tokens.originals is None else tokens.originals
    n_codes = int(codes[-1]) + 1 if len(codes) else 0
    if array.ndim != 1 or len(array) < n_codes:
        raise ValueError(
            f"weights must be a one-dimensional array with one weight for each of {n_codes} token "
            f"codes, not of shape {array.shape}."
        )
    used = array[codes]
    wrong = ~(np.isfinite(used) & (used >= 0))
    if wrong.any():
        raise ValueError(
            f"weights must be finite and 0 or more, not {used[wrong][0]} "
            f"as for token {codes[wrong][0]}."
        )
    positive = used[used > 0]
    if not len(positive):
        return used
    if positive.max() / positive.min() > _WEIGHT_RANGE:
        raise ValueError(
            f"weights above 0 must lie within a factor of {_WEIGHT_RANGE:g} of each other, "
            f"not between {positive.min()} and {positive.max()}; set the smallest to 0."
        )
    # A power of two changes no bit of any similarity, and keeps squares in range.
    return np.ldexp(used, -int(np.frexp(positive.max())[1]))


def _rows(
    account: Codes, token: Codes, weights: Array | None, threads: int | None
) -> tuple[kernels.Rows, Array, Array]:
    """Group rows by account; return also rough norms and the number of accounts of each token."""
    n_accounts, n_tokens, n_rows = account.number, token.number, len(account.values)
    n_chunks = min(n_threads(threads), _MAX_CHUNKS)
    chunks = ranges(np.linspace(0, n_rows, n_chunks + 1)[1:-1], n_rows)
    counts = np.zeros((len(chunks), n_accounts), _counter(n_rows))
    jobs = list(zip(chunks, counts, strict=True))
    map_ordered(kernels.count_codes, [(account.values, *cut, mine) for cut, mine in jobs], threads)
    start = np.empty(n_accounts + 1, np.int64)
    kernels.counts_to_positions(counts, start)
    tokens = np.empty(n_rows, np.int32)
    map_ordered(
        kernels.place_tokens,
        [(account.values, token.values, *cut, mine, tokens) for cut, mine in jobs],
        threads,
    )

    n_distinct = np.empty(n_accounts, np.int32)

    def distinct(lo: int, hi: int) -> Array:
        seen = np.empty((n_tokens, 2), np.int32)
        seen[:] = (-1, 0)
        kernels.drop_repeats(start, tokens, lo, hi, n_distinct, seen)
        return seen[:, 1]

    n_with = np.sum(map_ordered(distinct, even_cuts(start, n_chunks), threads), axis=0)
    by_rarity = np.argsort(n_with, kind="stable")
    rank = np.empty(n_tokens, np.int32)
    rank[by_rarity] = np.arange(n_tokens, dtype=np.int32)
    if weights is None:
        weights = _idf(n_with, int(np.count_nonzero(n_distinct)))
    square = weights * weights

    norm = np.empty(n_accounts, np.float32)
    cuts = even_cuts(start, 4 * n_chunks)
    map_ordered(
        kernels.rough_norms,
        [(start, tokens, n_distinct, square, lo, hi, norm) for lo, hi in cuts],
        threads,
    )
    order = np.argsort(norm).astype(np.int32)
    row_start = np.concatenate(([0], np.cumsum(n_distinct[order], dtype=np.int64)))
    rows = kernels.Rows(
        row_start,
        np.empty(row_start[-1], np.int32),
        square[by_rarity],
        np.empty(n_accounts, np.float64),
        order if account.originals is None else account.originals[order],
    )
    cuts = even_cuts(row_start, 4 * n_chunks)
    map_ordered(
        kernels.arrange, [(start, tokens, order, rank, lo, hi, rows) for lo, hi in cuts], threads
    )
    return rows, norm[order], n_with[by_rarity]


def _idf(n_with: Array, n_accounts: int) -> Array:
    """Weight log(n_accounts / n_with); 0 for tokens that nobody has."""
    counts, which = np.unique(n_with, return_inverse=True)
    # math.log, not NumPy's: that one differs in the last bit between processors
    return np.array([math.log(n_accounts / n) if n else 0.0 for n in counts.tolist()])[which]


def _counter(n: int) -> type[np.signedinteger[Any]]:
    return np.int32 if n <= np.iinfo(np.int32).max else np.int64


def _index(
    rows: kernels.Rows,
    size: Array,
    measure: int,
    threshold: float,
    n_with: Array,
    threads: int | None,
) -> kernels.Index:
    """Enter accounts under their rarest tokens; under all of them for an infinite threshold."""
    n_accounts, n_tokens = len(size), len(n_with)
    n_indexed = np.diff(rows.start).astype(np.int32)
    rest, popular = np.zeros((2, n_accounts), np.float32)
    chunks = even_cuts(rows.start, min(n_threads(threads), _MAX_CHUNKS))
    weightless = threshold == np.inf
    if not weightless:
        first_popular = _first_popular(rows, measure, threshold, n_with)
        chosen = (rows, size, measure, threshold, first_popular)
        map_ordered(
            kernels.choose_entries,
            [(*chosen, lo, hi, n_indexed, rest, popular) for lo, hi in chunks],
            threads,
        )
    counts = np.zeros((len(chunks), n_tokens), _counter(len(rows.tokens)))
    jobs = list(zip(chunks, counts, strict=True))
    map_ordered(
        kernels.count_entries,
        [(rows, n_indexed, weightless, *cut, mine) for cut, mine in jobs],
        threads,
    )
    start = np.empty(n_tokens + 1, np.uint64)
    kernels.counts_to_positions(counts, start)
    accounts = np.empty(int(start[-1]), np.uint32)
    map_ordered(
        kernels.place_entries,
        [(rows, n_indexed, weightless, *cut, mine, accounts) for cut, mine in jobs],
        threads,
    )
    return kernels.Index(start, accounts, size, rest, popular)


def _first_popular(rows: kernels.Rows, measure: int, threshold: float, n_with: Array) -> int:
    """Rank of the first token that may be left out of the index: a matter of speed alone.

    Looking rare tokens up costs less than verifying the pairs that leaving them out lets through.
    Where everybody is alike, leaving out even the most popular lets every pair through.
    """
    n_accounts = max(int(np.count_nonzero(rows.norm)), 1)
    visits = np.square(n_with, dtype=np.float64)
    mean_shared = visits @ rows.square / n_accounts**2
    mean_size = rows.norm.sum() / n_accounts
    if measure == kernels.COSINE:
        mean_size = np.sqrt(mean_size)
    if mean_shared >= _ALIKE * kernels.required(measure, threshold, mean_size, mean_size):
        return len(n_with)
    return int(np.searchsorted(np.cumsum(visits), _VISITS_PER_TOKEN * len(rows.tokens)))


def _table(pairs: Array, code: Array) -> pa.Table:
    """Pairs by code, a < b, sorted, each once."""
    x, y = code[pairs["x"]], code[pairs["y"]]
    key = np.minimum(x, y).astype(np.int64) << 32 | np.maximum(x, y)
    key, first = np.unique(key, return_index=True)
    return pa.table(
        {
            "a": (key >> 32).astype(np.int32),
            "b": (key & 0xFFFFFFFF).astype(np.int32),
            "n_shared": pairs["n_shared"][first],
            "similarity": pairs["similarity"][first],
        }
    )


def _most_similar(table: pa.Table, top_k: int) -> pa.Table:
    """Pairs that one of their ends ranks among its `top_k`."""
    a, b, similarity = (table[name].to_numpy() for name in ("a", "b", "similarity"))
    mine, other = np.concatenate((a, b)), np.concatenate((b, a))
    order = np.lexsort((other, -np.tile(similarity, 2), mine))
    first = np.searchsorted(mine[order], mine[order])
    ranked = np.zeros(2 * len(a), bool)
    ranked[order] = np.arange(2 * len(a)) - first < top_k
    return table.filter(pa.array(ranked[: len(a)] | ranked[len(a) :]))
