"""`Run.explore()`: a server of its own, in a thread, that a notebook on this machine can show."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import cib
from small_log import small_log, write


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(small_log(rings=1), tmp_path_factory.mktemp("log") / "log.parquet")


@pytest.fixture(scope="module")
def run(log: Path, tmp_path_factory: pytest.TempPathFactory) -> cib.Run:
    return cib.scan(log, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture
def here(run: cib.Run, tmp_path: Path) -> Iterator[Any]:
    exploring = run.explore(casebook=tmp_path / "casebook.sqlite")
    yield exploring
    exploring.stop()


def get(url: str, **headers: str) -> Any:
    asked = urllib.request.Request(url, headers=headers)
    return urllib.request.urlopen(asked, timeout=30)


def test_serves_the_run_until_it_is_stopped(here: Any, run: cib.Run) -> None:
    body = get(f"{here.url}download/run/{run.id}/clusters.csv").read().decode("utf-8-sig")
    assert body.count("\n") == len(run.clusters) + 1
    assert here.running
    here.stop()
    assert not here.running
    with pytest.raises(urllib.error.URLError):
        get(here.url)
    here.stop()
    assert "stopped" in repr(here)
    assert "<iframe" not in here._repr_html_()


def test_a_notebook_on_this_machine_may_show_it_and_nobody_else(here: Any) -> None:
    assert f'<iframe src="{here.url}"' in here._repr_html_()
    framed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    with get(here.url, **framed, **{"Sec-Fetch-Dest": "iframe"}) as found:
        (rule,) = [
            part for part in found.headers["Content-Security-Policy"].split("; ")
            if part.startswith("frame-ancestors")
        ]  # fmt: skip
        assert found.headers["X-Frame-Options"] is None
    hosts = {one.split("//")[-1].split(":")[0] for one in rule.split()[1:]}
    assert hosts <= {"localhost", "127.0.0.1", "vscode-webview"}
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(here.url, **framed, **{"Sec-Fetch-Dest": "object"})
    assert caught.value.code == 403


def test_two_at_once_have_ports_of_their_own(here: Any, run: cib.Run, tmp_path: Path) -> None:
    other = run.explore(casebook=tmp_path / "other.sqlite")
    try:
        assert other.url != here.url
        assert get(other.url).status == get(here.url).status == 200
    finally:
        other.stop()


def test_a_run_that_was_kept_in_memory_has_a_place_until_stopped(log: Path) -> None:
    run = cib.scan(log)
    assert run.path is None
    here = run.explore()
    try:
        place = Path(here._aside.name)  # type: ignore[union-attr]
        body = get(f"{here.url}download/run/{run.id}/cluster/1/members.csv").read()
        assert body.count(b"\n") == run.clusters["n_accounts"][0].as_py() + 1
    finally:
        here.stop()
    assert not place.exists()
