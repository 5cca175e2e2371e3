"""Findings: what a method says of a log, read from a scan or from three plain tables.

Any method can be evaluated that writes a folder with

- `accounts.parquet`: account_id, score (the higher, the more suspect)
- `clusters.parquet`: cluster_id, rank (1 first), score, reported (whether it calls it inauthentic)
- `members.parquet`: cluster_id, account_id

Accounts that are not listed count as least suspect.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.algorithms.evaluation.trial import Trial
from cib.datasets.errors import BadDataError
from cib.datasets.hostile import printable
from cib.datasets.run_folder import is_run
from cib.datasets.truth import (
    Truth,
    check_distinct,
    flags,
    microseconds,
    plain,
    positions,
    read_columns,
)
from cib.run import Run, open_run

FINDINGS = {
    "accounts": ("account_id", "score"),
    "clusters": ("cluster_id", "rank", "score", "reported"),
    "members": ("cluster_id", "account_id"),
}
"""The tables of a folder of findings and their columns."""

PREDICTED = "predicted"
"""Column of a scan's clusters: how probable it holds it that a cluster is inauthentic."""

SCAN = "cib"
"""Name of our own scans in tables that compare methods."""

DESCRIPTION = "findings.json"
"""May stand beside the tables and say `name`, `degrade`, `seed` and `until` (ISO 8601)."""


@dataclass(frozen=True)
class Findings:
    """What one method says of one log."""

    name: str
    where: str
    """Folder, for messages."""
    accounts: pa.Table
    clusters: pa.Table
    members: pa.Table
    until_us: int | None
    """Where the log ends that it looked at, microseconds since 1970; None when unknown."""
    whole: bool
    """Whether it looked at the whole log, not at what had happened until a moment it was told."""
    degrade: str | None = None
    seed: int | None = None


def read_findings(source: Run | str | Path, name: str | None = None) -> Findings:
    """Read the findings of a scan or of another method.

    Parameters
    ----------
    source : a run, its folder, or a folder with the three tables
    name : how the method is called; "cib" for a scan, else the folder's name, when None

    Raises
    ------
    BadDataError
        There is no such folder, or a table is missing or cannot be used.
    """
    if isinstance(source, Run):
        return findings_of(source, name)
    folder = Path(source)
    if not folder.is_dir():
        raise BadDataError(
            f"{printable(folder, 300)}: no such folder; name a run of cib scan or a folder of "
            "findings."
        )
    if is_run(folder):
        return findings_of(open_run(folder), name)
    if not (folder / "accounts.parquet").is_file():
        inside = [path for path in sorted(folder.iterdir()) if is_run(path)]
        hint = f", such as {inside[0].name} inside it" if inside else ""
        raise BadDataError(
            f"{printable(folder, 300)}: neither a run of cib scan{hint} nor a folder with "
            f"{', '.join(f'{table}.parquet' for table in FINDINGS)}."
        )
    return findings_in(folder, name)


def findings_of(run: Run, name: str | None = None) -> Findings:
    """Read a scan as findings.

    An account's score is its inauthenticity times its coordination, as clusters are ranked: the
    first is that of its cluster, the second its own, so that within a cluster whoever is bound to
    it most comes first. Accounts of no cluster have score 0. Reported are the rings.
    """
    accounts, clusters = run.accounts, run.clusters
    until = (run.manifest.get("configuration") or {}).get("until") or None
    return Findings(
        name=name or SCAN,
        where=str(run.path or run.id),
        accounts=pa.table(
            {
                "account_id": accounts["account_id"],
                "score": pc.multiply(accounts["inauthenticity"], accounts["coordination"]),
            }
        ),
        clusters=pa.table(
            {
                "cluster_id": clusters["cluster_id"],
                "rank": clusters["rank"],
                "score": pc.multiply(clusters["inauthenticity"], clusters["coordination"]),
                "reported": pc.equal(clusters["kind"], "ring"),
                PREDICTED: clusters["inauthenticity"],
            }
        ),
        members=run.members.select(["cluster_id", "account_id"]),
        until_us=moment_us(until) if until else last_moment(accounts),
        whole=not until,
    )


def last_moment(accounts: pa.Table) -> int | None:
    """Time of the last interaction in a run, a microsecond later: no account was seen from then."""
    last = pc.max(microseconds(accounts["last_ts"].drop_null())).as_py() if len(accounts) else None
    return None if last is None else int(last) + 1


