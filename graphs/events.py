"""The sorted view of a layer that every projection and null model works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.graphs import events_kernels as kernels

IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Events:
    """Rows (account, token, time) of one layer in the two orders that counting needs.

    Token-major order is (token, time); account-major order is (account, token, time) and is
    kept as positions into the token-major arrays.
    """

    account: npt.NDArray[np.int32]
    """(n_rows,) account code of each row, token-major."""
    token: npt.NDArray[np.int32]
    """(n_rows,) token code of each row, token-major."""
    ts: npt.NDArray[np.int64]
    """(n_rows,) time of each row, token-major."""
    token_start: npt.NDArray[np.int64]
    """(n_tokens + 1,) first row of each token."""
    by_account: npt.NDArray[np.int64]
    """(n_rows,) token-major positions in account-major order."""
    account_start: npt.NDArray[np.int64]
    """(n_accounts + 1,) first entry of each account in `by_account`."""
    list_start: npt.NDArray[np.int64]
    """(n_accounts + 1,) first entry of each account in `list_token`."""
    list_token: npt.NDArray[np.int32]
    """(n_distinct,) the distinct tokens of each account, ascending within an account."""
    list_entry: npt.NDArray[np.int64]
    """(n_distinct + 1,) first entry in `by_account` of each account's token."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return len(self.account)

    @property
    def n_accounts(self) -> int:
        """Number of account codes, used or not."""
        return len(self.account_start) - 1

    @property
    def n_tokens(self) -> int:
        """Number of token codes, used or not."""
        return len(self.token_start) - 1

    @classmethod
    def from_arrays(cls, account: Any, token: Any, ts: Any) -> Events:
        """Sort the rows of a layer.

        Parameters
        ----------
        account, token : (n_rows,) non-negative integer codes
        ts : (n_rows,) integers in any one unit

        Raises
        ------
        ValueError
            Lengths differ, an array is not one-dimensional and integer, or a code is negative.
        """
        account_codes = _codes("account", account)
        token_codes = _codes("token", token)
        times = _integers("ts", ts)
        lengths = {
            "account": len(account_codes),
            "token": len(token_codes),
            "ts": len(times),
        }
        if len(set(lengths.values())) > 1:
            raise ValueError(f"account, token and ts must have equal lengths, not {lengths}.")
        order = kernels.counting_order(
            token_codes, np.argsort(times, kind="stable"), kernels.starts(token_codes)
        )
        account_sorted, token_sorted = account_codes[order], token_codes[order]
        account_start = kernels.starts(account_sorted)
        by_account = kernels.counting_order(
            account_sorted, np.arange(len(order), dtype=np.int64), account_start
        )
        list_start, list_token, list_entry = kernels.token_lists(
            token_sorted, by_account, account_start
        )
        return cls(
            account=account_sorted,
            token=token_sorted,
            ts=times[order],
            token_start=kernels.starts(token_codes),
            by_account=by_account,
            account_start=account_start,
            list_start=list_start,
            list_token=list_token,
            list_entry=list_entry,
        )


def _integers(name: str, values: Any) -> npt.NDArray[np.int64]:
    array = np.asarray(values)
    if array.dtype.kind == "M":
        array = array.astype(np.int64)
    if array.ndim != 1 or (array.dtype.kind not in "iu" and array.size):
        raise ValueError(
            f"{name} must be a one-dimensional integer array, "
            f"not {array.ndim}-dimensional {array.dtype}."
        )
    return array.astype(np.int64, copy=False)


def _codes(name: str, values: Any) -> npt.NDArray[np.int32]:
    array = _integers(name, values)
    if array.size and (array.min() < 0 or array.max() >= np.iinfo(np.int32).max):
        raise ValueError(
            f"{name} must hold codes from 0 to 2^31 - 2, "
            f"not values from {array.min()} to {array.max()}; encode ids first."
        )
    return array.astype(np.int32, copy=False)
