"""How a download is answered: tables, pictures and networks as files, trouble as a sentence."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

import flask
import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.hostile import printable
from cib.viz.drawing import Drawing
from cib.viz.explorer.exports.images import ImageFormat, images
from cib.viz.explorer.exports.network_files import NetworkFormat, network_file
from cib.viz.explorer.exports.safe_csv import csv_bytes
from cib.viz.explorer.runs.networks import Subgraph

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

Answer = flask.Response


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
    return attached(table_bytes(explorer.names().table(table), name.rpartition(".")[2]), name)


def table_bytes(table: pa.Table, kind: str) -> bytes:
    """Write a table as "csv" or "parquet"."""
    if kind == "csv":
        return csv_bytes(table)
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def picture(drawing: Drawing, name: str) -> Answer:
    """Return a figure as a file: PNG or SVG by the name's ending."""
    kind: ImageFormat = "svg" if name.endswith(".svg") else "png"
    return attached(images([(drawing, kind)])[0], name)


def network(explorer: Explorer, graph: Subgraph, name: str) -> Answer:
    """Return a network as a file: GEXF or GraphML by the name's ending."""
    kind: NetworkFormat = "gexf" if name.endswith(".gexf") else "graphml"
    return attached(network_file(graph, explorer.names(), kind), name)
