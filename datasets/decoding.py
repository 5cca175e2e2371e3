"""How each column of a file is decoded: texts as dictionaries where that pays, else plain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cib.datasets.footers import Footer, read_tail

_ARROW_SCHEMA = b"ARROW:schema"


class Decoder:
    """Decodes columns of one file.

    A column of texts whose pages are dictionaries with few entries is decoded as such, so that
    each entry is looked up once. All others are decoded plain, also those that were dictionaries
    in the writer's memory: rebuilding a dictionary with many entries costs more than it saves.

    Parameters
    ----------
    footer
        Of the file.
    names
        The columns, by their names in the file.
    stack
        Closes what is opened.

    Raises
    ------
    pa.ArrowException, OSError, ValueError
        The file cannot be opened as Parquet.
    """

    def __init__(self, footer: Footer, names: Sequence[str], stack: ExitStack) -> None:
        assert footer.schema is not None
        kinds = {name: footer.schema.field(name).type for name in names}
        rebuilt = [
            name
            for name in names
            if pa.types.is_dictionary(kinds[name]) and name not in footer.dictionaries
        ]
        forgetful = _without_arrow_schema(footer) if rebuilt else None
        if forgetful is None:
            rebuilt = []
        self._parts: list[tuple[pq.ParquetFile, list[str]]] = []
        for chosen, metadata in (
            ([name for name in names if name not in rebuilt], None),
            (rebuilt, forgetful),
        ):
            if chosen:
                file = pq.ParquetFile(
                    stack.enter_context(footer.file.open()),
                    metadata=metadata,
                    read_dictionary=[name for name in chosen if name in footer.dictionaries],
                    pre_buffer=footer.file.filesystem is not None,
                    page_checksum_verification=True,
                )
                self._parts.append((file, chosen))

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return int(self._parts[0][0].metadata.num_rows)

    def batches(self, group: int, rows: int) -> Iterator[tuple[int, dict[str, pa.Array]]]:
        """Decode one row group, so many rows at a time: their number and the columns.

        Raises
        ------
        pa.ArrowException, OSError, ValueError
            The row group is damaged.
        """
        sources = [
            file.iter_batches(rows, row_groups=[group], columns=names)
            for file, names in self._parts
        ]
        for batches in zip(*sources, strict=True):
            columns: dict[str, Any] = {}
            for batch in batches:
                columns |= zip(batch.schema.names, batch.columns, strict=True)
            for name, values in columns.items():
                _check_indices(name, values)
            yield batches[0].num_rows, columns


def _check_indices(name: str, values: pa.Array) -> None:
    """Refuse values that are not in their dictionary, which Arrow lets through."""
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    if not pa.types.is_dictionary(values.type):
        return
    low, high = pc.min_max(values.indices).as_py().values()
    if low is not None and not 0 <= low <= high < len(values.dictionary):
        raise pa.ArrowInvalid(f"{name} has values that are not in its dictionary")


def _without_arrow_schema(footer: Footer) -> pq.FileMetaData | None:
    """Metadata that say nothing of what types the writer had in memory; None when that fails."""
    assert footer.schema is not None
    tail = read_tail(footer.file)
    at = tail.rfind(_ARROW_SCHEMA)
    if at < 0:
        return None
    changed = tail[:at] + _ARROW_SCHEMA.lower() + tail[at + len(_ARROW_SCHEMA) :]
    metadata = pq.read_metadata(pa.BufferReader(b"PAR1" + changed))
    return metadata if metadata.schema.to_arrow_schema().names == footer.schema.names else None
