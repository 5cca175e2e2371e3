"""What many questions are narrowed by: members or controls, some rows, a stretch of time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Literal

import pyarrow as pa

Side = Literal["interactions", "controls"]
"""Members with the targets, or matched accounts outside all clusters with the same targets."""


def refuse_other_tables(of: Side) -> None:
    """Refuse any other table: its name becomes part of the query."""
    if of not in ("interactions", "controls"):
        raise ValueError(f"of must be 'interactions' or 'controls', not {of!r}.")


def rows_given(rows: Collection[int], name: str = "row") -> pa.Table:
    """Return rows of accounts or targets, each once, as a table that a query can name."""
    return pa.table({name: pa.array(sorted(set(rows)), pa.int64())})


def within(
    since: datetime | None, until: datetime | None, ts: str = "ts"
) -> tuple[list[str], dict[str, datetime]]:
    """Return the conditions that keep a stretch of time, and the values that they name.

    Parameters
    ----------
    since, until : from this moment on, and before that one; UTC when without zone, None for no end
    ts : the column, as the query calls it

    >>> within(datetime(2024, 3, 1), None)
    (['ts >= $since'], {'since': datetime.datetime(2024, 3, 1, 0, 0, tzinfo=datetime.timezone.utc)})
    """
    where, values = [], {}
    for name, comparison, moment in (("since", ">=", since), ("until", "<", until)):
        if moment is not None:
            where.append(f"{ts} {comparison} ${name}")
            values[name] = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return where, values
