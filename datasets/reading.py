"""Read a log: find the files, stream their rows through the encoders, account for every row."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa

from cib.datasets.batches import Batch, GroupEnd, stream
from cib.datasets.budget import Budget, row_dtypes
from cib.datasets.checking import Checker, Encoders, Findings, Scope, Started
from cib.datasets.columns import BY_NAME, DEFAULT_ACTION, EXTRAS
from cib.datasets.duplicates import MAX_ACTIONS, repeated_rows
from cib.datasets.encoding import MAX_IDS, TextEncoder, encoder_for
from cib.datasets.errors import BadDataError, UsageError
from cib.datasets.footers import Footer, describe, read_footers
from cib.datasets.hostile import printable
from cib.datasets.lanes import Lanes
from cib.datasets.log import InteractionLog, RowAccounting
from cib.datasets.mapping import resolve_map
from cib.datasets.rows import Rows
from cib.datasets.schema import LogSchema, resolve_schema
from cib.datasets.sources import find_files
from cib.datasets.times import iso
from cib.datasets.validation import check_files, check_share

_AHEAD = 3
"""Batches that may be encoded while an earlier one is waited for."""

Progress = Callable[[int, int], None]


def read_log(
    source: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    actions: Collection[str] | None = None,
    since: int | None = None,
    until: int | None = None,
    max_bad_share: float = 0.01,
    memory: int | None = None,
    progress: Progress | None = None,
    extras: Collection[str] | None = None,
    threads: int | None = None,
    scratch: str | os.PathLike[str] | None = None,
) -> InteractionLog:
    """Read, validate and encode an interaction log.

    One pass over the needed columns; memory grows with rows (18 bytes each, and 4 or 8 for each
    optional column; 7 more while repeated rows are looked for) and with distinct ids (their bytes
    and about 60 more each), not with the text of the log. What grows with rows goes to disk where
    `memory` ends. Rows that cannot be used go to `quarantine`; repeated rows are removed, the first
    in file order stays. The result does not depend on `threads`, `memory` or `scratch`.

    Parameters
    ----------
    source
        A file, a folder (its ``*.parquet`` in depth; `other_files` counts the others), a glob, a
        Hive-partitioned data set, or a URI that `pyarrow.fs` or fsspec opens.
    columns
        Our name to "their name" or "their name:unit" (unit s, ms, us or ns of integer times);
        see `parse_map`. Columns not named are found under their own name.
    actions
        Actions to keep; None keeps all.
    since, until
        Microseconds since 1970-01-01 UTC; rows in [since, until) are kept.
    max_bad_share
        Largest share of rows in scope, and of bytes in unreadable files, that quarantine may take.
    memory
        Bytes that the log may take in memory; None does not limit.
    progress
        Called as progress(done_rows, total_rows).
    extras
        Optional columns to keep, of `EXTRAS`; None keeps all that are there.
    threads
        Threads for encoding; None takes one per processor.
    scratch
        Folder for what does not fit into `memory`; None takes the system's for temporary files.

    Returns
    -------
    InteractionLog

    Raises
    ------
    BadDataError
        The source is missing or empty, a column is missing or of a type that cannot serve, more
        is bad than `max_bad_share` allows, or no row is left.
    UsageError
        `columns` or `extras` name a column that does not exist, `memory` is too little for any
        log, or `scratch` is no folder that can be written to.
    TemporaryError
        The distinct ids do not fit into `memory`, the disk has no room for the rest, or a file
        changed while it was read.
    """
    return Reading(
        source,
        columns=columns or {},
        actions=actions,
        since=since,
        until=until,
        max_bad_share=max_bad_share,
        memory=memory,
        progress=progress,
        extras=extras,
        threads=threads,
        scratch=scratch,
    ).run()


class Reading:
    """One reading of a log, with what inspection wants to know besides the log itself.

    Parameters are those of `read_log`; with `max_bad_share` None nothing stops the reading that
    leaves it anything to read, and a log without usable rows is returned as it is; with
    `count_nulls`, optional columns that are not kept are decoded all the same.
    """

    def __init__(
        self,
        source: str | os.PathLike[str],
        *,
        columns: Mapping[str, str],
        actions: Collection[str] | None,
        since: int | None,
        until: int | None,
        max_bad_share: float | None,
        memory: int | None,
        progress: Progress | None,
        extras: Collection[str] | None,
        threads: int | None,
        scratch: str | os.PathLike[str] | None = None,
        count_nulls: bool = False,
    ) -> None:
        self.source = os.fspath(source)
        self.scope = Scope(None if actions is None else frozenset(actions), since, until)
        self.max_bad_share = max_bad_share
        self.progress = progress
        self.count_nulls = count_nulls
        self.threads = threads or os.cpu_count() or 1
        refs = resolve_map(columns)
        for name in extras or ():
            if name not in EXTRAS:
                raise UsageError(f"extras: {printable(name)} is not one of {', '.join(EXTRAS)}")
        found = find_files(source)
        self.other_files = found.other_files
        self.footers: Sequence[Footer] = read_footers(found.files)
        self.findings = Findings()
        self._check_files()
        self.schema: LogSchema = resolve_schema(self.footers, refs)
        self.extras = tuple(
            name
            for name in self.schema.refs
            if name in EXTRAS and (extras is None or name in extras)
        )
        self.total = sum(footer.rows for footer in self.footers)
        self._encoders: Encoders = {
            name: encoder_for(
                self.schema.families[name],
                name,
                self.schema.id_types[name],
                limit=MAX_ACTIONS if name == "action" else MAX_IDS,
            )
            for name in ("account_id", "content_id", "action", *self.extras)
            if name in self.schema.families
        }
        self._dtypes = row_dtypes(self.schema, self.extras)
        self._budget = Budget(self.source, self.total, memory, scratch)
        self._rows = Rows(self._dtypes, 0)
        self._group_start = 0
        """Rows before the current row group."""

    def run(self) -> InteractionLog:
        """Read all rows."""
        try:
            self._read()
            return self._finish()
        except MemoryError as error:
            raise self._budget.exceeded("more memory than the machine gave") from error

    # Before reading

    def _check_files(self) -> None:
        """Note unreadable files; stop when nothing else is left."""
        faulty = [footer for footer in self.footers if footer.fault is not None]
        for footer in faulty:
            self.findings.quarantine.add(footer.file.name, "", footer.fault or "", 0)
        limit = 1.0 if self.max_bad_share is None else self.max_bad_share
        if len(faulty) == len(self.footers):
            limit = -1.0
        check_files(
            self.source,
            ((f.file.name, f.file.size, f.fault or "") for f in faulty),
            sum(footer.file.size for footer in self.footers),
            limit,
        )
        if not any(footer.rows for footer in self.footers):
            raise BadDataError(
                f"{printable(self.source, 300)}: has no rows "
                f"({len(self.footers) - len(faulty)} files, all empty); nothing can be scanned"
            )

    # Reading

    def _read(self) -> None:
        """Stream all batches; a row group counts only once it is complete."""
        for footer, where in zip(self.footers, self.schema.files, strict=True):
            if footer.rows and where.missing is not None:
                theirs = self.schema.refs[where.missing].theirs
                reason = f"no column {printable(theirs)}"
                self.findings.quarantine.add(
                    footer.file.name, where.missing, reason, footer.rows, 0
                )
        done = self.findings.quarantine.rows
        self._check_share(done)
        expected = self.total if self.scope == Scope() else 0
        self._rows = Rows(self._dtypes, expected, self._budget.scratch)
        names = [
            name
            for name in self.schema.refs
            if name not in EXTRAS or name in self.extras or self.count_nulls
        ]
        checker = Checker(self.footers, self.schema, self._encoders, self.extras, self.scope)
        group, waiting = Findings(), deque[tuple[Findings, Started | GroupEnd]]()
        with Lanes((*self._encoders, "event_id"), self.threads) as lanes:
            for item in stream(
                self.footers, self.schema, names, self.scope.since, self.scope.until
            ):
                if isinstance(item, Batch):
                    waiting.append((group, checker.start(item, group, lanes)))
                else:
                    waiting.append((group, item))
                    group = Findings()
                if len(waiting) > _AHEAD:
                    done = self._settle(checker, *waiting.popleft(), done)
            while waiting:
                done = self._settle(checker, *waiting.popleft(), done)

    def _settle(
        self, checker: Checker, group: Findings, item: Started | GroupEnd, done: int
    ) -> int:
        """Take over the rows of a batch, or end a row group; returns the rows done with."""
        if isinstance(item, Started):
            self._rows.append(*checker.finish(item))
            return done
        if item.fault is not None:
            self._rows.length = self._group_start
            self.findings.quarantine.add(
                self.footers[item.file].file.name, "", item.fault, item.n_rows, item.first_row
            )
        else:
            self.findings.merge(group)
            if item.outside is not None:
                low, high = item.outside
                self.findings.merge(Findings(n_outside=item.n_rows, earliest=low, latest=high))
        self._group_start = self._rows.length
        done += item.n_rows
        self._check_share(done)
        self._budget.count(self._encoders.values(), self._rows)
        if self.progress is not None:
            self.progress(done, self.total)
        return done

    def _check_share(self, done: int) -> None:
        if self.max_bad_share is not None:
            check_share(
                self.source,
                self.findings.quarantine,
                done,
                self.total,
                self.findings.n_outside,
                self.max_bad_share,
            )

    # After reading

    def _finish(self) -> InteractionLog:
        """Remove duplicates, rank the ids, and account for every row."""
        pa.default_memory_pool().release_unused()  # decoding is over
        rows = self._rows
        kept = rows.length
        if not kept and self.max_bad_share is not None:
            raise self._nothing_left()
        scratch = self._budget.scratch
        if kept:
            for encoder in self._encoders.values():
                encoder.close()
            self._budget.count(self._encoders.values())
            repeat = repeated_rows(
                rows["account_id"],
                rows["content_id"],
                rows["action"],
                rows["ts"],
                event=rows["event_id"] if "event_id" in self.schema.refs else None,
                threads=self.threads,
                scratch=scratch,
            )
            rows.drop(repeat)
            scratch.release(repeat)
        if "event_id" in self.schema.refs:
            rows.forget("event_id")
        with ThreadPoolExecutor(self.threads) as pool:
            ids = dict(zip(self._encoders, pool.map(self._rank, self._encoders), strict=True))
        self._budget.settle(ids.values(), rows)
        extras: dict[str, pa.Array] = {}
        for name in self.extras:
            if name in ids:
                extras[name] = rows.dictionary(name, ids[name])
            else:
                kind = {"int32": pa.int32(), "int64": pa.int64()}.get(
                    BY_NAME[name].kind, pa.timestamp("us", "UTC")
                )
                extras[name] = rows.numbers(name, kind)
        names = (
            tuple(ids["action"].to_pylist())
            if "action" in ids
            else ((DEFAULT_ACTION,) if rows.length else ())
        )
        return InteractionLog(
            account=rows["account_id"],
            content=rows["content_id"],
            action=rows["action"],
            ts=rows["ts"],
            account_ids=ids["account_id"],
            content_ids=ids["content_id"],
            action_names=names,
            extras=extras,
            accounting=RowAccounting(
                read=self.total,
                used=rows.length,
                quarantined=self.findings.quarantine.rows,
                duplicates=kept - rows.length,
                out_of_scope=self.findings.n_outside,
            ),
            quarantine=self.findings.quarantine.table(),
            notes=self.findings.notes.table(),
            actions_found=() if self.scope.actions is None else tuple(self._actions()),
            inputs=tuple(describe(footer) for footer in self.footers),
            other_files=self.other_files,
            scratch=scratch,
        )

    def _rank(self, name: str) -> pa.Array:
        """Put ranks in the place of codes; returns the ids in use, ascending."""
        rows, encoder = self._rows, self._encoders[name]
        everything = rows.length == self.total  # every id ever seen has its row
        used = np.ones(encoder.count, np.bool_) if everything else rows.used(name, encoder.count)
        ids, rank = encoder.finish(used, self.schema.id_types[name])
        rows.rank(name, rank)
        return ids

    def _actions(self) -> list[str]:
        """The actions of the rows in the period, asked for or not, ascending."""
        encoder = self._encoders.get("action")
        if not isinstance(encoder, TextEncoder):
            return [DEFAULT_ACTION]
        return sorted(encoder.text(code) for code in range(encoder.count))

    def _nothing_left(self) -> BadDataError:
        """The error for a log of which no row is in scope, saying what there is instead."""
        found = ""
        if self.scope.actions is not None and "action" in self._encoders:
            names = (printable(name, 40) for name in self._actions()[:10])
            found = f"; actions found: {', '.join(names)}"
        if self.findings.earliest is not None and self.findings.latest is not None:
            found += f"; times found: {iso(self.findings.earliest)} to {iso(self.findings.latest)}"
        return BadDataError(
            f"{printable(self.source, 300)}: none of {self.total:,} rows is left "
            f"({self.findings.n_outside:,} outside --action, --since or --until, "
            f"{self.findings.quarantine.rows:,} in quarantine){found}; widen the scan"
        )
