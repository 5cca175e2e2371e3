"""The runs below a path: a run's folder, or a folder of runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from cib.algorithms.lineage import match
from cib.datasets.errors import BadDataError, UsageError
from cib.datasets.hostile import printable
from cib.datasets.run_folder import is_run, read_manifest, read_table
from cib.viz.explorer.runs.database import Database
from cib.viz.explorer.runs.errors import RunGone
from cib.viz.explorer.runs.manifests import checked, log_of, moment_of
from cib.viz.explorer.runs.run_tables import RunTables


@dataclass(frozen=True)
class RunFiles:
    """A finished run.

    Attributes
    ----------
    path : its folder
    id : its name, hexadecimal digits
    created : when it was made, with zone UTC
    manifest : see docs/schema.md
    """

    path: Path
    id: str
    created: datetime
    manifest: Mapping[str, Any] = field(repr=False, compare=False)
    database: Database = field(repr=False, compare=False)

    @cached_property
    def tables(self) -> RunTables:
        """Questions to its tables."""
        return RunTables(self.path, self.id, self.database)


class Library:
    """The runs below a path, as they are on the disk at the moment.

    Parameters
    ----------
    path : a run's folder, or a folder of runs (folders directly inside it; names that begin with a
        dot are left alone)

    Raises
    ------
    UsageError
        There is no such folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        if not self.path.is_dir():
            raise UsageError(
                f"{printable(self.path, 300)} is no folder; name a run, or a folder of runs as "
                "given to cib scan --out."
            )
        self.one_run = is_run(self.path)
        """Whether the path is a single run."""
        self._database = Database([self.path])
        self._known: dict[Path, tuple[tuple[int, int], RunFiles]] = {}
        self._problems: list[str] = []
        self._lineages: dict[tuple[str, ...], pa.Table] = {}
        self._lock = threading.Lock()

    def close(self) -> None:
        """Break off what is being asked; nothing can be asked afterwards."""
        self._database.close()

    def runs(self) -> list[RunFiles]:
        """Look at the disk and return the runs there, newest first.

        Those that cannot be read are left out; `problems` says why.
        """
        problems: list[str] = []
        found: dict[str, RunFiles] = {}
        try:
            folders = [self.path] if self.one_run else sorted(self.path.iterdir())
        except OSError as error:
            folders = []
            problems.append(f"{printable(self.path, 300)} cannot be read: {error.strerror}.")
        with self._lock:
            for folder in folders:
                if (folder.name.startswith(".") and folder != self.path) or not is_run(folder):
                    continue
                try:
                    run = self._look_at(folder)
                except BadDataError as error:
                    problems.append(str(error))
                    continue
                if run.id in found:
                    problems.append(
                        f"{printable(folder, 300)} is a copy of run {run.id} and is left out."
                    )
                    continue
                found[run.id] = run
            self._problems = problems
        return sorted(found.values(), key=lambda run: (run.created, run.id), reverse=True)

    def problems(self) -> list[str]:
        """Say what was wrong with runs when `runs` looked last, one sentence each."""
        return list(self._problems)

    def run(self, run_id: str) -> RunFiles:
        """Return a run by its name.

        Raises
        ------
        RunGone
            There is no run of this name (any more).
        """
        for run in self.runs():
            if run.id == run_id:
                return run
        raise RunGone(run_id)

    def previous(self, run_id: str) -> RunFiles | None:
        """Return the newest older run of the same log, None when there is none.

        Logs are the same when their sources are written alike but for digits, as those of two days
        are, and their account ids are of one type.
        """
        runs = self.runs()
        here = next((run for run in runs if run.id == run_id), None)
        if here is None:
            raise RunGone(run_id)
        for run in runs[runs.index(here) + 1 :]:
            try:
                alike = log_of(run.manifest) == log_of(here.manifest)
                if alike and run.tables.source.id_type == here.tables.source.id_type:
                    return run
            except (RunGone, BadDataError):
                continue
        return None

    def lineage(self, run_id: str, previous_id: str | None = None) -> pa.Table | None:
        """Return what became of the previous run's clusters; see `algorithms.lineage.match`.

        Parameters
        ----------
        run_id : the newer run
        previous_id : the older one; None for `previous`

        Returns
        -------
        pa.Table or None
            None when there is no previous run.
        """
        current = self.run(run_id)
        before = self.run(previous_id) if previous_id else self.previous(run_id)
        if before is None:
            return None
        key = tuple(part for run in (current, before) for part in (run.id, run.tables.cache.stamp))
        if key not in self._lineages:
            self._lineages[key] = match(_members(before), _members(current))
        return self._lineages[key]

    def history(self, account_id: Any) -> list[dict[str, Any]]:
        """Return where an account stands in each run, newest run first.

        Returns
        -------
        list of dict
            run_id, created, and what `RunTables.account` says. Runs without the account are left
            out, and so are runs that cannot be read.
        """
        found = []
        for run in self.runs():
            try:
                row = int(run.tables.account_rows([account_id])[0])
                if row >= 0:
                    one = run.tables.account(row)
                    found.append({"run_id": run.id, "created": run.created, **one})
            except (RunGone, BadDataError):
                continue
        return found

    def _look_at(self, folder: Path) -> RunFiles:
        """Read a run's manifest, unless it is the one that was read before."""
        try:
            status = (folder / "manifest.json").stat()
        except OSError as error:
            raise BadDataError(
                f"{printable(folder, 300)} cannot be read: {error.strerror}."
            ) from error
        mark = (status.st_mtime_ns, status.st_ino)
        known = self._known.get(folder)
        if known is not None and known[0] == mark:
            return known[1]
        manifest = checked(read_manifest(folder), folder)
        created = moment_of(manifest, status.st_mtime)
        run = RunFiles(folder, manifest["run_id"], created, manifest, self._database)
        self._known[folder] = (mark, run)
        return run


def _members(run: RunFiles) -> pa.Table:
    """Read who is in which cluster."""
    if not run.path.is_dir():
        raise RunGone(run.id)
    return read_table(run.path, "members").select(["cluster_id", "account_id"])
