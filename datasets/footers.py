"""What Parquet footers tell without reading rows: counts, schema, fingerprint, or the fault."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.errors import TemporaryError
from cib.datasets.hostile import printable
from cib.datasets.sources import InputFile, list_files

_TAIL = 65_536
"""Bytes read from the end of a file at first; most footers fit."""

_DICTIONARY_ENCODINGS = frozenset(
    ("PLAIN", "RLE", "BIT_PACKED", "PLAIN_DICTIONARY", "RLE_DICTIONARY")
)
_PLAIN_BYTES = 4
"""Bytes that a text takes in a plain page besides its own."""

_MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"PK\x03\x04", "a zip archive"),
    (b"ORC", "ORC"),
    (b"Obj\x01", "Avro"),
    (b"ARROW1", "an Arrow IPC (Feather) file"),
    (b"BZh", "bzip2"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x89HDF", "HDF5"),
    (b"%PDF", "PDF"),
)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Smallest and largest value of a column in one row group, when the writer noted them."""

    low: Any
    high: Any
    nulls: int | None


@dataclass(frozen=True, slots=True)
class Footer:
    """The footer of one file, or why there is none."""

    file: InputFile
    fingerprint: str
    """sha256 over size, modification time and the footer's bytes."""
    fault: str | None = None
    rows: int = 0
    group_rows: tuple[int, ...] = ()
    """Rows of each row group."""
    schema: pa.Schema | None = None
    uncompressed: dict[str, int] | None = None
    """Bytes of each top-level column, decompressed, over all row groups."""
    statistics: dict[str, tuple[Statistics | None, ...]] | None = None
    """For integer and time columns, one entry per row group."""
    dictionaries: frozenset[str] = frozenset()
    """Columns of texts that are dictionaries with few entries, in every row group."""


def fingerprint(source: str | os.PathLike[str]) -> list[dict[str, object]]:
    """Identify the files of a source from their footers, without reading rows.

    Parameters
    ----------
    source
        As for `read_log`.

    Returns
    -------
    list of dict
        One per file, sorted by name: name (relative to the source), rows, bytes, fingerprint
        (hexadecimal sha256 over size, modification time and footer). Equal to the `inputs` of
        the log that `read_log` returns for the same source.

    Raises
    ------
    BadDataError
        The source does not exist or holds no file.
    """
    return [describe(footer) for footer in read_footers(list_files(source))]


def describe(footer: Footer) -> dict[str, object]:
    """The entry of one file in `InteractionLog.inputs`."""
    return {
        "name": footer.file.name.encode("utf-8", "backslashreplace").decode(),
        "rows": footer.rows,
        "bytes": footer.file.size,
        "fingerprint": footer.fingerprint,
    }


def read_footers(files: list[InputFile]) -> list[Footer]:
    """Read all footers, several at a time, in the order given."""
    if len(files) == 1:
        return [_read_footer(files[0])]
    with ThreadPoolExecutor(max_workers=8) as pool:
        return list(pool.map(_read_footer, files))


def _read_footer(file: InputFile) -> Footer:
    """Read one footer; what is wrong with the file becomes `fault`."""
    digest = hashlib.sha256(f"{file.size} {file.mtime_ns} ".encode())
    if file.fault is not None:
        return Footer(file, digest.hexdigest(), file.fault)
    try:
        head, tail = _ends(file)
    except PermissionError:
        return Footer(
            file, digest.hexdigest(), "permission denied; grant read access to the user that scans"
        )
    except OSError as error:
        if error.errno is None:
            raise TemporaryError(f"{printable(file.name, 300)}: cannot be read: {error}") from error
        return Footer(file, digest.hexdigest(), f"cannot be read: {error.strerror}")
    digest.update(tail)
    fault = _fault(file.size, head, tail)
    if fault is not None:
        return Footer(file, digest.hexdigest(), fault)
    try:
        metadata = pq.read_metadata(pa.BufferReader(b"PAR1" + tail))
        schema = metadata.schema.to_arrow_schema()
        return _summarise(file, digest.hexdigest(), metadata, schema)
    except (pa.ArrowException, OSError, ValueError, MemoryError) as error:
        reason = str(error).splitlines()[0]
        return Footer(
            file,
            digest.hexdigest(),
            f"the Parquet footer is corrupt ({printable(reason, 120)}); write the file again",
        )


def _ends(file: InputFile) -> tuple[bytes, bytes]:
    """The first bytes of a file, and its footer with length and magic (or just its tail)."""
    with file.open() as stream:
        head = stream.read(256)
        stream.seek(max(0, file.size - _TAIL))
        tail = stream.read(_TAIL)
        if tail[-4:] == b"PAR1" and len(tail) >= 8:
            length = int.from_bytes(tail[-8:-4], "little") + 8
            if len(tail) < length <= file.size - 4:
                stream.seek(file.size - length)
                tail = stream.read(length)
            elif length <= len(tail):
                tail = tail[-length:]
    return head, tail


