"""One file per page: `layout(explorer, …)` makes it, `register(app, explorer)` makes it answer.

Parts of a large page lie beside it under its name: `triage_rows.py`, `compare_tables.py`.
"""
