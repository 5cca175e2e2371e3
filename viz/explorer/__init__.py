"""The explorer: a web application over finished runs, for triage, investigation and verdicts.

Lives here: which address shows which page (`app.py`), the frame of every page (`shell.py`),
deciding (`deciding.py`, `verdicts.py`), and rooms: `runs/` (runs on disk and questions to them),
`pages/` and `panels/` (what is shown), `pictures/`, `exports/`, `door/` (who may come in, and the
server), `assets/` (what the browser gets). May import `cib.datasets`, `cib.graphs`,
`cib.algorithms` and `cib.viz`; never the front. Start reading at `app.py`, then `pages/cluster.py`.
"""
