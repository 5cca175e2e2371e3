"""The three pictures of the explorer as Dash components, and how they talk to each other.

Drawn by `assets/` on a canvas: `picture.js` (canvas, view, tooltip), `gestures.js`, `marks.js`, and
one script each. A picture with the prefix `net` has these parts, all `dcc.Store` but the first:

`net-picture`     the element that is drawn in (network, raster or map)
`net-payload`     what is drawn, as `network_payload` etc. write it
`net-settings`    filters: network {layers, q, search}, map {least, links}, raster
                  {since, until}: where it starts (microseconds)
`net-highlight`   {rows}: what another picture points at (map: cluster ids)
`net-selection`   reported: {rows, from}: chosen by click or lasso; rows of accounts.parquet
`net-opened`      reported: {what: account | target | cluster, row | target | cluster_id, run_id}
`net-expand`      reported: {rows}: accounts whose neighbours are wanted (network)
`net-brush`       reported: {since_us, until_us, rows}: time shown and who acts in it (raster); both
                  null when all of it is shown

Every report carries `n`, which grows, and `at` (ms): the same choice made twice counts twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component

from cib.viz.explorer.pictures.controls import button, checks, field, slider

REPORTS = ("selection", "opened", "expand", "brush")
_MOVING = (
    ("+ − 0", "nearer, farther, everything"),
    ("arrows", "move"),
    ("n p", "next and previous mark"),
    ("Enter", "open it"),
    ("Esc", "back"),
)


def network_picture(
    id_prefix: str,
    payload: dict[str, Any],
    *,
    height: int = 460,
    shown: Sequence[int] | None = None,
    q: float = 0,
) -> Component:
    """Return the coordination network with its controls; see `network_payload`.

    Parameters
    ----------
    shown : numbers of the layers that are shown at first, counted from 1; all when None
    q : where the slider starts

    >>> network_picture("net", {"note": "", "layers": [], "roles": [], "nodes": {"row": []},
    ...                         "edges": {"a": []}, "q_least": 0, "q_most": 2}).className
    'picture-frame'
    """
    layers = [layer["name"] for layer in payload["layers"]]
    p = id_prefix
    on = [layer for i, layer in enumerate(layers, 1) if shown is None or i in shown]
    begin, end = payload["q_least"], payload["q_most"]
    at = min(max(q, begin), end)
    bar = [
        checks(p, "layers", "Lines", [(layer, layer) for layer in layers], on),
        slider(p, "q", "Evidence at least", begin, end, 0.5, "all that the scan kept", at),
        field(p, "search", "Find", dcc.Input(id=f"{p}-search", type="search", value="", size="16")),
    ]
    buttons = [
        ("open", "open account"),
        ("expand", "expand neighbours"),
        ("hide", "hide chosen"),
        ("show", "show hidden"),
    ]
    keys = [("Space", "choose"), ("e", "expand"), ("h u", "hide, show hidden"), *_MOVING]
    tips = (
        "Click an account or a line to choose it, Ctrl-click to add, Shift-drag to draw a lasso, "
        "double-click to open. Drag to move; once clicked, the wheel zooms."
    )
    n_accounts = sum(1 for row in payload["nodes"]["row"] if row >= 0)
    label = (
        f"Network of {n_accounts} accounts and the evidence that joins them, by kind: "
        f"{', '.join(layers) or 'none'}. The same is in the tables of members and edges."
    )
    settings = {"layers": on, "q": at if at > begin else 0, "search": ""}
    return _frame(p, payload, label, bar, buttons, tips, keys, settings, height)


def raster_picture(
    id_prefix: str,
    payload: dict[str, Any],
    *,
    height: int = 460,
    since_us: int | None = None,
    until_us: int | None = None,
) -> Component:
    """Return the lockstep raster with its controls; see `raster_payload`.

    Parameters
    ----------
    since_us, until_us : the stretch of time that is shown at first; all of it when None
    """
    buttons = [
        ("busiest-day", "busiest day"),
        ("busiest-hour", "busiest hour"),
        ("busiest-5min", "busiest 5 minutes"),
        ("fit", "all of it"),
        ("open", "open account"),
    ]
    tips = (
        "Columns are lockstep: many accounts at the same moment. Drag across time to zoom, "
        "double-click or Esc to go back; click or drag over names to choose accounts; Shift-drag "
        "draws a lasso; once clicked, the wheel zooms, with Ctrl it stretches the rows."
    )
    label = (
        f"Raster of {payload['n_members']} accounts over time: a row per account, a mark per "
        "interaction, coloured by target. The same is in the table of interactions."
    )
    keys = [("Space", "choose the row"), *_MOVING]
    settings = (
        {} if since_us is None or until_us is None else {"since": since_us, "until": until_us}
    )
    return _frame(id_prefix, payload, label, [], buttons, tips, keys, settings, height)


def map_picture(id_prefix: str, payload: dict[str, Any], *, height: int = 560) -> Component:
    """Return the map of clusters with its controls; see `map_payload`."""
    p = id_prefix
    many = payload["clusters"]["many"]
    links = sum(many) == len(many)  # between groups there are so many that nothing could be seen
    bar = [
        slider(p, "least", "Inauthenticity", 0, 1, 0.05, "any"),
        checks(p, "links", "Links", [("shared targets", "links")], ["links"] if links else []),
    ]
    tips = (
        "A circle is a cluster with its rank, its area the number of accounts; with a dotted line "
        "around it, a group with so many clusters. Point at it for the reason and its links, click "
        "to open it. Drag to move; once clicked or with Ctrl, the wheel zooms."
    )
    label = (
        f"Map of {sum(many)} clusters, joined where they share targets. "
        "The same is in the tables below."
    )
    settings = {"least": 0, "links": links}
    return _frame(p, payload, label, bar, [], tips, [*_MOVING], settings, height)


def register_picture(app: Dash, id_prefix: str, kind: str) -> None:
    """Connect the parts of a picture in the browser; no call to the server.

    Parameters
    ----------
    app : the application; may lack the components as yet when it suppresses callback exceptions
    id_prefix : as given to the component
    kind : `network`, `raster` or `map`
    """
    p = id_prefix
    _in_browser(
        app,
        kind,
        Output(f"{p}-fed", "data"),
        Input(f"{p}-payload", "data"),
        Input(f"{p}-settings", "data"),
        Input(f"{p}-highlight", "data"),
        State(f"{p}-picture", "id"),
    )
    controls = {"network": ("layers", "q", "search"), "map": ("least", "links")}.get(kind, ())
    # at its beginning the network's slider leaves everything
    least = [State(f"{p}-q", "min")] if kind == "network" else []
    if controls:
        _in_browser(
            app,
            f"{kind}_settings",
            Output(f"{p}-settings", "data"),
            *(Input(f"{p}-{control}", "value") for control in controls),
            *least,
        )
        slider, words = ("q", "q_words") if kind == "network" else ("least", "score_words")
        _in_browser(
            app,
            words,
            Output(f"{p}-{slider}-words", "children"),
            Input(f"{p}-{slider}", "value"),
            *least,
        )


def link_pictures(app: Dash, source: str, target: str, report: str = "selection") -> None:
    """Have one picture's report (selection or brush) highlight the same accounts in another."""
    _in_browser(
        app,
        "rows_of",
        Output(f"{target}-highlight", "data", allow_duplicate=True),
        Input(f"{source}-{report}", "data"),
        prevent_initial_call=True,
    )


