"""The results as JSON, and the Markdown table made from it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sizes import short_size
from suites import Ratio, Suite

Record = dict[str, Any]

HEAD = """# Benchmark results

Made by `make bench`; how to run and read it is in [README.md](README.md). Every contender runs as a
process of its own; figures are medians of the runs named in the last column but one. **task** is
measured inside the process, without start-up and imports; **process** from its start to the answer;
**peak** is the memory of the process and all it starts. Nothing is printed unless all contenders
that must agree do: same pairs, same weights.
"""


def load(path: Path) -> dict[str, Any]:
    """Read results.json, or start an empty one."""
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    return {"runs": {}, "records": []}


def renew(results: dict[str, Any], run: dict[str, str], records: list[Record]) -> None:
    """Put a block's records in the place of those of the same suite and size."""
    number = run["started"]
    done = {(record["suite"], record["size"]) for record in records}
    kept = [r for r in results["records"] if (r["suite"], r["size"]) not in done]
    kept += [{**record, "run": number} for record in records]
    results["records"] = kept
    used = {record["run"] for record in kept}
    results["runs"] = {k: v for k, v in {**results["runs"], number: run}.items() if k in used}


def write(folder: Path, results: dict[str, Any], suites: Mapping[str, Suite]) -> None:
    """Write results.json and results.md."""
    text = json.dumps(results, indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")
    (folder / "results.md").write_text(render(results, suites), encoding="utf-8")


def render(results: dict[str, Any], suites: Mapping[str, Suite]) -> str:
    """The whole page."""
    parts = [HEAD]
    numbers = {started: i + 1 for i, started in enumerate(sorted(results["runs"]))}
    for started, number in numbers.items():
        run = results["runs"][started]
        parts.append(
            f"Run {number}: {started[:10]}, `{run['command']}`, on {run['machine']}; "
            f"{run['versions']}.\n"
        )
    for suite in suites.values():
        records = [r for r in results["records"] if r["suite"] == suite.name]
        if records:
            records.sort(key=lambda record: record["size"])  # stable: entries keep their order
            parts += [f"## {suite.title}\n", suite.text + "\n", section(suite, records, numbers)]
            parts += [line + "\n" for line in (suite.footer(records) if suite.footer else [])]
    return "\n".join(parts)


def section(suite: Suite, records: list[Record], numbers: Mapping[str, int] | None = None) -> str:
    """The table of one suite."""
    titles = ["rows", "log", "contender", "task s", *(ratio.title for ratio in suite.ratios)]
    titles += ["process s", "peak GiB", suite.answers, "agreement, notes", "runs", "run"]
    lines = [cells(titles), cells(["---"] * len(titles))]
    for record in records:
        block = [r for r in records if r["size"] == record["size"]]
        number = str(numbers[record["run"]]) if numbers else ""
        lines.append(cells([*figures(suite, record, block), number]))
    return "\n".join(lines) + "\n"


def figures(suite: Suite, record: Record, block: list[Record]) -> list[str]:
    """The cells of one record."""
    name = [short_size(record["rows"]), record["data"], record["contender"]]
    notes = "; ".join(filter(None, [record["agreement"], record.get("note")]))
    if record["status"] == "ok":
        ratios = [times(record, other_of(ratio, record, block)) for ratio in suite.ratios]
        count = record.get("answers")
        answers = f"{count:,}" if count is not None and count >= 0 else ""
        task, process, peak = (statistics.median(record[x]) for x in ("seconds", "wall", "peak"))
        gib = f"{peak / 2**30:.2f}"
        values = [seconds(task), *ratios, seconds(process), gib, answers, notes]
        return [*name, *values, str(len(record["seconds"]))]
    blank = [""] * len(suite.ratios)
    if record["status"].endswith(" GiB"):
        return [*name, "", *blank, "", record["status"].removesuffix(" GiB"), "", "stopped", ""]
    if record["status"].startswith("> "):
        limit = record["status"].removesuffix(" s")
        bounds = [
            bound(float(limit.removeprefix("> ")), record, other_of(ratio, record, block))
            for ratio in suite.ratios
        ]
        return [*name, limit, *bounds, limit, "", "", "stopped", ""]
    return [*name, "", *blank, "", "", "", record["status"], ""]


def other_of(ratio: Ratio, record: Record, block: Iterable[Record]) -> Record | None:
    """The record that a ratio divides by, when it has figures."""
    for other in block:
        data = record["base"] if ratio.base else record["data"]
        if (
            other["status"] == "ok"
            and other["contender"] == (ratio.contender or record["contender"])
            and (ratio.anywhere or other["data"] == data)
        ):
            return other
    return None


def times(record: Record, other: Record | None) -> str:
    """How many times as long as another entry."""
    if other is None:
        return ""
    value = statistics.median(record["seconds"]) / statistics.median(other["seconds"])
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"


def bound(limit: float, record: Record, other: Record | None) -> str:
    """How many times as long at least, for an entry that was stopped."""
    if other is None:
        return ""
    return f"> {limit / statistics.median(other['seconds']):.0f}"


def seconds(value: float) -> str:
    """Three digits."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def cells(values: Iterable[str]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(value.replace("|", "\\|") for value in values) + " |"
