"""The logs that benchmarks run on: `logs.py NAME FOLDER` makes FOLDER/NAME unless it is there.

A name is a kind and a size, `ints-1M`. All are deterministic. Rows come in chunks, so that a log
may be larger than memory.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.lib.format import open_memmap

from planted import GRAPHS, write_graph
from sizes import parse_size

Columns = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32], npt.NDArray[np.int64]]
"""Account, content, seconds."""

CHUNK = 1_000_000
MOST_ARRAY_ROWS, MOST_CSV_ROWS = 200_000_000, 1_000_000
EPOCH_S, MONTH_S, DAY_S, HOUR_S = 1_700_000_000, 30 * 86_400, 86_400, 3_600
ROWS_A_MONTH = 10_000_000
"""Of a log that grows by days; all others have the same month at every size."""
RING_ACCOUNTS, RING_CONTENTS, RING_SPREAD_S = 25, 30, 10


def zipf(rng: np.random.Generator, n: int, size: int) -> npt.NDArray[np.int32]:
    """Ranks below n by a Zipf law with exponent 1, from its continuous form."""
    ranks = np.exp(rng.random(size) * np.log(n + 1.0)).astype(np.int32) - 1
    return np.minimum(ranks, n - 1, out=ranks)


def crowd(n_rows: int, span_s: int = MONTH_S) -> Iterator[Columns]:
    """A crowd with rings in it, in random row order.

    n_rows / 10 accounts of mildly uneven activity, n_rows / 20 contents by Zipf's law, times even
    over `span_s`; n_rows / 100k rings of 25 accounts that act on 30 contents within 10 s each.
    """
    n_accounts, n_contents = n_rows // 10, n_rows // 20
    rng = np.random.default_rng([1, 0])
    names = rng.permutation(n_contents).astype(np.int32)
    rings = ring_rows(rng, n_accounts, n_contents, max(1, n_rows // 100_000), span_s)
    shuffled = rng.permutation(len(rings[0]))
    n_chunks = -(-n_rows // CHUNK)
    for chunk, planted in enumerate(np.array_split(shuffled, n_chunks)):
        rng = np.random.default_rng([1, chunk + 1])
        size = min(CHUNK, n_rows - chunk * CHUNK)
        account = (n_accounts * rng.random(size) ** 1.5).astype(np.int32)
        content = names[zipf(rng, n_contents, size)]
        ts = rng.integers(EPOCH_S, EPOCH_S + span_s, size)
        places = rng.choice(size, len(planted), replace=False)
        for column, ring in zip((account, content, ts), rings, strict=True):
            column[places] = ring[planted]
        yield account, content, ts


def ring_rows(
    rng: np.random.Generator, n_accounts: int, n_contents: int, n_rings: int, span_s: int
) -> Columns:
    """Rows of planted rings, on contents of every popularity but the highest."""
    members = rng.integers(0, n_accounts, (n_rings, 1, RING_ACCOUNTS))
    contents = n_contents // 100 + rng.integers(
        0, n_contents * 9 // 10, (n_rings, RING_CONTENTS, 1)
    )
    start = rng.integers(EPOCH_S, EPOCH_S + span_s - 20, (n_rings, RING_CONTENTS, 1))
    ts = start + rng.integers(0, RING_SPREAD_S, (n_rings, RING_CONTENTS, RING_ACCOUNTS))
    account, content, ts = (each.ravel() for each in np.broadcast_arrays(members, contents, ts))
    return account.astype(np.int32), content.astype(np.int32), ts


def bursts(n_rows: int) -> Iterator[Columns]:
    """A crowd that comes in bursts: each content is born once and decays within hours.

    n_rows / 10 accounts of lognormal activity, n_rows / 10 contents by Zipf's law, delays of 6 h on
    average; 20 rings of 25 accounts that act on 30 contents of their own within 10 s each.
    """
    rng = np.random.default_rng(7)
    n_accounts = n_contents = n_rows // 10
    activity = np.cumsum(rng.lognormal(size=n_accounts))
    account = np.searchsorted(activity, rng.random(n_rows) * activity[-1])
    popularity = np.cumsum(1 / np.arange(1, n_contents + 1))
    content = np.searchsorted(popularity, rng.random(n_rows) * popularity[-1])
    delay = rng.exponential(6 * HOUR_S, n_rows).astype(np.int64)
    ts = EPOCH_S + (rng.integers(0, MONTH_S, n_contents)[content] + delay) % MONTH_S
    ring, item, member = np.indices((20, RING_CONTENTS, RING_ACCOUNTS)).reshape(3, -1)
    start = rng.integers(EPOCH_S, EPOCH_S + MONTH_S - RING_SPREAD_S, 20 * RING_CONTENTS)
    item += ring * RING_CONTENTS
    order = rng.permutation(n_rows + len(ring))
    account = np.append(account, n_accounts + ring * RING_ACCOUNTS + member)[order]
    content = np.append(content, n_contents + item)[order]
    ts = np.append(ts, start[item] + rng.integers(0, RING_SPREAD_S + 1, len(ring)))[order]
    yield account.astype(np.int32), content.astype(np.int32), ts


HOT = {
    "hour": ((1 / 10, HOUR_S, 500_000),),
    "day": ((1 / 10, DAY_S, 500_000),),
    "three": tuple((1 / 50, DAY_S, 500_000 + i * 200_000) for i in range(3)),
    "twins": ((3 / 100, HOUR_S, 500_000),) * 2,
    "flood": ((1 / 4, HOUR_S, 500_000),),
}
"""Contents added to a crowd: actions as a share of its rows, seconds they take, when they start."""


def hot_crowd(n_rows: int, case: str) -> Iterator[Columns]:
    """A crowd, and after it contents on which many of its accounts act within a short time."""
    yield from crowd(n_rows)
    rng = np.random.default_rng(5)
    for i, (share, span, start) in enumerate(HOT[case]):
        size = round(share * n_rows)
        account = rng.integers(0, n_rows // 10, size, np.int32)
        content = np.full(size, n_rows // 20 + i, np.int32)
        yield account, content, rng.integers(EPOCH_S + start, EPOCH_S + start + span, size)


def tastes(n_accounts: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Distinct (account, token), by account: about 20 tokens each, 5 to 400, by Zipf's law.

    n_accounts / 500 planted groups of 10 draw 60 to 97% of up to 25 tokens from a list of theirs.
    """
    rng = np.random.default_rng(1)
    length = np.clip(5 / rng.random(n_accounts) ** (1 / 1.6), 5, 300)
    length = np.clip(length * (27 / length.mean()), 5, 400).astype(np.int64)
    first = np.append(0, np.cumsum(length))
    token = zipf(rng, n_accounts, int(first[-1]))
    for group in range(n_accounts // 500):
        base, loyalty = zipf(rng, n_accounts, 25), rng.uniform(0.6, 0.97)
        for account in range(10 * group, 10 * group + 10):
            listed = base[: length[account]]
            shared = listed[rng.random(len(listed)) < loyalty]
            token[first[account] : first[account] + len(shared)] = shared
    account = np.repeat(rng.permutation(n_accounts), length)
    key = np.unique(account * n_accounts + rng.permutation(n_accounts)[token])
    return (key // n_accounts).astype(np.int32), (key % n_accounts).astype(np.int32)


def text_ids(prefix: str, codes: npt.NDArray[np.int32]) -> pa.Array:
    """Ids such as a0000000017, which sort as their codes do."""
    digits = pc.utf8_lpad(pa.array(codes).cast(pa.string()), 10, "0")
    return pc.binary_join_element_wise(prefix, digits, "")


def write(folder: Path, chunks: Iterator[Columns], n_rows: int, text: bool) -> None:
    """Write log.parquet and, of logs with integer ids, the same columns as .npy files."""
    writer, arrays, done = None, {}, 0
    for account, content, ts in chunks:
        columns: dict[str, Any] = {"account_id": account, "content_id": content, "ts": ts}
        if text:
            columns = {
                "account_id": text_ids("a", account),
                "content_id": text_ids("c", content),
                "ts": pa.array(ts * 1_000_000).cast(pa.timestamp("us")),
            }
        elif n_rows <= MOST_ARRAY_ROWS:
            for name, column in columns.items():
                if name not in arrays:
                    path = folder / f"{name}.npy"
                    arrays[name] = open_memmap(path, "w+", column.dtype, (n_rows,))
                arrays[name][done : done + len(ts)] = column
        table = pa.table(columns)
        if writer is None:
            path = folder / "log.parquet"
            writer = pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=CHUNK)
        done += len(ts)
    assert writer is not None
    writer.close()


def write_csv(folder: Path) -> None:
    """Write the forms that published tools read; a message's id must not look like a content's."""
    log = pq.read_table(folder / "log.parquet")
    message = pc.binary_join_element_wise("m", pa.array(range(len(log))).cast(pa.string()), "")
    account, content, ts = log.columns
    empty = pa.array([""] * len(log))
    reposts = {"message_id": message, "user_id": account, "username": empty, "repost_id": content}
    reposts |= {"reply_id": empty, "message": empty, "timestamp": ts, "urls": empty}
    shares = {"object_id": content, "account_id": account}
    shares |= {"content_id": message, "timestamp_share": ts}
    pa.csv.write_csv(pa.table(reposts), folder / "reposts.csv")
    pa.csv.write_csv(pa.table(shares), folder / "shares.csv")


def make(name: str, folder: Path) -> None:
    """Make one log, complete or not at all."""
    kind, _, size = name.rpartition("-")
    n_rows, target = parse_size(size), folder / name
    if target.exists():
        return
    staging = folder / f"{name}.part"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    if kind in GRAPHS:
        write_graph(kind, n_rows, staging)
    elif kind == "tastes":
        account, token = tastes(n_rows)
        np.save(staging / "account_id.npy", account)
        np.save(staging / "token.npy", token)
    elif kind.startswith("hot-"):
        case = kind.removeprefix("hot-")
        extra = sum(round(share * n_rows) for share, _, _ in HOT[case])
        write(staging, hot_crowd(n_rows, case), n_rows + extra, text=False)
    elif kind == "bursty":
        write(staging, bursts(n_rows), n_rows + 20 * RING_CONTENTS * RING_ACCOUNTS, text=False)
    else:
        span_s = n_rows * MONTH_S // ROWS_A_MONTH if kind == "days" else MONTH_S
        write(staging, crowd(n_rows, span_s), n_rows, text=kind == "text")
        if kind == "ints" and n_rows <= MOST_CSV_ROWS:
            write_csv(staging)
    staging.rename(target)


if __name__ == "__main__":
    make(sys.argv[1], Path(sys.argv[2]))
