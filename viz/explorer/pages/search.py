"""Search: one box for accounts, contents, parents and markets, over one or several runs.

What somebody searches for is sent in the body of a request, never in an address: addresses end up
in histories, logs and chats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from cib.datasets.wording import count, plural
from cib.viz.explorer import pieces, typed
from cib.viz.explorer.exports.answers import table_bytes
from cib.viz.explorer.exports.menus import TABLE
from cib.viz.explorer.pages.search_results import MEANS, as_table, results
from cib.viz.explorer.pieces import Children
from cib.viz.explorer.run_names import run_label

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

LONGEST = 2000
"""Characters of a text that is searched for."""
FIRST_RUNS = 3
"""Runs that are searched unless others are chosen, the newest."""


def layout(explorer: Explorer, kept: Any = None, **_: Any) -> Component:
    """Make the page.

    Parameters
    ----------
    kept : what the browser kept of the last question on this page, see `kept_of`
    """
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
    text, kind, chosen = kept_of(kept, [run.id for run in runs])
    shown, nothing = answer(explorer, text, kind, chosen)
    return html.Div(
        [
            pieces.title(
                "Search",
                "what is called so, then what begins so; letter by letter",
                pieces.field(
                    "Runs",
                    dcc.Dropdown(options, chosen, id="search-runs",
                                 multi=True, clearable=False),
                    "wide-field",
                ),
            ),
            html.Div(
                [
                    pieces.field(
                        what,
                        dcc.Input(id="search-text", type="search", value=text, autoFocus=True,
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
                        kind,
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
                id="search-saving", hidden=nothing,
            ),
            typed.store("search-text", text),
            dcc.Store(id="search-address"),
            *(dcc.Download(id=f"search-saved-{kind}") for kind in TABLE),
            html.Div(shown, id="search-results", role="region",
                     **{"aria-live": "polite", "aria-label": "Results"}),
        ]
    )  # fmt: skip


def kept_of(kept: Any, known: Sequence[str]) -> tuple[str, str, list[str]]:
    """Read what a browser kept of a question: text, kind, runs; the newest runs without any.

    >>> kept_of({"text": "bot", "kind": "<b>", "runs": ["9ac8", "gone"]}, ["9ac8", "77aa"])
    ('bot', 'automatic', ['9ac8'])
    """
    held: Mapping[str, Any] = kept if isinstance(kept, dict) else {}
    text, kind, runs = held.get("text"), held.get("kind"), held.get("runs")
    chosen = [run for run in known if isinstance(runs, list) and run in runs]
    return (
        text[:LONGEST] if isinstance(text, str) else "",
        kind if isinstance(kind, str) and kind in MEANS else "automatic",
        chosen or list(known[:FIRST_RUNS]),
    )


def answer(
    explorer: Explorer, text: str, kind: str, run_ids: Sequence[str]
) -> tuple[Children, bool]:
    """Return what was found, or what can be, and whether there is nothing to take away."""
    names = explorer.names()
    if not text.strip():
        return _before(names.pseudonymous), True
    chosen = [explorer.library.run(run) for run in run_ids]
    shown, n = results(names, chosen, text[:LONGEST], kind)
    n_runs = len(explorer.library.runs())
    if len(chosen) == n_runs:
        return shown, n == 0
    looked = f"Looked in {count(len(chosen))} of {plural(n_runs, 'run')}; choose more above."
    return [html.P(looked, className="quiet"), shown], n == 0


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
    app.clientside_callback(
        ClientsideFunction("cib", "standFor"),
        Output("search-address", "id"),
        Input("search-address", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("search-results", "children"),
        Output("search-saving", "hidden"),
        Output("search-address", "data"),
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
    ) -> tuple[Children, bool, dict[str, Any]]:
        said = str(text or "")[:LONGEST]
        # going elsewhere and back finds the question again: in the browser, not in the address
        kept = {"text": said, "kind": kind, "runs": runs}
        at = {"path": "/search", "query": "", "kept": kept, "quiet": True}
        return *answer(explorer, said, kind, runs), at

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
