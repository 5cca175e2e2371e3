"""Run benchmarks and renew results.md: `make bench`, or `run.py --only hot --sizes 1M`.

See README.md.
"""

from __future__ import annotations

import argparse
import importlib
import shlex
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import table
from machine import machine, versions
from rounds import Disagreement, Options, group, make_log, run_block, run_entry, say, task_of
from sizes import parse_size, short_size
from suites import Entry, Suite

HERE = Path(__file__).resolve().parent
NAMES = ("projection", "hot", "evidence", "scan", "scaling", "overlap", "encoding", "communities")
WARM_UP_ROWS = 10_000


def suites() -> dict[str, Suite]:
    """All suites, in the order of the page."""
    return {name: importlib.import_module(f"suites.{name}").SUITE for name in NAMES}


def with_scripts(entries: list[Entry], scripts: dict[str, str]) -> list[Entry]:
    """Let scripts take part wherever there is an exact answer to agree with."""
    out, seen = [], set()
    for entry in entries:
        out.append(entry)
        if entry.agrees in ("exact", "close") and group(entry) not in seen:
            seen.add(group(entry))
            out += [
                replace(entry, contender=name, function=path, not_run="")
                for name, path in scripts.items()
            ]
    return out


def warm_up(suite: Suite, options: Options) -> None:
    """Run everything once on a small log: compiled code gets to disk, libraries into memory."""
    entries = [entry for entry in suite.blocks(WARM_UP_ROWS) if not entry.not_run]
    scratch = options.data / "warm-up"
    scratch.mkdir(exist_ok=True)
    for entry in dict.fromkeys((e.function, e.log) for e in entries):
        first = next(e for e in entries if (e.function, e.log) == entry)
        say(f"{suite.name} · {first.contender} · warming up")
        make_log(f"{first.log}-{short_size(first.rows)}", options.data)
        run_entry(first, task_of(suite, replace(first, agrees="none"), options, scratch), options)


def run(arguments: argparse.Namespace) -> int:
    """Run the chosen suites at the chosen sizes; returns the exit code."""
    options = Options(
        data=arguments.data.resolve(),
        repeats=arguments.repeats,
        threads=arguments.threads,
        time_limit=arguments.time_limit,
        memory_limit=arguments.memory_limit,
    )
    for folder in (options.data, arguments.out):
        folder.mkdir(parents=True, exist_ok=True)
    every = suites()
    this = {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": shlex.join(["python", "benchmarks/run.py", *settings_of(arguments)]),
        "machine": machine(),
        "versions": versions(),
    }
    results = table.load(arguments.out / "results.json")
    faults = []
    for name in arguments.only:
        suite = every[name]
        if options.repeats > 1:
            warm_up(suite, options)
        for size in arguments.sizes:
            entries = suite.blocks(size)
            if suite.scripts:
                entries = with_scripts(entries, arguments.contender)
            if not entries:
                continue
            try:
                records = run_block(suite, size, entries, options)
            except Disagreement as fault:
                faults.append(f"{name} {short_size(size)}: {fault}")
                say(faults[-1])
                continue
            print(table.section(suite, records), flush=True)
            faults += [
                f"{name} {short_size(size)}: {record['contender']} {record['status']}"
                for record in records
                if record["contender"].startswith("cib") and ":" in record["status"]
            ]
            # what lies outside the repository is shown, never kept
            kept = [r for r in records if r["contender"] not in arguments.contender]
            table.renew(results, this, kept)
            table.write(arguments.out, results, every)
    for fault in faults:
        say(f"FAULT {fault}")
    return 1 if faults else 0


def settings_of(arguments: argparse.Namespace) -> list[str]:
    """The flags that make the figures, for the page; paths and scripts are left out."""
    return [
        *(
            "--sizes",
            ",".join(map(short_size, arguments.sizes)),
            "--only",
            ",".join(arguments.only),
        ),
        *("--repeats", str(arguments.repeats), "--threads", str(arguments.threads)),
    ]


def listed(text: str) -> list[str]:
    """Names of suites, comma-separated."""
    names = text.split(",")
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise argparse.ArgumentTypeError(f"no suite {unknown[0]!r}; there are {', '.join(NAMES)}")
    return [name for name in NAMES if name in names]


def sizes(text: str) -> list[int]:
    """Sizes, comma-separated."""
    try:
        return sorted({parse_size(each) for each in text.split(",")})
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not like 100k,1M,10M") from None


def script(text: str) -> tuple[str, str]:
    """NAME=SCRIPT.py of a script that exists."""
    name, _, path = text.partition("=")
    if not name or not Path(path).is_file() or not path.endswith(".py"):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=SCRIPT.py of a script")
    return name, str(Path(path).resolve())


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--sizes", type=sizes, default="100k,1M,10M,100M", help="rows of the logs, to 1B")
    add("--only", type=listed, default=",".join(NAMES), help="suites")
    add("--repeats", type=int, default=3, help="runs of every contender")
    add("--data", type=Path, default=HERE.parent / "build" / "bench", help="where logs are kept")
    add("--out", type=Path, default=HERE, help="where results.json and results.md are")
    add("--threads", type=int, default=2, help="threads of every contender")
    add("--time-limit", type=float, default=900, help="seconds, of one run")
    add("--memory-limit", type=float, default=18, help="GiB, of one run with all it starts")
    add("--contender", type=script, action="append", default=[], metavar="NAME=SCRIPT.py")
    arguments = parser.parse_args()
    # leave like an interrupt does, so that the contender at work is stopped too
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments.contender = dict(arguments.contender)
    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
