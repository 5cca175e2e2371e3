"""What can be taken away of an account and of a target: the tables and figures of their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from cib.datasets.errors import CibError
from cib.viz.activity_figure import draw_activity
from cib.viz.drawing import Drawing
from cib.viz.explorer.exports.cluster_tables import ALL, NotKept, without_rows
from cib.viz.explorer.runs import log_history
from cib.viz.explorer.runs.acts_over_time import Counts, of_account, of_target
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.networks import Subgraph
from cib.viz.explorer.runs.peers import peers
from cib.viz.explorer.runs.targets import target_in_runs, who_acted
from cib.viz.habits_figures import draw_shares
from cib.viz.network_figure import draw_network
from cib.viz.standing_figure import draw_standing

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

MOST_ROWS = 1_000_000
"""Rows of a table that is made in memory."""
ACCOUNT_TABLES = ("interactions", "signals", "runs", "log")
ACCOUNT_FIGURES = ("signals", "activity", "network")
TARGET_TABLES = ("interactions", "shares", "members", "runs")
TARGET_FIGURES = ("shares", "activity")
PERCENTILES = ("p5", "p25", "p50", "p75", "p95")
EGO_NODES, EGO_EDGES = 200, 2000
"""Accounts and edges that the network of one account may have."""
IN_RUN = ("run_id", "created", "cluster_id", "role", "strength", "coordination", "inauthenticity",
          "n_interactions", "n_contents", "first_ts", "last_ts")  # fmt: skip


class NotAllowed(CibError):
    """Whoever sees pseudonyms sees no log."""

    exit_code = 77


def account_table(explorer: Explorer, run: RunFiles, row: int, name: str) -> pa.Table:
    """Return one table of an account: `interactions`, `signals`, `runs` or `log`."""
    account = run.tables.account(row)
    if name == "signals":
        return _signals(run, row)
    if name == "runs":
        rows = explorer.library.history(account["account_id"])
        return pa.Table.from_pylist([{c: one.get(c) for c in IN_RUN} for one in rows])
    if name == "log":
        if explorer.names().pseudonymous:
            raise NotAllowed("Those who see pseudonyms see no log.")
        return log_history.history(run, row).rows
    cluster = account["cluster_id"]
    if cluster is None:
        raise NotKept("This account is in no cluster, so the run kept none of its rows.")
    return without_rows(run.tables.interactions(cluster, accounts=[row], limit=MOST_ROWS)[0])


def _signals(run: RunFiles, row: int) -> pa.Table:
    """Return an account's signals, with percentiles of comparable accounts."""
    found = peers(run, run.tables.account(row))
    kinds = [("signal", pa.string()), ("unit", pa.string()), ("value", pa.float64()),
             *((name, pa.float64()) for name in PERCENTILES), ("above", pa.float64())]  # fmt: skip
    rows = [
        {"signal": one.name, "unit": one.unit, "value": one.value, "above": one.above}
        | dict(zip(PERCENTILES, one.others, strict=True))
        for one in found.signals
    ]
    return pa.Table.from_pylist(rows, pa.schema(kinds))


def account_figure(explorer: Explorer, run: RunFiles, row: int, name: str) -> Drawing:
    """Draw one figure of an account: `signals`, `activity` or `network`."""
    account = run.tables.account(row)
    which = f"Account in row {row} of run {run.id[:8]}"
    if name == "signals":
        found = peers(run, account)
        if not found.signals:
            raise NotKept("This run has no signals of this account, or nobody comparable.")
        return draw_standing(found.signals, found.words, title=f"{which}: among others")
    if name == "network":
        graph = run.tables.neighbours([row], EGO_NODES, EGO_EDGES)
        return ego(explorer, graph, f"{which}, and those joined to it")
    cluster = account["cluster_id"]
    if cluster is None:
        raise NotKept("This account is in no cluster, so the run kept none of its rows.")
    ends = run.tables.cluster(cluster)
    counts = of_account(run, cluster, row, ends["first_ts"], ends["last_ts"])
    return _over_time(run, cluster, counts, f"{which}: what it did")


def ego(explorer: Explorer, graph: Subgraph, title: str) -> Drawing:
    """Draw an account and those joined to it."""
    if len(graph.nodes) < 2:
        raise NotKept("No significant evidence joins this account to another one.")
    nodes, n = graph.nodes, len(graph.nodes)
    ids = nodes["account_id"].combine_chunks()
    members = pa.table(
        {
            "cluster_id": pa.array([0] * n, pa.int32()),
            "account_id": ids,
            "role": nodes["role"],
            "strength": nodes["strength"].fill_null(0.0),
            "place": nodes["place"].fill_null("fringe"),
        }
    )
    ends = {f"account_{end}": ids.take(graph.edges[end]) for end in "ab"}
    edges = pa.table(
        ends | {name: graph.edges[name] for name in graph.edges.column_names if name not in "ab"}
    )
    names = explorer.names()
    drawn = draw_network({"members": names.table(members), "edges": names.table(edges)}, 0)
    drawn["layout"]["title"]["text"] = title
    return drawn


def target_table(explorer: Explorer, run: RunFiles, row: int, name: str) -> pa.Table:
    """Return one table of a target: `interactions`, `shares`, `members` or `runs`."""
    target = run.tables.target(row)
    if name == "shares":
        kinds = [("cluster_id", pa.int32()), ("n_interactions", pa.int64()),
                 ("n_members", pa.int64()), ("share", pa.float64())]  # fmt: skip
        every = max(int(target["n_interactions_all"] or 0), 1)
        rows = [
            {"cluster_id": one["cluster_id"], "n_interactions": one["n_interactions"],
             "n_members": one["n_members"], "share": int(one["n_interactions"]) / every}
            for one in target["clusters"]
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, pa.schema(kinds))
    if name == "members":
        return without_rows(who_acted(run, target, row, MOST_ROWS)[0])
    if name == "runs":
        places = target_in_runs(explorer.library, run, target["content_id"], ALL)
        rows = [{"run_id": one.id, "created": one.created, **place} for one, place in places]
        return pa.Table.from_pylist(rows).drop_columns(["row"])
    cluster = target["cluster_id"]
    return without_rows(run.tables.interactions(cluster, contents=[row], limit=MOST_ROWS)[0])


def target_figure(run: RunFiles, row: int, name: str) -> Drawing:
    """Draw one figure of a target: `shares` or `activity`."""
    target = run.tables.target(row)
    which = f"Target in row {row} of run {run.id[:8]}"
    if name == "shares":
        every = max(int(target["n_interactions_all"] or 0), 1)
        rows = [
            (f"Cluster {one['cluster_id']}", int(one["n_interactions"]) / every, None)
            for one in target["clusters"]
        ]
        rest = max(1.0 - sum(share for _, share, _ in rows), 0.0)
        caption = f"Of {every:,} interactions with this target, how many each cluster made."
        title = f"{which}: who makes it"
        return draw_shares([*rows, ("Everybody else", rest, None)], title=title, caption=caption)
    cluster = target["cluster_id"]
    ends = run.tables.cluster(cluster)
    counts = of_target(run, cluster, row, ends["first_ts"], ends["last_ts"])
    return _over_time(run, cluster, counts, f"{which}: what cluster {cluster} did")


def _over_time(run: RunFiles, cluster: int, counts: Counts, title: str) -> Drawing:
    row = run.tables.cluster(cluster)
    return draw_activity([counts], [""], row["first_ts"], row["last_ts"], title=title)
