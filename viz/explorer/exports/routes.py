"""What can be downloaded, and under which address: `/download/…`, behind the gate like all else.

Names of files carry the run and the number of a cluster, a row of a table, and never an id.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dash import Dash

from cib.datasets.errors import CibError
from cib.viz.explorer.exports import cluster_figures, menus, pairs, subjects, whole_run
from cib.viz.explorer.exports.answers import (
    Answer,
    attached,
    network,
    picture,
    sentence,
    table_file,
)
from cib.viz.explorer.exports.cluster_tables import ALL, TABLES, NotKept, write_table
from cib.viz.explorer.exports.images import NoImages
from cib.viz.explorer.exports.package import spooled, write_package
from cib.viz.explorer.panels.here import here
from cib.viz.explorer.runs.comparing import Side
from cib.viz.explorer.runs.errors import NoSuchCluster, NoSuchRow, RunGone

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer


def register(app: Dash, explorer: Explorer) -> None:
    """Add the addresses."""

    @app.server.get("/download/<path:what>")
    def download(what: str) -> Answer:
        return answer(explorer, what)


def answer(explorer: Explorer, what: str) -> Answer:
    """Answer one download; what goes wrong is a sentence, with the status that fits."""
    try:
        for pattern, make in WAYS:
            if found := re.fullmatch(pattern, what):
                return make(explorer, **found.groupdict())
    except (RunGone, NoSuchCluster, NoSuchRow, NotKept) as error:
        return sentence(str(error), 404)
    except subjects.NotAllowed as error:
        return sentence(str(error), 403)
    except NoImages as error:
        return sentence(str(error), 503)
    except CibError as error:
        return sentence(str(error), 500)
    return sentence("There is nothing of that name to download.", 404)


def package(explorer: Explorer, run: str, cluster: str) -> Answer:
    """Return everything about one cluster."""
    sink = spooled()
    write_package(here(explorer, run, int(cluster)), sink)
    return attached(sink, f"run-{run}-cluster-{cluster}.zip")


def cluster_table(explorer: Explorer, run: str, cluster: str, name: str, kind: str) -> Answer:
    """Return one table of one cluster."""
    sink = spooled()
    write_table(here(explorer, run, int(cluster)), name, kind, sink)
    return attached(sink, f"run-{run}-cluster-{cluster}-{name}.{kind}")


def cluster_figure(explorer: Explorer, run: str, cluster: str, name: str, kind: str) -> Answer:
    """Return one figure of one cluster."""
    drawing = cluster_figures.drawing(here(explorer, run, int(cluster)), name)
    return picture(drawing, f"run-{run}-cluster-{cluster}-{name}.{kind}")


def cluster_network(explorer: Explorer, run: str, cluster: str, kind: str) -> Answer:
    """Return a cluster's network for Gephi."""
    tables = explorer.library.run(run).tables
    tables.cluster(int(cluster))
    graph = tables.edges_within(int(cluster), max_nodes=ALL, max_edges=ALL)
    return network(explorer, graph, f"run-{run}-cluster-{cluster}-network.{kind}")


def account_network(explorer: Explorer, run: str, row: str, kind: str) -> Answer:
    """Return the network of one account for Gephi."""
    tables = explorer.library.run(run).tables
    tables.account(int(row))
    graph = tables.neighbours([int(row)], subjects.EGO_NODES, subjects.EGO_EDGES)
    return network(explorer, graph, f"run-{run}-account-row-{row}-network.{kind}")


def account_table(explorer: Explorer, run: str, row: str, name: str, kind: str) -> Answer:
    """Return one table of an account."""
    table = subjects.account_table(explorer, explorer.library.run(run), int(row), name)
    return table_file(explorer, table, f"run-{run}-account-row-{row}-{name}.{kind}")


def account_figure(explorer: Explorer, run: str, row: str, name: str, kind: str) -> Answer:
    """Return one figure of an account."""
    drawing = subjects.account_figure(explorer, explorer.library.run(run), int(row), name)
    return picture(drawing, f"run-{run}-account-row-{row}-{name}.{kind}")