def _in_browser(app: Any, function: str, *parts: Any, **options: Any) -> None:
    """Have a function of `assets/glue.js` run when one of its inputs changes."""
    app.clientside_callback(ClientsideFunction("cib", function), *parts, **options)


def _frame(
    p: str,
    payload: dict[str, Any],
    label: str,
    bar: Sequence[Component],
    buttons: Sequence[tuple[str, str]],
    tips: str,
    keys: Sequence[tuple[str, str]],
    settings: dict[str, Any],
    height: int,
) -> Component:
    known = [act for act, _ in buttons]
    shared = [("fit", "all of it"), ("zoom-in", "+"), ("zoom-out", "−"), ("png", "save as PNG")]
    said: dict[str, Any] = {"aria-label": label, "aria-describedby": f"{p}-status"}
    row = [button(p, *one) for one in (*buttons, *(s for s in shared if s[0] not in known))]
    return html.Figure(
        [
            html.Div(list(bar), className="picture-bar") if bar else None,
            html.Div(row, className="picture-buttons"),
            html.Div(
                id=f"{p}-picture",
                className="picture",
                tabIndex=0,
                role="img",
                style={"height": f"{height}px"},
                **said,
            ),
            html.Div(id=f"{p}-legend", className="picture-legend"),
            html.P(id=f"{p}-status", className="picture-status", role="status"),
            html.P(payload["note"], className="picture-note") if payload["note"] else None,
            html.Details(
                [
                    html.Summary("How to read and use it"),
                    html.P(tips),
                    html.P(
                        [part for key, what in keys for part in (html.Kbd(key), f" {what}\u2003")]
                    ),
                ],
                className="picture-help",
            ),
            dcc.Store(id=f"{p}-payload", data=payload),
            dcc.Store(id=f"{p}-settings", data=settings),
            dcc.Store(id=f"{p}-highlight", data={"rows": []}),
            dcc.Store(id=f"{p}-fed"),
            *(dcc.Store(id=f"{p}-{report}") for report in REPORTS),
        ],
        className="picture-frame",
    )
