"""A world of one's own, from a file or the command line, and what is said when it cannot be."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cib.datasets.errors import UsageError
from cib.datasets.synthetic import generate, operating, read_world
from cib.datasets.synthetic.attacks import SCENARIOS
from cib.datasets.synthetic.world_file import ring_spec
from command_line import cib, refused
from small_world import SMALL, ring

GOOD = """
n_accounts = 80
n_artists = 300
n_posts = 40
n_days = 2

[confounders]
G05 = 20

[[rings]]
scenario = "A01"
ring_id = "mine"
n_accounts = 15
n_targets = 10
[rings.infra]
accounts_per_ip = 3
[rings.options]
spacing_s = 60

[[rings]]
scenario = "A02"
ring_id = "yours"
n_targets = 12
n_accounts = 12
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(GOOD)
    return path


def test_a_file_changes_what_it_says_and_nothing_else(file: Path) -> None:
    world = read_world(file)
    assert (world.name, world.n_accounts, world.n_days) == ("own", 80, 2)
    assert world.group_sizes()["G05"] == 20
    assert sum(world.group_sizes().values()) == 20
    mine, yours = world.rings
    usual = ring("A01", 15, mine.number, ring_id="mine", n_targets=10)
    assert mine.scenario == "A01"
    assert mine.infra == replace(usual.infra, accounts_per_ip=3)
    assert mine.options == {**usual.options, "spacing_s": 60}
    assert mine.tiers == usual.tiers
    assert yours.number != mine.number


def test_a_ring_stays_itself_when_others_go(file: Path) -> None:
    both = read_world(file)
    file.write_text(GOOD[: GOOD.index("[[rings]]")] + GOOD[GOOD.rindex("[[rings]]") :])
    assert read_world(file).rings == both.rings[1:]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("n_days = 2", 'n_days = "2"', "expected int, got str"),
        ("n_days = 2", "n_days = 0", "n_days must be between 1 and 730, not 0"),
        ("n_days = 2", "n_dayz = 2", "not known: n_dayz"),
        ("n_days = 2", "n_days = [", "is no TOML"),
        (
            "accounts_per_ip = 3",
            "accounts_per_foo = 3",
            "not known: rings[0].infra.accounts_per_foo",
        ),
        ("accounts_per_ip = 3", "accounts_per_ip = 0", "accounts_per_ip must be 1 or more, not 0"),
        ('"A01"', '"A77"', "scenario 'A77' is not known; choose one of A01"),
        ("G05", "G99", "confounder groups not known: G99"),
        ("n_targets = 10", 'markets = ["XX"]', "market not known: XX; choose of US"),
        ("n_targets = 10", "n_targets = 100000000", "targets of kind track, but this world has"),
        ("n_targets = 10", "target_share = 2.0", "target_share must be between 0 and 1, not 2.0"),
        ("spacing_s = 60", "jiter = 3", "not known: options.jiter; choose of off_days, on_days"),
        ("n_targets = 10", 'clock = "slow"', "'slow' - at rings[0].clock; choose one of flat24"),
        ('"yours"', '"mine"', "rings share a"),
        ("n_accounts = 80", 'base = "huge"', "base 'huge' is not known; choose one of"),
        ("\nn_accounts = 80", "\nrings = 3\nn_accounts = 80", "TOML"),
    ],
)
def test_errors_say_what_is_wrong(file: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(UsageError) as error:
        generate(file.parent / "log", preset=read_world(file))
    assert said in str(error.value)
    assert not (file.parent / "log").exists()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_option_that_an_attack_reads_is_known(scenario: str) -> None:
    module = SCENARIOS[scenario]
    sources = inspect.getsource(module)
    if "target_plays(" in sources:
        sources += inspect.getsource(operating)
    read = set(re.findall(r"""\.(?:option|choice)\("(\w+)\"""", sources))
    known = {*module.DEFAULTS.options, *getattr(module, "FURTHER_OPTIONS", ())}
    assert read == known


def test_a_ring_of_clients_has_their_options() -> None:
    table = {"scenario": "A10", "options": {"of": "A01", "spacing_s": 20}}
    assert ring_spec(table, "ring").options["spacing_s"] == 20
    with pytest.raises(UsageError, match=r"not known: options\.lag_share; choose of clients"):
        ring_spec({"scenario": "A10", "options": {"of": "A01", "lag_share": 1}}, "ring")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml: cannot be read"):
        read_world(tmp_path / "none.toml")


def test_calls_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"'huge' is not known; choose one of "):
        generate(tmp_path / "log", preset="huge")
    with pytest.raises(UsageError, match="0 or more, not -1"):
        generate(tmp_path / "log", preset=SMALL, seed=-1)
    with pytest.raises(UsageError, match="'blurred' is not known; choose one of full"):
        generate(tmp_path / "log", preset=SMALL, degrade="blurred")
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="is a file; name a folder"):
        generate(tmp_path / "file", preset=replace(SMALL, rings=(), confounders={}, n_days=1))


def test_command_line(file: Path, tmp_path: Path) -> None:
    args = ("generate", "--config", file, "--degrade", "no-device", "--seed", 5)
    result = cib(*args, "--out", tmp_path / "log", "--json")
    assert result.returncode == 0, result.stderr
    manifest = json.loads(result.stdout)
    assert manifest["degrade"] == "no-device"
    assert manifest["config"]["n_accounts"] == 80
    assert {entry["ring_id"] for entry in manifest["rings"]} == {"mine", "yours"}
    assert manifest == json.loads((tmp_path / "log" / "manifest.json").read_text())
    same = generate(tmp_path / "same", preset=read_world(file), seed=5, degrade="no-device")
    assert same["sha256"] == manifest["sha256"]


def test_command_line_refuses(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "log"
    both = cib("generate", "--preset", "smoke", "--config", file, "--out", out)
    refused(both, 2, "--preset or --config, not both")
    refused(cib("generate", "--config", file, "--degrade", "no", "--out", out), 2, "'no'")
    assert not out.exists()
