"""Every page works in a network without routes, and asks nobody but its own server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from browsers import CHROMIUM, DRIVER

pytestmark = [pytest.mark.browser, pytest.mark.slow]
APART = ["unshare", "--net", "--map-root-user"]


def can_be_apart() -> bool:
    """Whether this user may make a network of its own."""
    if not (shutil.which("unshare") and CHROMIUM and DRIVER):
        return False
    return subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_be_apart(), reason="no network namespaces for this user, or no browser")
def test_every_page_works_without_a_way_out(runs: Path) -> None:
    visit = Path(__file__).with_name("offline_visit.py")
    done = subprocess.run(
        [*APART, sys.executable, str(visit), str(runs)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["drawn"].endswith("PNG")
    for path, page in found["pages"].items():
        assert page["heading"], path
        assert page["complaints"] == [], path
        strange = [one for one in page["loaded"] if not one.startswith((found["host"], "data:"))]
        assert strange == [], path
    assert any("plotly" in one for page in found["pages"].values() for one in page["loaded"])
