"""What can be taken away: tables, networks, pictures, a whole cluster.

Start reading at `routes.py` (the addresses under /download), then `cluster_tables.py`.
"""
