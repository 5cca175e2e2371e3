"""What can be taken away of one cluster: its tables, its figures, all of it as one package."""

from __future__ import annotations

import json
import math
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from cib.datasets.wording import moment, plural
from cib.viz.drawing import Drawing
from cib.viz.explorer.exports.images import ImageFormat, NoImages, images
from cib.viz.explorer.exports.network_files import network_file
from cib.viz.explorer.exports.safe_csv import write_csv
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.network_figure import draw_network
from cib.viz.raster_figure import draw_raster
from cib.viz.targets_figure import draw_targets

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

ROWS = 200_000
"""Rows of a table that are in memory at a time."""
DRAWN = 400_000
"""Interactions that a figure is drawn from, at most; figures draw thousands."""
ALL = 100_000_000

TABLES = ("members", "targets", "evidence", "edges", "interactions", "controls")
FIGURES: dict[str, Callable[..., Drawing]] = {
    "raster": draw_raster,
    "network": draw_network,
    "targets": draw_targets,
}
LEFT_OUT = {"account_row", "target_row"}
"""Columns that mean something to the explorer only."""

ABOUT = {
    "cluster.json": "scores, kind, reason, innocent explanation, the verdict and its history",
    "members": "accounts of the cluster: role, strength, scores, signals",
    "targets": "what they acted on together, and what share of it is theirs; whoever gains from a "
    "target is a beneficiary, complicity unknown",
    "evidence": "the parts that its scores are made of, each with a sentence",
    "edges": "pairs of members joined by significant evidence, one row per layer",
    "interactions": "every interaction of a member with a target",
    "controls": "the same of other accounts on the same targets, for comparison",
    "figures": "raster (who acted when), network (who is joined to whom), targets (shares)",
    "network.graphml, network.gexf": "the network for Gephi and other programs",
}


def batches(run: RunFiles, cluster_id: int, name: str) -> Iterator[pa.Table]:
    """Yield the rows of one table of a cluster, so many at a time; at least one table.

    Raises
    ------
    NoSuchCluster, RunGone
        As `RunTables`.
    """
    tables = run.tables
    tables.cluster(cluster_id)
    if name == "evidence":
        yield tables.evidence(cluster_id)
    elif name == "edges":
        yield edges_with_ids(run, cluster_id)
    else:
        pages: dict[str, Callable[..., tuple[pa.Table, int]]] = {
            "members": tables.members,
            "targets": tables.targets,
            "interactions": tables.interactions,
            "controls": partial(tables.interactions, of="controls"),
        }
        fetch = pages[name]
        offset, total = 0, 1
        while offset < total or not offset:
            rows, total = fetch(cluster_id, offset=offset, limit=ROWS)
            yield rows.drop_columns([c for c in rows.column_names if c in LEFT_OUT])
            offset += ROWS


def edges_with_ids(run: RunFiles, cluster_id: int) -> pa.Table:
    """Return all edges inside a cluster, with the ids of their ends."""
    graph = run.tables.edges_within(cluster_id, max_nodes=ALL, max_edges=ALL)
    ids = graph.nodes["account_id"].combine_chunks()
    rest = graph.edges.drop_columns(["a", "b"])
    ends = {f"account_{end}": ids.take(graph.edges[end]) for end in "ab"}
    return pa.table(ends | {name: rest[name] for name in rest.column_names})


def write_table(
    explorer: Explorer, run: RunFiles, cluster_id: int, name: str, kind: str, sink: IO[bytes]
) -> int:
    """Write one table of a cluster as "csv" or "parquet", as this viewer may see it.

    Returns
    -------
    int
        Rows written.
    """
    names, writer, total = explorer.names(), None, 0
    for rows in batches(run, cluster_id, name):
        shown = names.table(rows)
        if kind == "csv":
            write_csv(shown, sink, header=total == 0)
        else:
            writer = writer or pq.ParquetWriter(sink, shown.schema, compression="zstd")
            writer.write_table(shown)
        total += len(shown)
    if writer:
        writer.close()
    return total


def tables_to_draw(explorer: Explorer, run: RunFiles, cluster_id: int) -> dict[str, pa.Table]:
    """Return what the figures of a cluster are drawn from, as this viewer may see it."""
    tables, names = run.tables, explorer.names()
    found = {
        "clusters": pa.Table.from_pylist([tables.cluster(cluster_id)]),
        "members": tables.members(cluster_id, limit=ROWS)[0],
        "targets": tables.targets(cluster_id, limit=ROWS)[0],
        "interactions": tables.interactions(cluster_id, limit=DRAWN)[0],
        "edges": edges_with_ids(run, cluster_id),
    }
    return {name: names.table(table) for name, table in found.items()}


def figures(
    explorer: Explorer, run: RunFiles, cluster_id: int, wanted: list[tuple[str, ImageFormat]]
) -> list[bytes]:
    """Draw figures of a cluster by name; raises `NoImages` where no browser is."""
    tables = tables_to_draw(explorer, run, cluster_id)
    drawn = {name: FIGURES[name](tables, cluster_id) for name, _ in wanted}
    return images([(drawn[name], kind) for name, kind in wanted])


