"""Real runs for tests of the explorer: two scans of one log with rings and hostile names."""

from __future__ import annotations

import time
from contextlib import contextmanager

import numpy as np
import pyarrow as pa

import cib
from cib.viz.explorer.door.access import open_access
from cib.viz.explorer.opening import open_explorer, serve
from small_log import RING, small_log, write

HOSTILE = {
    "bot00": "<script>window.pwned=1</script>",
    "bot01": "'; DROP TABLE events; --",
    "bot02": "free\u202egpj.exe",
    "bot03": "nul\x00tab\tline\nend",
    "bot04": '"><img src=x onerror=window.pwned=2>',
    "bot05": '=HYPERLINK("https://evil.example","click")',
    "bot06": "$ids {members} %s %{x} $\\alpha$",
    "bot07": "é\u0301\u0301\u0301 \U0001f600",
    "bot08": "<a href='https://evil.example'>click</a>",
    "song000": "a'b\"c",
    "song001": "{clusters}",
    "song002": '"><svg onload=window.pwned=3>',
    "song003": "@SUM(1+1)*cmd|' /C calc'!A0",
}
"""Names of accounts and contents that try to be something else than text."""


def log_with_columns(**names):
    """Two rings of ten in a crowd of 150, with lengths, devices, addresses and markets."""
    table = small_log(rename=names or HOSTILE, rings=2)
    rng = np.random.default_rng(1)
    account = table["account_id"].to_pylist()
    bots = {HOSTILE.get(name, name) for name in RING} | {f"{name} of ring 1" for name in RING}
    fake = np.array([name in bots for name in account])
    n = len(account)
    length = np.where(fake, rng.integers(31_000, 35_000, n), rng.integers(5_000, 240_000, n))
    device = [f"farm{i % 3}" if f else f"phone of {a}" for i, (a, f) in enumerate(
        zip(account, fake, strict=True))]  # fmt: skip
    address = ["10.0.0.9" if f else f"net{hash_of(a) % 80}" for a, f in zip(
        account, fake, strict=True)]  # fmt: skip
    market = ["SE" if f else ("DE", "SE", "BR")[hash_of(a) % 3] for a, f in zip(
        account, fake, strict=True)]  # fmt: skip
    return (
        table.append_column("duration_ms", pa.array(length, pa.int32()))
        .append_column("device_hash", pa.array(device))
        .append_column("ip_hash", pa.array(address))
        .append_column("market", pa.array(market))
    )


def hash_of(name):
    """A number of a name, the same in every process."""
    return sum(ord(letter) * (place + 7) for place, letter in enumerate(name))


def make_runs(folder):
    """Scan the log up to its fifth day, then whole; return the folder of the two runs."""
    source = write(log_with_columns(), folder / "log" / "plays.parquet")
    cib.scan(source, out=folder / "runs", until="2024-03-06")
    time.sleep(1.1)  # runs are dated to the second, and this one must be the older
    cib.scan(source, out=folder / "runs")
    return folder / "runs"


@contextmanager
def explorer_of(path, *, casebook=None, port=0, pseudonyms=False, **access):
    """A real server over runs on a port of this machine."""
    opened = open_access("127.0.0.1", **access)
    explorer = open_explorer(path, access=opened, casebook=casebook, pseudonyms=pseudonyms)
    server = serve(explorer, opened, "127.0.0.1", port)
    server.start()
    try:
        yield server, explorer
    finally:
        server.stop()


def newest(served):
    """The newest run of an explorer that is served."""
    return served.explorer.library.runs()[0]


def open_at(browser, served, path="/"):
    """Open a page of it."""
    browser.get(served.url.rstrip("/") + path)
