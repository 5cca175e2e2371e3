"""Flags made from the table of settings, so that no command repeats them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Sequence
from typing import Annotated, Any, get_type_hints

import typer

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.settings import BY_NAME, SETTINGS, Setting, Settings, resolve


def with_settings(names: Sequence[str] | None = None) -> Callable[[Any], Any]:
    """Give a command one flag per setting, plus --config and --set.

    The command gets the resolved settings as its argument `settings`.

    Parameters
    ----------
    names : the settings that matter to the command; all when None
    """
    chosen = [s for s in SETTINGS if names is None or s.name in names]

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        hints = get_type_hints(command, include_extras=True)
        own = [
            p.replace(annotation=hints[p.name])
            for p in inspect.signature(command).parameters.values()
            if p.name != "settings"
        ]
        flags = [
            inspect.Parameter(
                f"setting_{setting.name}",
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[
                    str | None,
                    typer.Option(
                        setting.flag,
                        help=help_of(setting),
                        metavar=METAVARS[setting.kind],
                        show_default=False,
                        rich_help_panel="Settings",
                    ),
                ],
            )
            for setting in chosen
        ]
        config = inspect.Parameter(
            "config",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                str | None,
                typer.Option(
                    "--config", help="TOML file with settings; flags win.", metavar="FILE.toml"
                ),
            ],
        )
        assignments = inspect.Parameter(
            "assignments",
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[
                list[str] | None,
                typer.Option("--set", help="Any setting, as key=value.", metavar="KEY=VALUE"),
            ],
        )

        def wrapper(**given: Any) -> Any:
            values = {s.name: given.pop(f"setting_{s.name}") for s in chosen}
            values |= parse_assignments(given.pop("assignments") or [], {s.name for s in chosen})
            return command(settings=resolve(values, config=given.pop("config")), **given)

        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [*(p.replace(kind=keyword) for p in own), *flags, config, assignments]
        wrapper.__doc__, wrapper.__name__ = command.__doc__, command.__name__
        wrapper.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        wrapper.__annotations__ = {p.name: p.annotation for p in parameters}
        return wrapper

    return decorate


METAVARS = {
    "map": "A=B,…",
    "names": "NAME,…",
    "durations": "60s,…",
    "slots": "all,3d,…",
    "share": "SHARE",
    "int": "N",
    "float": "X",
    "time": "TIME",
    "folder": "DIR",
    "file": "FILE",
    "size": "SIZE",
    "choice": "NAME",
}


def help_of(setting: Setting) -> str:
    """Help text of a flag: what it is, its default or an example."""
    default = f" Default: {setting.default}." if setting.default != "" else ""
    example = f" Example: {setting.example}." if setting.example else ""
    return f"{setting.help}{default}{example}".replace("[", r"\[")


def parse_assignments(assignments: Sequence[str], matter: Collection[str]) -> dict[str, str]:
    """Read the key=value pairs of --set; whether there is such a key at all is seen to later."""
    values, problems = {}, []
    for text in assignments:
        name, equals, value = text.partition("=")
        if not equals:
            problems.append(f"--set {printable(text)}: write key=value, such as q=0.01.")
        name = name.strip().replace("-", "_")
        if name in BY_NAME and name not in matter:
            problems.append(f"--set {name}: this setting does not matter to this command.")
        values[name] = value.strip()
    if problems:
        raise UsageError("\n".join(problems))
    return values


__all__ = ["Settings", "parse_assignments", "with_settings"]
