"""Runs on disk: named by what went in, written aside, published by one rename."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.errors import TemporaryError, UsageError
from cib.datasets.run_folder import MANIFEST, REPORT, is_run, table_path

STAGING_SUFFIX = ".unfinished"
_STAGING = re.compile(rf"\.[0-9a-f]{{32}}{re.escape(STAGING_SUFFIX)}")
ROW_GROUP = 1 << 15
"""Rows read together. Tables are in order of cluster or of account, so that what belongs to one
is found by the statistics of row groups without reading the rest."""
DISTINCT = {"accounts": ("account_id", "first_ts", "last_ts"), "alternatives": ("statement",)}
"""Columns of tables with nearly as many values as rows, for which a dictionary is lost work."""
UNWRITABLE = frozenset(
    (
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOTDIR,
        errno.EEXIST,
        errno.ELOOP,
        errno.ENAMETOOLONG,
    )
)
"""Failures that trying again does not mend."""


def run_id(
    version: str,
    settings: Mapping[str, Any],
    inputs: Sequence[Mapping[str, Any]],
    weights: bytes = b"",
) -> str:
    """Name a run by version, configuration, input and weights: the same scan has the same name."""
    what = json.dumps(
        {
            "version": version,
            "settings": settings,
            "inputs": list(inputs),
            "weights": hashlib.sha256(weights).hexdigest(),
        },
        sort_keys=True,
    )
    return hashlib.sha256(what.encode()).hexdigest()[:16]


@contextmanager
def staging(out: Path) -> Iterator[Path]:
    """Give a folder in `out` to write a run into; it is gone afterwards unless published.

    What a killed scan left behind is removed first. A lock, which dies with its process, tells
    the leavings of a killed scan from the work of a living one.
    """
    # named before it is made, so that an interruption at any moment finds what to remove
    folder = out / f".{uuid.uuid4().hex}{STAGING_SUFFIX}"
    lock: IO[str] | None = None
    try:
        try:
            make_folder(out)
            with alone_in(out) as alone:
                remove_leavings(out, alone)
                folder.mkdir(mode=0o700)
                lock = (folder / "lock").open("w")
                hold(lock)
            yield folder
        except OSError as error:
            raise writing_failed(out, error) from error
    finally:
        if lock is not None:
            lock.close()
        shutil.rmtree(folder, ignore_errors=True)


def make_folder(out: Path) -> None:
    """Make the folder for runs, where it is not there.

    Raises
    ------
    UsageError
        The file system has no such place, as under /proc. Later, what is missing was removed by
        somebody, and trying again helps.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except FileNotFoundError as error:
        raise unwritable(out, error) from error


@contextmanager
def alone_in(out: Path) -> Iterator[bool]:
    """Keep other scans from tidying a folder, so that none takes a new staging for leavings.

    False where there are no locks.
    """
    try:
        import fcntl
    except ImportError:
        yield False
        return
    handle = os.open(out, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            alone = True
        except OSError:  # a file system without locks
            alone = False
        yield alone
    finally:
        os.close(handle)


def hold(file: IO[str]) -> bool:
    """Lock a file for this process; False when another process holds it."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system: leave the leavings of others alone
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def remove_leavings(out: Path, alone: bool) -> None:
    """Remove the unfinished folders that no living scan holds; what others named so stays.

    `alone` says that no other scan is just about to make one.
    """
    for folder in out.glob(f".*{STAGING_SUFFIX}"):
        if not _STAGING.fullmatch(folder.name):
            continue
        if alone:
            with suppress(OSError):
                folder.rmdir()  # empty: its scan was killed before there was a lock
        with suppress(OSError), (folder / "lock").open("r+") as lock:
            if hold(lock):
                shutil.rmtree(folder, ignore_errors=True)


def publish(
    folder: Path,
    out: Path,
    name: str,
    tables: Mapping[str, pa.Table],
    manifest: Mapping[str, Any],
    report: Callable[[], str],
) -> Path:
    """Write a run into its staging folder and make it visible at once under its name.

    `report` renders the page, which it does while the tables are written.

    Returns
    -------
    Path
        The published folder. When another scan published the same run first, that one stays: it
        holds the same tables.
    """
    final = out / name
    ready = folder / "run"
    ready.mkdir()
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write_tables, ready, tables)
        page = report()
        writing.result()
    for file_name, text in ((MANIFEST, json.dumps(manifest, indent=2) + "\n"), (REPORT, page)):
        with (ready / file_name).open("wb") as file:
            file.write(text.encode())
            persist(file)
    try:
        ready.rename(final)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY) or not is_run(final):
            raise
    return final


def write_tables(folder: Path, tables: Mapping[str, pa.Table]) -> None:
    """Write the tables of a run as Parquet."""
    for name, table in tables.items():
        with table_path(folder, name).open("wb") as file:
            distinct = DISTINCT.get(name, ())
            pq.write_table(
                table,
                file,
                compression="zstd",
                row_group_size=ROW_GROUP,
                use_dictionary=[column for column in table.column_names if column not in distinct],
            )
            persist(file)


def persist(file: IO[bytes]) -> None:
    """Have the system put a file on the disk before the run becomes visible."""
    file.flush()
    os.fsync(file.fileno())


def writing_failed(out: Path, error: OSError) -> Exception:
    """Turn a failed write into one sentence that says whether trying again helps."""
    if error.errno in UNWRITABLE:
        return unwritable(out, error)
    return TemporaryError(
        f"writing to {out} failed: {reason_of(error)}; nothing was published, and what was "
        f"written is removed. Make room or choose another --out, then run it again."
    )


def unwritable(out: Path, error: OSError) -> UsageError:
    """Say that nothing can ever be written to a folder."""
    return UsageError(f"--out {out} cannot be written: {reason_of(error)}; choose another folder.")


def reason_of(error: OSError) -> str:
    """What the system says of a failure."""
    return os.strerror(error.errno).lower() if error.errno else str(error)
