"""In what order a log's rows are, so that planted ones can be put where they belong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

By = Literal["time", "account", "group", "none"]
Within = Literal["time", "content", "none"]

_SLACK = 0.01
"""Share of neighbours that may be the wrong way round."""


@dataclass(frozen=True, slots=True)
class Order:
    """The order of the rows in each file."""

    by: By
    """Rows go by time; by account in the order of ids; by account in any order; or at random."""
    within: Within = "none"
    """Order of an account's rows, where rows go by account."""


@dataclass(slots=True)
class OrderWatch:
    """Counts what speaks against each order."""

    pairs: int = 0
    """Neighbours in a file."""
    earlier: int = 0
    """Neighbours of which the second is earlier."""
    same: int = 0
    """Neighbours of one account."""
    same_earlier: int = 0
    same_smaller: int = 0
    """Of these, how many are earlier, or have a smaller content."""
    starts: list[Array] = field(default_factory=list)
    """Codes of accounts where one follows another, file by file."""
    n_starts: int = 0
    n_accounts: int = 0
    """Accounts of each file, summed."""
    _last: tuple[int, int, int] | None = None
    _known: Array = field(default_factory=lambda: np.zeros(0, np.bool_))

    def next_file(self) -> None:
        """Begin a file."""
        self._last = None
        self._known[:] = False
        self.starts.append(np.empty(0, np.int32))

    def see(self, account: Array, content: Array, ts_us: Array, rows: Array) -> None:
        """Look at the usable `rows` of a batch; `content` are numbers to be compared."""
        if not len(rows):
            return
        account, content, ts_us = account[rows], content[rows], ts_us[rows]
        first = account[:1]
        if self._last is not None:
            last_account, last_content, last_us = self._last
            account = np.append(np.int32(last_account), account)
            content = np.append(content.dtype.type(last_content), content)
            ts_us = np.append(last_us, ts_us)
            first = account[:0]
        self._last = (account[-1], content[-1], ts_us[-1])
        earlier = ts_us[1:] < ts_us[:-1]
        same = account[1:] == account[:-1]
        self.pairs += len(earlier)
        self.earlier += int(earlier.sum())
        self.same += int(same.sum())
        self.same_earlier += int((earlier & same).sum())
        self.same_smaller += int((same & (content[1:] < content[:-1])).sum())
        starts = np.append(first, account[1:][~same])
        self.n_starts += len(starts)
        if self._known.size <= account.max():
            more = np.zeros(2 * int(account.max()) + 1, np.bool_)
            more[: len(self._known)] = self._known
            self._known = more
        new = np.unique(starts)
        self.n_accounts += int((~self._known[new]).sum())
        self._known[new] = True
        if self.grouped:  # else nobody will ask for them
            self.starts.append(starts)
        else:
            self.starts.clear()

    @property
    def grouped(self) -> bool:
        """Whether each account's rows lie together."""
        return self.n_starts <= (1 + _SLACK) * self.n_accounts + 1

    def order(self, timed: bool, rank: Array) -> Order:
        """Say what order it is.

        Parameters
        ----------
        timed : whether the log has times
        rank : (n_codes,) place of each account in the order of ids
        """
        if timed and self.earlier <= _SLACK * self.pairs:
            return Order("time")
        if not self.grouped or self.same < 0.2 * self.pairs:
            return Order("none")
        within: Within = "none"
        if timed and self.same_earlier <= _SLACK * self.same:
            within = "time"
        elif self.same_smaller <= _SLACK * self.same:
            within = "content"
        backwards = sum(int((np.diff(rank[starts]) < 0).sum()) for starts in self.starts)
        return Order("account" if backwards <= _SLACK * self.n_starts else "group", within)
