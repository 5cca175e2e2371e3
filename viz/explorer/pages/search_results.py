"""What a search found: lines by kind on the page, and a table to take away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from dash import dcc, html
from dash.development.base_component import Component

from cib.datasets.errors import BadDataError
from cib.datasets.wording import count, moment, plural, score
from cib.viz.explorer import pieces
from cib.viz.explorer.runs import pseudonym_search
from cib.viz.explorer.runs.acts_over_time import first_acts
from cib.viz.explorer.runs.errors import RunGone
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.searching import What
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.door.names import Names

KINDS: tuple[What, ...] = ("account", "content", "parent", "market")
MEANS = {
    "automatic": "Everything",
    "account": "Accounts",
    "content": "Targets",
    "parent": "Parents",
    "market": "Markets",
}
NEEDS = {"parent": "parent_id", "market": "market"}
MOST = 50
"""Results of one kind from one run."""


def as_table(names: Names, runs: Sequence[RunFiles], text: str, kind: str) -> pa.Table:
    """Return what was found as a table: what, run, id as this viewer sees it, cluster, exact."""
    rows = [
        {
            "what": one,
            "run_id": run.id,
            "id": names.account(hit["id"]) if one == "account" else names.content(hit["id"]),
            "cluster_id": hit.get("cluster_id"),
            "exact": bool(hit["exact"]),
        }
        for one in KINDS
        if kind in ("automatic", one)
        for run in runs
        for hit in hits_of(names, run, text, one)
    ]
    kinds = [("what", pa.string()), ("run_id", pa.string()), ("id", pa.string()),
             ("cluster_id", pa.int32()), ("exact", pa.bool_())]  # fmt: skip
    return pa.Table.from_pylist(rows, pa.schema(kinds))


def results(names: Names, runs: Sequence[RunFiles], text: str, kind: str) -> tuple[Component, int]:
    """Return what was found, by kind, and how much that is.

    Parameters
    ----------
    names : what the viewer may see; with pseudonyms, accounts are found by these alone
    kind : one of `KINDS`, or "automatic" for all of them
    """
    kinds = [one for one in KINDS if kind in ("automatic", one)]
    groups, problems = [], []
    for one in kinds:
        lines: list[Component] = []
        n_exact, capped = 0, False
        for run in runs:
            try:
                hits = hits_of(names, run, text, one)
            except (RunGone, BadDataError) as error:
                problems.append(str(error))
                continue
            n_exact += sum(bool(hit["exact"]) for hit in hits)
            capped |= len(hits) >= MOST
            acts = first_acts(run, [hit["account_row"] for hit in hits]) if one == "account" else {}
            lines += [line(names, run, hit, len(runs) > 1, acts) for hit in hits]
        if lines:
            groups.append(group(one, lines, n_exact, capped))
        elif kind == one and not any(
            run.tables.has("interactions", NEEDS.get(one)) for run in runs
        ):
            problems.append(
                f"These runs keep no {NEEDS.get(one, one)}: the log had none, or an earlier "
                "version made them."
            )
    said = [html.P(printable(one, 400), className="note") for one in dict.fromkeys(problems)]
    if not groups and not said:
        why = (
            "Look at capital letters and spaces, choose more runs, or another kind. "
            "Contents are found when a cluster acts on them."
        )
        return pieces.empty("Nothing is called so, or begins so", why), 0
    return html.Div([*said, *groups]), len(groups)


def hits_of(names: Names, run: RunFiles, text: str, what: What) -> list[dict[str, Any]]:
    """Return what one run has; a viewer of pseudonyms must not learn whether an id exists."""
    if what == "account" and names.pseudonymous:
        return pseudonym_search.accounts(names, run, text, MOST)
    return run.tables.search(text, what, MOST)


def group(what: What, lines: list[Component], n_exact: int, capped: bool) -> Component:
    """Lay out the results of one kind."""
    said = plural(n_exact, "exact match", "exact matches") if n_exact else "none is called just so"
    most = f" · the first {count(MOST)} of each run" if capped else ""
    heads = {
        "account": ("Account", "Stands", "Inauthenticity", "Run"),
        "content": ("Target", "Cluster", "Share it makes", "Run"),
        "parent": ("Parent", "Cluster", "Interactions", "Run"),
        "market": ("Market", "Cluster", "Interactions", "Run"),
    }[what]
    columns = [(word, "num" if i == 2 else "") for i, word in enumerate(heads)]
    return html.Section(
        [
            html.H2([MEANS[what], html.Span(f"{said}{most}", className="fine")]),
            pieces.table(columns, lines, "found"),
        ],
        className="panel",
    )  # fmt: skip


def line(
    names: Names,
    run: RunFiles,
    hit: dict[str, Any],
    several: bool,
    acts: Mapping[int, datetime],
) -> Component:
    """Lay out one result; `acts` says since when accounts act with their cluster."""
    cluster = hit.get("cluster_id")
    at = f"/run/{run.id}/cluster/{cluster}"
    if hit["what"] == "account":
        shown = dcc.Link(
            pieces.name(names.account(hit["id"])),
            href=f"/run/{run.id}/account/{hit['account_row']}",
        )
        fact = score(hit["inauthenticity"]) if hit.get("inauthenticity") is not None else "–"
    elif hit["what"] == "content":
        shown = dcc.Link(
            pieces.name(names.content(hit["id"])), href=f"/run/{run.id}/target/{hit['target_row']}"
        )
        fact = f"{hit['share']:.0%}" if hit.get("share") is not None else "–"
    else:
        shown, fact = pieces.name(names.content(hit["id"])), count(hit["n_interactions"])
    stands: Any = html.Span("in no cluster", className="quiet")
    if cluster is not None:
        row = run.tables.cluster(cluster)
        first = acts.get(hit["account_row"]) if hit["what"] == "account" else row["first_ts"]
        since = f" since {moment(first)}" if first else ""
        since += f" · {printable(row['kind'], 30)}"
        stands = [dcc.Link(f"cluster {cluster}", href=at), html.Span(since, className="quiet")]
    return html.Tr(
        [
            html.Th([shown, html.Span("exact", className="mark") if hit["exact"] else None],
                    scope="row"),
            html.Td(stands),
            html.Td(fact, className="num"),
            html.Td(f"{moment(run.created)} · {run.id[:8]}" if several else run.id[:8],
                    className="quiet"),
        ]
    )  # fmt: skip
