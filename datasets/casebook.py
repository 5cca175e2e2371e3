"""The casebook: what people decided about clusters, event by event; nothing is ever rewritten."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from cib.datasets import casebook_schema as schema
from cib.datasets.casebook_schema import BENIGN, CONFIRMED, REPLACING, UNDO
from cib.datasets.cases import Case, CaseState, Event, events_of, state_of
from cib.datasets.errors import CibError, UsageError
from cib.datasets.hostile import printable

WAIT_S = 10.0
"""Seconds to wait for somebody else's write to end."""


class Conflict(CibError):
    """Somebody decided the same thing in the meantime."""

    exit_code = 75

    def __init__(self, events: list[Event]) -> None:
        super().__init__(
            "Somebody decided this in the meantime, and nothing was written: look at what was "
            "decided, then decide again."
        )
        self.events = events
        """What was written meanwhile, oldest first."""


class Casebook:
    """Decisions in a SQLite file that several processes may write at once.

    The file is made when it is not there, readable by its owner alone. Events are only ever added:
    the database itself refuses to change or delete them. Taking one back is an event, too.

    Parameters
    ----------
    path : the file

    Raises
    ------
    UsageError
        It cannot be read or written, or is a folder.
    BadDataError
        It is no casebook, or broken.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            raise UsageError(
                f"the casebook {printable(self.path, 300)} cannot be opened for writing: "
                f"{(error.strerror or str(error)).lower()}; name another file."
            ) from error
        with self._open() as connection:
            schema.prepare(connection, printable(self.path, 300))

    def decide(
        self,
        who: str,
        run_id: str,
        cluster_id: int,
        kind: str,
        value: Any,
        *,
        seen: int,
        accounts: pa.Array | pa.ChunkedArray | None = None,
    ) -> int:
        """Write one decision.

        Parameters
        ----------
        who : who decides
        run_id, cluster_id : the case
        kind : and what `value` holds:
            verdict: {"verdict": "confirmed"}, {"verdict": "benign", "alternative": "shop"},
            {"verdict": "needs more"}, {"verdict": "duplicate", "of": [run_id, cluster_id]};
            a plain word stands for a dict with nothing else;
            note: text; owner: a name, or None for nobody; tag, untag: a word;
            due: a date as 2026-11-30, or None for never
        seen : `last_seq` that the person saw when deciding
        accounts : ids of the cluster's members. They are kept with the first decision that brings
            them, so that a case outlives its run.

        Returns
        -------
        int
            Number of the event; the next `seen`.

        Raises
        ------
        Conflict
            A verdict, an owner or a due date of this case was written or taken back after `seen`,
            by whomever: two browsers may bear one name. Notes and tags add up and never conflict.
        UsageError
            The kind or the value is none of the above.
        TemporaryError
            Somebody else was writing for more than ten seconds, or the disk is full.
        """
        text = json.dumps(schema.checked(kind, value))
        with self._writing() as connection:
            if kind in REPLACING:
                newer = [
                    event
                    for event in self._of_case(connection, run_id, cluster_id)
                    if event.seq > seen and self._touches(connection, event, kind)
                ]
                if newer:
                    raise Conflict(newer)
            seq = schema.add_event(connection, who, run_id, cluster_id, kind, text, None)
            if accounts is not None:
                schema.keep_members(connection, run_id, cluster_id, accounts)
            return seq

    def undo(self, who: str, seq: int) -> int:
        """Take an event back, by another event; taking back an undo brings its event back.

        Raises
        ------
        UsageError
            There is no such event, or it was taken back already.
        TemporaryError
            As for `decide`.
        """
        with self._writing() as connection:
            row = connection.execute(
                "SELECT run_id, cluster_id FROM events WHERE seq = ?", (seq,)
            ).fetchone()
            if row is None:
                raise UsageError(f"there is no decision number {seq} to take back.")
            events = self._of_case(connection, row[0], row[1])
            if next(event for event in events if event.seq == seq).undone:
                raise UsageError(f"decision number {seq} was taken back before.")
            return schema.add_event(connection, who, row[0], row[1], UNDO, "null", seq)

    def state(self, run_id: str, cluster_id: int) -> CaseState:
        """Return where a case stands; an empty state when nobody touched it."""
        with self._open() as connection:
            return state_of(self._of_case(connection, run_id, cluster_id))

    def states(self) -> dict[Case, CaseState]:
        """Return where every case stands that somebody touched."""
        cases: dict[Case, list[Event]] = {}
        for event in self.events():
            cases.setdefault((event.run_id, event.cluster_id), []).append(event)
        return {case: state_of(events) for case, events in cases.items()}

    def last_seq(self) -> int:
        """Return the number of the last event, 0 when there is none."""
        with self._open() as connection:
            row = connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()
            return int(row[0])

    def events(self, since: int = 0, limit: int | None = None) -> list[Event]:
        """Return events after number `since`, oldest first, at most `limit`."""
        with self._open() as connection:
            events = events_of(connection.execute("SELECT * FROM events ORDER BY seq"))
        newer = [event for event in events if event.seq > since]
        return newer if limit is None else newer[:limit]

    def members(self, run_id: str, cluster_id: int) -> pa.Array | None:
        """Return the account ids that were kept with a case, None when none were."""
        with self._open() as connection:
            return schema.members(connection, run_id, cluster_id)

    def verdicts(self, id_type: pa.DataType | None = None) -> pa.Table:
        """Return verdicts on accounts, as `cib scan --verdicts` reads them.

        An account of several cases has the verdict that was given last. Cases that need more,
        repeat another or were taken back say nothing.

        Parameters
        ----------
        id_type : leave out cases whose ids are not of this type. When None, ids are of the type
            that all cases have, and text when they differ.

        Returns
        -------
        pa.Table
            account_id, verdict (`confirmed` or `benign`), alternative (empty when none); one row
            per account, ascending by id.
        """
        states = self.states()
        judged = sorted(
            (max(e.seq for e in state.history if e.kind == "verdict" and not e.undone), case)
            for case, state in states.items()
            if state.verdict in (CONFIRMED, BENIGN)
        )
        with self._open() as connection:
            kept = [(case, schema.members(connection, *case)) for _, case in judged]
        kinds = {ids.type for _, ids in kept if ids is not None}
        kind = id_type or (kinds.pop() if len(kinds) == 1 else pa.string())
        found: dict[Any, tuple[str, str]] = {}
        for case, ids in kept:
            if ids is None or (id_type is not None and ids.type != id_type):
                continue
            said = states[case].verdict or "", states[case].alternative
            found.update(dict.fromkeys(ids.cast(kind).to_pylist(), said))
        order = sorted(found)
        return pa.table(
            {
                "account_id": pa.array(order, kind),
                "verdict": pa.array([found[one][0] for one in order], pa.string()),
                "alternative": pa.array([found[one][1] for one in order], pa.string()),
            }
        )

    @staticmethod
    def _of_case(connection: sqlite3.Connection, run_id: str, cluster_id: int) -> list[Event]:
        return events_of(
            connection.execute(
                "SELECT * FROM events WHERE run_id = ? AND cluster_id = ? ORDER BY seq",
                (run_id, cluster_id),
            )
        )

    @staticmethod
    def _touches(connection: sqlite3.Connection, event: Event, kind: str) -> bool:
        """Whether an event is of a kind, or takes back (at any remove) one that is."""
        seq: int | None = event.seq
        while seq is not None:
            row = connection.execute(
                "SELECT kind, undoes FROM events WHERE seq = ?", (seq,)
            ).fetchone()
            if row[0] == kind:
                return True
            seq = row[1]
        return False

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Give the only connection that may write; all of it is kept or nothing."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """Give a connection, and say in one sentence what is wrong with the file."""
        shown = printable(self.path, 300)
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(self.path, timeout=WAIT_S, isolation_level=None)
            yield connection
        except sqlite3.Error as error:
            raise schema.explained(error, shown) from error
        finally:
            if connection is not None:
                connection.close()
