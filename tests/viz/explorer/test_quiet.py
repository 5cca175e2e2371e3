"""What is made beforehand waits until nobody asks."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from cib.viz.explorer.runs.database import Database, QueryFailed

SLOW = (
    "SELECT count(*) AS n FROM range(100000) AS a, range(100000) AS b WHERE a.range + b.range < 0"
)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database([tmp_path])


def waited(database: Database, quiet: float, most: float) -> float:
    begin = time.monotonic()
    database.wait_until_quiet(quiet, most)
    return time.monotonic() - begin


def test_a_question_puts_it_off(database: Database) -> None:
    assert waited(database, 0.0, 5.0) < 0.2
    database.table("SELECT 1 AS n", {})
    assert 0.25 <= waited(database, 0.3, 5.0) < 2.0


def test_not_for_ever_and_not_when_all_ends(database: Database) -> None:
    def ask() -> None:
        with pytest.raises(QueryFailed):
            database.table(SLOW, {})

    asked = threading.Thread(target=ask)
    asked.start()
    while not database._asked:
        time.sleep(0.01)
    assert 0.2 <= waited(database, 0.0, 0.2) < 2.0
    database.close()
    assert waited(database, 60.0, 60.0) < 1.0
    asked.join(timeout=20)
    assert not asked.is_alive()
