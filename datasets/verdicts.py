"""Past verdicts: what people decided about accounts, from a Parquet or CSV file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from cib.datasets.errors import BadDataError
from cib.datasets.given_file import GivenFile
from cib.datasets.hostile import printable

ACCOUNT, VERDICT, ALTERNATIVE = "account_id", "verdict", "alternative"
WORDS = {"confirmed": 1, "benign": -1}
"""Verdicts: inauthentic after all, or innocent after all."""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Verdicts by account id."""

    shown: str
    """The file, for messages."""
    ids: pa.Array
    """Distinct ids, text or whole numbers."""
    sign: npt.NDArray[np.int8]
    """(n,) 1 confirmed, −1 benign."""
    alternative: list[str]
    """(n,) innocent explanation that a person named, empty when none."""

    def of_accounts(self, account_ids: pa.Array) -> AccountVerdicts:
        """Find the accounts of a log.

        Parameters
        ----------
        account_ids : distinct ids of the log

        Raises
        ------
        BadDataError
            No id is in the log, or they cannot be ids of this log.
        """
        ids = self.ids.cast(as_ids(self.ids, account_ids.type, self.shown))
        place = np.asarray(pc.fill_null(pc.index_in(ids, value_set=account_ids), -1), np.int64)
        known = np.flatnonzero(place >= 0)
        if len(ids) and not len(known):
            raise BadDataError(
                f"{self.shown}: none of its {len(ids):,} accounts is in the log (the first: "
                f"{printable(self.ids[0].as_py())}); are they ids of this log's accounts?"
            )
        sign = np.zeros(len(account_ids), np.int8)
        sign[place[known]] = self.sign[known]
        named = {int(place[i]): self.alternative[i] for i in known if self.alternative[i]}
        return AccountVerdicts(sign, named, len(ids) - len(known))


@dataclass(frozen=True, slots=True)
class AccountVerdicts:
    """Verdicts on the accounts of one log."""

    sign: npt.NDArray[np.int8]
    """(n_accounts,) 1 confirmed, −1 benign, 0 without a verdict."""
    alternative: dict[int, str]
    """Account code → innocent explanation that a person named."""
    n_elsewhere: int = 0
    """Accounts with a verdict that are not in the log."""


def read_verdicts(file: GivenFile) -> Verdicts:
    """Read verdicts.

    Parameters
    ----------
    file : Parquet, or else CSV with a header; columns account_id, verdict (confirmed or benign)
        and, if you like, alternative. An account may stand in several rows that agree.

    Raises
    ------
    BadDataError
        It cannot be read, a column is missing, an id is null, a verdict is unknown, or an account
        is called both; one sentence that says which and where.
    TemporaryError
        The file changed since it was named.
    """
    shown = printable(file.path, 300)
    table = table_of(file.read(), shown)
    for name in (ACCOUNT, VERDICT):
        if table.column_names.count(name) != 1:
            has = printable(", ".join(table.column_names), 300)
            what = "no column" if name not in table.column_names else "several columns"
            raise BadDataError(f"{shown}: has {what} {name}; it has {has}.")
    kind = table[ACCOUNT].type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not (is_text(kind) or pa.types.is_integer(kind)):
        raise BadDataError(f"{shown}: account_id is {kind}; expected text or whole numbers.")
    ids, words = table[ACCOUNT].to_pylist(), table[VERDICT].to_pylist()
    named: list[Any] = [None] * len(ids)
    if table.column_names.count(ALTERNATIVE) == 1:
        named = table[ALTERNATIVE].to_pylist()
    signs: dict[Any, int] = {}
    alternatives: dict[Any, str] = {}
    for row, (account, word, why) in enumerate(zip(ids, words, named, strict=True), 1):
        if account is None or account == "":
            raise BadDataError(f"{shown}: account_id is empty in row {row:,}.")
        sign = WORDS.get(word) if isinstance(word, str) else None
        if sign is None:
            raise BadDataError(
                f"{shown}: verdict is “{printable(word)}” in row {row:,}; expected "
                f"{' or '.join(WORDS)}."
            )
        if signs.setdefault(account, sign) != sign:
            raise BadDataError(
                f"{shown}: account {printable(account)} is both confirmed and benign (the second "
                f"time in row {row:,}); keep the verdict that holds."
            )
        if why:  # of several the first by alphabet, whatever the order of rows
            text = printable(why, 60)
            alternatives[account] = min(alternatives.get(account, text), text)
    accounts = sorted(signs)
    return Verdicts(
        shown,
        pa.array(accounts, pa.string() if is_text(kind) else kind),
        np.array([signs[account] for account in accounts], np.int8),
        [alternatives.get(account, "") for account in accounts],
    )


def table_of(data: bytes, shown: str) -> pa.Table:
    """Read Parquet, which tells itself by its first bytes, or else CSV; ids in CSV stay text."""
    try:
        if data[:4] == b"PAR1":
            return pq.read_table(io.BytesIO(data))
        texts = dict.fromkeys((ACCOUNT, VERDICT, ALTERNATIVE), pa.string())
        options = pyarrow.csv.ConvertOptions(column_types=texts)
        return pyarrow.csv.read_csv(io.BytesIO(data), convert_options=options)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadDataError(
            f"{shown}: cannot be read as Parquet or CSV: {printable(error, 200)}"
        ) from error


def is_text(kind: pa.DataType) -> bool:
    """Whether a column holds text."""
    return any(
        check(kind)
        for check in (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    )


def as_ids(ids: pa.Array, kind: pa.DataType, shown: str) -> pa.DataType:
    """Return the type of the log's ids, when all ids can be of it.

    Raises
    ------
    BadDataError
        The log's ids are whole numbers and one of these is none.
    """
    try:
        ids.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        bad = next(one for one in ids if not castable(one, kind))
        raise BadDataError(
            f"{shown}: account {printable(bad.as_py())} cannot be an account of this log, whose "
            f"ids are {kind}."
        ) from None
    return kind


def castable(value: pa.Scalar, kind: pa.DataType) -> bool:
    """Whether one value can be of another type."""
    try:
        value.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return False
    return True
