"""What was planted, in the tables that `cib generate` writes for its own worlds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.synthetic.events import COUNTED_MS, PLAY
from cib.datasets.synthetic.hardness import hardness, measured
from cib.datasets.synthetic.markets import DAY_S, START_US
from cib.datasets.synthetic.planting.casting import Cast
from cib.datasets.synthetic.planting.survey import Log
from cib.datasets.synthetic.planting.writing import Written, out_name
from cib.datasets.synthetic.rings import Planted
from cib.datasets.synthetic.survey import Audience, Sample, Survey
from cib.datasets.synthetic.tables import TS

Array = npt.NDArray[Any]

_FRESH_US = 60 * DAY_S * 1_000_000


def truth_tables(
    log: Log,
    casts: list[Cast],
    account_ids: pa.Array,
    table: pa.Table,
    written: Written,
    seed: int,
) -> dict[str, pa.Table]:
    """Make the truth tables by the name of their file.

    The log's own accounts are called organic, which is to be read as presumed honest: nobody looked
    at them.
    """
    return {
        "account": _accounts(log, casts, account_ids),
        "event": _events(log, casts, account_ids, table, written),
        "content": _contents(log, casts),
        "ring": _rings(log, casts, seed),
    }


def _accounts(log: Log, casts: list[Cast], account_ids: pa.Array) -> pa.Table:
    n = len(account_ids)
    ring, operator, scenario = (np.full(n, None, object) for _ in range(3))
    klass = np.full(n, "organic", object)
    role = np.full(n, "listener", object)
    view = np.full(n, "authentic", object)
    second = np.full(n, None, object)
    first, last = np.full(n, np.iinfo(np.int64).max), np.full(n, -1)
    rows, bad = np.zeros(n, np.int64), np.zeros(n, np.int64)
    rows[: len(log.account_rows)] = log.account_rows
    fresh = np.zeros(n, np.bool_)
    first_new = len(log.account_ids)
    for cast in casts:
        c, marked = cast.planted.component, cast.inauthentic
        n_own = len(c.accounts)
        mine = np.concatenate([first_new + np.arange(n_own), c.borrowed]).astype(np.int64)
        name, other = _ring_names(cast)
        free = np.array([value is None for value in ring[mine]], np.bool_)
        place = np.flatnonzero(free)  # who is in two rings is the first's
        second[mine[~free]] = name[~free]
        second[mine[place]] = other[place]
        ring[mine[place]] = name[place]
        operator[mine], scenario[mine] = cast.planted.spec.operator, cast.planted.spec.scenario
        klass[mine[place]], role[mine[place]] = c.klass[place], c.role[place]
        view[mine[place]] = c.policy_view
        fresh[mine[:n_own]] = c.accounts.created_us > START_US - _FRESH_US
        rows += np.bincount(cast.account, minlength=n)
        bad += np.bincount(cast.account[marked], minlength=n)
        np.minimum.at(first, cast.account[marked], cast.ts_us[marked])
        np.maximum.at(last, cast.account[marked], cast.ts_us[marked])
        first_new += n_own
    idle = (last < 0) | ~np.full(n, log.timed)
    return pa.table(
        {
            "account_id": account_ids,
            "klass": pa.array(klass, pa.string()),
            "ring_id": pa.array(ring, pa.string()),
            "ring_id_2": pa.array(second, pa.string()),
            "operator_id": pa.array(operator, pa.string()),
            "scenario": pa.array(scenario, pa.string()),
            "role": pa.array(role, pa.string()),
            "confounder_group": pa.nulls(n, pa.string()),
            "policy_view": pa.array(view, pa.string()),
            "active_from": pa.array(np.where(idle, 0, first), mask=idle).view(TS),
            "active_to": pa.array(np.where(idle, 0, last), mask=idle).view(TS),
            "target_share": bad / np.maximum(rows, 1),
            "is_fresh_account": fresh,
        }
    ).sort_by("account_id")


def _ring_names(cast: Cast) -> tuple[Array, Array]:
    """Names of the ring that each account works for, and of a second one; object, None for none."""
    planted = cast.planted
    n = len(planted.component.accounts) + len(planted.component.borrowed)
    if planted.clients is None:
        return np.full(n, planted.spec.ring_id, object), np.full(n, None, object)
    name = planted.ring_ids(planted.clients.account)
    return name, planted.ring_ids(planted.clients.account_2)


def _events(
    log: Log, casts: list[Cast], account_ids: pa.Array, table: pa.Table, written: Written
) -> pa.Table:
    """Rows that were planted: the inauthentic ones of every ring, and its cover."""
    ref = log.schema.refs.get("event_id")
    named = (
        {}
        if ref is None or ref.theirs not in table.column_names
        else {"event_id": table[ref.theirs]}
    )
    account = np.concatenate([cast.account for cast in casts])
    ts_us = np.concatenate([cast.ts_us for cast in casts])
    events = [cast.planted.component.events for cast in casts]
    counted = [e.inauthentic & (e.action == PLAY) & (e.duration_ms >= COUNTED_MS) for e in events]
    ring = [
        np.full(len(cast), cast.planted.spec.ring_id, object)
        if cast.planted.clients is None
        else cast.planted.ring_ids(cast.planted.event_clients())
        for cast in casts
    ]
    files = pa.array([out_name(file.footer.file.name) for file in log.files], pa.string())
    untimed = np.full(len(ts_us), not log.timed)
    return pa.table(
        {
            "file": files.take(pa.array(written.file)),
            "row": written.row,
            **named,
            "account_id": account_ids.take(pa.array(account)),
            "content_id": log.content_ids.take(
                pa.array(np.concatenate([cast.content for cast in casts]))
            ),
            "ts": pa.array(ts_us, mask=untimed).view(TS),
            "ring_id": pa.array(np.concatenate(ring), pa.string()),
            "inauthentic": np.concatenate([e.inauthentic for e in events]),
            "monetised": np.concatenate(counted),
        }
    ).sort_by([("file", "ascending"), ("row", "ascending")])


def _contents(log: Log, casts: list[Cast]) -> pa.Table:
    parts = []
    for cast in casts:
        t, clients = cast.planted.targets, cast.planted.clients
        ring = np.full(len(t.content), cast.planted.spec.ring_id, object)
        if clients is not None:
            ring = cast.planted.ring_ids(clients.target)
        parts.append(
            pa.table(
                {
                    "content_id": log.content_ids.take(pa.array(t.content)),
                    "ring_id": pa.array(ring, pa.string()),
                    "content_role": pa.array(t.role.astype(object), pa.string()),
                    "complicity": pa.array(t.complicity.astype(object), pa.string()),
                }
            ).sort_by("content_id")
        )
    return pa.concat_tables(parts)


def _rings(log: Log, casts: list[Cast], seed: int) -> pa.Table:
    """One row per ring; what compares it with honest accounts is measured on the log's sample."""
    rows = []
    day_us = DAY_S * 1_000_000
    start_us = log.first_us // day_us * day_us
    for planted in [one for cast in casts for one in cast.planted.rings()]:
        spec, e = planted.spec, planted.component.events
        when = start_us + e.start_us[e.inauthentic]
        measures = hardness(
            measured(planted, log.n_days), _survey(log, planted), len(log.account_ids)
        )
        audience = log.audience[np.unique(planted.targets.content)]
        timed = {} if log.timed else {"sync": None, "volume_z": None}
        rows.append(
            {
                "ring_id": spec.ring_id,
                "operator_id": spec.operator,
                "scenario": spec.scenario,
                "preset": spec.preset,
                "start": int(when.min()) if log.timed and len(when) else None,
                "end": int(when.max()) if log.timed and len(when) else None,
                "jitter_s": spec.jitter_s,
                "seed": seed,
                **measures,
                "min_audience": round(float(audience.min())),
                "median_audience": round(float(np.median(audience))),
                **timed,
            }
        )
    schema = pa.schema(
        [
            *((name, pa.string()) for name in ("ring_id", "operator_id", "scenario", "preset")),
            *((name, pa.int64()) for name in ("n_accounts", "n_targets")),
            ("camouflage", pa.float64()),
            *((name, TS) for name in ("start", "end")),
            ("hidden_streams", pa.int64()),
            *((name, pa.float64()) for name in ("p_in", "p_out", "SNR", "H", "lambda_pair")),
            *((name, pa.float64()) for name in ("sync", "infra_lift", "volume_z", "jitter_s")),
            *((name, pa.int64()) for name in ("min_audience", "median_audience", "seed")),
        ]
    )
    return pa.Table.from_pylist(rows, schema)


def _survey(log: Log, planted: Planted) -> Survey:
    """What honest accounts did, in the form in which a synthetic world counts it."""
    sample = log.sample
    wanted = np.zeros(len(log.content_ids), np.bool_)
    wanted[planted.targets.content] = True
    hit = np.flatnonzero(wanted[sample.content])
    starts = sample.starts()
    accounts = planted.component.accounts
    market = int(np.bincount(accounts.market).argmax()) if len(accounts) else 0
    # Hardness is measured on the clock of the stage, which starts with the log's first day.
    day_us = DAY_S * 1_000_000
    start_us = sample.ts_us[hit] - log.first_us // day_us * day_us
    return Survey(
        by_action=np.zeros(1, np.int64),
        touched=log.content_rows > 0,
        audience=Audience.of(sample.content[hit], sample.account[hit], start_us),
        own_events=np.empty(0, np.int64),
        samples=(
            Sample(
                market=market,
                n_accounts=len(starts) - 1,
                n_pairs=sample.n_pairs,
                daily_plays=np.diff(starts) / log.n_days,
                n_sharing=0,
            ),
        ),
    )
