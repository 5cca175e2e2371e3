"""Compiling beside a scan: the right kernels, one process, gone with the scan, one at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pyarrow as pa
import pytest

from cib import kernel_cache
from cib.warming_log import small_log
from command_line import environment
from small_log import write

pytestmark = pytest.mark.skipif(
    not os.path.isdir("/proc/self/task"), reason="looks at processes as Linux shows them"
)

WARMED = [
    "overlap_kernels", "overlap_rows_kernels", "audiences_kernels", "looped_kernels",
    "two_groups_kernels", "odd_hours_kernels", "leiden_kernels", "leiden_parts_kernels",
    "network_kernels", "clusters_kernels", "timelines_kernels", "tally_kernels",
    "controls_kernels", "gaps_kernels", "clock_kernels", "volume_kernels", "repeats_kernels",
]  # fmt: skip

SCAN = """
import json, sys
from numba.core import event
import cib
compiled = []
class Listener(event.Listener):
    def on_start(self, happened):
        compiled.append(happened.data["dispatcher"].py_func.__module__)
    def on_end(self, happened):
        pass
event.register("numba:compile", Listener())
run = cib.scan(sys.argv[1])
print(json.dumps([sorted(set(compiled)), run.evidence["signal"].to_pylist()]))
"""

BLOCK = """
import os, signal, sys, time
from numba import njit
from cib import compiling, kernel_cache, warming
def others():
    (thread,) = ["/proc/self/task/%d/children" % os.getpid()]
    pids = open(thread).read().split()
    return [int(p) for p in pids if b"cib.warming" in open("/proc/%s/cmdline" % p, "rb").read()]
def compile():
    njit(lambda x: x + 1)(1)
"""


def python(script, *arguments, cache, **how):
    env = environment(NUMBA_CACHE_DIR=str(cache))
    result = subprocess.run(
        [sys.executable, "-c", script, *map(str, arguments)],
        capture_output=True, encoding="utf-8", env=env, timeout=300, check=False, **how,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.slow
def test_a_scan_compiles_nothing_again_that_was_compiled_beside_it(tmp_path):
    cache, empty = tmp_path / "cache", tmp_path / "empty"
    empty.mkdir()
    subprocess.run(
        [sys.executable, "-P", "-m", "cib.warming"],
        env=environment(NUMBA_CACHE_DIR=str(cache)), cwd=empty, timeout=300, check=True,
    )  # fmt: skip
    assert not list(empty.iterdir())
    kept = {path.name.partition(".")[0] for path in cache.rglob("*.nbi")}
    assert set(WARMED) <= kept
    log = small_log()
    table = pa.table(
        {
            "account_id": log.account_ids.take(pa.array(log.account)),
            "content_id": pa.array(log.content).cast(pa.string()),
            "action": pa.array(log.action_names).take(pa.array(log.action)),
            "ts": pa.array(log.ts, pa.timestamp("us", "UTC")),
            **log.extras,
        }
    )
    path = write(table, tmp_path / "log.parquet")
    compiled, signals = json.loads(python(SCAN, path, cache=cache))
    assert {"audience", "looped", "odd_hours"} <= set(signals)
    compiled = {name.rpartition(".")[2] for name in compiled}
    assert "encoding_kernels" in compiled  # what reading needs was left to the scan
    assert not compiled & set(WARMED)


@pytest.mark.parametrize("end", ["pass", "raise KeyboardInterrupt", "os.kill(one, signal.SIGSTOP)"])
def test_one_process_as_long_as_the_block(tmp_path, end):
    script = f"""{BLOCK}
warming.PATIENCE = 1.0
try:
    with compiling.announced(print):
        assert not others()
        compile()
        (one,) = others()
        compile()
        assert others() == [one]
        {end}
except KeyboardInterrupt:
    print("interrupted")
assert not os.path.exists("/proc/%d" % one)
"""
    said = python(script, cache=tmp_path).splitlines()
    assert len(said) == 1 + ("raise" in end)


@pytest.mark.parametrize(
    "where", ["os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])",
              "kernel_cache.temporary = '.'", "sys.executable = ''",
              "sys.executable = '/dev/null/python'"],
)  # fmt: skip
def test_no_process_where_it_is_no_use_or_cannot_be(tmp_path, where):
    script = f"{BLOCK}\n{where}\nwith compiling.announced(print):\n    compile()\n"
    script += "    assert not others()\n"
    assert len(python(script, cache=tmp_path).splitlines()) == 1


def test_the_process_goes_when_a_scan_is_killed(tmp_path):
    script = f"{BLOCK}\nwith compiling.announced(str):\n    compile()\n"
    script += "    print(*others(), flush=True)\n    time.sleep(300)\n"
    scan = subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment(NUMBA_CACHE_DIR=str(tmp_path)), stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    with scan:
        one = int(scan.stdout.readline())
        scan.send_signal(signal.SIGKILL)
    until = time.monotonic() + 30
    while alive(one) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(one)


def alive(pid):
    """Whether a process runs; one that nobody has waited for yet does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_cache_is_used_by_one_process_at_a_time(tmp_path):
    (tmp_path / "doubling.py").write_text(
        "from numba import njit\n@njit(cache=True)\ndef double(x):\n    return 2 * x\n"
    )
    script = "from cib import kernel_cache\nassert kernel_cache.take_turns()\n"
    script += "from doubling import double\nprint('ready', flush=True)\ndouble({})\n"
    cache = tmp_path / "cache"
    python(script.format(1), cache=cache, cwd=tmp_path)
    (first,) = cache.rglob("*.nbc")
    with kernel_cache.locked(str(first.parent)) as held:
        assert held
        other = subprocess.Popen(
            [sys.executable, "-c", script.format(1.5)], cwd=tmp_path,
            env=environment(NUMBA_CACHE_DIR=str(cache)), stdout=subprocess.PIPE,
        )  # fmt: skip
        assert other.stdout.readline()
        time.sleep(2)
        assert other.poll() is None
        assert len(list(cache.rglob("*.nbc"))) == 1
    assert other.wait(60) == 0
    other.stdout.close()
    assert len(list(cache.rglob("*.nbc"))) == 2
