"""The casebook's file: its tables, what may stand in them, and what SQLite's errors mean."""

from __future__ import annotations

import sqlite3
import time
from datetime import date
from typing import Any

import pyarrow as pa

from cib.datasets.errors import BadDataError, CibError, TemporaryError, UsageError
from cib.datasets.hostile import printable

CONFIRMED, BENIGN, NEEDS_MORE, DUPLICATE = "confirmed", "benign", "needs more", "duplicate"
VERDICTS = (CONFIRMED, BENIGN, NEEDS_MORE, DUPLICATE)
KINDS = ("verdict", "note", "owner", "tag", "untag", "due")
REPLACING = ("verdict", "owner", "due")
"""Kinds of which a case has one at a time, so that a later one replaces an earlier one."""
UNDO = "undo"
APPLICATION = 0x63696243
"""Stands in the file's header ("cibC"), so that another program's database is not taken for one."""
LONGEST = 20_000
"""Characters of the longest text."""

TABLES = """
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    ts_us INTEGER NOT NULL,
    who TEXT NOT NULL,
    run_id TEXT NOT NULL,
    cluster_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    undoes INTEGER REFERENCES events (seq)
) STRICT;
CREATE INDEX IF NOT EXISTS events_of_case ON events (run_id, cluster_id);
CREATE TABLE IF NOT EXISTS cases (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    cluster_id INTEGER NOT NULL,
    id_type TEXT NOT NULL,
    UNIQUE (run_id, cluster_id)
) STRICT;
CREATE TABLE IF NOT EXISTS members (
    number INTEGER NOT NULL REFERENCES cases (number),
    account_id TEXT NOT NULL,
    PRIMARY KEY (number, account_id)
) STRICT, WITHOUT ROWID;
"""
APPEND_ONLY = """
CREATE TRIGGER IF NOT EXISTS {table}_no_{what} BEFORE {what} ON {table}
BEGIN SELECT RAISE(ABORT, 'the casebook is append-only'); END;
"""
NO_REPLACING = """
CREATE TRIGGER IF NOT EXISTS {table}_no_replacing BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {key})
BEGIN SELECT RAISE(ABORT, 'the casebook is append-only'); END;
"""
"""INSERT OR REPLACE deletes without asking the other triggers."""
KEYS = {
    "events": "seq = NEW.seq",
    "cases": "number = NEW.number OR (run_id = NEW.run_id AND cluster_id = NEW.cluster_id)",
    "members": "number = NEW.number AND account_id = NEW.account_id",
}
ID_TYPES = {
    str(kind): kind
    for kind in (
        pa.string(), pa.int8(), pa.int16(), pa.int32(), pa.int64(),
        pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64(),
    )
}  # fmt: skip


