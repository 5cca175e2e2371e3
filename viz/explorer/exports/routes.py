"""What can be downloaded, and under which address: `/download/…`, behind the gate like all else.

Names of files carry the run and the number of a cluster, a row of a table, and never an id.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Any

import flask
import pyarrow as pa
import pyarrow.parquet as pq
from dash import Dash, html
from dash.development.base_component import Component

from cib.datasets.errors import CibError
from cib.datasets.hostile import printable
from cib.viz.activity_figure import draw_activity
from cib.viz.explorer.exports import cluster_export
from cib.viz.explorer.exports.cluster_export import ALL, FIGURES, TABLES, spooled
from cib.viz.explorer.exports.images import FORMATS, NoImages, images
from cib.viz.explorer.exports.network_files import network_file
from cib.viz.explorer.exports.safe_csv import csv_bytes
from cib.viz.explorer.runs.comparing import Side, acts_of_both, shared_accounts
from cib.viz.explorer.runs.errors import NoSuchCluster, NoSuchRow, RunGone
from cib.viz.explorer.verdicts import words
from cib.viz.overview_figure import draw_overview

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "zip": "application/zip",
    "png": "image/png",
    "svg": "image/svg+xml",
    "graphml": "application/graphml+xml",
    "gexf": "application/gexf+xml",
}
MOST_ROWS = 1_000_000
"""Rows of a table that is made in memory."""

Answer = flask.Response


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
    except (RunGone, NoSuchCluster, NoSuchRow) as error:
        return sentence(str(error), 404)
    except NoImages as error:
        return sentence(str(error), 503)
    except CibError as error:
        return sentence(str(error), 500)
    return sentence("There is nothing of that name to download.", 404)


def sentence(text: str, status: int) -> Answer:
    """Return what to tell a person."""
    said = printable(text, 600) + "\n"
    return flask.Response(said, status, content_type="text/plain; charset=utf-8")


def attached(body: bytes | IO[bytes], name: str) -> Answer:
    """Return a file, to be kept and not shown: an SVG of ours is a file, never a page."""
    kind = name.rpartition(".")[2]
    if not isinstance(body, bytes):
        body.seek(0)
    source = io.BytesIO(body) if isinstance(body, bytes) else body
    return flask.send_file(source, TYPES[kind], as_attachment=True, download_name=name)


def table_file(explorer: Explorer, table: pa.Table, name: str) -> Answer:
    """Return a table as a file, as this viewer may see it: CSV or Parquet by the name's ending."""
    shown = explorer.names().table(table)
    if name.endswith(".csv"):
        return attached(csv_bytes(shown), name)
    sink = io.BytesIO()
    pq.write_table(shown, sink, compression="zstd")
    return attached(sink.getvalue(), name)


def verdicts(explorer: Explorer) -> Answer:
    """Return what the next scan learns from; `cib scan --verdicts` reads it.

    With pseudonyms it says how much was decided, but no scan knows whom it means; so its name says
    that it holds these.
    """
    kinds = {run.tables.source.id_type for run in explorer.library.runs()}
    table = explorer.casebook.verdicts(kinds.pop() if len(kinds) == 1 else None)
    said = "-pseudonyms" if explorer.names().pseudonymous else ""
    return table_file(explorer, table, f"verdicts{said}.parquet")


def decisions(explorer: Explorer, kind: str) -> Answer:
    """Return everything that was decided, oldest first; what was taken back is marked."""
    events = explorer.casebook.events()
    table = pa.table(
        {
            "seq": pa.array([e.seq for e in events], pa.int64()),
            "ts": pa.array([e.ts for e in events], pa.timestamp("us", "UTC")),
            "who": pa.array([e.who for e in events], pa.string()),
            "run_id": pa.array([e.run_id for e in events], pa.string()),
            "cluster_id": pa.array([e.cluster_id for e in events], pa.int64()),
            "kind": pa.array([e.kind for e in events], pa.string()),
            "value": pa.array([words(e) for e in events], pa.string()),
            "undoes": pa.array([e.undoes for e in events], pa.int64()),
            "undone": pa.array([e.undone for e in events], pa.bool_()),
        }
    )
    return table_file(explorer, table, f"decisions.{kind}")


def clusters(explorer: Explorer, run: str, kind: str) -> Answer:
    """Return the whole list of clusters."""
    table, _ = explorer.library.run(run).tables.clusters(limit=MOST_ROWS)
    return table_file(explorer, table, f"run-{run}-clusters.{kind}")


def overview(explorer: Explorer, run: str, kind: str) -> Answer:
    """Return all clusters by their two scores as a picture."""
    table, _ = explorer.library.run(run).tables.clusters(limit=5000)
    drawing = draw_overview({"clusters": table})
    return attached(images([(drawing, _image(kind))])[0], f"run-{run}-overview.{kind}")


def package(explorer: Explorer, run: str, cluster: str) -> Answer:
    """Return everything about one cluster."""
    sink = spooled()
    cluster_export.write_package(explorer, explorer.library.run(run), int(cluster), sink)
    return attached(sink, f"run-{run}-cluster-{cluster}.zip")


def cluster_table(explorer: Explorer, run: str, cluster: str, name: str, kind: str) -> Answer:
    """Return one table of one cluster."""
    files, sink = explorer.library.run(run), spooled()
    cluster_export.write_table(explorer, files, int(cluster), name, kind, sink)
    return attached(sink, f"run-{run}-cluster-{cluster}-{name}.{kind}")


def cluster_figure(explorer: Explorer, run: str, cluster: str, name: str, kind: str) -> Answer:
    """Return one figure of one cluster."""
    files = explorer.library.run(run)
    made = cluster_export.figures(explorer, files, int(cluster), [(name, _image(kind))])
    return attached(made[0], f"run-{run}-cluster-{cluster}-{name}.{kind}")


