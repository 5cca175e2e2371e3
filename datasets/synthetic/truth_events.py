"""The truth about events: all inauthentic ones by id, sorted outside of memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.datasets.synthetic.batches import component_event_ids
from cib.datasets.synthetic.events import monetised
from cib.datasets.synthetic.markets import START_US
from cib.datasets.synthetic.rings import Planted
from cib.datasets.synthetic.spilling import Buckets
from cib.datasets.synthetic.streams import account_ids
from cib.datasets.synthetic.tables import TS, parquet_writer, texts

Array = npt.NDArray[Any]

_BITS = 6
"""Ids are as good as random: their first bits cut the table into 64 parts of about one size."""
_GROUP = 1 << 20
"""Rows of a row group."""
_SCHEMA = pa.schema(
    [
        ("event_id", pa.uint64()),
        ("account_id", pa.string()),
        ("ts", TS),
        ("ring_id", pa.string()),
        ("monetised", pa.bool_()),
    ]
)


class InauthenticEvents:
    """The inauthentic events of a world's rings, on disk; every other event is authentic.

    Parameters
    ----------
    folder : to make
    """

    def __init__(self, folder: Path) -> None:
        self._rows = Buckets(folder, 1 << _BITS)

    def add(self, planted: Planted, place: int, seed: int) -> None:
        """Add a ring's events; safe to call from several threads.

        Parameters
        ----------
        planted : the ring
        place : of it among the world's
        seed : of the world
        """
        c, e = planted.component, planted.component.events
        keep = np.flatnonzero(e.inauthentic)
        ids = component_event_ids(c, seed)[keep]
        columns = {
            "event_id": ids,
            "number": c.numbers(e.account[keep]),
            "start_us": e.start_us[keep],
            "ring": np.full(len(keep), place, np.int32),
            "client": planted.event_clients()[keep].astype(np.int32),
            "monetised": monetised(e)[keep],
        }
        self._rows.add(columns, ids >> np.uint64(64 - _BITS))

    def write(self, path: Path, planted: list[Planted], seed: int) -> int:
        """Write the table of all events, by id, and return its number of rows.

        Parameters
        ----------
        path : of the file
        planted : the rings by their places
        seed : of the world
        """
        names, first = _names(planted)
        n_rows = 0
        with parquet_writer(path, _SCHEMA) as writer:
            for group in _regrouped(self._tables(names, first, seed)):
                writer.write_table(group, row_group_size=_GROUP)
                n_rows += group.num_rows
        return n_rows

    def _tables(self, names: pa.Array, first: Array, seed: int) -> Iterator[pa.Table]:
        """Tables whose rows follow each other by id."""
        for bucket in range(len(self._rows)):
            found = self._rows.read(bucket)
            if not found:
                continue
            order = np.argsort(found["event_id"])
            rows = {name: values[order] for name, values in found.items()}
            ring = first[rows["ring"]] + np.maximum(rows["client"], 0)
            yield pa.table(
                {
                    "event_id": rows["event_id"],
                    "account_id": texts(account_ids(rows["number"], seed)),
                    "ts": pa.array(START_US + rows["start_us"]).view(TS),
                    "ring_id": names.take(pa.array(ring)),
                    "monetised": rows["monetised"],
                },
                schema=_SCHEMA,
            )


def _names(planted: list[Planted]) -> tuple[pa.Array, Array]:
    """Names of all rings, and where those of each planted one begin: one, or one a client."""
    names: list[str] = []
    first = []
    for one in planted:
        first.append(len(names))
        if one.clients is None:
            names.append(one.spec.ring_id)
        else:
            n_clients = int(one.clients.target.max(initial=0)) + 1
            names += one.ring_ids(np.arange(n_clients)).tolist()
    return pa.array(names, pa.string()), np.array(first, np.int64)


def _regrouped(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Cut rows that follow each other into full row groups, but for the last."""
    rest = _SCHEMA.empty_table()
    for table in tables:
        rest = pa.concat_tables([rest, table])
        while rest.num_rows >= _GROUP:
            yield rest.slice(0, _GROUP).combine_chunks()
            rest = rest.slice(_GROUP).combine_chunks()
    if rest.num_rows:
        yield rest.combine_chunks()
