"""The pages of what is looked into beside clusters: accounts and targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import Dash

from cib.viz.explorer.pages import account, target

if TYPE_CHECKING:
    from cib.viz.explorer.app import Explorer

account_layout = account.layout
target_layout = target.layout


def register(app: Dash, explorer: Explorer) -> None:
    """Make both pages answer."""
    account.register(app, explorer)
    target.register(app, explorer)
