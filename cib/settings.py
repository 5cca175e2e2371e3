"""Every setting, declared once; the TOML file, flags, docs and manifest come from here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from cib.datasets.durations import format_duration, parse_duration
from cib.datasets.errors import UsageError
from cib.datasets.given_file import GivenFile
from cib.datasets.hostile import printable
from cib.datasets.mapping import parse_map

SIZE_UNITS = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a scan."""

    name: str
    kind: str
    """map, names, durations, slots, share, int, float, time, size, folder, file, choice"""
    default: Any
    help: str
    low: float = float("-inf")
    """Smallest value allowed."""
    high: float = float("inf")
    """Largest value allowed."""
    open_bounds: bool = False
    """Whether the bounds themselves are excluded."""
    choices: tuple[str, ...] = ()
    in_result: bool = True
    """Whether the setting can change the tables, and so belongs into the run's identity."""
    example: str = ""

    @property
    def flag(self) -> str:
        """Name on the command line."""
        return "--" + self.name.replace("_", "-")

    @property
    def unit(self) -> str:
        """What a value is, in words, for help and docs."""
        excluded = ", the bounds excluded" if self.open_bounds else ""
        bounds = f"between {self.low:.10g} and {self.high:.10g}{excluded}"
        return {
            "map": "our_name=your_name[:unit], comma-separated",
            "names": "comma-separated names",
            "durations": "one or more of 60s, 5m, 1h, 30d, comma-separated",
            "slots": "all, or lengths such as 1d or 7d, comma-separated",
            "share": f"number {bounds}",
            "int": f"whole number {bounds}",
            "float": f"number {bounds}",
            "time": "ISO 8601 date or time, UTC when without zone",
            "size": "bytes with unit, such as 512MiB or 4GiB",
            "folder": "path of a folder",
            "file": "path of a file",
            "choice": " or ".join(self.choices),
        }[self.kind]


SETTINGS = (
    Setting(
        "map",
        "map",
        "",
        "Names of your columns.",
        example="account_id=user,content_id=track,ts=time:s,action=kind",
    ),
    Setting("action", "names", "", "Keep only these actions; all when empty.", example="play,like"),
    Setting("since", "time", "", "Ignore interactions before this moment.", example="2026-11-01"),
    Setting("until", "time", "", "Ignore interactions from this moment on.", example="2026-11-08"),
    Setting(
        "max_bad_share",
        "share",
        0.01,
        "Largest share of rows in scope that may be quarantined before the scan stops.",
        0.0,
        1.0,
    ),
    Setting("layers", "names", "", "Keep only these layers; all that the log allows when empty."),
    Setting(
        "window",
        "durations",
        "10s,60s,5m",
        "How far apart two actions may lie and still count as one co-action, the limit included.",
        example="60s,1h",
    ),
    Setting(
        "min_tokens",
        "int",
        2,
        "Fewest distinct tokens two accounts must co-act on within a window.",
        1,
        1_000_000,
    ),
    Setting(
        "blocks",
        "slots",
        "",
        "Look for blocks, too: accounts with the same content whenever they act on it, over the "
        "whole log (all) or within slots of time. Not looked for when empty.",
        example="all,3d",
    ),
    Setting(
        "audiences",
        "float",
        0.5,
        "Look for contents that the same accounts act on, and next to nobody else: how alike two "
        "audiences must be (Jaccard similarity, 0 to 1). Not looked for when 0.",
        0.0,
        1.0,
        example="0.7",
    ),
    Setting(
        "rare",
        "int",
        100,
        "Look for accounts with many contents in common that hardly anybody else acts on, whenever "
        "they do: how many accounts such a content has at most, or 16 times as many where hundreds "
        "share them. Not looked for when 0.",
        0,
        1_000_000,
        example="50",
    ),
    Setting(
        "loops",
        "int",
        10,
        "Look for contents that too many accounts loop at once: how often an account must act on "
        "one within a day. Not looked for when 0.",
        0,
        1_000_000,
        example="20",
    ),
    Setting(
        "odd_hours",
        "float",
        0.1,
        "Look for contents that the same accounts come to at hours that are odd for them: the "
        "share of an account's actions that its odd hours hold at most. Not looked for when 0.",
        0.0,
        0.5,
        example="0.05",
    ),
    Setting("q", "share", 0.05, "False discovery rate among the edges reported.", 0.0, 1.0, True),
    Setting(
        "fdr",
        "choice",
        "bh",
        "Benjamini–Hochberg, or Benjamini–Yekutieli (valid under any dependence).",
        choices=("bh", "by"),
    ),
    Setting("min_cluster_size", "int", 3, "Fewest accounts of a cluster.", 2, 1_000_000),
    Setting(
        "resolution",
        "float",
        1.0,
        "Resolution of the Leiden communities: higher means more and smaller ones.",
        1e-6,
        1e6,
    ),
    Setting(
        "prior",
        "share",
        0.0,
        "Share of clusters that you expect to be inauthentic, before any evidence; 0 for that of "
        "the worlds that the scores were calibrated on.",
        0.0,
        0.999,
        example="0.1",
    ),
    Setting(
        "verdicts",
        "file",
        "",
        "What people decided about accounts before: Parquet or CSV with account_id, verdict "
        "(confirmed or benign) and, if you like, alternative. Its content counts, not its name.",
        example="verdicts.csv",
    ),
    Setting("seed", "int", 0, "Seed of everything that draws.", 0, 2**31 - 1),
    Setting("top", "int", 20, "Clusters shown in full in the report.", 1, 1000),
    Setting(
        "threads",
        "int",
        0,
        "Threads; 0 for every core. The result is the same for any number.",
        0,
        4096,
        in_result=False,
    ),
    Setting(
        "memory",
        "size",
        "",
        "Memory for the log: ids must fit, rows that do not fit go to disk. Testing pairs takes up "
        "to half as much again. What blocks need must fit, too. When empty: a third of the "
        "machine's, and no limit for blocks.",
        in_result=False,
        example="4GiB",
    ),
    Setting(
        "scratch",
        "folder",
        "",
        "Where rows that do not fit --memory go. When empty: the folder for runs, or without one "
        "the system's folder for temporary files.",
        in_result=False,
        example="/mnt/disk",
    ),
)

BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """Resolved settings: what the program uses, each in the unit the code counts in."""

    map: dict[str, str]
    action: tuple[str, ...]
    since: int | None
    """Microseconds since 1970-01-01 UTC, included."""
    until: int | None
    """Microseconds since 1970-01-01 UTC, excluded."""
    max_bad_share: float
    layers: tuple[str, ...]
    window: tuple[int, ...]
    """Microseconds, ascending."""
    min_tokens: int
    blocks: tuple[int, ...]
    """Microseconds, ascending; 0 for the whole log."""
    audiences: float
    """Jaccard similarity; 0 not to look."""
    rare: int
    loops: int
    odd_hours: float
    q: float
    fdr: Any
    min_cluster_size: int
    resolution: float
    prior: float | None
    """None for the prior that the scores were calibrated with."""
    verdicts: GivenFile | None
    seed: int
    top: int
    threads: int | None
    """None for every core."""
    memory: int | None
    """Bytes."""
    scratch: Path | None
    """None for the folder that suits the job."""
    written: dict[str, Any]
    """Every setting as a person would write it, defaults included, for the manifest."""

    @property
    def in_result(self) -> dict[str, Any]:
        """The written settings that can change the tables; files by what is in them."""
        kept = {name: self.written[name] for name in self.written if BY_NAME[name].in_result}
        for name in [name for name in kept if BY_NAME[name].kind == "file"]:
            file: GivenFile | None = getattr(self, name)
            if file is None:  # a run without one has the name that it always had
                del kept[name]
            else:
                kept[name] = file.sha256
        return kept


def resolve(
    given: Mapping[str, Any] | None = None, *, config: str | Path | None = None
) -> Settings:
    """Combine a TOML file and given values (which win) with the defaults, and check them all.

    Parameters
    ----------
    given : values by name, as text or in their natural type; None counts as not given
    config : a TOML file of `name = value` lines

    Raises
    ------
    UsageError
        Unknown names or unusable values, all reported at once.
    """
    values = {**read_toml(config), **{k: v for k, v in (given or {}).items() if v is not None}}
    problems = []
    for name in values:
        if name not in BY_NAME:
            near = get_close_matches(name, BY_NAME, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            problems.append(f"“{printable(name)}” is not a setting{hint}; cib settings lists them.")
    resolved: dict[str, Any] = {}
    written: dict[str, Any] = {}
    for setting in SETTINGS:
        try:
            resolved[setting.name], written[setting.name] = parse(
                setting, values.get(setting.name, setting.default)
            )
        except UsageError as error:
            problems.append(f"{setting.flag}: {str(error).removeprefix(f'{setting.flag}: ')}")
    since, until = resolved.get("since"), resolved.get("until")
    if since is not None and until is not None and since >= until:
        problems.append(
            f"--since {written['since']} is not before --until {written['until']}: "
            f"no interaction can lie between them."
        )
    if problems:
        raise UsageError("\n".join(problems))
    return Settings(**resolved, written=written)


def read_toml(path: str | Path | None) -> dict[str, Any]:
    """Read settings from a TOML file; an empty dictionary when there is no path."""
    if path is None:
        return {}
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"--config {path} cannot be read as TOML: {error}.") from error


