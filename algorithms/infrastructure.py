"""Evidence from shared devices and addresses: pairs of accounts, under the household null.

A *lot* is the accounts of one device or address. Lots are tested, not pairs: every pair that a
significant lot brings together is an edge with the lot's p-value. Sharing has no time, so the
edges have no window.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms import sharing_null as null
from cib.graphs import infrastructure_kernels as kernels
from cib.graphs.infrastructure import HOME, Sightings, joined_by_devices
from cib.graphs.layers.layer import UntimedLayer
from cib.graphs.sharing import N_STRATA, Sharing, stratum

STATISTIC = "sharing"

NO_WINDOW = 0
"""Window of edges that have none."""

REACH = 32
"""In lots of more than 65 accounts, each is joined to so many others only: enough to hold them
together."""

MOST_PASSES = 10
"""Times the null is fitted at most, each time without the lots found significant before."""

_Ints = npt.NDArray[np.int64]
_Codes = npt.NDArray[np.int32]
_Floats = npt.NDArray[np.float64]


def measure_sharing(layer: UntimedLayer, *, q: float) -> tuple[Sharing, pa.Table]:
    """Test the lots of a layer; returns the testable pairs and the candidate pairs.

    Lots that are no discoveries among their layer's own (Benjamini–Hochberg at q) give no
    candidates: finds in other layers must not carry them.

    Returns
    -------
    tuple
        Pairs that share a lot, by group of lots; and a table as `measure_pairs` gives
        it, with `stratum`. `observed` is how many accounts share machines in the lot, `expected`
        how many would in an honest lot of this size.
    """
    measure: Callable[[Sightings, float], tuple[Sharing, pa.Table]] = {
        "device": measure_devices,
        "address": measure_addresses,
    }[layer.token]
    return measure(layer.sightings, q)


def measure_devices(sightings: Sightings, q: float) -> tuple[Sharing, pa.Table]:
    """Devices that more accounts use than a home has.

    Hashes that many machines share, see `Sightings.one_machine`, are no devices.
    """
    device, account = sightings.accounts_of_device()
    start, sizes = _lots(device)
    coherent = sightings.one_machine()[device[start[:-1]]]
    ratio = null.tail_ratio(sizes)
    innocent = np.ones(len(sizes), np.bool_)
    for _ in range(MOST_PASSES):
        law = null.HomeSizes.fit(sizes[innocent], ratio)
        log10_p = np.where(coherent, null.log10_crowding(sizes, law), 0.0)
        before, innocent = innocent, ~null.significant(log10_p, np.zeros_like(sizes), q)
        if (before == innocent).all():
            break
    n_shared = sizes[(sizes > 1) & (sizes <= HOME)]
    expected = np.full(len(sizes), float(n_shared.mean()) if len(n_shared) else 1.0)
    chosen = ~innocent & (log10_p < 0)
    # A device's size is what is tested, so it cannot make groups here.
    together = np.zeros_like(sizes)
    return _sharing(sizes, together), _edges(
        *_pairs_of_lots(start, account, chosen[np.repeat(np.arange(len(sizes)), sizes)]),
        log10_p,
        together,
        sizes,
        expected,
    )


def measure_addresses(sightings: Sightings, q: float) -> tuple[Sharing, pa.Table]:
    """Addresses behind which more accounts share machines than homes would.

    A NAT address serves many devices, each with its owner; a farm's serves few devices for many
    accounts. Accounts without a device of their own form units with those whose devices they
    share, here or behind other addresses (a farm's devices need not stay behind one). One home of
    up to six is free at each address, and accounts on devices of their own, however many, say
    nothing.
    """
    address, account = sightings.accounts_of_address()
    start, n_accounts = _lots(address)
    lot = np.repeat(np.arange(len(n_accounts)), n_accounts)
    unit_of = joined_by_devices(sightings, sightings.without_own_device())
    size_of = np.bincount(unit_of, minlength=sightings.n_accounts)
    present = np.unique(lot * np.int64(sightings.n_accounts) + unit_of[account])
    lot_of_unit, unit = np.divmod(present, np.int64(max(sightings.n_accounts, 1)))
    sizes = size_of[unit]
    ratio = null.tail_ratio(_lots(sightings.accounts_of_device()[0])[1])
    innocent = np.ones(len(n_accounts), np.bool_)
    for _ in range(MOST_PASSES):
        law = null.HomeSizes.fit(sizes[innocent[lot_of_unit]], ratio)
        log10_p = null.log10_surprise(lot_of_unit, sizes, len(n_accounts), law)
        before, innocent = innocent, ~null.significant(log10_p, stratum(n_accounts), q)
        if (before == innocent).all():
            break
    joined = size_of[unit_of[account]] > 1
    observed = np.bincount(lot[joined], minlength=len(n_accounts))
    n_units = np.bincount(lot_of_unit, minlength=len(n_accounts))
    chosen = joined & (~innocent & (log10_p < 0))[lot]
    left, right, of = _pairs_of_lots(start, account, chosen)
    # Devices that are used behind several such addresses join what runs there. Both ends must be
    # in a significant lot; the weaker speaks for the pair.
    best = _best_lots(account[chosen], lot[chosen], log10_p, sightings.n_accounts)
    inside = np.flatnonzero(best >= 0)
    mate, other, _ = _pairs_of_lots(
        *_by_unit(inside, unit_of[inside]), np.ones(len(inside), np.bool_)
    )
    weaker = np.where(log10_p[best[mate]] > log10_p[best[other]], best[mate], best[other])
    n_lots = len(n_accounts)
    # each lot stands a second time for the pairs that devices join: lots of one account, which
    # have no pairs of their own, leave stratum 0 to them
    mates = size_of[size_of > 1].astype(np.float64)
    by_devices = len(account) * float((mates * (mates - 1)).sum()) / max(float(mates.sum()), 1.0)
    return _sharing(n_accounts, stratum(n_accounts), by_devices), _edges(
        np.append(left, mate),
        np.append(right, other),
        np.append(of, n_lots + weaker),
        np.tile(log10_p, 2),
        np.append(stratum(n_accounts), np.zeros(n_lots, np.int64)),
        np.tile(observed, 2),
        np.tile(n_units * null.expected_shared(law), 2),
        n_own_lots=n_lots,
    )


def _lots(token: npt.NDArray[np.integer]) -> tuple[_Ints, _Ints]:
    """Where each token's stretch of a sorted array begins (and the last ends), and its length."""
    cuts = np.flatnonzero(token[1:] != token[:-1]) + 1
    start = np.concatenate([[0], cuts, [len(token)]]) if len(token) else np.zeros(1, np.int64)
    return start, np.diff(start)


def _sharing(sizes: _Ints, group: _Ints, by_devices: float = 0.0) -> Sharing:
    """Pairs that share a lot, by the lot's group.

    `by_devices` are pairs that devices join across lots, in stratum 0.
    """
    n_pairs = np.bincount(group, sizes * (sizes - 1) / 2, N_STRATA).astype(np.float64)
    n_pairs[0] += by_devices
    return Sharing(n_pairs, exact=True)


def _by_unit(account: _Ints, unit: _Ints) -> tuple[_Ints, _Codes]:
    """Stretches of a list of accounts, unit after unit, and the list."""
    order = np.argsort(unit, kind="stable")
    start, _ = _lots(unit[order])
    return start, account[order].astype(np.int32)


def _best_lots(account: _Codes, lot: _Ints, log10_p: _Floats, n_accounts: int) -> _Ints:
    """(n_accounts,) the most significant of each account's lots, -1 without one."""
    best = np.full(n_accounts, -1)
    order = np.lexsort((-lot, -log10_p[lot]))
    best[account[order]] = lot[order]
    return best


def _pairs_of_lots(
    start: _Ints, account: _Codes, chosen: npt.NDArray[np.bool_]
) -> tuple[_Codes, _Codes, _Ints]:
    """Pairs of the chosen accounts of each lot, and the lot of each pair."""
    of = np.repeat(np.arange(len(start) - 1), np.diff(start))[chosen]
    account = account[chosen]
    begin, _ = _lots(of)
    left, right, stretch = kernels.pairs_within(begin, REACH)
    return account[left], account[right], of[begin[:-1]][stretch]


def _edges(
    left: _Codes,
    right: _Codes,
    lot: _Ints,
    log10_p: _Floats,
    level: _Ints,
    observed: _Ints,
    expected: _Floats,
    *,
    n_own_lots: int | None = None,
) -> pa.Table:
    """Each pair once, at its most significant lot; arrays by lot after the third.

    Lots from `n_own_lots` on are none that the pair has in common.
    """
    a, b = np.minimum(left, right), np.maximum(left, right)
    order = np.lexsort((lot, log10_p[lot], b, a))
    a, b, lot = a[order], b[order], lot[order]
    new = np.ones(len(a), np.bool_)
    new[1:] = (a[1:] != a[:-1]) | (b[1:] != b[:-1])
    common = lot < (len(log10_p) if n_own_lots is None else n_own_lots)
    n_lots = np.bincount(np.cumsum(new) - 1, common, int(new.sum())).astype(np.int32)
    a, b, lot = a[new], b[new], lot[new]
    return pa.table(
        {
            "a": a.astype(np.int32),
            "b": b.astype(np.int32),
            "observed": observed[lot],
            "expected": expected[lot],
            "statistic": pa.repeat(pa.scalar(STATISTIC, pa.string()), len(a)),
            "log10_p": log10_p[lot],
            "n_tokens": n_lots,
            "n_events": np.zeros(len(a), np.int64),
            "n_shared": n_lots,
            "stratum": level[lot],
            "window_us": np.full(len(a), NO_WINDOW),
        }
    )