def moment_us(text: str) -> int:
    """Return an ISO 8601 time as microseconds since 1970, UTC when without zone.

    Examples
    --------
    >>> moment_us("1970-01-02T00:00:00+00:00") // 3_600_000_000
    24
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return int(np.datetime64(moment, "us").astype(np.int64))


def findings_in(folder: Path, name: str | None = None) -> Findings:
    """Read a folder with the three tables, and its description when it has one."""
    tables = {
        table: read_columns(folder / f"{table}.parquet", columns, only=True)
        for table, columns in FINDINGS.items()
    }
    about = describe(folder / DESCRIPTION)
    for table, column in (("accounts", "score"), ("clusters", "score"), ("clusters", "rank")):
        check_numbers(tables[table][column], folder / f"{table}.parquet", column)
    kind = tables["clusters"].schema.field("reported").type
    if not pa.types.is_boolean(kind) and len(tables["clusters"]):
        raise BadDataError(
            f"{printable(folder / 'clusters.parquet', 300)}: reported is {kind}; expected bool."
        )
    until = about.get("until")
    return Findings(
        name=name or str(about.get("name") or folder.resolve().name),
        where=str(folder),
        **tables,
        until_us=None if until is None else moment_us(str(until)),
        whole=until is None,
        degrade=about.get("degrade"),
        seed=about.get("seed"),
    )


def describe(path: Path) -> dict[str, Any]:
    """Read what a folder of findings says of itself; empty when it says nothing.

    Raises
    ------
    BadDataError
        It is not JSON, or a field has the wrong type.
    """
    if not path.is_file():
        return {}
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        wrong = [
            name
            for name, kind in (("name", str), ("degrade", str), ("seed", int), ("until", str))
            if not isinstance(about.get(name, kind()), kind)
        ]
        if wrong:
            raise ValueError(f"{' and '.join(wrong)} of the wrong type")
        if "until" in about:
            moment_us(about["until"])
    except (OSError, ValueError, AttributeError) as error:
        raise BadDataError(f"{printable(path, 300)}: cannot be read: {error}") from error
    return dict(about)


def check_numbers(column: pa.ChunkedArray, path: Path, name: str) -> None:
    """Stop when a column holds something else than numbers."""
    kind = column.type
    if not len(column):
        return
    if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        raise BadDataError(f"{printable(path, 300)}: {name} is {kind}; expected numbers.")
    if column.null_count or flags(pc.is_nan(column.cast(pa.float64()))).any():
        raise BadDataError(
            f"{printable(path, 300)}: {name} is null or NaN in some rows; give every row a number."
        )


def trial_of(findings: Findings, truth: Truth) -> Trial:
    """Bring findings and truth together as codes.

    Raises
    ------
    BadDataError
        The findings know accounts or clusters that are not there, or list one twice.
    """
    where = Path(findings.where)
    place = place_of(truth, findings.accounts["account_id"], where / "accounts.parquet")
    check_distinct(plain(findings.accounts["account_id"]), where / "accounts.parquet", "account_id")
    score = np.full(len(truth.account_ids), -np.inf)
    score[place] = findings.accounts["score"].to_numpy()
    ids = plain(findings.clusters["cluster_id"])
    check_distinct(ids, where / "clusters.parquet", "cluster_id")
    owner = plain(findings.members["cluster_id"])
    cluster = positions(owner, ids, where / "clusters.parquet", "cluster_id")
    if (cluster < 0).any():
        first = owner[int((cluster < 0).argmax())].as_py()
        raise BadDataError(
            f"{printable(where / 'members.parquet', 300)}: cluster {printable(first)} is not in "
            "clusters.parquet."
        )
    account = place_of(truth, findings.members["account_id"], where / "members.parquet")
    n = max(len(score), 1)
    pairs = np.unique(cluster * n + account)  # a member that is listed twice counts once
    clusters = findings.clusters
    return Trial(
        score=score,
        ring=truth.ring,
        second_ring=truth.second_ring,
        aside=truth.grey,
        n_rings=len(truth.rings),
        rank=np.asarray(clusters["rank"].to_numpy()).astype(np.int64),
        reported=flags(clusters["reported"]),
        cluster=pairs // n,
        account=pairs % n,
        log=np.zeros(len(ids), np.int64),
        predicted=clusters[PREDICTED].to_numpy() if PREDICTED in clusters.column_names else None,
    )


def place_of(truth: Truth, ids: pa.ChunkedArray, path: Path) -> npt.NDArray[np.int64]:
    """Place of each account in the truth.

    Raises
    ------
    BadDataError
        The truth does not know an account.
    """
    found = plain(ids)
    if not len(found):
        return np.zeros(0, np.int64)
    place = positions(found, truth.account_ids, truth.folder / "account.parquet")
    lost = place < 0
    if lost.any():
        first = found[int(lost.argmax())].as_py()
        raise BadDataError(
            f"{printable(path, 300)}: {int(lost.sum()):,} of {len(found):,} rows name accounts "
            f"that {printable(truth.folder / 'account.parquet', 300)} does not have (the first: "
            f"{printable(first)}); is it the truth of this log?"
        )
    return place
