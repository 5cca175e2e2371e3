"""Search: one box for accounts, contents, parents and markets, over one or several runs.

What somebody searches for is sent in the body of a request, never in an address: addresses end up
in histories, logs and chats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from cib.viz.explorer import pieces, typed
from cib.viz.explorer.exports.answers import table_bytes
from cib.viz.explorer.exports.menus import TABLE
from cib.viz.explorer.pages.search_results import MEANS, as_table, results
from cib.viz.explorer.pages.triage import run_label

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

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
                        dcc.Input(id="search-text", type="search", autoFocus=True,
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
            html.Fieldset(
                [
                    html.Legend("What to look among", className="unseen"),
                    dcc.RadioItems(
                        [{"value": kind, "label": words} for kind, words in MEANS.items()],
                        "automatic",
                        id="search-kind",
                        inline=True,
                        className="choices",
                    ),
                ]
            ),
            html.Div(
                [html.Button("Download these (CSV)", id="search-csv", className="action",
                             type="button"),
                 html.Button("Parquet", id="search-parquet", className="action",
                             type="button", title="Download these (Parquet)")],
                id="search-saving", hidden=True,
            ),
            typed.store("search-text"),
            *(dcc.Download(id=f"search-saved-{kind}") for kind in TABLE),
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
    typed.settle(app, "search-text")

    @app.callback(
        Output("search-results", "children"),
        Output("search-saving", "hidden"),
        typed.settled("search-text"),
        Input("search-kind", "value"),
        Input("search-runs", "value"),
        Input("search-go", "n_clicks"),
        Input("search-text", "n_submit"),
        State("search-text", "value"),
        prevent_initial_call=True,
    )
    def found(
        _: str | None, kind: str, runs: list[str], _go: int | None, _enter: int, text: str | None
    ) -> tuple[Component, bool]:
        names = explorer.names()
        if not text or not str(text).strip():
            return _before(names.pseudonymous), True
        chosen = [explorer.library.run(run) for run in runs]
        shown, n = results(names, chosen, str(text)[:LONGEST], kind)
        return shown, n == 0

    for ending in TABLE:
        _register_saving(app, explorer, ending)


def _register_saving(app: Dash, explorer: Explorer, ending: str) -> None:
    """Make a button answer that saves what was found; each has its own, as in triage."""

    @app.callback(
        Output(f"search-saved-{ending}", "data"),
        Input(f"search-{ending}", "n_clicks"),
        State("search-text", "value"),
        State("search-kind", "value"),
        State("search-runs", "value"),
        prevent_initial_call=True,
    )
    def save(clicks: int | None, text: str | None, kind: str, runs: list[str]) -> Any:
        if not clicks or not text:
            return no_update
        names = explorer.names()
        chosen = [explorer.library.run(run) for run in runs]
        table = as_table(names, chosen, str(text)[:LONGEST], kind)
        return dcc.send_bytes(table_bytes(table, ending), f"search-results.{ending}")