def read_tail(file: InputFile) -> bytes:
    """The footer of a file that has one, with its length and magic."""
    return _ends(file)[1]


def _fault(size: int, head: bytes, tail: bytes) -> str | None:
    """What is wrong with a file judging by its two ends; None when it may be Parquet."""
    if size == 0 or not head:
        return "is empty (0 bytes)"
    if head[:4] == b"PARE" or tail[-4:] == b"PARE":
        return "is encrypted Parquet; decrypt it first"
    if head[:4] == b"PAR1":
        if size < 12 or tail[-4:] != b"PAR1":
            return (
                f"truncated: the Parquet footer is missing at the end of {size:,} bytes; copy or "
                "write the file again"
            )
        if int.from_bytes(tail[-8:-4], "little") + 12 > size:
            return "the Parquet footer is corrupt (it claims to be longer than the file)"
        return None
    for magic, name in _MAGICS:
        if head.startswith(magic):
            return f"looks like {name}, not Parquet; convert it to Parquet"
    return f"{_text_guess(head)}; convert it to Parquet"


def _text_guess(head: bytes) -> str:
    """Say what a file that is not Parquet starts with and what it looks like."""
    line = head.splitlines()[0] if head.splitlines() else head
    start = f'starts with "{printable(line, 40)}"'
    stripped = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if b"\0" in head:
        return f"{start}: not Parquet"
    if stripped[:1] in (b"{", b"["):
        return f"{start}: looks like JSON, not Parquet"
    for separator, name in ((b",", "CSV"), (b"\t", "tab-separated text"), (b";", "CSV")):
        if separator in line:
            return f"{start}: looks like {name}, not Parquet"
    return f"{start}: not Parquet"


def _summarise(
    file: InputFile, fingerprint: str, metadata: pq.FileMetaData, schema: pa.Schema
) -> Footer:
    """Keep of the metadata what reading needs; thousands of files may be held at once.

    Raises
    ------
    ValueError
        The metadata contradict themselves.
    """
    ranged = {
        field.name
        for field in schema
        if pa.types.is_integer(field.type) or pa.types.is_timestamp(field.type)
    }
    texts = {field.name for field in schema if _holds_texts(field.type)}
    uncompressed: dict[str, int] = {}
    statistics: dict[str, list[Statistics | None]] = {}
    rows: list[int] = []
    declared = [metadata.schema.column(i).physical_type for i in range(metadata.num_columns)]
    for index in range(metadata.num_row_groups):
        group = metadata.row_group(index)
        rows.append(group.num_rows)
        for position in range(group.num_columns):
            chunk = group.column(position)
            path = chunk.path_in_schema
            # whose statistics Arrow would end the process for
            if chunk.physical_type != declared[position]:
                raise ValueError(f"{path} is of {declared[position]} and {chunk.physical_type}")
            name = path if path in ranged else path.partition(".")[0]
            uncompressed[name] = uncompressed.get(name, 0) + chunk.total_uncompressed_size
            if path in ranged:
                statistics.setdefault(path, []).append(_range(chunk))
            if path in texts and not _is_dictionary(chunk):
                texts.remove(path)
    if sum(rows) != metadata.num_rows or min(rows, default=0) < 0:
        raise ValueError(f"{metadata.num_rows:,} rows, and {sum(rows):,} in its row groups")
    return Footer(
        file,
        fingerprint,
        None,
        metadata.num_rows,
        tuple(rows),
        schema,
        uncompressed,
        {name: tuple(entries) for name, entries in statistics.items()},
        frozenset(texts),
    )


def _holds_texts(kind: pa.DataType) -> bool:
    """Whether a column of this type is text or bytes of any length."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
    )


def _is_dictionary(chunk: pq.ColumnChunkMetaData) -> bool:
    """Whether a column chunk has so few bytes per value that they must point into a dictionary.

    Its writer may have gone over to plain pages on the way, but a plain value takes 4 bytes and
    its text, so these cannot be many.
    """
    if not chunk.has_dictionary_page or not _DICTIONARY_ENCODINGS.issuperset(chunk.encodings):
        return False
    found = chunk.statistics if chunk.is_stats_set else None
    nulls = found.null_count if found is not None and found.has_null_count else 0
    return bool(chunk.total_uncompressed_size <= _PLAIN_BYTES * (chunk.num_values - nulls))


def _range(chunk: pq.ColumnChunkMetaData) -> Statistics | None:
    """The value range of one column chunk, as integers in the unit of its type."""
    try:
        found = chunk.statistics
        if found is None or not found.has_min_max:
            return None
        nulls = found.null_count if found.has_null_count else None
        if str(found.logical_type).startswith("Timestamp"):
            return Statistics(found.min_raw, found.max_raw, nulls)
        return Statistics(found.min, found.max, nulls)
    except (pa.ArrowException, ValueError, OverflowError):
        return None
