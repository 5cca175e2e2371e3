"""Tables as CSV that a spreadsheet shows and never computes."""

from __future__ import annotations

import io
from typing import IO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from cib.viz.text import printable

BOM = "\ufeff".encode()
"""Without it Excel reads UTF-8 as something else."""

RISKY = r"""(^|[;,|\t\r\n])([\s"']*[=+\-@＝＋－＠]|^[\t\r])"""
"""Where a cell begins that a spreadsheet would compute, also when it takes another character than
the comma for the one between cells (semicolons in most of Europe)."""


def csv_bytes(table: pa.Table) -> bytes:
    """Write a table as CSV with a header; see `write_csv`.

    Examples
    --------
    >>> print(csv_bytes(pa.table({"who": ["=1+1", "b"], "n": [-1, 2]}))[3:].decode().strip())
    "who","n"
    "'=1+1",-1
    "b",2
    """
    sink = io.BytesIO()
    write_csv(table, sink)
    return sink.getvalue()


def write_csv(table: pa.Table, sink: IO[bytes], *, header: bool = True) -> None:
    r"""Write a table as CSV: UTF-8 with a byte order mark, commas, texts in quotes.

    Texts that a spreadsheet would take for a formula (they begin with = + - @, a tab or a carriage
    return: CWE-1236) get an apostrophe in front; control and bidirectional characters appear as
    code points, so no cell holds a line break. Numbers stay numbers, times are ISO 8601 in UTC,
    null is empty. Parquet, not this, is for programs.

    Parameters
    ----------
    table : of text, numbers, times, truth values
    sink : open for writing bytes
    header : False to go on with a file that has one
    """
    if header:
        sink.write(BOM)
    cells = pa.table(
        {guarded(name): _cells(table[name]) for name in table.column_names}
        if table.num_columns
        else {}
    )
    options = pyarrow.csv.WriteOptions(include_header=header)
    pyarrow.csv.write_csv(cells, sink, options)


def guarded(text: str) -> str:
    r"""Return one text as a cell.

    Examples
    --------
    >>> guarded("@cmd"), guarded("a-b"), guarded("x;=1"), guarded("\t=1")
    ("'@cmd", 'a-b', "x;'=1", "'\\u{9}=1")
    """
    return str(_guard(pa.array([text], pa.string()))[0].as_py())


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as what is written."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        # the wall clock of UTC: no data base of zones is asked
        return pc.strftime(column.cast(pa.timestamp("us")), format="%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_dictionary(kind):
        return _cells(column.cast(kind.value_type))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return column
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    return pa.chunked_array([_texts(chunk) for chunk in column.chunks], pa.string())


def _texts(chunk: pa.Array) -> pa.Array:
    """Guard each distinct text once."""
    encoded = chunk.dictionary_encode()
    return _guard(encoded.dictionary).take(encoded.indices)


def _guard(texts: pa.Array) -> pa.Array:
    """Put apostrophes in front of formulas, and code points in place of what cannot be seen."""
    values = [_decoded(text) for text in texts.to_pylist()]
    marked = pc.replace_substring_regex(
        pa.array(values, pa.string()), pattern=RISKY, replacement=r"\1'\2"
    )
    return pa.array(
        [None if text is None else _shown(text) for text in marked.to_pylist()], pa.string()
    )


def _decoded(value: object) -> str | None:
    """Return what may be an id (text or bytes) as text."""
    if value is None or isinstance(value, str):
        return value
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _shown(text: str) -> str:
    """Return a text whole and visible; an empty one stays empty."""
    if not text or (text.isascii() and text.isprintable() and "\\" not in text):
        return text
    return printable(text, 6 * len(text) + 20) if text.strip(" ") else text
