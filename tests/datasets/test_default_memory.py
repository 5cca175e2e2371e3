"""How much memory a log gets when nobody says."""

from __future__ import annotations

import os

import pytest

from cib.datasets.budget import SHARE_OF_MACHINE, default_memory

MACHINE = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize(
    ("limit", "memory"),
    [("max\n", MACHINE), (f"{3 << 20}\n", 3 << 20), (str(1 << 62), MACHINE), (None, MACHINE)],
)
def test_a_share_of_the_container_or_of_the_machine(tmp_path, limit, memory):
    path = tmp_path / "memory.max"
    if limit is not None:
        path.write_text(limit)
    assert default_memory(path) == memory // SHARE_OF_MACHINE
