"""`cib generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cib.cli import console


def generate(
    out: Annotated[
        Path, typer.Option("--out", help="Folder to write: new, empty, or of an earlier call.")
    ],
    preset: Annotated[str, typer.Option("--preset", help="Which world to make.")] = "demo",
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**31 - 1, help="Same seed, same bytes.")
    ] = 7,
    json: Annotated[
        bool, typer.Option("--json", help="Log as JSON lines, print the result as JSON.")
    ] = False,
) -> None:
    """Make a synthetic log with known rings and honest look-alikes.

    [bold]Example[/bold]

    cib generate --preset demo --seed 7 --out demo && cib scan demo/log --out runs
    """
    console.use_json(json)
    from cib.datasets.synthetic import generate as make

    with console.reporting() as reporter:
        reporter.start("generating")
        manifest = make(out, preset=preset, seed=seed, progress=reporter.update)
        reporter.finish({"name": "generating"})
    if json:
        console.result(manifest)
    else:
        console.say(f"Log:    {out / 'log'}")
        console.say(f"Truth:  {out / 'truth'}")
