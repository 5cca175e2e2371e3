"""`cib settings`."""

from __future__ import annotations

from typing import Annotated

import typer

from cib.cli import console
from cib.settings import SETTINGS, toml_template


def settings(
    toml: Annotated[
        bool, typer.Option("--toml", help="Print a TOML file to edit and give to --config.")
    ] = False,
) -> None:
    """List every setting.

    [bold]Example[/bold]

    cib settings --toml > scan.toml && cib scan log.parquet --out runs --config scan.toml
    """
    if toml:
        console.write(toml_template())
        return
    console.table(
        "Settings of a scan",
        ("name", "value", "default", "meaning"),
        ((s.name, s.unit, str(s.default), s.help) for s in SETTINGS),
    )
