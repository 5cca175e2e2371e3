"""The explorer: a web application over finished runs, for triage, investigation and verdicts.

Lives here: runs as they lie on disk (`library.py`, `run_tables.py`), who may see what (`access.py`,
`names.py`), the frame of every page (`shell.py`), the pages, what the browser gets (`assets/`).
May import `cib.datasets`, `cib.graphs`, `cib.algorithms` and `cib.viz`; never the front.
Start reading at `app.py` (which address shows which page), then `pages/cluster.py`.
"""
