"""Parts of the panel in which a person decides: where the case stands, its tags, its history."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from cib.datasets.cases import CaseState
from cib.datasets.wording import moment
from cib.viz.explorer.verdicts import WORD_LIMIT, words
from cib.viz.text import printable


def tag_mark(place: int, tag: str) -> Component:
    """Show a tag, and what removes it."""
    word = printable(tag, WORD_LIMIT)
    said: dict[str, Any] = {"aria-label": f"Remove the tag {word}"}
    remove = html.Button("×", id={"part": "untag", "at": place}, type="button",
                         title="Remove this tag", **said)  # fmt: skip
    return html.Span([html.Bdi(f"#{word}"), remove], className="mark")


def where_it_stands(state: CaseState, run_id: str) -> Component:
    """Say where a case of a run stands."""
    if not state.verdict:
        return html.P("Nobody has decided yet.", className="quiet")
    last = next((e for e in reversed(state.history) if e.kind == "verdict"), None)
    by = f" by {printable(last.who, 40)}, {moment(last.ts)}" if last else ""
    because = f" ({printable(state.alternative, 60)})" if state.alternative else ""
    kind = state.verdict.replace(" ", "-")
    said: list[Any] = [html.Span(state.verdict, className=f"mark mark-{kind}"), because]
    if state.duplicate_of:
        run, cluster_id = state.duplicate_of
        of = f"cluster {cluster_id}" + ("" if run == run_id else f" of run {printable(run, 40)}")
        said += [" of ", dcc.Link(of, href=f"/run/{run}/cluster/{cluster_id}")]
    return html.P([*said, by], className="stands")


def history(state: CaseState) -> Component:
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
