"""The panel in which a person decides on a cluster: verdict, note, owner, due day, tags, undo."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dash import Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.datasets.casebook import Conflict
from cib.datasets.cases import CaseState
from cib.datasets.errors import CibError
from cib.datasets.wording import moment
from cib.viz.explorer.pieces import field, note_of
from cib.viz.explorer.verdicts import (
    NOTE_LIMIT,
    VERDICTS,
    WORD_LIMIT,
    decide_verdict,
    explanations,
    keep,
    keep_along,
    undo,
    words,
)
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer


def panel(explorer: Explorer, run_id: str, cluster_id: int, suggested: str | None) -> Component:
    """Make the panel of one cluster.

    Parameters
    ----------
    suggested : the innocent explanation that fits best, chosen until somebody chooses another
    """
    return html.Section(
        _inside(explorer, run_id, cluster_id, suggested),
        id="case-panel",
        className="panel case",
        **{"aria-label": "Verdict"},
    )


def _inside(
    explorer: Explorer,
    run_id: str,
    cluster_id: int,
    suggested: str | None,
    draft: Mapping[str, Any] = MappingProxyType({}),
) -> list[Component]:
    """Make what is in the panel; `draft` is the note and the tag that are not kept yet."""
    state = explorer.casebook.state(run_id, cluster_id)
    due = state.due.isoformat() if state.due else ""
    case = {"run": run_id, "cluster": cluster_id, "seen": state.last_seq, "suggested": suggested}
    stored = dcc.Store(id="case", data=case)
    stands = _stands(state)
    if not explorer.viewer().decides:
        note = html.P("You may look; deciding takes the role “investigator”.", className="fine")
        return [html.H2("Verdict"), stands, note, _history(state), stored]
    chosen = state.alternative or suggested
    buttons = [
        html.Button(
            [word, html.Kbd(key)],
            id=f"verdict-{verdict.replace(' ', '-')}",
            className="action" + (" chosen" if state.verdict == verdict else ""),
            title=means,
            type="button",
            **{"aria-pressed": str(state.verdict == verdict).lower(), "data-key": key},
        )
        for verdict, word, key, means in VERDICTS
    ]
    return [
        html.H2("Verdict"),
        stands,
        html.Div(buttons, className="verdicts", role="group", **{"aria-label": "Verdict"}),
        html.Div(
            field("If benign, because of", alternative_choice("case-alternative", chosen)),
            className="case-row",
        ),
        html.Div(
            [
                field(
                    "If duplicate, of",
                    dcc.Input(id="case-duplicate", type="text", placeholder="[run/]cluster",
                              debounce=True),
                ),
                field("Due", dcc.Input(id="case-due", type="date", value=due)),
            ],
            className="case-row",
        ),
        html.Div(
            [
                field("Owner", dcc.Input(id="case-owner", type="text", value=state.owner or "",
                                         maxLength=WORD_LIMIT, debounce=True)),
                field("Add a tag", dcc.Input(id="case-tag", type="text", maxLength=WORD_LIMIT,
                                             value=draft.get("tag"), debounce=True)),
            ],
            className="case-row",
        ),
        html.Div(
            [html.Span(["#" + printable(tag, WORD_LIMIT)], className="mark") for tag in state.tags],
            className="tags",
        ),
        field(
            "Note, kept with a verdict too",
            dcc.Textarea(
                id="case-note", rows=2, maxLength=NOTE_LIMIT, value=draft.get("note") or ""
            ),
        ),
        html.Div(
            [
                html.Button("Keep note, owner, due and tag", id="case-keep", className="action",
                            type="button"),
                html.Button(["Undo", html.Kbd("u")], id="case-undo", className="action",
                            type="button", disabled=not state.history, **{"data-key": "u"}),
            ],
            className="case-row",
        ),
        _history(state),
        stored,
    ]  # fmt: skip


def alternative_choice(name: str, chosen: str | None = None) -> Component:
    """Let a person choose an innocent explanation."""
    names = explanations()
    return dcc.Dropdown(names, chosen if chosen in names else None, id=name, placeholder="choose")


def _stands(state: CaseState) -> Component:
    """Say where the case stands."""
    if not state.verdict:
        return html.P("Nobody has decided yet.", className="quiet")
    last = next((e for e in reversed(state.history) if e.kind == "verdict"), None)
    by = f" by {printable(last.who, 40)}, {moment(last.ts)}" if last else ""
    because = f" ({printable(state.alternative, 60)})" if state.alternative else ""
    kind = state.verdict.replace(" ", "-")
    return html.P(
        [html.Span(state.verdict, className=f"mark mark-{kind}"), f"{because}{by}"],
        className="stands",
    )


def _history(state: CaseState) -> Component:
    """List what was decided, the newest first; nothing is ever removed."""
    if not state.history:
        return html.Div()
    lines = [
        html.Li(
            [
                html.Span(moment(e.ts), className="quiet"),
                f" {printable(e.who, 40)}: ",
                html.Del(words(e)) if e.undone else words(e),
            ]
        )
        for e in reversed(state.history)
    ]
    return html.Details(
        [html.Summary(["History", html.Span(f" {len(lines)}", className="quiet")]),
         html.Ul(lines, className="plain fine history")]
    )  # fmt: skip


def register(app: Dash, explorer: Explorer) -> None:
    """Make the panel answer; every refusal says why and changes nothing."""

    @app.callback(
        Output("case-panel", "children"),
        Output("toast", "children", allow_duplicate=True),
        Input("verdict-confirmed", "n_clicks"),
        Input("verdict-benign", "n_clicks"),
        Input("verdict-needs-more", "n_clicks"),
        Input("verdict-duplicate", "n_clicks"),
        Input("case-keep", "n_clicks"),
        Input("case-undo", "n_clicks"),
        State("case", "data"),
        State("case-alternative", "value"),
        State("case-duplicate", "value"),
        State("case-owner", "value"),
        State("case-due", "value"),
        State("case-tag", "value"),
        State("case-note", "value"),
        prevent_initial_call=True,
    )
    def decide(*given: Any) -> tuple[Any, Any]:
        clicks, (case, alternative, duplicate, owner, due, tag, note) = given[:6], given[6:]
        if not any(clicks) or not case:
            raise PreventUpdate
        pressed = str(ctx.triggered_id)
        run_id, cluster_id = str(case["run"]), int(case["cluster"])
        kept = {"owner": owner, "due": due, "tag": tag, "note": note}
        try:
            if pressed == "case-undo":
                said = undo(explorer, run_id, cluster_id)
            elif pressed == "case-keep":
                said = keep(explorer, run_id, cluster_id, case["seen"], kept)
            else:
                verdict = pressed.removeprefix("verdict-").replace("-", " ")
                said = decide_verdict(
                    explorer, run_id, cluster_id, case["seen"], verdict, alternative, duplicate
                )
                said += keep_along(explorer, run_id, cluster_id, kept)
        except Conflict as conflict:
            theirs = ", ".join(f"{printable(e.who, 40)}: {words(e)}" for e in conflict.events)
            return (
                _inside(explorer, run_id, cluster_id, case.get("suggested"), kept),
                note_of(f"Not written. Meanwhile somebody else decided ({theirs}). "
                        "Look at it; press again if yours still holds.", bad=True),
            )  # fmt: skip
        except (ValueError, CibError) as refused:
            return no_update, note_of(str(refused), bad=True)
        return _inside(explorer, run_id, cluster_id, case.get("suggested")), note_of(said)
