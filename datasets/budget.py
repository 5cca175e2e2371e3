"""How much memory a log will take, told from the footers before anything is read."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Any

import numpy as np

from cib.datasets.batches import outside_groups
from cib.datasets.checking import Scope
from cib.datasets.columns import BY_NAME
from cib.datasets.footers import Footer
from cib.datasets.schema import LogSchema

_OVERHEAD = 64 * 2**20
"""Batches in flight, file buffers and small tables."""

_DUPLICATE_BYTES = 5
"""Bytes per row that the search for duplicates takes on top."""


def row_dtypes(schema: LogSchema, extras: Sequence[str]) -> dict[str, Any]:
    """The arrays that hold the rows of a log: name to dtype or (dtype, width), as `Rows` takes."""
    dtypes: dict[str, Any] = {
        "account_id": np.int32,
        "content_id": np.int32,
        "action": np.int16,
        "ts": np.int64,
    }
    if "event_id" in schema.refs:
        dtypes["event_id"] = (np.uint64, 2)
    for name in extras:
        if name in schema.families:
            dtypes[name] = np.int32
        else:
            dtypes[name] = np.int32 if BY_NAME[name].kind == "int32" else np.int64
            dtypes[f"{name} valid"] = np.bool_
    return dtypes


def estimate_bytes(
    footers: Sequence[Footer],
    schema: LogSchema,
    scope: Scope,
    encoded: Container[str],
    dtypes: dict[str, Any],
) -> int:
    """Estimate the memory of a log.

    Rows are exact but for the rows that an action filter will leave out: these cannot be
    foreseen, so with one only ids are counted, and reading watches what really comes in. Ids are
    taken to be those of the largest row group.

    Parameters
    ----------
    footers, schema, scope
        The files, where they have our columns, and which rows are asked for.
    encoded
        Columns of which distinct values are held.
    dtypes
        From `row_dtypes`.

    Returns
    -------
    int
        Bytes.
    """
    rows, ids = 0, 0
    for footer, where in zip(footers, schema.files, strict=True):
        if footer.fault is not None or where.missing is not None or not footer.rows:
            continue
        outside = outside_groups(footer, where, schema, scope.since, scope.until)
        inside = sum(n for group, n in enumerate(footer.group_rows) if group not in outside)
        rows += inside
        sizes = footer.uncompressed or {}
        for name, theirs in where.columns.items():
            if name in encoded and inside:
                ids = max(ids, 2 * sizes.get(theirs, 0) // len(footer.group_rows))
    row_bytes = _DUPLICATE_BYTES
    for dtype in dtypes.values():
        kind, width = dtype if isinstance(dtype, tuple) else (dtype, 1)
        row_bytes += np.dtype(kind).itemsize * width
    return (0 if scope.actions is not None else rows * row_bytes) + ids + _OVERHEAD
