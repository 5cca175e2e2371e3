"""mypy --strict passes on a tree shaped like the wheel.

In the checkout `cib.graphs` lies beside `cib`, which mypy cannot know; users' type checkers see the
wheel, so that is what is checked.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from wheel_tree import ROOT, link


def test_mypy_strict(tmp_path: Path) -> None:
    link(tmp_path)
    # An installed or editable cib elsewhere on the path must not be what is checked.
    # Strictness is set in the file: on the command line it would overrule the exceptions there.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"MYPYPATH": str(tmp_path)}
    result = subprocess.run(
        [
            sys.executable,
            *("-m", "mypy", "--config-file", ROOT / "pyproject.toml"),
            *("--cache-dir", ROOT / ".mypy_cache", "--no-error-summary", "-p", "cib"),
        ],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
