"""The truth about rings: how hard they are to find, what was done about them, what reviews say."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.synthetic.building import World
from cib.datasets.synthetic.hardness import hardness
from cib.datasets.synthetic.markets import DAY_S, MARKET_CODES, START_US
from cib.datasets.synthetic.survey import Survey
from cib.datasets.synthetic.tables import TS

Array = npt.NDArray[Any]


def ring_table(world: World, survey: Survey, n_honest: int) -> pa.Table:
    """One row per ring: what it is, and how hard to find (see `hardness`)."""
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("ring_id", "operator_id", "scenario", "preset")),
            *((name, pa.int64()) for name in ("n_accounts", "n_targets")),
            ("camouflage", pa.float64()),
            ("markets", pa.list_(pa.string())),
            *((name, TS) for name in ("start", "end")),
            *((name, pa.int64()) for name in ("hidden_streams", "hidden_royalty_micro")),
            *((name, pa.float64()) for name in ("p_in", "p_out", "SNR", "H", "lambda_pair")),
            *((name, pa.float64()) for name in ("sync", "infra_lift", "volume_z", "jitter_s")),
            *((name, pa.int64()) for name in ("min_audience", "median_audience", "seed")),
        ]
    )
    rows = []
    for ring in world.single_rings():
        spec, market = ring.planted.spec, ring.planted.component.accounts.market
        measures = hardness(ring.measured, survey, n_honest)
        rows.append(
            {
                "ring_id": spec.ring_id,
                "operator_id": spec.operator,
                "scenario": spec.scenario,
                "preset": spec.preset,
                "markets": sorted({MARKET_CODES[i] for i in np.unique(market).tolist()})
                or sorted(spec.markets),
                "start": None if ring.start_us is None else START_US + ring.start_us,
                "end": None if ring.end_us is None else START_US + ring.end_us,
                "hidden_royalty_micro": ring.royalty_micro,
                "jitter_s": spec.jitter_s,
                "seed": world.seed,
                **measures,
            }
        )
    return pa.Table.from_pylist(rows, schema)


def interventions_table(world: World) -> pa.Table:
    """When accounts were removed, and how operators answered."""
    rows = [
        {
            "ts": START_US + (step.day + 1) * DAY_S * 1_000_000,
            "ring_id": planted.spec.ring_id,
            "action": "accounts_removed",
            "n_removed": step.removed,
            "share_removed": step.share_removed,
            "adversary_response": step.response,
            "response_delay_days": step.delay_days,
        }
        for planted in (ring.planted for ring in world.rings)
        for step in planted.interventions
    ]
    schema = pa.schema(
        [
            ("ts", TS),
            ("ring_id", pa.string()),
            ("action", pa.string()),
            ("n_removed", pa.int64()),
            ("share_removed", pa.float64()),
            ("adversary_response", pa.string()),
            ("response_delay_days", pa.int64()),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def review_table(accounts: pa.Table, rng: np.random.Generator, n_days: int) -> pa.Table:
    """A simulated human review of some accounts.

    Parameters
    ----------
    accounts : `account_table`
    rng : the reviews' stream
    n_days : length of the log; reviews come at its end

    Notes
    -----
    A fifth of the accounts in rings and confounder groups and 1 in 200 of the others are sampled;
    `inclusion_prob` says which. Reviewers call 2% of honest accounts inauthentic and miss 10% of
    the others; organised fans (grey) are mislabelled at 0.3, all of a reviewer's alike.
    """
    n = accounts.num_rows
    ring = accounts["ring_id"].is_valid().to_numpy(zero_copy_only=False)
    group = accounts["confounder_group"].to_numpy(zero_copy_only=False)
    marked = ring | np.array([g is not None and g != "G06" for g in group])
    chance = np.where(marked, 0.2, 0.005)
    drawn = rng.random(n) < chance
    reviewer = rng.integers(0, 8, n)
    wrong = rng.random(n) < np.where(ring, 0.10, 0.02)
    mistaken = rng.random(8) < 0.3
    wrong = np.where(group == "G02", mistaken[reviewer], wrong)
    label = np.where(ring ^ wrong, "inauthentic", "authentic")
    rows = np.flatnonzero(drawn)
    return pa.table(
        {
            "unit": accounts["account_id"].take(pa.array(rows)),
            "sampled_ts": pa.array(np.full(len(rows), START_US + n_days * DAY_S * 1_000_000)).view(
                TS
            ),
            "inclusion_prob": chance[rows],
            "label": pa.array(label[rows].astype(object), pa.string()),
            "reviewer_id": reviewer[rows],
        }
    )
