"""Where planted rows go: into which file, and between which rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.synthetic.markets import MARKET_CODES
from cib.datasets.synthetic.planting.survey import Codes, Log, LogFile

Array = npt.NDArray[Any]

_DATED = re.compile(r"(?:date|dt|ds|day|hour|week|month|year|ts|time)[^=]*=|[^=]*=?\d{4}-\d\d")


@dataclass(frozen=True, slots=True)
class Rows:
    """Planted rows as far as their place goes; aligned arrays."""

    account: Array
    """Index into the log's and then the new accounts."""
    content: Array
    ts_us: Array
    market: Array
    """Of the ring's account, index into `MARKETS`; -1 for accounts of the log."""

    def take(self, rows: Array) -> Rows:
        """Return some of them."""
        return Rows(*(getattr(self, f.name)[rows] for f in fields(self)))


def files_of(rng: np.random.Generator, log: Log, rows: Rows) -> Array:
    """Choose the file of every row.

    Parameters
    ----------
    rng : random stream
    log : the log
    rows : the planted rows

    Returns
    -------
    (n,) index into the log's files

    Notes
    -----
    An account keeps to the folders of one account of the log (itself, if it is of the log; else one
    of its market, where folders are by market), those named after days left aside. Among the files
    there that hold rows of the time (of the day or hour, where folders are named after these) it
    takes that account's, else any; where no file does, the nearest in time.
    """
    n_files = len(log.files)
    if n_files == 1:
        return np.zeros(len(rows.account), np.int64)
    lanes = [_lane(file.footer.file.name) for file in log.files]
    names = sorted(set(lanes))
    lane_of_file = np.array([names.index(lane) for lane in lanes])
    who, first_row, place = np.unique(rows.account, return_index=True, return_inverse=True)
    n_known = len(log.account_ids)
    model = np.where(who < n_known, who, rng.integers(0, n_known, len(who)))
    market = rows.market[first_row]
    there = np.array([where.partitions.get("market") or "" for where in log.schema.files])
    for code in np.unique(market[market >= 0]).tolist():
        alike = np.flatnonzero(there[log.account_file] == MARKET_CODES[code])
        mine = np.flatnonzero(market == code)
        if len(alike):
            model[mine] = alike[rng.integers(0, len(alike), len(mine))]
    home = log.account_file[model]
    chosen = home[place].astype(np.int64)
    if not log.timed:
        return chosen
    ranges = np.array([_span(file) for file in log.files])
    first, last = ranges[:, 0], ranges[:, 1]
    spread = rng.random(len(who))
    lane = lane_of_file[home][place]
    for code in np.unique(lane).tolist():
        mine = np.flatnonzero(lane == code)
        files = np.flatnonzero((lane_of_file == code) & (first <= last))
        for start in range(0, len(mine), 1 << 14):
            some = mine[start : start + (1 << 14)]
            t = rows.ts_us[some][:, None]
            off = np.maximum(first[files] - t, 0) + np.maximum(t - last[files], 0)
            fits = off == off.min(axis=1, keepdims=True)
            rank = (spread[place[some]] * fits.sum(axis=1)).astype(np.int64)
            any_fit = np.argmax(np.cumsum(fits, axis=1) > rank[:, None], axis=1)
            at_home = (files[None, :] == home[place[some]][:, None]) & fits
            best = np.where(at_home.any(axis=1), at_home.argmax(axis=1), any_fit)
            chosen[some] = files[best]
    return chosen


def _span(file: LogFile) -> tuple[int, int]:
    """Times that belong into a file: those from its first to its last, or its whole days."""
    folders = [part for part in file.footer.file.name.split("/")[:-1] if _DATED.match(part)]
    if not folders or file.first_us > file.last_us:
        return file.first_us, file.last_us
    step = 3_600_000_000 if any(part.startswith("hour") for part in folders) else 86_400_000_000
    return file.first_us // step * step, file.last_us // step * step + step - 1


def _lane(name: str) -> str:
    """Folders of a file, without those named after times."""
    return "/".join(part for part in name.split("/")[:-1] if not _DATED.match(part))


