"""Everything about a cluster as one zip: tables, figures, networks, what was decided, a README."""

from __future__ import annotations

import json
import math
import tempfile
import zipfile
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import IO, Any, cast

from cib.datasets.wording import moment, plural
from cib.viz.explorer.exports import cluster_figures
from cib.viz.explorer.exports.cluster_tables import ALL, TABLES, NotKept, write_table
from cib.viz.explorer.exports.images import NoImages
from cib.viz.explorer.exports.network_files import network_file
from cib.viz.explorer.panels.here import Here

ABOUT = {
    "cluster.json": "scores, kind, reason, innocent explanation, the verdict and its history",
    "members": "accounts of the cluster: role, strength, scores, signals",
    "targets": "what they acted on together, and what share of it is theirs; whoever gains from a "
    "target is a beneficiary, complicity unknown",
    "evidence": "the parts that its scores are made of, each with a sentence",
    "alternatives": "every innocent explanation that was weighed, and how well it fits",
    "edges": "pairs of members joined by significant evidence, one row per layer",
    "interactions": "every interaction of a member with a target",
    "controls": "the same of other accounts on the same targets, for comparison",
    "signals": "signals of members and of those others, a row per account",
    "hours": "interactions by hour of the week (UTC), of members and of others",
    "durations": "plays by length (ms), of members and of others",
    "devices": "how many accounts act from each device, of members and of others",
    "addresses": "the same by address",
    "networks": "the same by network",
    "markets": "the same by market",
    "ip_markets": "the same by market that they come from",
    "network.graphml, network.gexf": "the network for Gephi and other programs",
}


def write_package(here: Here, sink: IO[bytes]) -> None:
    """Write everything about a cluster into a zip archive.

    What the run has not is left out, and the README says why; so are figures where no browser can
    draw them.
    """
    top = f"cluster-{here.cluster_id}"
    notes: list[str] = []
    lines: dict[str, str] = {}
    drawn: dict[str, bytes] = {}
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        archive.writestr(f"{top}/cluster.json", cluster_json(here))
        for name in TABLES:
            try:
                for kind in ("parquet", "csv"):
                    # Parquet is written from back to front: to a file, not into the archive
                    with tempfile.TemporaryFile() as aside:
                        n_rows = write_table(here, name, kind, aside)
                        aside.seek(0)
                        _copy(aside, archive, f"{top}/{name}.{kind}")
                lines[name] = plural(n_rows, "row")
            except NotKept as error:
                notes.append(f"Not there: {error}")
        graph = here.tables.edges_within(here.cluster_id, max_nodes=ALL, max_edges=ALL)
        archive.writestr(f"{top}/network.graphml", network_file(graph, here.names, "graphml"))
        archive.writestr(f"{top}/network.gexf", network_file(graph, here.names, "gexf"))
        try:
            drawn = cluster_figures.pictures(here, ("png", "svg"))
        except NoImages as error:
            notes.append(f"Missing: figures: {error}")
        for name, picture in drawn.items():
            archive.writestr(f"{top}/figures/{name}", picture)
        archive.writestr(f"{top}/README.txt", readme(here, lines, drawn, notes))


def _copy(aside: IO[bytes], archive: zipfile.ZipFile, name: str) -> None:
    """Put a file into an archive piece by piece."""
    with archive.open(name, "w", force_zip64=True) as place:
        while piece := aside.read(1 << 20):
            place.write(piece)


def readme(here: Here, lines: dict[str, str], drawn: Collection[str], notes: Sequence[str]) -> str:
    """Say what is in a package.

    Parameters
    ----------
    lines : by table that is in it, how many rows it has
    drawn : files of the figures in it
    notes : what is not in it, and why
    """
    run = here.run
    said = [
        f"Cluster {here.cluster_id} of run {run.id}",
        f"Scanned {moment(run.created)} UTC with cib {run.manifest.get('version', '')}; "
        f"taken {moment(datetime.now().astimezone())} UTC.",
        "",
        "A cluster is a finding of a scan, not a verdict. Coordination (do they act together?) and "
        "inauthenticity (is it fake?) are two scores, and neither proves who is behind an account.",
        "",
    ]
    for name, about in ABOUT.items():
        if name.split(".")[0] in ("cluster", "network") or name in lines:
            rows = f" ({lines[name]}; .parquet and .csv)" if name in lines else ""
            said.append(f"{name}{rows}: {about}")
    figures = [
        f"{name} ({about})"
        for name, about in cluster_figures.ABOUT.items()
        if f"{name}.png" in drawn
    ]
    if figures:
        said.append(f"figures (.png and .svg): {'; '.join(figures)}")
    said += [
        "",
        "Parquet holds ids exactly as the log has them. CSV is for spreadsheets: texts that these "
        "would compute have an apostrophe in front, characters that cannot be seen are written as "
        "code points, and spreadsheets round whole numbers of more than 15 digits.",
    ]
    if here.names.pseudonymous:
        said.append("Accounts, devices and addresses are pseudonyms, the same in every export.")
    said += ["", *notes]
    return "\n".join(said).rstrip() + "\n"


def cluster_json(here: Here) -> str:
    """Write a cluster, where it comes from and what was decided, as JSON."""
    run = here.run
    state = here.explorer.casebook.state(run.id, here.cluster_id)
    seen = {
        "run_id": run.id,
        "version": run.manifest.get("version"),
        "scanned": run.created,
        "configuration": run.manifest.get("configuration", {}),
        "cluster": dict(here.row),
        "evidence": here.tables.evidence(here.cluster_id).to_pylist(),
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
    if here.names.pseudonymous:
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
