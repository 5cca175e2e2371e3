"""Account pairs whose token lists are alike, at any time."""

from __future__ import annotations

from suites import Entry, Ratio, Suite, above

OURS = "contenders.ours:overlap"
SAMPLE = "scipy A·Aᵀ, sample"


def blocks(n: int) -> list[Entry]:
    """Sizes count accounts here."""
    if n > 1_000_000:
        return []
    cosine = {"measure": "cosine", "threshold": 0.5}
    jaccard = {"measure": "jaccard", "threshold": 0.5}
    slow = above(n, 100_000, "minutes already there")
    log = {"log": "tastes", "rows": n}
    exact = {"data": "TF-IDF cosine ≥ 0.5", "task": cosine, "agrees": "close", **log}
    sets = {"data": "Jaccard ≥ 0.5", "task": jaccard, **log}
    near = {"agrees": "approximate", "not_run": slow, **sets}
    return [
        Entry("cib", OURS, **exact),
        Entry("sparse_dot_topn", "contenders.overlap:with_sparse_dot_topn", not_run=slow, **exact),
        Entry(SAMPLE, "contenders.overlap:with_scipy", **{**exact, "agrees": "sample"}),
        Entry("cib", OURS, agrees="close", **sets),
        Entry(SAMPLE, "contenders.overlap:with_scipy", agrees="sample", **sets),
        Entry("datasketch MinHashLSH", "contenders.overlap:with_datasketch", **near),
        Entry("rensa", "contenders.overlap:with_rensa", **near),
    ]


SUITE = Suite(
    "overlap",
    "Overlap: all pairs of accounts whose contents are alike",
    "Rows are accounts here, about 20 contents each, contents by Zipf's law, planted groups of 10. "
    "All start from arrays sorted by account. scipy multiplies a sample of the accounts with all "
    "and must find the same pairs for those. MinHash finds candidates, which are then verified, so "
    "what it can lose is recall.",
    blocks,
    (Ratio("× cib", contender="cib"),),
)
