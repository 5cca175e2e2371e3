"""`cib generate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cib.cli import console
from cib.cli.paths import path, room_in


def generate(
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Folder to write: new, empty, or of an earlier call.",
            parser=path,
        ),
    ],
    preset: Annotated[
        str | None, typer.Option("--preset", help="Which world to make; demo if nothing is said.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with a world of your own.")
    ] = None,
    degrade: Annotated[
        str, typer.Option("--degrade", help="What the log lacks; see docs/world.md.")
    ] = "full",
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**31 - 1, help="Same seed, same bytes.")
    ] = 7,
    threads: Annotated[
        int, typer.Option("--threads", min=1, max=256, help="How many work at once.")
    ] = 2,
    json: Annotated[
        bool, typer.Option("--json", help="Log as JSON lines, print the result as JSON.")
    ] = False,
) -> None:
    """Make a synthetic log with known rings and honest look-alikes.

    [bold]Examples[/bold]

    cib generate --preset demo --seed 7 --out demo && cib scan demo/log --out runs

    cib generate --config world.toml --degrade no-device --out world
    """
    console.use_json(json)
    from cib.datasets.errors import UsageError
    from cib.datasets.synthetic import generate as make
    from cib.datasets.synthetic import read_world

    if preset is not None and config is not None:
        raise UsageError("Give --preset or --config, not both: a file can name its base.")
    world = read_world(config) if config is not None else preset or "demo"
    with room_in(out), console.reporting() as reporter:
        reporter.start("generating")
        manifest = make(
            out,
            preset=world,
            seed=seed,
            degrade=degrade,
            threads=threads,
            progress=reporter.update,
        )
        reporter.finish({"name": "generating"})
    if json:
        console.result(manifest)
    else:
        console.say(f"Log:    {out / 'log'}")
        console.say(f"Truth:  {out / 'truth'}")
