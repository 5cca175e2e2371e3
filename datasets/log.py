"""The interaction log in memory: four aligned code arrays, the ids behind the codes, extras."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.scratch import Scratch


@dataclass(frozen=True, slots=True)
class RowAccounting:
    """What became of every row: read = used + quarantined + duplicates + out_of_scope."""

    read: int
    used: int
    quarantined: int
    duplicates: int
    out_of_scope: int = 0
    """Rows that `--action`, `--since` or `--until` excluded; 0 without those settings."""

    def __post_init__(self) -> None:
        parts = self.used + self.quarantined + self.duplicates + self.out_of_scope
        if self.read != parts:
            raise AssertionError(f"rows lost: read {self.read}, accounted for {parts}")


@dataclass(frozen=True, slots=True)
class InteractionLog:
    """A validated, encoded interaction log.

    Codes are ranks: code i stands for the i-th smallest id, so comparing codes compares ids and
    nothing downstream depends on the order of files or rows.
    """

    account: npt.NDArray[np.int32]
    """(n_rows,) codes into `account_ids`."""
    content: npt.NDArray[np.int32]
    """(n_rows,) codes into `content_ids`."""
    action: npt.NDArray[np.int16]
    """(n_rows,) codes into `action_names`."""
    ts: npt.NDArray[np.int64]
    """(n_rows,) microseconds since 1970-01-01 UTC."""
    account_ids: pa.Array
    """Distinct account ids, ascending, in the type they came in."""
    content_ids: pa.Array
    """Distinct content ids, ascending, in the type they came in."""
    action_names: tuple[str, ...]
    """Distinct actions, ascending."""
    extras: dict[str, pa.Array] = field(default_factory=dict)
    """Optional columns that were present, by their name in `columns.py`, each (n_rows,) and
    aligned with the codes: strings and hashes as dictionaries, the rest as plain arrays;
    `slices.py` gives their codes and values."""
    accounting: RowAccounting = field(default_factory=lambda: RowAccounting(0, 0, 0, 0))
    quarantine: pa.Table | None = None
    """`file, column, reason, n_rows, first_row, example`: one row per file, column and reason."""
    notes: pa.Table | None = None
    """Same columns as `quarantine`: values of optional columns that could not be read and became
    null; their rows are used."""
    actions_found: tuple[str, ...] = ()
    """Where some were asked for, all actions of the rows in the period, ascending."""
    inputs: tuple[dict[str, object], ...] = ()
    """One entry per file read: name (relative to the source), rows, bytes, fingerprint;
    `footers.fingerprint` gives the same without reading rows."""
    other_files: dict[str, object] = field(default_factory=dict)
    """How many files of the source's folders were not read because they are not called
    ``*.parquet``: `n`, and one as an `example`."""
    scratch: Scratch = field(default_factory=Scratch)
    """Where the arrays are, within the memory allowed; for the large arrays of later stages."""

    @property
    def n_rows(self) -> int:
        """Number of usable interactions."""
        return len(self.ts)

    @property
    def n_accounts(self) -> int:
        """Number of distinct accounts."""
        return len(self.account_ids)

    @property
    def n_contents(self) -> int:
        """Number of distinct contents."""
        return len(self.content_ids)