def cluster_network(explorer: Explorer, run: str, cluster: str, kind: str) -> Answer:
    """Return a cluster's network for Gephi."""
    tables = explorer.library.run(run).tables
    tables.cluster(int(cluster))
    graph = tables.edges_within(int(cluster), max_nodes=ALL, max_edges=ALL)
    written = network_file(graph, explorer.names(), "gexf" if kind == "gexf" else "graphml")
    return attached(written, f"run-{run}-cluster-{cluster}-network.{kind}")


def account_interactions(explorer: Explorer, run: str, row: str, kind: str) -> Answer:
    """Return what an account did with the targets of its cluster."""
    tables = explorer.library.run(run).tables
    account = tables.account(int(row))
    cluster = account["cluster_id"]
    if cluster is None:
        return sentence("This account is in no cluster, so the run kept none of its rows.", 404)
    table, _ = tables.interactions(cluster, accounts=[int(row)], limit=MOST_ROWS)
    return table_file(explorer, _plain(table), f"run-{run}-account-row-{row}.{kind}")


def target_interactions(explorer: Explorer, run: str, row: str, kind: str) -> Answer:
    """Return what the members of a cluster did with one target."""
    tables = explorer.library.run(run).tables
    target = tables.target(int(row))
    table, _ = tables.interactions(target["cluster_id"], contents=[int(row)], limit=MOST_ROWS)
    return table_file(explorer, _plain(table), f"run-{run}-target-row-{row}.{kind}")


def comparison(explorer: Explorer, a: str, b: str, ca: str, cb: str, kind: str) -> Answer:
    """Return the accounts that two clusters share."""
    sides = (Side(explorer.library.run(a), int(ca)), Side(explorer.library.run(b), int(cb)))
    name = f"run-{a}-cluster-{ca}-and-run-{b}-cluster-{cb}.{kind}"
    return table_file(explorer, shared_accounts(*sides), name)


def comparison_figure(explorer: Explorer, a: str, b: str, ca: str, cb: str, kind: str) -> Answer:
    """Return when two clusters act, through the time of both."""
    sides = (Side(explorer.library.run(a), int(ca)), Side(explorer.library.run(b), int(cb)))
    counts, first, last = acts_of_both(*sides)
    names = [f"Cluster {side.cluster_id}, run {side.run.id[:8]}" for side in sides]
    drawing = draw_activity(counts, names, first, last, title="Two clusters over time")
    name = f"run-{a}-cluster-{ca}-and-run-{b}-cluster-{cb}.{kind}"
    return attached(images([(drawing, _image(kind))])[0], name)


def _plain(table: pa.Table) -> pa.Table:
    return table.drop_columns([c for c in table.column_names if c in cluster_export.LEFT_OUT])


def _image(kind: str) -> Any:
    return next(one for one in FORMATS if one == kind)


RUN, CLUSTER = r"run/(?P<run>[0-9a-f]{4,64})", r"cluster/(?P<cluster>[0-9]{1,9})"
TABLE, IMAGE = r"(?P<kind>csv|parquet)", r"(?P<kind>png|svg)"
ROW = r"(?P<row>[0-9]{1,15})"
PAIR = r"compare/(?P<a>[0-9a-f]{4,64})/(?P<ca>[0-9]{1,9})/(?P<b>[0-9a-f]{4,64})/(?P<cb>[0-9]{1,9})"
WAYS: tuple[tuple[str, Callable[..., Answer]], ...] = (
    (r"verdicts\.parquet", verdicts),
    (rf"decisions\.{TABLE}", decisions),
    (rf"{RUN}/clusters\.{TABLE}", clusters),
    (rf"{RUN}/overview\.{IMAGE}", overview),
    (rf"{RUN}/{CLUSTER}/package\.zip", package),
    (rf"{RUN}/{CLUSTER}/(?P<name>{'|'.join(TABLES)})\.{TABLE}", cluster_table),
    (rf"{RUN}/{CLUSTER}/(?P<name>{'|'.join(FIGURES)})\.{IMAGE}", cluster_figure),
    (rf"{RUN}/{CLUSTER}/network\.(?P<kind>graphml|gexf)", cluster_network),
    (rf"{RUN}/account/{ROW}/interactions\.{TABLE}", account_interactions),
    (rf"{RUN}/target/{ROW}/interactions\.{TABLE}", target_interactions),
    (rf"{PAIR}\.{TABLE}", comparison),
    (rf"{PAIR}\.{IMAGE}", comparison_figure),
)


def menu(links: list[tuple[str, str]], words: str = "Export") -> Component:
    """Lay out what can be downloaded as a menu that opens: words and addresses."""
    lines = [html.Li(html.A(said, href=f"/download/{at}")) for said, at in links]
    return html.Details(
        [html.Summary(words, className="button"), html.Ul(lines, className="plain")],
        className="export-menu",
    )


def cluster_menu(run_id: str, cluster_id: int) -> Component:
    """Lay out everything that can be taken away of a cluster."""
    at = f"run/{run_id}/cluster/{cluster_id}"
    links = [("Everything, as one zip", f"{at}/package.zip")]
    links += [(f"{name.capitalize()} (CSV)", f"{at}/{name}.csv") for name in TABLES]
    links += [(f"{name.capitalize()} (Parquet)", f"{at}/{name}.parquet") for name in TABLES]
    links += [
        ("Network for Gephi (GEXF)", f"{at}/network.gexf"),
        ("Network (GraphML)", f"{at}/network.graphml"),
    ]
    for name in FIGURES:
        links += [(f"Figure: {name} ({k.upper()})", f"{at}/{name}.{k}") for k in FORMATS]
    return menu(links)