def target_table(explorer: Explorer, run: str, row: str, name: str, kind: str) -> Answer:
    """Return one table of a target."""
    table = subjects.target_table(explorer, explorer.library.run(run), int(row), name)
    return table_file(explorer, table, f"run-{run}-target-row-{row}-{name}.{kind}")


def target_figure(explorer: Explorer, run: str, row: str, name: str, kind: str) -> Answer:
    """Return one figure of a target."""
    drawing = subjects.target_figure(explorer.library.run(run), int(row), name)
    return picture(drawing, f"run-{run}-target-row-{row}-{name}.{kind}")


def pair_table(
    explorer: Explorer, a: str, b: str, ca: str, cb: str, name: str, kind: str
) -> Answer:
    """Return one table of two clusters beside each other."""
    table = pairs.pair_table(*_sides(explorer, a, b, ca, cb), name)
    return table_file(
        explorer, table, f"run-{a}-cluster-{ca}-and-run-{b}-cluster-{cb}-{name}.{kind}"
    )


def pair_figure(
    explorer: Explorer, a: str, b: str, ca: str, cb: str, name: str, kind: str
) -> Answer:
    """Return one figure of two clusters beside each other."""
    drawing = pairs.pair_figure(*_sides(explorer, a, b, ca, cb), name)
    return picture(drawing, f"run-{a}-cluster-{ca}-and-run-{b}-cluster-{cb}-{name}.{kind}")


def _sides(explorer: Explorer, a: str, b: str, ca: str, cb: str) -> tuple[Side, Side]:
    """Return both clusters; raises `NoSuchCluster`."""
    sides = Side(explorer.library.run(a), int(ca)), Side(explorer.library.run(b), int(cb))
    for side in sides:
        _ = side.row
    return sides


RUN, CLUSTER = r"run/(?P<run>[0-9a-f]{4,64})", r"cluster/(?P<cluster>[0-9]{1,9})"
ROW = r"(?P<row>[0-9]{1,15})"
PAIR = r"compare/(?P<a>[0-9a-f]{4,64})/(?P<ca>[0-9]{1,9})/(?P<b>[0-9a-f]{4,64})/(?P<cb>[0-9]{1,9})"
TABLE, PICTURE, NETWORK = (f"(?P<kind>{'|'.join(one)})" for one in (
    menus.TABLE, menus.PICTURE, menus.NETWORK))  # fmt: skip


def _named(at: str, names: Iterable[str], kinds: str) -> str:
    return rf"{at}/(?P<name>{'|'.join(names)})\.{kinds}"


WAYS: tuple[tuple[str, Callable[..., Answer]], ...] = (
    (r"verdicts\.parquet", whole_run.verdicts),
    (rf"decisions\.{TABLE}", whole_run.decisions),
    (rf"{RUN}/clusters\.{TABLE}", whole_run.clusters),
    (rf"{RUN}/overview\.{PICTURE}", whole_run.overview),
    (rf"{RUN}/activity\.{PICTURE}", whole_run.activity),
    (rf"{RUN}/map(-group-(?P<group>[1-9][0-9]{{0,8}}))?\.{PICTURE}", whole_run.cluster_map),
    (rf"{RUN}/{CLUSTER}/package\.zip", package),
    (_named(f"{RUN}/{CLUSTER}", TABLES, TABLE), cluster_table),
    (_named(f"{RUN}/{CLUSTER}", cluster_figures.FIGURES, PICTURE), cluster_figure),
    (rf"{RUN}/{CLUSTER}/network\.{NETWORK}", cluster_network),
    (_named(f"{RUN}/account/{ROW}", subjects.ACCOUNT_TABLES, TABLE), account_table),
    (_named(f"{RUN}/account/{ROW}", subjects.ACCOUNT_FIGURES, PICTURE), account_figure),
    (rf"{RUN}/account/{ROW}/network\.{NETWORK}", account_network),
    (_named(f"{RUN}/target/{ROW}", subjects.TARGET_TABLES, TABLE), target_table),
    (_named(f"{RUN}/target/{ROW}", subjects.TARGET_FIGURES, PICTURE), target_figure),
    (_named(PAIR, pairs.TABLES, TABLE), pair_table),
    (_named(PAIR, pairs.FIGURES, PICTURE), pair_figure),
)