def write_package(explorer: Explorer, run: RunFiles, cluster_id: int, sink: IO[bytes]) -> None:
    """Write everything about a cluster into a zip archive.

    Where no browser can draw, the package comes without figures, and its README says why.
    """
    top = f"cluster-{cluster_id}"
    missing: list[str] = []
    lines: dict[str, str] = {}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        archive.writestr(f"{top}/cluster.json", cluster_json(explorer, run, cluster_id))
        for name in TABLES:
            if name == "controls" and not run.tables.has("controls"):
                missing.append("controls: this run was made by a version that kept none")
                continue
            for kind in ("parquet", "csv"):
                # Parquet is written from back to front: to a file, not into the archive
                with tempfile.TemporaryFile() as aside:
                    n_rows = write_table(explorer, run, cluster_id, name, kind, aside)
                    aside.seek(0)
                    _copy(aside, archive, f"{top}/{name}.{kind}")
            lines[name] = plural(n_rows, "row")
        graph = run.tables.edges_within(cluster_id, max_nodes=ALL, max_edges=ALL)
        archive.writestr(f"{top}/network.graphml", network_file(graph, explorer.names(), "graphml"))
        archive.writestr(f"{top}/network.gexf", network_file(graph, explorer.names(), "gexf"))
        kinds: tuple[ImageFormat, ...] = ("png", "svg")
        wanted = [(name, kind) for name in FIGURES for kind in kinds]
        try:
            made = figures(explorer, run, cluster_id, wanted)
            for (name, kind), picture in zip(wanted, made, strict=True):
                archive.writestr(f"{top}/figures/{name}.{kind}", picture)
        except NoImages as error:
            missing.append(f"figures: {error}")
        said = readme(explorer, run, cluster_id, lines, missing)
        archive.writestr(f"{top}/README.txt", said)


def _copy(aside: IO[bytes], archive: zipfile.ZipFile, name: str) -> None:
    """Put a file into an archive piece by piece."""
    with archive.open(name, "w", force_zip64=True) as place:
        while piece := aside.read(1 << 20):
            place.write(piece)


def readme(
    explorer: Explorer, run: RunFiles, cluster_id: int, lines: dict[str, str], missing: list[str]
) -> str:
    """Say what is in a package."""
    said = [
        f"Cluster {cluster_id} of run {run.id}",
        f"Scanned {moment(run.created)} UTC with cib {run.manifest.get('version', '')}; "
        f"taken {moment(datetime.now().astimezone())} UTC.",
        "",
        "A cluster is a finding of a scan, not a verdict. Coordination (do they act together?) and "
        "inauthenticity (is it fake?) are two scores, and neither proves who is behind an account.",
        "",
    ]
    for name, about in ABOUT.items():
        if name.split(".")[0] in ("cluster", "figures", "network") or name in lines:
            rows = f" ({lines[name]}; .parquet and .csv)" if name in lines else ""
            said.append(f"{name}{rows}: {about}")
    said += [
        "",
        "Parquet holds ids exactly as the log has them. CSV is for spreadsheets: texts that these "
        "would compute have an apostrophe in front, characters that cannot be seen are written as "
        "code points, and spreadsheets round whole numbers of more than 15 digits.",
    ]
    if explorer.names().pseudonymous:
        said.append("Accounts, devices and addresses are pseudonyms, the same in every export.")
    said += ["", *(f"Missing: {one}" for one in missing)]
    return "\n".join(said).rstrip() + "\n"


def cluster_json(explorer: Explorer, run: RunFiles, cluster_id: int) -> str:
    """Write a cluster, where it comes from and what was decided, as JSON."""
    state = explorer.casebook.state(run.id, cluster_id)
    seen = {
        "run_id": run.id,
        "version": run.manifest.get("version"),
        "scanned": run.created,
        "configuration": run.manifest.get("configuration", {}),
        "cluster": run.tables.cluster(cluster_id),
        "evidence": run.tables.evidence(cluster_id).to_pylist(),
        "decision": {
            "verdict": state.verdict,
            "alternative": state.alternative,
            "owner": state.owner,
            "due": state.due,
            "tags": list(state.tags),
            "notes": [_plain(note) for note in state.notes],
            "history": [
                {"who": e.who, "when": e.ts, "kind": e.kind, "value": e.value, "undoes": e.undoes}
                for e in state.history
            ],
        },
    }
    if explorer.names().pseudonymous:
        # what a scan was told can name files with ids in them
        seen["configuration"] = {}
    return json.dumps(_plain(seen), indent=2, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Return something as JSON knows it: no infinities, times as ISO 8601."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, str | int | bool):
        return value
    return str(value)


def spooled() -> IO[bytes]:
    """Return a file for an export: in memory while small."""
    return cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=8 << 20))