def prepare(connection: sqlite3.Connection, shown: str) -> None:
    """Make the tables of a new casebook; leave one that has them alone.

    Raises
    ------
    BadDataError
        The file is another program's database.
    """
    connection.execute("BEGIN")  # both from one moment: another process may be making it
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (n_tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    connection.execute("COMMIT")
    if application == APPLICATION:
        return
    if application or n_tables:
        raise BadDataError(f"{shown} is a database, but no casebook of cib; name another file.")
    connection.execute("PRAGMA journal_mode = WAL")
    triggers = "".join(
        APPEND_ONLY.format(table=table, what=what)
        for table in KEYS
        for what in ("UPDATE", "DELETE")
    )
    triggers += "".join(NO_REPLACING.format(table=table, key=key) for table, key in KEYS.items())
    connection.executescript(
        f"BEGIN IMMEDIATE;{TABLES}{triggers}PRAGMA application_id = {APPLICATION};COMMIT;"
    )


def checked(kind: str, value: Any) -> Any:
    """Return a value as it is kept.

    Raises
    ------
    UsageError
        The kind is unknown, or the value is none of its values.

    Examples
    --------
    >>> checked("verdict", "confirmed")
    {'verdict': 'confirmed'}
    """
    if kind not in KINDS:
        raise UsageError(f"a decision is one of {', '.join(KINDS)}, not {printable(kind, 40)}.")
    if kind == "verdict":
        return _verdict({"verdict": value} if isinstance(value, str) else value)
    if value is None and kind in ("owner", "due"):
        return None
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST:
        raise UsageError(f"a {kind} is a text of 1 to {LONGEST:,} characters.")
    if kind == "due":
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError as error:
            raise UsageError("a due date is written 2026-11-30.") from error
    return value if kind == "note" else value.strip()


def _verdict(value: Any) -> dict[str, Any]:
    """Return a verdict as it is kept."""
    word = value.get("verdict") if isinstance(value, dict) else None
    if word not in VERDICTS:
        raise UsageError(f"a verdict is one of {', '.join(VERDICTS)}.")
    kept: dict[str, Any] = {"verdict": word}
    alternative = value.get("alternative")
    if word == BENIGN and alternative:
        if not isinstance(alternative, str) or len(alternative) > LONGEST:
            raise UsageError("an innocent explanation is a text.")
        kept["alternative"] = alternative.strip()
    if word == DUPLICATE:
        match value.get("of"):
            case [str(run), int(cluster)]:
                kept["of"] = [run, cluster]
            case _:
                raise UsageError("a duplicate names the run and the cluster that it repeats.")
    return kept


def add_event(
    connection: sqlite3.Connection,
    who: str,
    run_id: str,
    cluster_id: int,
    kind: str,
    value: str,
    undoes: int | None,
) -> int:
    """Add an event and return its number."""
    cursor = connection.execute(
        "INSERT INTO events (ts_us, who, run_id, cluster_id, kind, value, undoes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (time.time_ns() // 1000, who, run_id, int(cluster_id), kind, value, undoes),
    )
    return int(cursor.lastrowid or 0)


def keep_members(
    connection: sqlite3.Connection,
    run_id: str,
    cluster_id: int,
    accounts: pa.Array | pa.ChunkedArray,
) -> None:
    """Keep the accounts of a case, unless they are kept already.

    Raises
    ------
    UsageError
        They are neither text nor whole numbers.
    """
    known = connection.execute(
        "SELECT 1 FROM cases WHERE run_id = ? AND cluster_id = ?", (run_id, int(cluster_id))
    ).fetchone()
    if known is not None:
        return
    kind = accounts.type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not pa.types.is_integer(kind):
        kind = pa.string()
    try:
        ids = accounts.cast(kind).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise UsageError(f"account ids are text or whole numbers, not {accounts.type}.") from error
    number = connection.execute(
        "INSERT INTO cases (run_id, cluster_id, id_type) VALUES (?, ?, ?)",
        (run_id, int(cluster_id), str(kind)),
    ).lastrowid
    connection.executemany(
        "INSERT INTO members VALUES (?, ?)",
        ((number, text) for text in dict.fromkeys(str(one) for one in ids if one is not None)),
    )


def members(connection: sqlite3.Connection, run_id: str, cluster_id: int) -> pa.Array | None:
    """Return the accounts of a case in the type they came in, None when none were kept."""
    case = connection.execute(
        "SELECT number, id_type FROM cases WHERE run_id = ? AND cluster_id = ?",
        (run_id, int(cluster_id)),
    ).fetchone()
    if case is None:
        return None
    rows = connection.execute("SELECT account_id FROM members WHERE number = ?", case[:1])
    kind = ID_TYPES[case[1]]
    ids = [row[0] for row in rows]
    return pa.array(ids if kind == pa.string() else sorted(map(int, ids)), kind)


def explained(error: sqlite3.Error, shown: str) -> CibError:
    """Say in one sentence what SQLite complains of; no name or text of a decision is in it."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return TemporaryError(
            f"the casebook {shown} is being written by somebody else; nothing was written, try "
            "again."
        )
    if code == sqlite3.SQLITE_FULL:
        return TemporaryError(
            f"the disk of the casebook {shown} is full; nothing was written. Make room, then try "
            "again."
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return UsageError(
            f"the casebook {shown} cannot be written: the file or its folder is read-only; name "
            "another file."
        )
    return BadDataError(
        f"the casebook {shown} cannot be read ({printable(error, 120)}): it is broken, or no "
        "casebook. Put a copy in its place, or name another file."
    )
