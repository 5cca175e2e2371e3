"""The command line: one file per command, each a thin layer over a library call.

`app.py` gathers the commands and turns errors into one sentence and an exit code; `options.py`
makes the flags from `cib/settings.py`; `console.py` prints. Start reading at `scan.py`.
"""

from cib.cli.app import app, run

__all__ = ["app", "run"]
