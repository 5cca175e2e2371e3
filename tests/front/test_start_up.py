"""Commands load what they use and no more: nobody waits for numba to read a page of help."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cib import compiling, kernel_cache
from command_line import environment
from small_log import small_log, write

HEAVY = {
    "numpy", "pyarrow", "numba", "llvmlite", "scipy", "pandas", "igraph", "networkx", "plotly",
    "jinja2", "dask", "fsspec", "psutil", "dash", "flask", "duckdb", "kaleido", "waitress",
}  # fmt: skip
ROOMS = ("datasets", "graphs", "algorithms", "viz")

RUN = """
import sys
sys.argv = ["cib", *{arguments!r}]
from cib.cli import run
try:
    run()
except SystemExit as stop:
    code = stop.code or 0
print("code", code, "loaded", *sorted(sys.modules), file=sys.stderr)
"""


def loaded_by(script):
    """Names of the modules that a Python process has loaded at its end, and its last words."""
    result = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True, encoding="utf-8", env=environment(), timeout=300, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    words, _, modules = result.stderr.rpartition(" loaded ")
    return set(modules.split()), words


def loaded_by_command(*arguments):
    modules, words = loaded_by(RUN.format(arguments=list(map(str, arguments))))
    return modules, int(words.rpartition(" ")[2])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["scan", "--help"],
        ["inspect", "--help"],
        ["evaluate", "--help"],
        ["explore", "--help"],
        ["settings", "--toml"],
    ],
    ids=" ".join,
)
def test_help_and_settings_load_nothing_heavy(arguments):
    modules, code = loaded_by_command(*arguments)
    assert code == 0
    assert not modules & HEAVY
    if "--help" in arguments:
        assert "pydantic" not in modules  # typer's, for values; see cib/cli/app.py


def test_wrong_arguments_load_nothing_heavy(tmp_path):
    modules, code = loaded_by_command("scan", "log", "--out", tmp_path, "--q", "2")
    assert code == 2
    assert not modules & HEAVY


def test_a_scan_done_before_only_needs_arrow(log, scanned):
    modules, code = loaded_by_command(
        "scan", log, "--out", scanned[1].parent, "--skip-done", "--json"
    )
    assert code == 99
    assert not modules & (HEAVY - {"numpy", "pyarrow"})
    assert not {name for name in modules if name.startswith("rich")}


def test_a_scan_does_without_pandas_plotly_and_scipy(tmp_path):
    nothing = write(small_log(rings=0), tmp_path / "log.parquet")
    modules, code = loaded_by_command("scan", nothing, "--out", tmp_path / "runs", "--json")
    assert code == 0
    assert not modules & {"pandas", "networkx", "plotly.graph_objects", "dask"}
    assert not modules & {"scipy.linalg", "scipy.special"}  # the latter once there is a cluster


@pytest.mark.parametrize("first", ["", *ROOMS])
def test_importing_rooms_is_cheap(first):
    rooms = [first, *ROOMS] if first else ROOMS
    names = ", ".join(["cib", *(f"cib.{room}" for room in rooms)])
    modules, _ = loaded_by(f"import sys, {names}\nprint(' loaded', *sys.modules, file=sys.stderr)")
    assert not modules & HEAVY


@pytest.mark.parametrize("modules_first", [False, True])
@pytest.mark.parametrize("room", ROOMS)
def test_every_name_is_what_it_says_however_the_room_was_imported(room, modules_first):
    """A module of a function's name must not take the function's place."""
    script = f"""
import importlib, pkgutil, sys, types
room = importlib.import_module("cib.{room}")
if {modules_first}:
    for found in pkgutil.iter_modules(room.__path__):
        importlib.import_module(f"cib.{room}.{{found.name}}")
for name in room.__all__:
    assert not isinstance(getattr(room, name), types.ModuleType), name
    assert name in dir(room)
from cib.{room} import *
assert not [name for name in room.__all__ if name not in globals()]
assert not hasattr(room, "nope")
print(" loaded", file=sys.stderr)
"""
    loaded_by(script)


# Compiling


def test_compiling_is_announced_once_and_only_when_it_happens():
    from numba import njit

    said = []
    double = njit(lambda x: 2 * x)
    with compiling.announced(said.append):
        assert said == []
        assert (double(2), double(2.5)) == (4, 5.0)
    assert said == [compiling.ONCE]
    with compiling.announced(said.append):
        double(3)
    assert said == [compiling.ONCE]


def test_numbas_own_places_are_used_while_one_can_be_written(monkeypatch, tmp_path):
    for places in ([tmp_path / "new" / "folder"], ["/dev/null/no", tmp_path]):
        monkeypatch.setattr(kernel_cache, "places", lambda places=places: map(str, places))
        kernel_cache.prepare()
        assert kernel_cache.temporary is None
    assert not (tmp_path / "new").exists()


def test_no_place_is_taken_from_who_has_no_home(monkeypatch):
    monkeypatch.setattr("os.path.expanduser", lambda path: path)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA", kernel_cache.VARIABLE):
        monkeypatch.delenv(name, raising=False)
    assert [place for place in kernel_cache.places() if "~" in place] == []
