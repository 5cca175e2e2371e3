"""Reference tables of the docs, made from the tables in the code: `python -m cib.reference FILE…`.

A page holds each of these tables between two comments, `<!-- table: settings -->` and
`<!-- end -->`. Running this module renews what stands between them; tests/test_docs.py fails
when a page is out of date.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import typer

from cib.algorithms.alternatives import alternative_columns, alternatives
from cib.algorithms.signals import signals
from cib.cli import app
from cib.cli.scan import NOTHING_TO_DO
from cib.datasets.columns import COLUMNS, Column
from cib.datasets.errors import BadDataError, TemporaryError, UsageError
from cib.datasets.needs import Needs
from cib.graphs.layers import families
from cib.settings import SETTINGS
from cib.tables.interactions import SHOWN

KINDS = {
    "id": "string or integer",
    "name": "string",
    "time": "timestamp, date or ISO 8601 text; or number with a unit",
    "int32": "integer",
    "int64": "integer",
}

EXIT_CODES = (
    (0, "done"),
    (1, "a defect in cib: please report what was printed"),
    (UsageError.exit_code, "usage: a flag, a setting or a name cannot be used"),
    (BadDataError.exit_code, "bad data: retrying is useless until the input changes"),
    (TemporaryError.exit_code, "temporary (disk full, memory): retry"),
    (NOTHING_TO_DO, "nothing to do: `--skip-done` found this very scan done"),
    (130, "interrupted from the keyboard; nothing was published"),
    (143, "terminated (SIGTERM); nothing was published"),
)


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    r"""Write a Markdown table.

    Examples
    --------
    >>> print(markdown(("a", "b"), [(1, "x|y")]))
    | a | b |
    |---|---|
    | 1 | x\|y |
    """
    lines = [header, *rows]
    cells = [[str(cell).replace("|", r"\|") for cell in line] for line in lines]
    written = [f"| {' | '.join(line)} |" for line in cells]
    return "\n".join([written[0], "|---" * len(header) + "|", *written[1:]])


def code(text: object) -> str:
    """Set text as code; nothing for nothing."""
    return f"`{text}`" if text not in ("", None) else ""


def columns_table() -> str:
    """Every column that a log may have, from `cib.datasets.columns`."""
    users = column_users()
    return markdown(
        ("Column", "Needed", "Type", "What it is", "Used by"),
        (
            (
                code(column.name),
                "yes" if column.required else "",
                KINDS[column.kind],
                column.doc,
                ", ".join(users.get(column.name, ())) or used_otherwise(column),
            )
            for column in COLUMNS
        ),
    )


def column_users() -> dict[str, list[str]]:
    """Layers, signals and benign alternatives that use each optional column."""
    users: dict[str, list[str]] = {}
    parts = [(f"layer {name_of(f)}", f.NEEDS) for f in families()]
    parts += [(f"signal {name}", signal.NEEDS) for name, signal in signals().items()]
    for part, needs in parts:
        for column in dict.fromkeys(name for names in needs for name in names):
            users.setdefault(column, []).append(part)
    for column in sorted(alternative_columns()):
        users.setdefault(column, []).append("benign alternatives")
    return users


def used_otherwise(column: Column) -> str:
    """Say what a column serves that no layer, signal or alternative needs."""
    if column.required:
        return "everything"
    special = {"action": "one layer per action", "event_id": "finding duplicates"}
    shown = "shown beside interactions" if column.name in SHOWN else "nothing yet"
    return special.get(column.name, shown)


def layers_table() -> str:
    """Every family of layers and the columns it needs."""
    return markdown(
        ("Layer", "What it is", "Needs"),
        ((code(name_of(f)), summary_of(f), needs_text(f.NEEDS)) for f in families()),
    )


def signals_table() -> str:
    """Every signal of inauthenticity and the columns it needs."""
    return markdown(
        ("Signal", "What it is", "Needs"),
        ((code(name), summary_of(s), needs_text(s.NEEDS)) for name, s in signals().items()),
    )


def alternatives_table() -> str:
    """Every benign alternative, the columns without which it is not tried, and those it can use."""
    return markdown(
        ("Alternative", "What it is", "Needs", "Says more with"),
        (
            (one.NAME, summary_of(one), needs_text(one.NEEDS), ", ".join(map(code, one.USES)))
            for one in alternatives().values()
        ),
    )


def name_of(module: Any) -> str:
    """Return the last part of a module's name."""
    return str(module.__name__).rpartition(".")[2]


def summary_of(module: Any) -> str:
    """First sentence of a module's docstring, without its leading name."""
    line = str(module.__doc__).partition("\n")[0]
    return line.partition(": ")[2] or line


def needs_text(needs: Needs) -> str:
    """Columns that a part needs, in words."""
    return " or ".join(" and ".join(map(code, names)) for names in needs if names) or (
        "required columns only"
    )


def settings_table() -> str:
    """Every setting, from `cib.settings`."""
    return markdown(
        ("Setting", "Flag", "Value", "Default", "Meaning"),
        (
            (
                code(setting.name),
                code(setting.flag),
                setting.unit,
                code(setting.default),
                setting.help,
            )
            for setting in SETTINGS
        ),
    )


def commands_table() -> str:
    """Every command with its own flags (settings not repeated), from the command line itself."""
    group: Any = typer.main.get_command(app)
    taken = {setting.flag for setting in SETTINGS}
    rows: list[tuple[str, str, str]] = []
    for name, command in group.commands.items():
        own = [p for p in command.params if p.param_type_name == "option"]
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        line = " ".join(["cib", name, *(p.name.upper() for p in arguments)])
        flags = {p.opts[0] for p in own}
        accepted = [s.flag for s in SETTINGS if s.flag in flags]
        what = str(command.help).strip().partition("\n")[0]
        if "--config" in flags:
            what += (
                " Takes every setting."
                if len(accepted) == len(SETTINGS)
                else f" Takes {', '.join(map(code, accepted))}."
            )
        rows.append((code(line), "", what))
        for p in own:
            setting = p.opts[0] in taken and "--config" in flags
            if not setting and p.opts[0] != "--help":
                rows.append(("", code(p.opts[0]), flag_text(p)))
    return markdown(("Command", "Flag", "Meaning"), rows)


def flag_text(option: Any) -> str:
    """Help of a flag with its default; brackets that rich would take for markup are escaped."""
    text = str(option.help).replace(r"\[", "[")
    if option.required:
        return f"{text} Required."
    default = option.default
    return text if default in (None, False) or callable(default) else f"{text} Default: {default}."


def exit_codes_table() -> str:
    """Every exit code of the command line."""
    return markdown(("Code", "Meaning"), ((code(number), text) for number, text in EXIT_CODES))


TABLES: dict[str, Callable[[], str]] = {
    "columns": columns_table,
    "layers": layers_table,
    "signals": signals_table,
    "alternatives": alternatives_table,
    "settings": settings_table,
    "commands": commands_table,
    "exit codes": exit_codes_table,
}

BLOCK = re.compile(r"(<!-- table: ([a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def renewed(page: str) -> str:
    r"""Return a page with every generated table as the code has it now.

    Examples
    --------
    >>> old = "<!-- table: exit codes -->\nold\n<!-- end -->\n"
    >>> "nothing to do" in renewed(old)
    True
    """
    return BLOCK.sub(lambda m: f"{m[1]}{TABLES[m[2]]()}\n{m[3]}", page)


def main() -> None:
    """Renew the tables of the pages named on the command line."""
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
