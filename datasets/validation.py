"""The ledger of what was wrong: file, column, reason, how many rows, the first one, an example."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from cib.datasets.errors import BadDataError
from cib.datasets.hostile import printable

SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("column", pa.string()),
        ("reason", pa.string()),
        ("n_rows", pa.int64()),
        ("first_row", pa.int64()),
        ("example", pa.string()),
    ]
)
"""Columns of `InteractionLog.quarantine`: `column` is our name, empty when the whole file is at
fault; `first_row` counts from 0 within the file, null when unknown; `example` is printable."""


@dataclass(slots=True)
class Entry:
    """One file, column and reason."""

    n_rows: int
    first_row: int | None
    example: str | None


@dataclass(slots=True)
class Ledger:
    """Collects entries; a part of a file that fails half-way is taken back as a whole."""

    entries: dict[tuple[str, str, str], Entry] = field(default_factory=dict)

    def add(
        self,
        file: str,
        column: str,
        reason: str,
        n_rows: int,
        first_row: int | None = None,
        example: object = None,
    ) -> None:
        """Note `n_rows` rows; the first row and example noted for a reason stay."""
        key = (printable(file, 300), column, reason)
        entry = self.entries.get(key)
        if entry is None:
            shown = None if example is None else printable(example)
            self.entries[key] = Entry(n_rows, first_row, shown)
        else:
            entry.n_rows += n_rows

    def merge(self, other: Ledger) -> None:
        """Take over what a finished part noted."""
        for key, entry in other.entries.items():
            mine = self.entries.get(key)
            if mine is None:
                self.entries[key] = entry
            else:
                mine.n_rows += entry.n_rows

    @property
    def rows(self) -> int:
        """Rows noted in all."""
        return sum(entry.n_rows for entry in self.entries.values())

    @property
    def undated(self) -> int:
        """Rows of which no time is known: theirs is at fault, or the file they are in."""
        return sum(e.n_rows for (_, column, _), e in self.entries.items() if column in ("", "ts"))

    def worst(self) -> str:
        """The three commonest reasons with their counts, for a message."""
        counts: dict[tuple[str, str], tuple[int, str, str]] = {}
        for (file, column, reason), entry in self.entries.items():
            n_rows, first, example = counts.get((column, reason), (0, file, entry.example or ""))
            counts[(column, reason)] = (n_rows + entry.n_rows, first, example)
        ranked = sorted(counts.items(), key=lambda item: (-item[1][0], item[0]))[:3]
        pieces = []
        for (column, reason), (n_rows, file, example) in ranked:
            what = f"{column}: {reason}" if column else reason
            such = f", such as {example}" if example else ""
            pieces.append(f"{n_rows:,} rows: {what} (first in {file}{such})")
        return "; ".join(pieces)

    def table(self) -> pa.Table:
        """The ledger as a table, sorted by file, column and reason."""
        rows = [
            {
                "file": file,
                "column": column,
                "reason": reason,
                "n_rows": entry.n_rows,
                "first_row": entry.first_row,
                "example": entry.example,
            }
            for (file, column, reason), entry in sorted(self.entries.items())
        ]
        return pa.Table.from_pylist(rows, schema=SCHEMA)


def check_share(
    source: str, ledger: Ledger, read: int, total: int, n_outside: int, limit: float
) -> None:
    """Stop when more rows are bad than `limit` allows.

    Parameters
    ----------
    source
        The source, for the message.
    ledger
        The rows in quarantine.
    read
        Rows read so far.
    total
        Rows of the log.
    n_outside
        Rows known to be out of scope so far. The share is taken of the others, read or not: it can
        only grow, so that the answer cannot change later. Of rows without a time nobody knows
        whether they are in scope; they count in the share of the whole log alone.
    limit
        Largest share, 0 to 1.

    Raises
    ------
    BadDataError
        The share is larger; names the three commonest reasons.
    """
    bad, of, asked_for = ledger.rows, total, ""
    if bad <= limit * of:
        bad, of, asked_for = bad - ledger.undated, total - n_outside, " in scope"
    if bad <= limit * of:
        return
    so_far = "" if read >= total else f" after {read:,} rows"
    raise BadDataError(
        f"{printable(source, 300)}: {bad:,} of {of:,} rows{asked_for} "
        f"({_percent(bad / of)}) cannot be used{so_far}, more than --max-bad-share {limit:g} "
        f"allows: {ledger.worst()}; mend the log or the --map, or raise --max-bad-share"
    )


def check_files(
    source: str, faults: Iterable[tuple[str, int, str]], total: int, limit: float
) -> None:
    """Stop when unreadable files hold more of the bytes than `limit` allows.

    Parameters
    ----------
    source
        The source, for the message.
    faults
        (name, bytes, what is wrong) of each unreadable file.
    total
        Bytes of all files.
    limit
        Largest share of the bytes, 0 to 1; negative allows no unreadable file at all.

    Raises
    ------
    BadDataError
        The share is larger; names the first file and its fault.
    """
    faults = list(faults)
    lost = sum(size for _, size, _ in faults)
    if not faults or (limit >= 0 and lost <= limit * total):
        return
    name, _, what = max(faults, key=lambda fault: fault[1])
    more = f" ({len(faults)} files cannot be read)" if len(faults) > 1 else ""
    share = lost / total if total else 1.0
    if limit < 0:
        raise BadDataError(
            f"{printable(name, 300)}: {what}{more}; {printable(source, 300)} has no other file to "
            "scan: mend the log, or scan another"
        )
    raise BadDataError(
        f"{printable(name, 300)}: {what}{more}; unreadable files hold {_percent(share)} of the "
        f"bytes of {printable(source, 300)}, more than --max-bad-share {limit:g} allows: mend or "
        "remove them, or raise --max-bad-share"
    )


def _percent(share: float) -> str:
    """A share for a message."""
    return f"{share:.3%}" if share < 0.1 else f"{share:.1%}"
