"""Help: the keys, the words, and how decisions get back into the next scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Dash, html
from dash.development.base_component import Component

from cib.viz.explorer import pieces
from cib.viz.section import ROLE_MEANS

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

KEYS = (
    ("g then t, m, s, d", "go to triage, map, search, decisions"),
    ("/", "search"),
    ("?", "this page"),
    ("c  b  n  d", "on a cluster: confirmed, benign, needs more, duplicate"),
    ("u", "take back your last entry on this cluster"),
    ("x", "on a cluster: show all again, after something was chosen"),
    ("[ and ]", "the cluster ranked before, the one after"),
    ("arrows, space, enter", "in a list: move, choose, open"),
    ("+  −  0", "in a picture that has the focus: nearer, farther, everything"),
    ("Escape", "leave a field, drop a selection"),
)
WORDS = (
    ("coordination", "how sure it is that chance did not bring these accounts together, 0 to 1"),
    ("inauthenticity", "how likely they are to be fake, 0 to 1; never the same as coordination"),
    ("ring", "a cluster judged inauthentic by the scan; a finding, not a verdict"),
    ("coordinated", "acts together; too little speaks for a fake to judge it a ring"),
    ("possibly benign", "acts together, and an innocent explanation fits"),
    ("beneficiary", "whoever gains from a target; complicity unknown: only accounts are judged"),
    ("group", "on the map of a large run: clusters alike in kind, inauthenticity and size"),
    ("controls", "other people who act on the same targets, for comparison"),
    ("q", "the share of false edges among all reported at least as strong"),
)

ROLES = (("listener", "a member with none of the roles below"), *ROLE_MEANS.items())


def layout(explorer: Explorer, **_: Any) -> Component:
    """Make the page."""
    learn = (
        "Confirmed and benign verdicts are what a scan can learn from: download them and give the "
        "file to the next scan (cib scan LOG --out RUNS --verdicts verdicts.parquet). Accounts "
        "of confirmed clusters then count for inauthenticity, those of benign ones against it."
    )
    return html.Div(
        [
            pieces.title("Keys and words"),
            html.Div(
                [
                    _panel("Keys", KEYS, html.Kbd),
                    _panel("Words", WORDS, html.B),
                    _panel("Roles", ROLES, html.B),
                    html.Section(
                        [
                            html.H2("What the next scan learns"),
                            html.P(learn),
                            html.A(
                                "Download verdicts.parquet",
                                href="/download/verdicts.parquet",
                                className="button",
                                download="verdicts.parquet",
                            ),
                        ],
                        className="panel",
                        id="verdicts",
                    ),
                ],
                className="columns",
            ),
        ]
    )


def _panel(heading: str, lines: tuple[tuple[str, str], ...], of: Any) -> Component:
    rows = [html.Tr([html.Th(of(one), scope="row"), html.Td(means)]) for one, means in lines]
    return html.Section([html.H2(heading), html.Table(html.Tbody(rows))], className="panel")


def register(app: Dash, explorer: Explorer) -> None:
    """Nothing to answer."""
