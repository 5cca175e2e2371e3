"""The page of a cluster in a real browser: going to its parts, what its tables say."""

from __future__ import annotations

import json
from typing import Any

import duckdb

from browsers import find, wait_for
from explorer_runs import HOSTILE, newest


def ring(served: Any) -> int:
    """The cluster that has the accounts with hostile names."""
    tables = newest(served).tables
    for cluster_id in range(1, tables.n_clusters + 1):
        if HOSTILE["bot00"] in tables.members(cluster_id)[0]["account_id"].to_pylist():
            return cluster_id
    raise AssertionError("no cluster has the hostile names")


def open_page(browser: Any, served: Any, cluster_id: int) -> None:
    browser.get(f"{served.url.rstrip('/')}/run/{newest(served).id}/cluster/{cluster_id}")
    wait_for(browser, "return document.querySelector('#raster-picture canvas, #raster .note')")


def part(browser: Any, name: str, css: str) -> None:
    """Go to a part by the list in the rail, and wait for something in it."""
    find(browser, f".contents a[data-part={name}]").click()
    wait_for(browser, f"return document.querySelector('#{name} {css}')")
    settled = """const now = document.documentElement.scrollHeight + ' ' + scrollY;
    const before = window.settled; window.settled = now; return before === now;"""
    for _ in range(3):
        wait_for(browser, settled)
    # as somebody does who scrolls on: the page no longer holds the part where it is
    browser.execute_script("dispatchEvent(new Event('wheel'))")


def said(of: str = "all") -> str:
    """The id under which a table of interactions says how many rows it has."""
    return json.dumps({"of": of, "type": "acts-said"}, separators=(",", ":"))


def rows_said(browser: Any, words: str, of: str = "all") -> int:
    """Wait until a table says something; return the number of its rows."""
    script = """const at = document.getElementById(arguments[0]);
    return at && at.textContent.includes(arguments[1]) && at.textContent;"""
    text = wait_for(browser, script, said(of), words)
    return int(text.split(" ")[0].replace(",", ""))


def ask(served: Any, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Ask the run's files themselves."""
    folder = newest(served).path
    with duckdb.connect() as connection:
        return connection.execute(sql.replace("{run}", str(folder)), list(values)).fetchall()
