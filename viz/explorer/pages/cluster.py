"""Made elsewhere."""

from typing import Any

from dash import Dash, html


def layout(explorer: Any, run: str, cluster_id: str, **_: Any) -> Any:
    from cib.viz.explorer import deciding

    row = explorer.library.run(run).tables.cluster(int(cluster_id))
    return html.Div(
        [
            html.H1(f"Cluster {cluster_id}"),
            deciding.panel(explorer, run, int(cluster_id), row["benign_alternative"]),
        ]
    )


account_layout = target_layout = layout


def register(app: Dash, explorer: Any) -> None:
    from cib.viz.explorer import deciding

    deciding.register(app, explorer)
