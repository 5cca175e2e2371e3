"""The panel in which a person decides on a cluster: verdict, note, owner, due day, tags, undo."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from dash import ALL, Dash, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from cib.datasets.casebook import Conflict
from cib.datasets.errors import CibError
from cib.viz.explorer.case_parts import history, tag_mark, where_it_stands
from cib.viz.explorer.pieces import field, note_of
from cib.viz.explorer.verdicts import (
    NOTE_LIMIT,
    VERDICTS,
    WORD_LIMIT,
    decide_verdict,
    explanations,
    keep,
    keep_along,
    last_of,
    undo,
    untag,
    words,
)
from cib.viz.text import printable

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer


def panel(explorer: Explorer, run_id: str, cluster_id: int, suggested: str | None) -> Component:
    """Make the panel of one cluster.

    Parameters
    ----------
    suggested : the innocent explanation that fits best, chosen until somebody chooses another; None
        when all are ruled out
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
    """Make what is in the panel; `draft` is what was typed and is not kept yet."""
    state = explorer.casebook.state(run_id, cluster_id)
    owner = draft.get("owner", state.owner) or ""
    due = draft.get("due", state.due.isoformat() if state.due else "") or ""
    case = {"run": run_id, "cluster": cluster_id, "seen": state.last_seq, "suggested": suggested,
            "tags": state.tags}  # fmt: skip
    stored = dcc.Store(id="case", data=case)
    stands = where_it_stands(state, run_id)
    viewer = explorer.viewer()
    if not viewer.decides:
        note = html.P("You may look; deciding takes the role “investigator”.", className="fine")
        return [html.H2("Verdict"), stands, note, history(state), stored]
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
                field("Owner", dcc.Input(id="case-owner", type="text", value=owner,
                                         maxLength=WORD_LIMIT, debounce=True)),
                field("Add a tag", dcc.Input(id="case-tag", type="text", maxLength=WORD_LIMIT,
                                             value=draft.get("tag"), debounce=True)),
            ],
            className="case-row",
        ),
        html.Div([tag_mark(place, tag) for place, tag in enumerate(state.tags)], className="tags"),
        field(
            "Note, kept with a verdict too",
            dcc.Textarea(
                id="case-note", rows=2, maxLength=NOTE_LIMIT, value=draft.get("note") or "",
                # whoever leaves the page and comes back finds it as typed, until it is kept
                persistence=f"{viewer.name}/{run_id}/{cluster_id}/{state.last_seq}",
                persistence_type="session",
            ),
        ),
        html.Div(
            [
                html.Button("Keep note, owner, due and tag", id="case-keep", className="action",
                            type="button"),
                html.Button(["Undo", html.Kbd("u")], id="case-undo", className="action",
                            type="button", disabled=last_of(state.history, viewer.name) is None,
                            **{"data-key": "u"}),
            ],
            className="case-row",
        ),
        history(state),
        stored,
    ]  # fmt: skip


def alternative_choice(name: str, chosen: str | None = None) -> Component:
    """Let a person choose an innocent explanation."""
    names = explanations()
    return dcc.Dropdown(names, chosen if chosen in names else None, id=name, placeholder="choose")


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
            mine = {"tag": tag, "note": note}  # owner and due day are now as others left them
            return (
                _inside(explorer, run_id, cluster_id, case.get("suggested"), mine),
                note_of(f"Not written. Meanwhile somebody else decided ({theirs}). "
                        "Look at it; press again if yours still holds.", bad=True),
            )  # fmt: skip
        except (ValueError, CibError) as refused:
            return no_update, note_of(str(refused), bad=True)
        return _inside(explorer, run_id, cluster_id, case.get("suggested")), note_of(said)

    @app.callback(
        Output("case-panel", "children", allow_duplicate=True),
        Output("toast", "children", allow_duplicate=True),
        Input({"part": "untag", "at": ALL}, "n_clicks"),
        State("case", "data"),
        State("case-owner", "value"),
        State("case-due", "value"),
        State("case-tag", "value"),
        State("case-note", "value"),
        prevent_initial_call=True,
    )
    def remove(clicks: list[int | None], case: dict[str, Any] | None, *typed: Any) -> Any:
        tags = dict(enumerate((case or {}).get("tags") or ()))
        pressed: Any = ctx.triggered_id
        tag = tags.get(pressed["at"]) if isinstance(pressed, dict) else None
        if not any(clicks) or not case or tag is None:
            raise PreventUpdate
        run_id, cluster_id = str(case["run"]), int(case["cluster"])
        draft = dict(zip(("owner", "due", "tag", "note"), typed, strict=True))
        if explorer.casebook.state(run_id, cluster_id).last_seq != case["seen"]:
            del draft["owner"], draft["due"]  # others may have written theirs meanwhile
        try:
            note = note_of(
                untag(explorer, run_id, cluster_id, case["tags"][ctx.triggered_id["at"]])
            )
        except (ValueError, CibError) as refused:
            note = note_of(str(refused), bad=True)
        # made anew in either case: a tag that is gone is no longer shown
        return _inside(explorer, run_id, cluster_id, case.get("suggested"), draft), note
