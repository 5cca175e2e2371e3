"""What one account did, as the log itself has it; read when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, dcc, html, no_update
from dash.development.base_component import Component

from cib.datasets.errors import CibError
from cib.datasets.wording import count, plural
from cib.viz.explorer import paging, pieces
from cib.viz.explorer.exports.menus import TABLE, menu
from cib.viz.explorer.runs import log_history
from cib.viz.explorer.runs.library import RunFiles
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

LOG = "account-log"


def section(explorer: Explorer, run: RunFiles, row: int) -> Component | None:
    """Offer the account's rows of the log; those who see pseudonyms see no log."""
    if explorer.names().pseudonymous:
        return None
    heading = html.H2("In the log itself")
    if log_history.source_of(run) is None:
        why = "The log that this run was made of is no longer where it was."
        return html.Section([heading, pieces.empty("Not there", why)], className="panel")
    return html.Section(
        [
            heading,
            html.P(
                "A run keeps what members did with targets; the log has everything this account "
                f"did. {log_history.how_long(run)}",
                className="quiet",
            ),
            html.Button("Read this account's rows", id="account-log-read", className="action",
                        type="button"),
            dcc.Store(id="account-log-which", data={"run": run.id, "row": row}),
            dcc.Loading(html.Div(id="account-log-found"), type="dot", delay_show=300),
        ],
        className="panel",
    )  # fmt: skip


def log_page(explorer: Explorer, what: dict[str, Any], offset: int) -> Component:
    """Return one page of an account's rows of the log."""
    run = explorer.library.run(what["run"])
    found = log_history.history(run, int(what["row"]))
    table = found.rows.slice(offset, paging.ROWS)
    rows = paging.acts_table(explorer.names(), table)
    return paging.page(LOG, rows, offset, len(table), len(found.rows))


def _about_log(run: RunFiles, row: int) -> list[Component]:
    found = log_history.history(run, row)
    said = (
        f"{plural(found.n_all, 'row')} in {plural(found.n_files, 'file')}, read in "
        f"{found.seconds:.1f} s; repeated rows and rows outside of what was scanned are among them."
    )
    lines = [html.P(said, className="fine", role="status")]
    if len(found.rows) < found.n_all:
        lines.append(html.P(f"Shown are {count(len(found.rows))}.", className="fine"))
    if log_history.changed(run, found):
        lines.append(
            html.P("The log has changed since it was scanned: files were added, removed or "
                   "written anew.", className="note")
        )  # fmt: skip
    if found.faults:
        some = "; ".join(printable(one, 200) for one in found.faults[:3])
        n = plural(len(found.faults), "file")
        lines.append(html.P(f"{n} could not be read: {some}.", className="note"))
    return lines


def register(app: Dash, explorer: Explorer) -> None:
    """Read the log when it is asked for, and turn its pages."""
    paging.register(app, LOG, lambda what, offset: _if_allowed(explorer, what, offset))

    @app.callback(
        Output("account-log-found", "children"),
        Output("account-log-read", "hidden"),
        Input("account-log-read", "n_clicks"),
        State("account-log-which", "data"),
        prevent_initial_call=True,
    )
    def read(clicks: int | None, which: dict[str, Any]) -> Any:
        if not clicks or explorer.names().pseudonymous:
            return no_update, no_update
        try:
            run = explorer.library.run(which["run"])
            about = _about_log(run, int(which["row"]))
        except CibError as error:
            return html.P(printable(str(error), 500), className="note", role="alert"), False
        first = log_page(explorer, which, 0)
        at = f"run/{run.id}/account/{int(which['row'])}/log"
        save = menu([("Its rows of the log", at, TABLE)], "Export these")
        return [*about, save, paging.paged(LOG, which, first, "Rows of the log")], True


def _if_allowed(explorer: Explorer, what: dict[str, Any], offset: int) -> Component:
    if explorer.names().pseudonymous:
        return html.P("Those who see pseudonyms see no log.", className="note")
    return log_page(explorer, what, offset)
