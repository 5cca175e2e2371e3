"""A sample of whole accounts: whoever is in it is in it with all rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.synthetic.streams import scrambled

Array = npt.NDArray[Any]

_ALL = 2**64 - 1
_DAY_US = 86_400_000_000


@dataclass(slots=True)
class AccountSample:
    """Rows of the accounts whose scrambled code lies under a limit; aligned arrays.

    The limit is halved whenever the rows are more than `cap`, so that the sample is of the whole
    log however long that is. It is ready for use after `finished`.
    """

    cap: int
    seed: int
    account: Array
    content: Array
    action: Array
    ts_us: Array
    rows: pa.Table | None = None
    """The same rows in full, without dictionaries; None when they are not kept."""
    limit: int = _ALL
    n_pairs: int = 0
    """Distinct accounts and contents."""
    _parts: list[tuple[Array, Array, Array, Array]] = field(default_factory=list)
    _tables: list[pa.Table] = field(default_factory=list)
    _n: int = 0

    @classmethod
    def empty(cls, cap: int, seed: int) -> AccountSample:
        """Begin a sample of at most `cap` rows (more if one account alone has more)."""
        nothing = np.empty(0, np.int64)
        return cls(cap, seed, nothing, nothing, nothing, nothing)

    def __len__(self) -> int:
        return len(self.account)

    @property
    def share(self) -> float:
        """Expected share of the accounts."""
        return (self.limit + 1) / (_ALL + 1)

    def add(
        self,
        account: Array,
        content: Array,
        action: Array,
        ts_us: Array,
        batch: pa.RecordBatch | None = None,
        rows: Array | None = None,
    ) -> None:
        """Take what belongs to the sample; `batch` has it at `rows`, for rows in full."""
        kept = self._chosen(account)
        part = (account[kept], content[kept], action[kept], ts_us[kept])
        if not len(part[0]):
            return
        self._parts.append(part)
        self._n += len(part[0])
        if batch is not None and rows is not None:
            table = pa.table(batch).take(pa.array(rows[kept]))
            self._tables.append(_plain(table))
        while self._n > self.cap and self.limit > 1:
            self.limit //= 2
            self._thin()

    def _chosen(self, account: Array) -> Array:
        return np.flatnonzero(scrambled(account, self.seed) <= np.uint64(self.limit))

    def _thin(self) -> None:
        kept = [self._chosen(part[0]) for part in self._parts]
        self._parts = [
            (a[k], c[k], d[k], t[k]) for (a, c, d, t), k in zip(self._parts, kept, strict=True)
        ]
        if self._tables:
            self._tables = [t.take(pa.array(k)) for t, k in zip(self._tables, kept, strict=True)]
        self._n = sum(len(part[0]) for part in self._parts)

    def finished(
        self, account_rank: Array, content_rank: Array, action_place: Array
    ) -> AccountSample:
        """Return the sample by account, each account's rows in the order of the log, in ranks."""
        if not self._parts:
            return self
        account, content, action, ts_us = (
            np.concatenate([part[i] for part in self._parts]) for i in range(4)
        )
        account = account_rank[account]
        order = np.lexsort((ts_us, account))
        action = np.where(action >= 0, action_place[action], -1) if len(action_place) else action
        rows = None
        if self._tables:
            rows = pa.concat_tables(self._tables, promote_options="permissive")
            rows = rows.take(pa.array(order))
        done = replace(
            self,
            account=account[order],
            content=content_rank[content][order],
            action=action[order],
            ts_us=ts_us[order],
            rows=rows,
            _parts=[],
            _tables=[],
        )
        done.n_pairs = len(done.pairs())
        return done

    def starts(self) -> Array:
        """First row of each account of the sample, and the end: (n_sampled + 1,)."""
        changes = np.flatnonzero(np.diff(self.account)) + 1
        return np.concatenate([[0], changes, [len(self)]]).astype(np.int64)

    def pairs(self) -> Array:
        """Distinct (account << 32 | content)."""
        key = np.sort(self.account.astype(np.int64) << 32 | self.content)
        distinct: Array = key[np.append(True, key[1:] != key[:-1])[: len(key)]]
        return distinct

    def audience(self, content_rows: Array) -> Array:
        """Estimate the distinct accounts of every content.

        Contents that nobody in the sample touched have as many as they have rows, but no more than
        would likely have shown.
        """
        found = np.bincount(self.pairs() & (2**32 - 1), minlength=len(content_rows))
        missed = np.minimum(content_rows, 1 / self.share)
        audience: Array = np.where(found > 0, found / self.share, missed)
        return audience

    def per_day(self, q: float, n_days: int) -> float:
        """Quantile of the rows of an account on a day on which it has any.

        In a log without times, of its rows divided by `n_days`.
        """
        if not self.ts_us.any():
            return float(np.quantile(np.diff(self.starts()), q)) / n_days
        key = self.account.astype(np.int64) << 20 | self.ts_us // _DAY_US
        return float(np.quantile(np.unique(key, return_counts=True)[1], q))


def _plain(table: pa.Table) -> pa.Table:
    kinds = [
        f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f
        for f in table.schema
    ]
    return table.cast(pa.schema(kinds))
