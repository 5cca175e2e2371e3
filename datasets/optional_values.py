"""Values of the optional columns of a log at some of its rows, however the log keeps them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.log import InteractionLog

CHUNK = 1 << 20
"""Values of one chunk, so that no chunk of long texts outgrows Arrow's 2 GiB."""

NULL = int(np.iinfo(np.int64).min)
"""What stands for null among `ranks_at`: below every code and every number that is read."""


def taken(values: pa.Array, places: npt.NDArray[np.integer] | pa.Array) -> pa.ChunkedArray:
    """(n_places,) the values at some places, in chunks; null where the place is null.

    Examples
    --------
    >>> taken(pa.array(["a", "b"]), np.array([1, 1, 0])).to_pylist()
    ['b', 'b', 'a']
    """
    places = pa.array(places)
    parts = [places.slice(at, CHUNK) for at in range(0, len(places), CHUNK)]
    return pa.chunked_array([values.take(part) for part in parts], values.type)


def values_at(log: InteractionLog, name: str, rows: npt.NDArray[np.int64]) -> pa.ChunkedArray:
    """(n_rows,) values of an optional column at some rows, in the type they came in.

    Parameters
    ----------
    log : the log, which has the column
    name : one of `EXTRAS`
    rows : positions in the log

    Examples
    --------
    >>> from cib.datasets.log import InteractionLog
    >>> codes = np.zeros(3, np.int32)
    >>> log = InteractionLog(codes, codes, codes.astype(np.int16), np.zeros(3, np.int64),
    ...                      pa.array([1]), pa.array([1]), ("play",),
    ...                      {"market": pa.array(["EE", None, "BG"]).dictionary_encode()})
    >>> values_at(log, "market", np.array([2, 1])).to_pylist()
    ['BG', None]
    """
    column = log.extras[name]
    if isinstance(column, pa.DictionaryArray):
        return taken(column.dictionary, column.indices.take(pa.array(rows)))
    return taken(column, rows)


def ranks_at(log: InteractionLog, name: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """(n_rows,) numbers that order some rows as the values of an optional column do.

    Codes are ranks, so they and numbers serve as they are; null comes first.
    """
    column = log.extras[name]
    places = column.indices if isinstance(column, pa.DictionaryArray) else column
    numbers = places.take(pa.array(rows)).cast(pa.int64())
    return np.asarray(pc.fill_null(numbers, NULL))
