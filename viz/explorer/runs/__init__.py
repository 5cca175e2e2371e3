"""Runs as they lie on disk, and questions to them: answers are Arrow tables, never components.

Start reading at `library.py` (the runs), then `run_tables.py` (every question to one of them).
`database.py` alone speaks to DuckDB; `cache.py` keeps what is dear to make beside the run.
"""
