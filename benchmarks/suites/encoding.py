"""Text ids to integer codes."""

from __future__ import annotations

from suites import Entry, Ratio, Suite

CONTENDERS = {
    "cib": "contenders.ours:text_codes",
    "pyarrow dictionary_encode": "contenders.encoding:with_arrow",
    "DuckDB distinct + join": "contenders.encoding:with_duckdb",
    "polars unique + join": "contenders.encoding:with_polars_join",
    "polars Categorical": "contenders.encoding:with_polars_categorical",
    "pandas factorize": "contenders.encoding:with_pandas",
}


def blocks(n: int) -> list[Entry]:
    """One column, a tenth as many ids as rows."""
    if n > 10_000_000:
        return []
    return [
        Entry(contender, function, "one column of text ids", "text", n)
        for contender, function in CONTENDERS.items()
    ]


SUITE = Suite(
    "encoding",
    "Encoding: one column of text ids to integer codes",
    "From Parquet to one code per row, warm, at most a tenth as many ids as rows. However a "
    "contender numbers the ids, equal ids must get equal codes and different ids different ones.",
    blocks,
    (Ratio("× cib", contender="cib"),),
    answers="ids",
    scripts=False,
)
