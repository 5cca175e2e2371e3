"""The wheel holds every folder, and installing it leaves other people's packages alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

import pytest

from wheel_tree import ROOMS, ROOT, import_name, modules, packages

STAND_IN = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "datasets"
version = "9.9"
[tool.setuptools]
packages = ["datasets"]
"""


def run(*command: object, cwd: Path) -> str:
    result = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from the sdist, in a copy: the checkout stays clean."""
    folder = tmp_path_factory.mktemp("dist")
    copy = folder / "source"
    copy.mkdir()
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, copy)
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    build = (sys.executable, "-I", "-m", "build", "--no-isolation", "--outdir", folder)
    run(*build, copy, cwd=folder)
    shutil.rmtree(copy)
    return folder


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (path,) = dist.glob("*.whl")
    return path


def test_every_folder_is_listed() -> None:
    folders = {path for path in modules() if path.name == "__init__.py"}
    assert sorted(import_name(path) for path in folders) == sorted(packages())


def test_wheel_holds_every_file(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    here = [path.relative_to(ROOT).as_posix() for path in modules()]
    expected = {f"cib/{name.removeprefix('cib/')}" for name in here}
    expected |= {"cib/py.typed", "cib/algorithms/weights.json"}
    templates = [p for p in (ROOT / "viz").rglob("*") if p.suffix in (".j2", ".css", ".js")]
    expected |= {f"cib/{path.relative_to(ROOT).as_posix()}" for path in templates}
    assert expected <= inside
    # cib and its metadata, nothing at the top that belongs to somebody else.
    assert {name.split("/")[0].split("-")[0] for name in inside} == {"cib"}
    assert inside - expected == {name for name in inside if ".dist-info/" in name}


def test_sdist_holds_what_the_wheel_needs_and_the_licence(dist: Path) -> None:
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "pyproject.toml", "cib/py.typed", "algorithms/weights.json"} <= names
    assert {path.relative_to(ROOT).as_posix() for path in modules()} <= names


def test_installs_beside_somebody_elses_datasets(wheel: Path, tmp_path: Path) -> None:
    stand_in = tmp_path / "stand_in"
    (stand_in / "datasets").mkdir(parents=True)
    (stand_in / "datasets" / "__init__.py").write_text('OWNER = "somebody else"\n')
    (stand_in / "datasets" / "log.py").write_text('OWNER = "somebody else"\n')
    (stand_in / "pyproject.toml").write_text(STAND_IN)
    build = (sys.executable, "-I", "-m", "build", "--wheel", "--no-isolation")
    run(*build, "--outdir", tmp_path, stand_in, cwd=tmp_path)
    (their_wheel,) = tmp_path.glob("datasets-*.whl")

    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(run(python, "-I", "-c", purelib, cwd=tmp_path).strip())
    # Dependencies come from the environment that runs the tests. A path in a .pth file is only
    # added to sys.path: an editable cib over there does not come along.
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "dependencies.pth").write_text("\n".join(sorted(ours)) + "\n")
    pip = (sys.executable, "-I", "-m", "pip", "--python", python, "--disable-pip-version-check")
    install = (*pip, "install", "--quiet", "--no-deps", "--no-index", "--force-reinstall")
    run(*install, their_wheel, cwd=tmp_path)
    before = fingerprint(site / "datasets")
    assert len(before) == 2

    run(*install, wheel, cwd=tmp_path)
    assert fingerprint(site / "datasets") == before
    check = (
        "import datasets, datasets.log, cib, cib.datasets, cib.datasets.log, cib.graphs, pathlib;"
        "assert datasets.OWNER == datasets.log.OWNER == 'somebody else';"
        "assert not hasattr(cib.datasets, 'OWNER');"
        "print(pathlib.Path(cib.datasets.__file__).parent)"
    )
    assert Path(run(python, "-I", "-c", check, cwd=tmp_path).strip()) == site / "cib" / "datasets"
    assert run(python, "-I", "-c", "import cib; print(*cib.__path__)", cwd=tmp_path).strip() == str(
        site / "cib"
    )

    run(*pip, "uninstall", "--quiet", "--yes", "cib", cwd=tmp_path)
    assert fingerprint(site / "datasets") == before
    assert not (site / "cib").exists() or not list((site / "cib").rglob("*.py"))


UNPRIVILEGED = 65534

KERNEL = f"""
import os, stat
import numba, pyarrow
numba.njit(lambda n: n + 1)(1)  # loads all of numba, whose folder others may not be able to read
if os.getuid() == 0:
    os.setgroups([]), os.setgid({UNPRIVILEGED}), os.setuid({UNPRIVILEGED})
import numpy as np
from cib import compiling, kernel_cache
from cib.algorithms.timelines_kernels import count
said = []
with compiling.announced(said.append):
    assert count(np.array([0, 2], np.int32), 3).tolist() == [1, 0, 1]
assert said == [compiling.ALWAYS]
assert list(os.scandir(kernel_cache.temporary))
assert stat.S_IMODE(os.stat(kernel_cache.temporary).st_mode) == 0o700
print(kernel_cache.temporary)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such rights there")
def test_kernels_compile_where_nothing_can_be_written(wheel: Path) -> None:
    """A read-only installation, run by an account without a home."""
    with tempfile.TemporaryDirectory() as name:  # tmp_path is closed to other accounts
        site = Path(name)
        zipfile.ZipFile(wheel).extractall(site)
        folders = [site, *(path for path in site.rglob("*") if path.is_dir())]
        for folder in folders:
            folder.chmod(0o555)
        kept = {
            k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")
        }
        env = kept | {"HOME": "/nonexistent", "PYTHONPATH": str(site)}
        try:
            command = (sys.executable, "-c", KERNEL)
            result = subprocess.run(
                command, cwd="/", env=env, capture_output=True, text=True, check=False
            )
        finally:
            for folder in folders:
                folder.chmod(0o755)
    assert result.returncode == 0, result.stderr
    assert not Path(result.stdout.strip()).exists()


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.py"))
    }
