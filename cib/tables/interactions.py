"""The tables of interactions: what members, and controls beside them, do with the targets."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.algorithms.groups import ordered
from cib.datasets.log import InteractionLog
from cib.datasets.optional_values import ranks_at, taken, values_at
from cib.tables.times import TIMESTAMP

SHOWN = (
    "duration_ms",
    "market",
    "ip_market",
    "device_hash",
    "ip_hash",
    "asn",
    "platform",
    "parent_id",
    "parent_kind",
    "target_account_id",
    "text_hash",
)
"""Optional columns of the log that people look at beside an interaction, in this order. Never the
text itself: a run is copied and kept longer than a log, and what people wrote stays in the log."""


def interactions_table(
    log: InteractionLog, rows: npt.NDArray[np.int64], cluster: npt.NDArray[np.int32]
) -> pa.Table:
    """Interactions with the targets of clusters, by cluster and time.

    Parameters
    ----------
    rows : (n,) positions in the log
    cluster : (n,) number of the cluster whose target it is
    """
    shown = [name for name in SHOWN if name in log.extras]
    order = in_order(log, rows, cluster, shown)
    rows = rows[order]
    return pa.table(
        {
            "cluster_id": cluster[order],
            "account_id": taken(log.account_ids, log.account[rows]),
            "content_id": taken(log.content_ids, log.content[rows]),
            "action": taken(pa.array(log.action_names, pa.string()), log.action[rows]),
            "ts": pa.array(log.ts[rows], TIMESTAMP),
            **{name: values_at(log, name, rows) for name in shown},
        }
    )


def in_order(
    log: InteractionLog,
    rows: npt.NDArray[np.int64],
    cluster: npt.NDArray[np.int32],
    shown: list[str],
) -> npt.NDArray[np.int64]:
    """(n,) positions of rows by cluster, time, account, content and action.

    Rows that agree in all of these are ordered by the optional columns shown, so that the order of
    rows in the log does not count.
    """
    who_and_what = log.account[rows] * np.int64(max(log.n_contents, 1)) + log.content[rows]
    ts, action = log.ts[rows], log.action[rows]
    order = ordered(cluster, ts, who_and_what, action)
    again = np.zeros(len(order), np.bool_)
    again[1:] = np.logical_and.reduce(
        [values[order][1:] == values[order][:-1] for values in (ts, who_and_what, cluster, action)]
    )
    tied = np.flatnonzero(again | np.append(again[1:], False)[: len(again)])
    if len(tied) and shown:
        settled = order[tied]
        keys = [ranks_at(log, name, rows[settled]) for name in reversed(shown)]
        order[tied] = settled[np.lexsort((*keys, np.cumsum(~again)[tied]))]
    return order
