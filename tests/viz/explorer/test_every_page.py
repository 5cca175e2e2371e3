"""Every page, without WebGL or a way out: it asks nobody else, draws, fits, and can be read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from browsers import CHROMIUM, DRIVER
from page_rules import DRAWN

pytestmark = [pytest.mark.browser, pytest.mark.slow]
APART = ["unshare", "--net", "--map-root-user"]
# names are text; at 1280 × 800 nothing is cut off; all is labelled; contrast is 4.5 to 1
RULES = (
    "markup of names",
    "cut off",
    "nameless",
    "headings",
    "faint when light",
    "faint when dark",
)
CLUSTER_PICTURES = ("raster-picture", "network-picture", "steps")


def can_be_apart() -> bool:
    """Whether this user may make a network of its own."""
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0


def visited(runs: Path) -> dict[str, Any]:
    """What one visit to all pages found; in a network without routes where that is allowed."""
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium and chromedriver are not installed")
    apart = can_be_apart()
    call = [sys.executable, str(Path(__file__).with_name("every_page.py")), str(runs)]
    done = subprocess.run(
        [*APART, *call, "apart"] if apart else call,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_every_page_works_draws_and_can_be_read(runs: Path) -> None:
    """One test: a visit to all pages takes long, and workers would make one each."""
    visit = visited(runs)
    pages = visit["pages"]
    assert len(pages) == 11
    nobody_else_is_asked(visit)
    everything_is_drawn_without_webgl(visit)
    for rule in RULES:
        found = {path: page["rules"][rule] for path, page in pages.items()}
        assert {path: one for path, one in found.items() if one} == {}, rule


def nobody_else_is_asked(visit: dict[str, Any]) -> None:
    for path, page in visit["pages"].items():
        assert page["heading"], path
        assert page["complaints"] == [], path
        strange = [one for one in page["loaded"] if not one.startswith((visit["host"], "data:"))]
        assert strange == [], path
    assert any("plotly" in one for page in visit["pages"].values() for one in page["loaded"])
    assert visit["png"].endswith("PNG")  # made by a browser that has no way out either


def everything_is_drawn_without_webgl(visit: dict[str, Any]) -> None:
    assert visit["webgl"] == []
    drawn = {path: page["pictures"] for path, page in visit["pages"].items()}
    for path, pictures in drawn.items():
        for name, (n_pixels, _) in pictures.items():
            assert n_pixels > DRAWN, (path, name)
    on_cluster = next(pictures for path, pictures in drawn.items() if "/cluster/" in path)
    large = {name.partition(" ")[2]: found for name, found in on_cluster.items()}
    large |= {name.partition(" ")[2]: found for name, found in drawn["/map"].items()}
    for name in (*CLUSTER_PICTURES, "map-picture"):
        assert large[name][1] > 400, name  # no axis, no words: marks in colour
    assert sum('"figure"' in name for name in on_cluster) >= 4
