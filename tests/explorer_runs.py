"""Real runs for tests of the explorer: two scans of a log with three rings and hostile names."""

from __future__ import annotations

import time
from contextlib import contextmanager

import numpy as np
import pyarrow as pa

import cib
from cib.viz.explorer.door.access import open_access
from cib.viz.explorer.opening import open_explorer, serve
from small_log import DAY, RING, START, small_log, write

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


HOSTILE_MARKET = "<b onmouseover=window.pwned=4>S\u202eE</b>"
HOSTILE_PARENT = "<img src=x onerror=window.pwned=5>list\u2066\x07"
MARKETS = ("SE", HOSTILE_MARKET, "BR", "DE")
"""Of the three rings, in order; people are of all of them."""
PARENTS = (HOSTILE_PARENT, "list1", "list2")
"""Where the rings play from, in order."""
LATER = [f"bot{member}" for member in range(10, 14)]
"""Who joins the second ring on the sixth day."""


def log_with_columns():
    """A crowd of 150 and three rings, with lengths, devices, addresses, markets and playlists.

    The first ring acts in lockstep all week, on devices of its own, under hostile names. The second
    is loose, and fourteen instead of ten from the sixth day on. The third is there from then on.
    """
    rng = np.random.default_rng(2)
    crowd = small_log().slice(0, 1800)
    accounts, contents = (crowd[name].to_pylist() for name in ("account_id", "content_id"))
    moments = crowd["ts"].cast(pa.int64()).to_pylist()
    acts = [
        *((None, *act) for act in zip(accounts, contents, moments, strict=True)),
        *_ring(rng, 0, RING, days=(0, 7), apart_s=20, present=1.0),
        *_ring(rng, 1, RING, days=(0, 5), apart_s=55, present=0.8),
        *_ring(rng, 1, RING + LATER, days=(5, 7), apart_s=55, present=0.8),
        *_ring(rng, 2, RING[:8], days=(5, 7), apart_s=20, present=0.9),
    ]
    rows = [
        {
            "account_id": HOSTILE.get(account, account),
            "content_id": HOSTILE.get(content, content),
            "action": "play",
            "ts": moment,
            **(_of_a_person(account, rng) if ring is None else _of_a_bot(ring, rng)),
            "parent_kind": "playlist",
        }
        for ring, account, content, moment in acts
    ]
    table = pa.Table.from_pylist(rows)
    return table.set_column(3, "ts", table["ts"].cast(pa.timestamp("us", "UTC")))


def _ring(rng, ring, members, *, days, apart_s, present):
    """Twelve times most of a ring plays one song within some seconds: ring, account, song, when."""
    for hit in range(12):
        moment = START + int(rng.uniform(*days) * DAY)
        for member in members:
            if rng.random() < present:
                name = f"{member} of ring {ring}" if ring else member
                apart = int(rng.integers(0, apart_s)) * 1_000_000
                yield ring, name, f"song{12 * ring + hit:03d}", moment + apart


def _of_a_bot(ring, rng):
    """What a bot's interaction has besides: just over 30 s, one of its ring's three devices."""
    return {
        "duration_ms": int(rng.integers(31_000, 35_000)),
        "device_hash": f"farm{ring}-{rng.integers(3)}",
        "ip_hash": f"10.0.0.{9 + ring}",
        "market": MARKETS[ring],
        "parent_id": PARENTS[ring],
    }


def _of_a_person(account, rng):
    """The same of a person; every other home has one device for two."""
    number = int(account.removeprefix("user"))
    return {
        "duration_ms": int(rng.integers(5_000, 240_000)),
        "device_hash": f"phone{number // 2 * 2 if number < 80 else number}",
        "ip_hash": f"net{number // 2}",
        "market": MARKETS[number % 4],
        "parent_id": f"list{number % 9}",
    }


def make_runs(folder):
    """Scan the log up to its fifth day, then whole; return the folder of the two runs.

    The first has two clusters. In the second the first ring is known, the second has grown, the
    third is new; the first two are joined in three layers, with error rates that differ.
    """
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
