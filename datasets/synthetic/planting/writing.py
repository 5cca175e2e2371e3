"""The log once more, with planted rows between its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.synthetic.planting.placing import Placer, Rows, account_keys, files_of
from cib.datasets.synthetic.planting.survey import (
    Log,
    Progress,
    Reader,
    batches,
    content_order,
)

Array = npt.NDArray[Any]
Change = Callable[[pa.Table], pa.Table]

_GROUP_ROWS = 1 << 19


@dataclass(frozen=True, slots=True)
class Written:
    """Where planted rows came to be; aligned with them."""

    file: Array
    """Index into the log's files."""
    row: Array
    """Row of that file, from 0."""


def write_log(
    rng: np.random.Generator,
    log: Log,
    rows: Rows,
    table: pa.Table,
    account_ids: pa.Array,
    folder: Path,
    *,
    change: Change | None,
    progress: Progress,
) -> Written:
    """Write every file of the log again, in batches.

    Parameters
    ----------
    rng : random stream
    log : the log
    rows : the planted rows
    table : the same with all their columns
    account_ids : of the log's and then of the new accounts
    folder : to write into
    change : what happens to the log's own rows (renumbering), None for nothing
    progress : called with rows done and rows in all
    """
    in_file = files_of(rng, log, rows)
    keys = account_keys(rng, log, account_ids)
    at = np.empty(len(in_file), np.int64)
    number = _content_numbers(log)
    reader = Reader(log.schema)
    done = 0
    for index, file in enumerate(log.files):
        footer = file.footer
        mine = np.flatnonzero(in_file == index)
        some = rows.take(mine)
        placer = Placer(rng, log, some, keys, number[some.content], footer.rows)
        path = folder / out_name(footer.file.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        schema = footer.schema
        assert schema is not None
        written, read, waiting = 0, 0, list[pa.Table]()
        with pq.ParquetWriter(path, schema, compression=_codec(log, index)) as writer:
            for batch in batches(footer) if footer.rows else ():
                codes = reader.codes(batch, index)
                content = content_order(batch, log.schema, index)
                read += batch.num_rows
                which, before = placer.place(codes, content, last=read == footer.rows)
                own = pa.Table.from_batches([batch])
                own = own if change is None else change(own)
                planted = table.take(pa.array(mine[which])).select(schema.names)
                at[mine[which]] = written + before + np.arange(len(before))
                waiting.append(_mixed(own, planted.cast(schema), before, schema))
                written += len(waiting[-1])
                if sum(map(len, waiting)) >= _GROUP_ROWS:
                    writer.write_table(pa.concat_tables(waiting))
                    waiting.clear()
                progress(done + read, log.n_rows)
            if waiting:
                writer.write_table(pa.concat_tables(waiting))
        done += read
    return Written(in_file, at)


def out_name(name: str) -> str:
    """Name of a file of the log as it is written: always *.parquet, so that scans find it."""
    return name if name.lower().endswith(".parquet") else f"{name}.parquet"


def _mixed(own: pa.Table, planted: pa.Table, before: Array, schema: pa.Schema) -> pa.Table:
    """Put planted rows before rows of the log."""
    if not len(before):
        return own.cast(schema)
    both = pa.concat_tables([own.cast(schema), planted]).unify_dictionaries()
    order = np.insert(np.arange(len(own)), before, len(own) + np.arange(len(planted)))
    return both.take(pa.array(order))


def _content_numbers(log: Log) -> Array:
    if not pa.types.is_integer(log.content_ids.type):
        return np.zeros(len(log.content_ids), np.int64)
    numbers: Array = log.content_ids.to_numpy(zero_copy_only=False)
    return numbers


def _codec(log: Log, index: int) -> str:
    """Compression of the file as it was."""
    footer = log.files[index].footer
    with footer.file.open() as stream:
        metadata = pq.ParquetFile(stream).metadata
    if not metadata.num_row_groups or not metadata.num_columns:
        return "zstd"
    codec = str(metadata.row_group(0).column(0).compression).lower()
    return {"uncompressed": "none"}.get(codec, codec)
