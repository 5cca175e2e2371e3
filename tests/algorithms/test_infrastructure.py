"""Shared devices and addresses: kernels against twins, calibration of the null, what is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import naive
from cib.algorithms import sharing_null as null
from cib.algorithms.evidence import Evidence, select_edges
from cib.algorithms.infrastructure import NO_WINDOW, REACH, measure_addresses, measure_devices
from cib.algorithms.shortlist import Shortlist
from cib.graphs import infrastructure_kernels as kernels
from cib.graphs.infrastructure import MOST_ACCOUNTS, Sightings, joined_by_devices

Q = 0.05
Rows = list[tuple[int, int, int]]


@pytest.mark.parametrize("n_rows", [0, 1, 300, 20_000])
def test_distinct_sightings_are_those_of_the_twin(n_rows: int) -> None:
    rng = np.random.default_rng(n_rows)
    columns = [rng.integers(-1, 25, n_rows).astype(np.int32) for _ in range(3)]
    columns[0] = np.abs(columns[0])
    table = kernels.no_sightings()
    for start in range(0, n_rows, 7_000):
        table = kernels.add_sightings(*(each[start : start + 7_000] for each in columns), *table)
    _, seen, count, n_seen = table
    (a, d, p), n = seen[:n_seen].T, count[:n_seen]
    found = dict(zip(zip(a.tolist(), d.tolist(), p.tolist(), strict=True), n.tolist(), strict=True))
    assert found == naive.distinct_sightings(*columns)
    assert len(found) == len(a)


def test_joined_accounts_are_those_of_the_twin() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        a, b = rng.integers(0, 40, (2, 25))
        unit = np.arange(40)
        kernels.join(unit, a, b)
        assert unit.tolist() == naive.joined(40, a, b)


@pytest.mark.parametrize("reach", [1, 2, 5])
def test_pairs_within_are_those_of_the_twin(reach: int) -> None:
    start = np.cumsum([0, 0, 1, 2, 3, 4, 9, 11, 12, 30])
    first, second, stretch = kernels.pairs_within(start, reach)
    found = list(zip(first.tolist(), second.tolist(), stretch.tolist(), strict=True))
    assert sorted(found) == sorted(naive.pairs_within(start, reach))


def test_the_bound_lies_above_the_true_tail_and_not_far() -> None:
    rng = np.random.default_rng(5)
    law = null.HomeSizes(np.array([1.0, 0.06, 0.03, 0.01, 0.005, 0.002]), 0.4)
    n_lots, n_units = 40_000, 12
    sizes = np.minimum(1 + (rng.random((n_lots * n_units, 1)) < law.at_least[1:]).sum(axis=1), 6)
    lot = np.repeat(np.arange(n_lots), n_units)
    log10_p = null.log10_surprise(lot, sizes, n_lots, law)
    for level in (0.1, 0.01, 0.001):
        assert (log10_p <= np.log10(level)).mean() <= level
    # six units of two where 0.7 are expected, one of them free: the bound is loose, not empty
    many = np.array([2] * 6 + [1] * 6)
    assert null.log10_surprise(np.zeros(12, int), many, 1, law)[0] < -1.5
    assert null.log10_surprise(np.zeros(12, int), 2 * many, 1, law)[0] < -4


def world(
    rng: np.random.Generator,
    *,
    n_homes: int = 1_200,
    n_carriers: int = 12,
    n_offices: int = 8,
    no_own: float = 0.06,
) -> Rows:
    """Families of one to six with phones and a speaker, behind homes, carriers' NAT and offices.

    In some homes (`no_own`) nobody has a device of one's own, as where a tablet is all there is;
    in half of the offices five people share each computer.
    """
    rows: Rows = []
    account, device, address = 0, 0, n_carriers + n_offices
    for _ in range(n_homes):
        size = 1 + int(rng.choice(6, p=(0.45, 0.28, 0.12, 0.09, 0.04, 0.02)))
        home, speaker = address, device
        address, device = address + 1, device + 1
        poor = rng.random() < no_own
        for _ in range(size):
            carrier = int(rng.integers(n_carriers))
            phone, device = (speaker, device) if poor else (device, device + 1)
            rows += [(account, phone, home)] * 4 + [(account, phone, carrier)] * 3
            if size > 1 and rng.random() < 0.4:
                rows.append((account, speaker, home))
            if rng.random() < 0.25:
                office = int(rng.integers(n_offices))
                desk = 10_000_000 + 1_000 * office + account % 37 if office % 2 else phone
                rows.append((account, desk, n_carriers + office))
            account += 1
    return rows


def farm(rows: Rows, *, n: int, per_device: int, per_address: int) -> tuple[Rows, npt.NDArray[Any]]:
    """Add a farm's accounts, with devices and addresses shared across one another."""
    first = max(a for a, _, _ in rows) + 1
    accounts = first + np.arange(n)
    mixed = np.random.default_rng(n).permutation(n)
    more = [
        (int(a), 50_000_000 + int(mixed[i]) // per_device, 60_000_000 + i // per_address)
        for i, a in enumerate(accounts)
    ]
    return rows + 5 * more, accounts


def evidence_of(
    rows: Rows, *, addresses: bool = True, seed: int = 0, missing: float = 0.0
) -> Evidence:
    a, d, p = np.array(rows).T
    hidden = np.random.default_rng(seed).random(len(p)) < missing
    seen = Sightings.from_arrays(a, d, np.where(hidden, -1, p) if addresses else None)
    names, measured = ["device"], [measure_devices(seen, Q)]
    if addresses:
        names.append("address")
        measured.append(measure_addresses(seen, Q))
    sharing = [counted for counted, _ in measured]
    shortlist = Shortlist(sharing, (), Q)
    for i, (_, pairs) in enumerate(measured):
        shortlist.add_untimed(i, pairs)
    return select_edges(names, sharing, shortlist, window=(), q=Q)


@pytest.mark.parametrize("no_own", [0.0, 0.02, 0.1])
def test_homes_carriers_and_offices_alone_give_no_edges(no_own: float) -> None:
    worlds = [world(np.random.default_rng(seed), no_own=no_own) for seed in range(24)]
    with_edges = sum(len(evidence_of(rows).edges) > 0 for rows in worlds)
    # every edge is false here, so the false discovery rate is the share of worlds with any;
    # P(more than 4 of 24) is 0.6% when it is 5%
    assert with_edges <= 4


@pytest.mark.parametrize(
    ("per_device", "per_address", "addresses", "missing"),
    [(4, 20, True, 0.0), (2, 10, True, 0.0), (5, 10, True, 0.2), (12, 12, False, 0.0)],
)
def test_a_farm_is_found_and_nobody_else(
    per_device: int, per_address: int, addresses: bool, missing: float
) -> None:
    for seed in range(3):
        rows, accounts = farm(
            world(np.random.default_rng(seed), no_own=0.01),
            n=60,
            per_device=per_device,
            per_address=per_address,
        )
        edges = evidence_of(rows, addresses=addresses, missing=missing).edges
        found = np.union1d(edges["a"].to_numpy(), edges["b"].to_numpy())
        assert np.isin(accounts, found).mean() >= 0.9
        assert np.isin(found, accounts).mean() >= 0.95
        assert set(edges["window_us"].to_pylist()) == {NO_WINDOW}
        assert max(edges["q_value"].to_pylist()) <= Q


def test_one_family_of_six_is_never_evidence_by_itself() -> None:
    rows = world(np.random.default_rng(1), no_own=0.0)
    rows, _ = farm(rows, n=6, per_device=6, per_address=6)
    assert len(evidence_of(rows).edges) == 0


def test_an_office_of_hundreds_on_their_own_devices_says_nothing() -> None:
    rows = world(np.random.default_rng(2), no_own=0.0)
    first = max(a for a, _, _ in rows) + 1
    rows += [(first + i, 70_000_000 + i, 80_000_000) for i in range(500)]
    assert len(evidence_of(rows).edges) == 0


def test_a_hash_that_stands_for_a_model_or_for_unknown_is_no_device() -> None:
    rows = world(np.random.default_rng(3), no_own=0.0)
    first = max(a for a, _, _ in rows) + 1
    # 300 people with one model, each at home; and "unknown" for everybody
    rows += [(first + i, 70_000_000, 80_000_000 + i) for i in range(300)]
    rows += [(first + i, 70_000_001, 90_000_000) for i in range(MOST_ACCOUNTS + 1)]
    assert len(evidence_of(rows).edges) == 0


def test_accounts_with_a_device_of_their_own() -> None:
    rows = [(0, 1, 1)] * 9 + [(0, 2, 1)] + [(1, 1, 1)] * 5 + [(2, 3, 1)] * 30 + [(2, 1, 1)]
    a, d, p = np.array(rows).T
    seen = Sightings.from_arrays(a, d, p)
    # 0's second device carries a tenth of what it does, 1 has none that is its own
    assert seen.without_own_device().tolist() == [False, True, False]
    assert joined_by_devices(seen, np.array([True, True, False])).tolist() == [0, 0, 2]
    less = Sightings.from_arrays(np.append(a, 0), np.append(d, 1), np.append(p, 1))
    assert less.without_own_device().tolist() == [True, True, False]


def test_rows_in_another_order_give_the_same_edges() -> None:
    rows, _ = farm(world(np.random.default_rng(4)), n=40, per_device=4, per_address=20)
    mixed = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    assert evidence_of(rows).edges.equals(evidence_of(mixed).edges)


def test_a_large_lot_holds_together_with_few_edges() -> None:
    rows, accounts = farm(world(np.random.default_rng(6)), n=400, per_device=400, per_address=400)
    edges = evidence_of(rows).edges
    inside = np.isin(edges["a"].to_numpy(), accounts)
    unit = np.arange(int(accounts[-1]) + 1)
    kernels.join(unit, edges["a"].to_numpy()[inside], edges["b"].to_numpy()[inside])
    assert len(set(unit[accounts].tolist())) == 1
    assert inside.sum() <= 2 * REACH * len(accounts)
