"""`cib plant`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cib.cli import console
from cib.cli.paths import path, room_in


def plant(
    log: Annotated[str, typer.Argument(help="The log, as for cib scan.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            help="Folder to write: new, empty, or of an earlier call.",
            parser=path,
        ),
    ],
    scenario: Annotated[
        str | None, typer.Option("--scenario", help="What to plant, A01 to A16.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option("--preset", help="A known case instead of a scenario.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help=r"TOML file with rings, each under \[\[rings]].")
    ] = None,
    rings: Annotated[int, typer.Option("--rings", min=1, max=1_000, help="How many alike.")] = 1,
    accounts: Annotated[
        int | None, typer.Option("--accounts", min=1, help="Accounts of each ring.")
    ] = None,
    targets: Annotated[
        int | None, typer.Option("--targets", min=1, help="Contents that each ring serves.")
    ] = None,
    share: Annotated[
        float | None,
        typer.Option("--share", help="Share of the accounts' rows that serve the ring."),
    ] = None,
    cover: Annotated[
        str | None,
        typer.Option("--cover", help="none, popular, taste_matched, copied or organised."),
    ] = None,
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="Anything else of a ring: jitter_s=60, options.spacing_s=20."),
    ] = None,
    map: Annotated[
        str, typer.Option("--map", help="Names of the log's columns, as for cib scan.")
    ] = "",
    action: Annotated[
        str | None, typer.Option("--action", help="The log's name for what serves the rings.")
    ] = None,
    renumber: Annotated[
        bool,
        typer.Option("--renumber", help="Give all accounts new ids, so that new ones fit between."),
    ] = False,
    seed: Annotated[
        int, typer.Option("--seed", min=0, max=2**31 - 1, help="Same seed, same rows.")
    ] = 7,
    json: Annotated[
        bool, typer.Option("--json", help="Log as JSON lines, print the result as JSON.")
    ] = False,
) -> None:
    """Put rings into a real log, with the truth beside it.

    [bold]Examples[/bold]

    cib plant log.parquet --scenario A05 --accounts 100 --targets 50 --share 0.3 --out planted

    cib plant retweets.parquet --map account_id=account,content_id=object,ts=ts:s,action=kind
    --scenario A01 --action RT --rings 3 --seed 1 --out planted

    cib plant log/ --config rings.toml --out planted && cib scan planted/log --out runs
    """
    console.use_json(json)
    from cib.datasets.mapping import parse_map
    from cib.datasets.synthetic.planting import plant_rings

    one: dict[str, Any] = {
        "scenario": scenario,
        "preset": preset,
        "n_accounts": accounts,
        "n_targets": targets,
    }
    one |= {"target_share": share, "cover": cover}
    tables = ring_tables(
        {name: value for name, value in one.items() if value is not None}, given, config, rings
    )
    with room_in(out), console.reporting() as reporter:
        reporter.start("planting")
        manifest = plant_rings(
            log,
            out,
            tables,
            columns=parse_map(map),
            action=action,
            renumber=renumber,
            seed=seed,
            progress=reporter.update,
        )
        reporter.finish({"name": "planting"})
    if json:
        console.result(manifest)
        return
    rows, people = manifest["rows"], manifest["accounts"]
    console.say(
        f"Planted {rows['planted']:,} rows of {people['planted'] + people['borrowed']:,} accounts "
        f"among {rows['presumed_honest']:,}."
    )
    for note in manifest["notes"]:
        console.say(note)
    console.say(f"Log:    {out / 'log'}")
    console.say(f"Truth:  {out / 'truth'}")


def ring_tables(
    one: dict[str, Any], given: list[str] | None, config: Path | None, n: int
) -> list[dict[str, Any]]:
    """Return the rings that were asked for.

    Parameters
    ----------
    one : what flags say
    given : name=value pairs of --set
    config : file with rings
    n : how many rings alike

    Raises
    ------
    UsageError
        Flags and file, or neither; a pair that is none.
    """
    from cib.datasets.errors import UsageError
    from cib.datasets.synthetic.planting.asked import asked_rings, read_rings

    if config is not None:
        if one or given or n > 1:
            raise UsageError("Give --config or flags that describe a ring, not both.")
        return read_rings(config)
    if "scenario" not in one and "preset" not in one:
        raise UsageError("Say what to plant: --scenario A05, a --preset, or rings in a --config.")
    return asked_rings(one, given or [], n)
