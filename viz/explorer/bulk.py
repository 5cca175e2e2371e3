"""Deciding on several clusters at once: each is shown, and only those that were looked at count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.datasets.casebook import Conflict
from cib.datasets.errors import CibError
from cib.datasets.wording import plural
from cib.viz.explorer import pieces
from cib.viz.explorer.deciding import alternative_choice
from cib.viz.explorer.pieces import note_of
from cib.viz.explorer.run_names import run_label
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.explorer.verdicts import VERDICTS, decide_verdict
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

MOST = 200
"""Clusters that can be decided on at once."""


def drawer(explorer: Explorer, chosen: Sequence[Mapping[str, Any]]) -> Component:
    """Lay out the clusters chosen, one below the other, each with its tick.

    Parameters
    ----------
    chosen : rows of the grid: `run` and `cluster_id` of each
    """
    seen, cards = {}, []
    for place, one in enumerate(chosen[:MOST]):
        run_id, cluster_id = str(one["run"]), int(one["cluster_id"])
        run = explorer.library.run(run_id)
        row = run.tables.cluster(cluster_id)
        state = explorer.casebook.state(run_id, cluster_id)
        seen[str(place)] = {"run": run_id, "cluster": cluster_id, "seen": state.last_seq}
        cards.append(_card(place, run, row, state.verdict))
    left_out = len(chosen) - len(cards)
    return html.Section(
        [
            html.H2(f"Decide on {plural(len(cards), 'cluster')}"),
            html.P(
                "Look at each and tick it; only those that are ticked are decided on."
                + (f" {left_out} more were chosen than can be shown at once." if left_out else ""),
                className="quiet",
            ),
            html.Div(cards, className="bulk-list"),
            html.Div(
                [
                    pieces.field(
                        "Verdict", dcc.Dropdown([v for v, *_ in VERDICTS[:3]], id="bulk-verdict")
                    ),
                    pieces.field("If benign, because of", alternative_choice("bulk-benign")),
                    html.Button(
                        "Decide on the ticked",
                        id="bulk-decide",
                        className="action primary",
                        type="button",
                    ),
                    html.Button("Close", id="bulk-close", className="action", type="button"),
                ],
                className="case-row",
            ),
            dcc.Store(id="bulk-seen", data=seen),
        ],
        className="panel",
        **{"aria-label": "Decide on several clusters"},
    )


def _card(place: int, run: RunFiles, row: Mapping[str, Any], verdict: str | None) -> Component:
    """Show one cluster in short: scores, why it was flagged, what may explain it."""
    ruled_out = row["benign_ruled_out"]
    statement = printable(row["benign_statement"], 300)
    return html.Div(
        [
            html.Div(
                [
                    dcc.Link(
                        f"Cluster {row['cluster_id']}",
                        href=f"/run/{run.id}/cluster/{row['cluster_id']}",
                        target="_blank",
                    ),
                    html.Span(printable(row["kind"], 40), className="mark"),
                    html.Span(plural(row["n_accounts"], "account"), className="quiet"),
                    html.Span(verdict or "open", className="mark-plain"),
                    html.Span(run_label(run), className="fine"),
                ],
                className="bulk-head",
            ),
            html.P(printable(row["reason"], 300)),
            html.P(statement, className="fine" if ruled_out else "fine alarm-soft"),
            pieces.gauges(row),
            dcc.Checklist(
                [{"label": "I have looked at this one", "value": place}],
                [],
                id={"part": "bulk-tick", "at": place},
                className="looked",
            ),
        ],
        className="bulk",
    )


def register(app: Dash, explorer: Explorer) -> None:
    """Make the drawer answer."""
    app.clientside_callback(
        ClientsideFunction("cib", "scrollTo"),
        Output("bulk", "id"),
        Input("bulk", "children"),
        State("bulk", "id"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("bulk", "children"),
        Input("bulk-open", "n_clicks"),
        State("triage-grid", "selectedRows"),
        prevent_initial_call=True,
    )
    def opened(clicks: int | None, chosen: list[dict[str, Any]] | None) -> Any:
        if not clicks or not chosen:
            raise PreventUpdate
        return drawer(explorer, chosen)

    @app.callback(
        Output("bulk", "children", allow_duplicate=True),
        Input("bulk-close", "n_clicks"),
        prevent_initial_call=True,
    )
    def closed(clicks: int | None) -> Any:
        return [] if clicks else no_update

    @app.callback(
        Output("bulk", "children", allow_duplicate=True),
        Output("toast", "children", allow_duplicate=True),
        Output("triage-filter", "data", allow_duplicate=True),
        Input("bulk-decide", "n_clicks"),
        State({"part": "bulk-tick", "at": ALL}, "value"),
        State("bulk-seen", "data"),
        State("bulk-verdict", "value"),
        State("bulk-benign", "value"),
        State("triage-filter", "data"),
        prevent_initial_call=True,
    )
    def decide(
        clicks: int | None,
        ticks: list[list[int]],
        seen: dict[str, dict[str, Any]],
        verdict: str | None,
        alternative: str | None,
        wanted: dict[str, Any],
    ) -> tuple[Any, Any, Any]:
        if not clicks:
            raise PreventUpdate
        ticked = [place for one in ticks for place in one]
        if not ticked or not verdict:
            what = "Tick the clusters that you have looked at" if verdict else "Choose a verdict"
            return no_update, note_of(f"{what} first; nothing was written.", bad=True), no_update
        refused, again = [], []
        for place in ticked:
            case = seen[str(place)]
            try:
                decide_verdict(
                    explorer, case["run"], case["cluster"], case["seen"], verdict, alternative, None
                )
            except Conflict as conflict:
                who = printable(conflict.events[-1].who, 40)
                refused.append(f"cluster {case['cluster']}: {who} decided meanwhile")
                again.append({"run": case["run"], "cluster_id": case["cluster"]})
            except (ValueError, CibError) as error:
                refused.append(f"cluster {case['cluster']}: {printable(error, 200)}")
        done = f"{plural(len(ticked) - len(refused), 'cluster')}: {verdict}."
        if refused:
            # what others decided is shown before anybody decides on it again
            return (
                drawer(explorer, again) if again else no_update,
                note_of(f"{done} Not written: {'; '.join(refused)}.", bad=True),
                wanted,
            )
        return [], note_of(done), wanted
