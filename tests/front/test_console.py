"""What the command line prints for people."""

from __future__ import annotations

import pytest

from cib.cli.console import cell


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.9996, ">0.999"), (0.9994, "0.999"), (1.0, "1"), (0.5, "0.5"), (12345.6, "12,346")],
)
def test_no_probability_is_rounded_to_certainty(value: float, shown: str) -> None:
    assert cell(value) == shown
