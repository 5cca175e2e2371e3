"""Search: one box for accounts, contents, parents and markets, over one or several runs.

What somebody searches for is sent in the body of a request, never in an address: addresses end up
in histories, logs and chats.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from cib.datasets.errors import BadDataError
from cib.datasets.wording import count, moment, plural, score
from cib.viz.explorer import pieces
from cib.viz.explorer.exports.answers import table_bytes
from cib.viz.explorer.pages.triage import run_label
from cib.viz.explorer.runs import pseudonym_search
from cib.viz.explorer.runs.errors import RunGone
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.runs.searching import What
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer
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
LONGEST = 2000
"""Characters of a text that is searched for."""


def layout(explorer: Explorer, **_: Any) -> Component:
    """Make the page."""
    runs = explorer.library.runs()
    if not runs:
        return pieces.trouble(
            "There is no run to search", f"No finished run lies in {explorer.library.path}."
        )
    hidden = explorer.names().pseudonymous
    what = "Account pseudonym, target, playlist or market" if hidden else (
        "Account, target, playlist or market"
    )  # fmt: skip
    options = [{"value": run.id, "label": run_label(run)} for run in runs]
    return html.Div(
        [
            pieces.title(
                "Search",
                "what is called so, then what begins so; letter by letter",
                pieces.field(
                    "Runs",
                    dcc.Dropdown(options, [run.id for run in runs[:3]], id="search-runs",
                                 multi=True, clearable=False),
                    "wide-field",
                ),
            ),
            html.Div(
                [
                    pieces.field(
                        what,
                        dcc.Input(id="search-text", type="search", debounce=0.3, autoFocus=True,
                                  autoComplete="off", spellCheck=False, maxLength=LONGEST,
                                  className="search-box", n_submit=0),
                        "search-field",
                    ),
                    html.Button("Search", id="search-go", className="action primary",
                                type="button"),
                ],
                className="search-line",
                role="search",
            ),
            dcc.RadioItems(
                [{"value": kind, "label": words} for kind, words in MEANS.items()],
                "automatic",
                id="search-kind",
                inline=True,
                className="choices",
            ),
            html.Div(
                [html.Button("Download these (CSV)", id="search-save", className="action",
                             type="button"),
                 html.Button("Parquet", id="search-save-parquet", className="action",
                             type="button", title="Download these (Parquet)")],
                id="search-saving", hidden=True,
            ),
            dcc.Download(id="search-file"),
            html.Div(_before(hidden), id="search-results", role="region",
                     **{"aria-live": "polite", "aria-label": "Results"}),
        ]
    )  # fmt: skip


def _before(hidden: bool) -> Component:
    more = (
        "You see pseudonyms, so accounts are found by these (they begin with acct-)."
        if hidden
        else "A name may be typed as pages show it, code points included: free\\u{202e}gpj."
    )
    return html.P(
        f"All accounts of a log can be found; of contents, those that a cluster acts on. {more}",
        className="quiet",
    )


def register(app: Dash, explorer: Explorer) -> None:
    """Make the page answer."""

    @app.callback(
        Output("search-results", "children"),
        Output("search-saving", "hidden"),
        Input("search-text", "value"),
        Input("search-kind", "value"),
        Input("search-runs", "value"),
        Input("search-go", "n_clicks"),
        State("search-text", "n_submit"),
        prevent_initial_call=True,
    )
    def found(text: str | None, kind: str, runs: list[str], *_: Any) -> tuple[Component, bool]:
        names = explorer.names()
        if not text or not str(text).strip():
            return _before(names.pseudonymous), True
        chosen = [explorer.library.run(run) for run in runs]
        shown, n = results(names, chosen, str(text)[:LONGEST], kind)
        return shown, n == 0

    @app.callback(
        Output("search-file", "data"),
        Input("search-save", "n_clicks"),
        Input("search-save-parquet", "n_clicks"),
        State("search-text", "value"),
        State("search-kind", "value"),
        State("search-runs", "value"),
        prevent_initial_call=True,
    )
    def save(
        csv: int | None, parquet: int | None, text: str | None, kind: str, runs: list[str]
    ) -> Any:
        if not (csv or parquet) or not text:
            return no_update
        names = explorer.names()
        chosen = [explorer.library.run(run) for run in runs]
        table = as_table(names, chosen, str(text)[:LONGEST], kind)
        ending = "parquet" if ctx.triggered_id == "search-save-parquet" else "csv"
        return dcc.send_bytes(table_bytes(table, ending), f"search-results.{ending}")


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
            lines += [line(names, run, hit, len(runs) > 1) for hit in hits]
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


def line(names: Names, run: RunFiles, hit: dict[str, Any], several: bool) -> Component:
    """Lay out one result."""
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
        since = f" since {moment(row['first_ts'])} · {printable(row['kind'], 30)}"
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
