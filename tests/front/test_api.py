"""The library calls that users rely on."""

from __future__ import annotations

import pytest

import cib


def test_scan_stays_a_function_however_the_rooms_were_imported():
    import cib.pipeline

    assert callable(cib.scan)
    assert cib.scan is cib.pipeline.scan
    assert callable(cib.scan)


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="scann"):
        _ = cib.scann
