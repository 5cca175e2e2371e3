"""What is true of a log: its accounts and rings, read from the folder that a generator wrote.

`account.parquet` and `ring.parquet` are needed. `event.parquet` (the inauthentic events) and the
market in the log's `accounts.parquet` serve single measures, which say when they lack them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cib.datasets.errors import BadDataError
from cib.datasets.hostile import printable

GREY = "grey"
UNKNOWN_MARKET = "unknown"


@dataclass(frozen=True)
class Truth:
    """Accounts and rings of one log; ring codes are places in `rings`."""

    folder: Path
    account_ids: pa.Array
    accounts: pa.Table
    """`account.parquet`, one row per entry of `account_ids`"""
    ring: npt.NDArray[np.int64]
    """(n_accounts,) −1 for none"""
    second_ring: npt.NDArray[np.int64]
    """(n_accounts,) another ring of the account, −1 for none"""
    markets: pa.Array | None
    """(n_accounts,) as text, null where unknown; None when there is no table of them"""
    rings: pa.Table
    """`ring.parquet`, by ring_id"""
    seed: int | None
    """Seed of the world, where it says so"""
    degrade: str | None
    """What was taken from the log on purpose, where it says so"""

    def column(self, name: str) -> pa.Array:
        """(n_accounts,) column of `account.parquet` as text; all null when it is not there."""
        if name not in self.accounts.column_names:
            return pa.nulls(len(self.accounts), pa.string())
        return text(self.accounts[name])

    def ring_names(self, name: str) -> list[str | None]:
        """(n_rings,) column of `ring.parquet` as text; all None when it is not there."""
        if name not in self.rings.column_names:
            return [None] * len(self.rings)
        names: list[str | None] = text(self.rings[name]).to_pylist()
        return names

    def ring_numbers(self, name: str) -> list[float | None]:
        """(n_rings,) column of `ring.parquet` as numbers; all None when it is not there.

        Raises
        ------
        BadDataError
            It holds something else.
        """
        if name not in self.rings.column_names:
            return [None] * len(self.rings)
        path = self.folder / "ring.parquet"
        numbers: list[float | None] = cast(self.rings, name, pa.float64(), path).to_pylist()
        return numbers

    def ring_times(self, name: str) -> npt.NDArray[np.int64]:
        """(n_rings,) times of `ring.parquet`, microseconds since 1970.

        Raises
        ------
        BadDataError
            Some are null or no times.
        """
        column, path = self.rings[name], self.folder / "ring.parquet"
        if column.null_count or not pa.types.is_timestamp(column.type):
            raise BadDataError(
                f"{printable(path, 300)}: {name} is {column.type} with {column.null_count} nulls; "
                "expected a timestamp in every row."
            )
        return microseconds(column)

    @property
    def grey(self) -> npt.NDArray[np.bool_]:
        """(n_accounts,) whether people may disagree about the account."""
        return flags(pc.equal(self.column("policy_view"), GREY))

    @property
    def unlabelled(self) -> npt.NDArray[np.bool_]:
        """(n_accounts,) whether nothing is said of an account; such ones are presumed honest."""
        return flags(pc.is_null(self.column("policy_view"))) & (self.ring < 0)


def read_truth(source: str | Path) -> Truth:
    """Read the truth of a log.

    Parameters
    ----------
    source : the folder that `cib generate` wrote, or its folder `truth`

    Raises
    ------
    BadDataError
        A file or column is missing or does not fit the others.
    """
    given = Path(source)
    if not given.is_dir():
        raise BadDataError(f"{printable(given, 300)}: no such folder; name the one with the truth.")
    folder = given / "truth" if (given / "truth").is_dir() else given
    world = folder.parent
    accounts = read_columns(folder / "account.parquet", ("account_id", "ring_id"))
    rings = read_columns(folder / "ring.parquet", ("ring_id",)).sort_by("ring_id")
    ids = plain(accounts["account_id"])
    check_distinct(ids, folder / "account.parquet", "account_id")
    names = text(rings["ring_id"])
    check_distinct(names, folder / "ring.parquet", "ring_id")
    ring = ring_codes(accounts, "ring_id", names, folder)
    second = ring_codes(accounts, "ring_id_2", names, folder)
    second[second == ring] = -1
    empty = np.setdiff1d(np.arange(len(names)), np.concatenate([ring, second]))
    if len(empty):
        lost = names[int(empty[0])].as_py()
        raise BadDataError(
            f"{printable(folder / 'ring.parquet', 300)}: ring {printable(lost)} has no account in "
            "account.parquet; the two files are not of one world."
        )
    manifest = read_manifest(world)
    seeds = set() if "seed" not in rings.column_names else set(rings["seed"].to_pylist())
    seed = manifest.get("seed", seeds.pop() if len(seeds) == 1 else None)
    degrade = manifest.get("degrade")
    return Truth(
        folder=folder,
        account_ids=ids,
        accounts=accounts,
        ring=ring,
        second_ring=second,
        markets=read_markets(world / "accounts.parquet", ids),
        rings=rings,
        seed=seed if isinstance(seed, int) else None,
        degrade=degrade if isinstance(degrade, str) else None,
    )


def read_streams(truth: Truth) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None:
    """Ring and time (microseconds since 1970) of each inauthentic event that counted.

    None when the truth has no `event.parquet`.
    """
    path = truth.folder / "event.parquet"
    if not path.is_file():
        return None
    events = read_columns(path, ("ring_id", "ts", "monetised"), only=True)
    counted = cast(events, "monetised", pa.bool_(), path)
    events = events.filter(pc.fill_null(counted, False))
    cast(events, "ts", pa.timestamp("us", "UTC"), path)  # stops when these are no times
    ring = ring_codes(events, "ring_id", text(truth.rings["ring_id"]), truth.folder, path.name)
    ts = microseconds(events["ts"])
    return ring[ring >= 0], ts[ring >= 0]


def read_columns(path: Path, needed: Sequence[str], *, only: bool = False) -> pa.Table:
    """Read a Parquet file that must have certain columns.

    Parameters
    ----------
    path : the file
    needed : columns that must be there
    only : read no other ones

    Raises
    ------
    BadDataError
        It is missing, not Parquet, or lacks a column.
    """
    shown = printable(path, 300)
    if not path.is_file():
        raise BadDataError(f"{shown}: no such file; expected the columns {', '.join(needed)}.")
    try:
        with pa.OSFile(os.fsencode(path).decode("utf-8", "surrogateescape")) as file:
            parquet = pq.ParquetFile(file)
            present = parquet.schema_arrow.names
            missing = [name for name in needed if name not in present]
            if missing:
                raise BadDataError(
                    f"{shown}: has no column {' and '.join(missing)}; it has "
                    f"{printable(', '.join(present), 300)}."
                )
            return parquet.read(columns=list(needed) if only else None)
    except (OSError, pa.ArrowException) as error:
        raise BadDataError(
            f"{shown}: cannot be read as Parquet: {printable(error, 200)}"
        ) from error


def read_manifest(world: Path) -> dict[str, Any]:
    """Return the generator's manifest, empty when there is none."""
    try:
        manifest = json.loads((world / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def read_markets(path: Path, ids: pa.Array) -> pa.Array | None:
    """Market of each account from the log's table of accounts; None when there is no such table."""
    if not path.is_file():
        return None
    table = read_columns(path, ("account_id", "market"), only=True)
    place = positions(ids, plain(table["account_id"]), path)
    return text(table["market"]).take(pa.array(place, mask=place < 0))


def ring_codes(
    table: pa.Table, column: str, names: pa.Array, folder: Path, file: str = "account.parquet"
) -> npt.NDArray[np.int64]:
    """Place of each row's ring in `names`, −1 for null.

    Raises
    ------
    BadDataError
        A ring is not in ring.parquet.
    """
    if column not in table.column_names:
        return np.full(len(table), -1)
    rings = text(table[column])
    code = np.asarray(pc.fill_null(pc.index_in(rings, value_set=names), -1), np.int64)
    lost = (code < 0) & ~flags(pc.is_null(rings))
    if lost.any():
        first = rings[int(lost.argmax())].as_py()
        raise BadDataError(
            f"{printable(folder / file, 300)}: {column} names ring {printable(first)}, which "
            "ring.parquet does not have; the two files are not of one world."
        )
    return code


def positions(
    ids: pa.Array, among: pa.Array, path: Path, column: str = "account_id"
) -> npt.NDArray[np.int64]:
    """Place of each id among others, −1 where it is not; integers of any width are compared.

    Parameters
    ----------
    ids, among : what is looked up, and where
    path, column : what `among` was read from

    Raises
    ------
    BadDataError
        One side has integers and the other text.
    """
    if not len(ids) or not len(among):
        return np.full(len(ids), -1)
    if ids.type != among.type:
        if pa.types.is_integer(ids.type) != pa.types.is_integer(among.type):
            raise BadDataError(
                f"{printable(path, 300)}: {column} is {among.type} here and {ids.type} "
                "elsewhere; the two are not of one log."
            )
        try:
            among = among.cast(ids.type)
        except pa.ArrowInvalid:
            kept = pc.cast(among, ids.type, safe=False)
            among = pc.if_else(pc.equal(pc.cast(kept, among.type, safe=False), among), kept, None)
    return np.asarray(pc.fill_null(pc.index_in(ids, value_set=among), -1), np.int64)


def check_distinct(ids: pa.Array, path: Path, column: str) -> None:
    """Stop when an id is null or stands twice."""
    if ids.null_count:
        row = int(flags(pc.is_null(ids)).argmax())
        raise BadDataError(f"{printable(path, 300)}: {column} is null in row {row}.")
    counts = pc.value_counts(ids)
    n = np.asarray(counts.field("counts"))
    if (n > 1).any():
        first = counts.field("values")[int((n > 1).argmax())].as_py()
        raise BadDataError(
            f"{printable(path, 300)}: {column} {printable(first)} stands in several rows; expected "
            "one row each."
        )


def cast(table: pa.Table, name: str, kind: pa.DataType, path: Path) -> pa.Array:
    """Return a column as another type.

    Raises
    ------
    BadDataError
        It cannot be one.
    """
    column = plain(table[name])
    try:
        return column.cast(kind, safe=not pa.types.is_timestamp(kind))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise BadDataError(
            f"{printable(path, 300)}: {name} is {column.type} and cannot be read as {kind}."
        ) from error


def plain(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array: dictionaries decoded, text with small offsets."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        kind = pa.string()
    column = column.cast(kind)  # chunks may have dictionaries of their own
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], kind)


def text(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of names as text, whatever type holds them."""
    return plain(column).cast(pa.string())


def flags(column: pa.Array) -> npt.NDArray[np.bool_]:
    """Return a boolean column as an array, nulls as False."""
    return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), np.bool_)


def microseconds(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Times as microseconds since 1970, UTC when without zone."""
    array = plain(column)
    if pa.types.is_timestamp(array.type):
        array = array.cast(pa.timestamp("us", array.type.tz), safe=False).cast(pa.int64())
    return np.asarray(array.cast(pa.int64()), np.int64)