def account_keys(rng: np.random.Generator, log: Log, ids: pa.Array) -> tuple[Array, Array]:
    """Return numbers by which accounts are in the order of the log.

    Parameters
    ----------
    rng : random stream
    log : the log
    ids : of its accounts, and of the new ones

    Returns
    -------
    of_code : (n_codes,) odd number of the account behind each code of a `Reader`
    of_account : (n,) number of every account; even for new ones, which go between two others
    """
    n_known = len(log.account_ids)
    rank = log.account_rank
    if log.order.by == "group":
        # First seen, first there: a new account goes before the first row of another.
        of_code = 2 * np.arange(len(rank)) + 1
        seen = np.empty(n_known, np.int64)
        seen[rank[rank >= 0]] = np.flatnonzero(rank >= 0)
        before = seen[rng.integers(0, n_known, len(ids) - n_known)]
        return of_code, np.concatenate([2 * seen + 1, 2 * before])
    order = pc.array_sort_indices(ids).to_numpy()
    n_before = np.cumsum(order < n_known)
    place = np.empty(len(ids), np.int64)
    place[order] = n_before
    known = 2 * np.arange(n_known) + 1
    return np.where(rank >= 0, 2 * rank.astype(np.int64) + 1, -1), np.concatenate(
        [known, 2 * place[n_known:]]
    )


class Placer:
    """Says between which rows of one file, read batch by batch, planted rows go.

    Parameters
    ----------
    rng : random stream
    log : the log; its order decides
    rows : the planted rows of this file
    keys : from `account_keys`
    content_number : (n,) numbers that compare as the rows' contents do
    n_rows : of the file
    """

    def __init__(
        self,
        rng: np.random.Generator,
        log: Log,
        rows: Rows,
        keys: tuple[Array, Array],
        content_number: Array,
        n_rows: int,
    ) -> None:
        self.by, self.within = log.order.by, log.order.within
        self.of_code = keys[0]
        n = len(rows.account)
        self.u = rng.random(n)
        first = {"time": rows.ts_us, "content": content_number, "none": self.u}[self.within]
        if self.by == "time":
            self.key, first = rows.ts_us, self.u
        elif self.by == "none":
            self.key = np.floor(self.u * (n_rows + 1)).astype(np.int64)
        else:
            self.key = keys[1][rows.account]
        self.order = np.lexsort((first, self.key))
        self.key, self.u, self.first = self.key[self.order], self.u[self.order], first[self.order]
        self.done, self.row, self.high = 0, 0, np.iinfo(np.int64).min

    def place(self, codes: Codes, content: Array, *, last: bool) -> tuple[Array, Array]:
        """Place what belongs into the next batch.

        Parameters
        ----------
        codes : the batch
        content : (n,) numbers that compare as its contents do
        last : whether it is the last one

        Returns
        -------
        rows, before : planted rows (indices), and before which row of the batch they go, ascending
        """
        n = len(codes.account)
        if self.by == "none":
            run = self.row + np.arange(n)
        elif self.by == "time":
            run = codes.ts_us
        else:
            run = np.where(codes.account >= 0, self.of_code[np.maximum(codes.account, 0)], -1)
        self.row += n
        run = np.maximum.accumulate(np.append(self.high, run))[1:]
        self.high = run[-1] if n else self.high
        stop = len(self.key) if last else int(np.searchsorted(self.key, self.high, side="left"))
        stop = max(stop, self.done)
        here = slice(self.done, stop)
        self.done = stop
        low = np.searchsorted(run, self.key[here], side="left")
        high = np.searchsorted(run, self.key[here], side="right")
        if self.by == "none":
            high = low
        before = low + np.floor(self.u[here] * (high - low + 1)).astype(np.int64)
        if self.by in ("account", "group") and self.within != "none":
            against = codes.ts_us if self.within == "time" else content
            for i in np.flatnonzero(high > low).tolist():
                block = against[low[i] : high[i]]
                before[i] = low[i] + np.searchsorted(block, self.first[here][i], side="right")
        order = np.argsort(before, kind="stable")
        return self.order[here][order], before[order]