def parse(setting: Setting, value: Any) -> tuple[Any, Any]:
    """Turn one value into what the program uses and what a person would write."""
    kind = setting.kind
    if kind in ("int", "float", "share"):
        number = parse_number(setting, value)
        unset = setting.name in ("threads", "prior") and number == 0
        return (None if unset else number), number
    if kind == "map" and isinstance(value, Mapping):
        value = ",".join(f"{ours}={theirs}" for ours, theirs in value.items())
    if isinstance(value, list | tuple):
        value = ",".join(map(str, value))
    text = str(value).strip()
    if kind == "map":
        columns = parse_map(text)
        return columns, ",".join(f"{ours}={columns[ours]}" for ours in sorted(columns))
    if kind == "names":
        names = tuple(sorted({part.strip() for part in text.split(",") if part.strip()}))
        return names, ",".join(names)
    if kind == "durations":
        return parse_windows(text)
    if kind == "slots":
        return parse_slots(text)
    if kind == "time":
        return parse_time(text)
    if kind == "size":
        return (parse_size(text) if text else None), text
    if kind == "file":
        return (GivenFile.named(text) if text else None), text
    if kind == "folder":
        return (Path(text) if text else None), text
    if text not in setting.choices:
        raise UsageError(f"“{printable(text)}” is not one of {', '.join(setting.choices)}.")
    return text, text


def parse_number(setting: Setting, value: Any) -> int | float:
    """Read a number and hold it against the setting's bounds."""
    try:
        if isinstance(value, bool):
            raise ValueError
        number = int(str(value)) if setting.kind == "int" else float(value)
    except (TypeError, ValueError, OverflowError):
        raise UsageError(f"“{printable(value)}” is not a {setting.unit}.") from None
    inside = setting.low <= number <= setting.high
    if setting.open_bounds:
        inside = setting.low < number < setting.high
    if not inside:
        raise UsageError(f"{printable(value)} is out of range: write a {setting.unit}.")
    return number


def parse_windows(text: str) -> tuple[tuple[int, ...], str]:
    """Read one or more windows; they are sorted and each counts once."""
    if "-" in text:
        raise UsageError(f"“{printable(text)}” is negative: a window is 0s or longer.")
    windows = tuple(sorted({parse_duration(part) for part in text.split(",") if part.strip()}))
    if not windows:
        raise UsageError("at least one window is needed, such as 60s.")
    if len(windows) > 32:
        raise UsageError(f"{len(windows)} windows are too many: at most 32 can be told apart.")
    return windows, ",".join(map(format_duration, windows))


def parse_slots(text: str) -> tuple[tuple[int, ...], str]:
    """Read lengths of slots of time; `all` is 0.

    Examples
    --------
    >>> parse_slots("1d,all")
    ((0, 86400000000), 'all,1d')
    """
    parts = {part.strip() for part in text.split(",") if part.strip()}
    slots = tuple(sorted({parse_duration(part) for part in parts - {"all"}}))
    if slots and slots[0] <= 0:
        raise UsageError(f"“{printable(text)}”: a slot is longer than 0s; write all for no slots.")
    written = ["all"] * ("all" in parts) + [format_duration(slot) for slot in slots]
    return (0,) * ("all" in parts) + slots, ",".join(written)


def parse_time(text: str) -> tuple[int | None, str]:
    """Read an ISO 8601 date or time; returns microseconds since 1970-01-01 UTC."""
    if not text:
        return None, ""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"“{printable(text)}” is not a date or time: write 2026-11-22 or 2026-11-22T15:00:00Z."
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        raise UsageError(f"“{printable(text)}” lies outside the years 1 to 9999 in UTC.") from None
    since_epoch = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since_epoch.days * 86400 + since_epoch.seconds) * 1_000_000 + (
        since_epoch.microseconds
    ), moment.isoformat()


def parse_size(text: str) -> int:
    """Read a number of bytes such as 512MiB.

    Examples
    --------
    >>> parse_size("4GiB")
    4294967296
    """
    for unit in sorted(SIZE_UNITS, key=len, reverse=True):
        if text.endswith(unit):
            try:
                number = float(text.removesuffix(unit))
            except ValueError:
                break
            if 0 < number * SIZE_UNITS[unit] < 2**63:
                return int(number * SIZE_UNITS[unit])
            break
    raise UsageError(
        f"“{printable(text)}” is not a size: write a number and one of {', '.join(SIZE_UNITS)}."
    )


def toml_template() -> str:
    """Every setting as a commented TOML file with its default.

    Examples
    --------
    >>> tomllib.loads(toml_template())["q"]
    0.05
    """
    lines = []
    for setting in SETTINGS:
        value = f'"{setting.default}"' if isinstance(setting.default, str) else setting.default
        example = f" Example: {setting.example}" if setting.example else ""
        lines += [f"# {setting.help} ({setting.unit}){example}", f"{setting.name} = {value}", ""]
    return "\n".join(lines)
