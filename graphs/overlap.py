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
from cib.graphs.codes import MAX_CODES, Codes, equal_lengths
from cib.graphs.overlap_rows import index_of, rows_of
from cib.graphs.overlap_rows_kernels import COSINE, COUNT, JACCARD
from cib.graphs.threads import each_ordered, even_cuts, n_threads

Array = npt.NDArray[Any]
Measure = Literal["cosine", "jaccard", "count"]
Progress = Callable[[int, int], None]

_MEASURES = {"cosine": COSINE, "jaccard": JACCARD, "count": COUNT}
_WEIGHT_RANGE = 1e12
"""Largest ratio of two weights, so that squares can be told from 0 in float32."""


_WORTH_A_TURN = 0.9
"""Share of the rows, beyond which leaving out more costs as much as it saves."""


class TooManyPairs(Exception):
    """More pairs than the caller wants."""


def overlap(
    account: Any,
    token: Any,
    *,
    measure: Measure = "cosine",
    weights: Literal["idf", "none"] | Any = "idf",
    threshold: float | None = 0.5,
    top_k: int | None = None,
    min_shared: int = 1,
    most_pairs: int | None = None,
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
    most_pairs : give up when more pairs than this reach the threshold, or, without a threshold,
        when more partners are found than this; None for any number
    threads : None for all cores; the result is the same for any number
    progress : called as progress(done, of) while pairs are looked for

    Returns
    -------
    pyarrow.Table
        `a`, `b` (int32, a < b, sorted), `n_shared` (int32, distinct tokens both touched),
        `similarity` (float64).

    Raises
    ------
    TooManyPairs
        More than `most_pairs`, whatever the number of threads.
    ValueError
        Arrays of different lengths, codes or weights out of range, a threshold outside its
        range, neither threshold nor top_k, top_k or min_shared below 1,
        most_pairs below 0.

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
    if most_pairs is not None and most_pairs < 0:
        raise ValueError(f"most_pairs must be at least 0, not {most_pairs}.")
    accounts = Codes.of("account", account, threads).dense()
    tokens = Codes.of("token", token, threads).dense()
    equal_lengths(account=accounts.values, token=tokens.values)
    if measure == "count" and threshold is not None:
        accounts, tokens = _countable(accounts, tokens, max(int(threshold), min_shared))
    given = _weights(measure, weights, tokens)
    if not accounts.number:
        return _table(np.empty(0, kernels.PAIR), np.empty(0, np.int32))
    rows, size, n_with = rows_of(accounts, tokens, given, threads)
    kind = _MEASURES[measure]
    how: tuple[Any, ...]
    if threshold is None:
        index = index_of(rows, size, kind, np.inf, n_with, threads)
        kernel, how = kernels.nearest, (min(top_k or 1, accounts.number), min_shared)
    else:
        if measure == "cosine":
            size = np.sqrt(size)
        index = index_of(rows, size, kind, float(threshold), n_with, threads)
        most = MAX_CODES**2 if most_pairs is None else most_pairs
        kernel, how = (
            kernels.pairs_above,
            (float(threshold), min_shared, most, np.zeros(1, np.int64)),
        )
    # Accounts with many tokens stand last and take longest: start with them.
    jobs = [
        (rows, index, kind, *how, lo, hi)
        for lo, hi in reversed(even_cuts(rows.start, 32 * n_threads(threads)))
    ]
    found: list[Array] = []
    for pairs in each_ordered(kernel, jobs, threads, progress):
        found.append(pairs)
        if most_pairs is not None and sum(map(len, found)) > most_pairs:
            raise TooManyPairs
    table = _table(np.concatenate(found), rows.code)
    return table if threshold is None or top_k is None else _most_similar(table, top_k)


def _countable(accounts: Codes, tokens: Codes, least: int) -> tuple[Codes, Codes]:
    """Rows of accounts with so many tokens, on tokens with two such accounts: no other counts.

    Whatever goes may take more with it; where hardly anything goes any more, the rest stays.
    """
    n_rows = np.inf
    while len(accounts.values) < _WORTH_A_TURN * n_rows:
        n_rows = len(accounts.values)
        some = (np.bincount(accounts.values) >= least)[accounts.values]
        accounts, tokens = accounts.take(some), tokens.take(some)
        some = (np.bincount(tokens.values) >= 2)[tokens.values]
        accounts, tokens = accounts.take(some), tokens.take(some)
    if accounts.number > n_rows or tokens.number > n_rows:
        accounts, tokens = accounts.used(), tokens.used()
    return accounts, tokens


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
