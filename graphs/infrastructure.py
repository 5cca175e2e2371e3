"""Infrastructure: which accounts were seen on which devices, behind which addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.log import InteractionLog
from cib.datasets.slices import Column, slices
from cib.graphs import infrastructure_kernels as kernels

HOME = 6
"""Accounts of a family plan, the most that a home is expected to have."""

MOST_ACCOUNTS = 2_000
"""A device with more accounts than this is none: it stands for "unknown", or for a whole model."""

OWN_SHARE = 0.1
"""A device that nobody else uses is an account's own when so much of what it does comes from it."""

_Codes = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Sightings:
    """Distinct (account, device, address) combinations of a log, sorted in that order."""

    account: _Codes
    device: _Codes
    """-1 where unknown."""
    address: _Codes
    """-1 where unknown."""
    n_rows: npt.NDArray[np.int64]
    """Interactions of each combination."""
    n_accounts: int

    @staticmethod
    def from_arrays(
        account: Any, device: Any = None, address: Any = None, *, n_accounts: int | None = None
    ) -> Sightings:
        """Collect the combinations.

        Parameters
        ----------
        account : (n_rows,) codes
        device, address : (n_rows,) codes, -1 where unknown; None where the log has none
        n_accounts : all the log's; the largest code + 1 when None

        Examples
        --------
        >>> Sightings.from_arrays([1, 0, 1], [5, 5, 5]).n_rows.tolist()
        [1, 2]
        """
        who, devices, addresses = (
            None if codes is None else np.asarray(codes, np.int32)
            for codes in (account, device, address)
        )
        assert who is not None
        if n_accounts is None:
            n_accounts = int(who.max(initial=-1)) + 1
        return Sightings._of(who, devices, addresses, n_accounts)

    @staticmethod
    def _of(
        account: Column, device: Column | None, address: Column | None, n_accounts: int
    ) -> Sightings:
        """Collect the combinations of columns, slice by slice."""
        known = [codes for codes in (device, address) if codes is not None]
        table = kernels.no_sightings()
        for start, stop, (who, *values) in slices(account, *known):
            blank = np.broadcast_to(np.int32(-1), stop - start)
            of = dict(zip(map(id, known), values, strict=True))
            table = kernels.add_sightings(
                who, of.get(id(device), blank), of.get(id(address), blank), *table
            )
        *_, found, count, n_found = table
        a, d, p = (found[:n_found, i].copy() for i in range(3))
        n = count[:n_found].copy()
        del table, found, count
        order = np.lexsort((p, d, a))
        a, d, p, n = a[order], d[order], p[order], n[order]
        d = np.where(np.append(_holders(a, d), 0)[d] > MOST_ACCOUNTS, np.int32(-1), d)
        return Sightings(a, d, p, n, n_accounts)

    def accounts_of_device(self) -> tuple[_Codes, _Codes]:
        """Devices and the accounts seen on each: aligned, distinct, sorted by device."""
        return _distinct(self.device, self.account)

    def accounts_of_address(self) -> tuple[_Codes, _Codes]:
        """Addresses and the accounts seen behind each: aligned, distinct, sorted by address."""
        return _distinct(self.address, self.account)

    def addresses_of_device(self) -> tuple[_Codes, _Codes]:
        """Devices and the addresses that each was seen behind: aligned, distinct, sorted."""
        return _distinct(self.device, self.address)

    def one_machine(self) -> npt.NDArray[np.bool_]:
        """(largest device code + 1,) whether each device can be one machine.

        A hash with more accounts than a home that is seen behind as many addresses as it has
        accounts, or more, stands for many machines, of one model say. Where no address is known,
        every device passes.
        """
        devices, _ = self.addresses_of_device()
        n_accounts = _holders(self.account, self.device)
        n_addresses = np.bincount(devices, minlength=len(n_accounts))
        return (n_accounts <= HOME) | (n_addresses < n_accounts)

    def without_own_device(self) -> npt.NDArray[np.bool_]:
        """(n_accounts,) accounts all of whose known devices are used by others too.

        A device that carries less than a tenth of an account's interactions is a visit and
        does not count as its own.
        """
        known = self.device >= 0
        account, device, n = self.account[known], self.device[known], self.n_rows[known]
        total = np.bincount(account, n, self.n_accounts)
        sole = _holders(account, device)[device] == 1 if len(device) else np.zeros(0, np.bool_)
        key, inverse = np.unique(
            account[sole].astype(np.int64) << 32 | device[sole], return_inverse=True
        )
        here = np.bincount(inverse, n[sole], len(key))
        has_own = np.zeros(self.n_accounts, np.bool_)
        owner = key >> 32
        has_own[owner[here >= OWN_SHARE * total[owner]]] = True
        return ~has_own & (total > 0)


def sightings_of(log: InteractionLog) -> Sightings:
    """Collect the sightings of a log from `device_hash` and `ip_hash`, as far as it has them."""
    return Sightings._of(
        log.account, log.extras.get("device_hash"), log.extras.get("ip_hash"), log.n_accounts
    )


def joined_by_devices(sightings: Sightings, chosen: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Group the chosen accounts into units that devices join, directly or through others.

    Returns
    -------
    (n_accounts,) array
        The first account of each account's unit; those not chosen are alone.
    """
    device, account = sightings.accounts_of_device()
    here = chosen[account] & sightings.one_machine()[device]
    device, account = device[here], account[here].astype(np.int64)
    same = device[1:] == device[:-1]
    unit = np.arange(sightings.n_accounts)
    kernels.join(unit, account[:-1][same], account[1:][same])
    return unit


def _distinct(token: _Codes, value: _Codes) -> tuple[_Codes, _Codes]:
    known = (token >= 0) & (value >= 0)
    key = np.unique(token[known].astype(np.int64) << 32 | value[known])
    return (key >> 32).astype(np.int32), (key & 0xFFFFFFFF).astype(np.int32)


def _holders(account: _Codes, device: _Codes) -> npt.NDArray[np.int64]:
    """(largest device code + 1,) accounts of each device."""
    devices, _ = _distinct(device, account)
    return np.bincount(devices, minlength=int(device.max(initial=-1)) + 1)
