"""The table of settings: flags, TOML, help, manifest and identity all come from it."""

from __future__ import annotations

import json
import math
import tomllib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.datasets.errors import UsageError
from cib.datasets.hostile import printable
from cib.settings import BY_NAME, SETTINGS, resolve, toml_template
from cib.store import run_id
from command_line import cib

OTHER = {
    "map": "account_id=user",
    "action": "play",
    "since": "2024-03-01",
    "until": "2024-03-08T12:00:00+02:00",
    "max_bad_share": 0.5,
    "layers": "play",
    "window": "30s,1h",
    "min_tokens": 3,
    "blocks": "all,3d",
    "audiences": 0.7,
    "rare": 50,
    "loops": 20,
    "odd_hours": 0.05,
    "q": 0.01,
    "fdr": "by",
    "min_cluster_size": 5,
    "resolution": 2.0,
    "prior": 0.2,
    "verdicts": __file__,
    "seed": 1,
    "top": 5,
    "threads": 1,
    "memory": "4GiB",
    "scratch": "elsewhere",
}
"""For each setting a value that is not its default."""

NUMBERS = [setting for setting in SETTINGS if setting.kind in ("int", "float", "share")]


def name_of(settings):
    return run_id("1", settings.in_result, [{"name": "log.parquet", "rows": 1}])


def test_every_setting_has_a_flag_and_is_listed():
    help_text = cib("scan", "--help").stdout
    listed = cib("settings").stdout
    inspect_help = cib("inspect", "--help").stdout
    for setting in SETTINGS:
        assert f"{setting.flag} " in help_text
        assert f"\n{setting.name} " in listed
        assert setting.help
        assert setting.unit
        assert (f"{setting.flag} " in inspect_help) == (
            setting.name in ("map", "threads", "memory", "scratch")
        )


def test_the_manifest_names_every_setting(scanned):
    configuration = json.loads((scanned[1] / "manifest.json").read_bytes())["configuration"]
    assert configuration == resolve().written
    assert list(configuration) == [setting.name for setting in SETTINGS]


def test_the_toml_template_says_the_defaults(tmp_path):
    printed = cib("settings", "--toml").stdout
    assert printed == toml_template()
    assert list(tomllib.loads(printed)) == [setting.name for setting in SETTINGS]
    path = tmp_path / "scan.toml"
    path.write_text(printed, encoding="utf-8")
    assert resolve(config=path) == resolve()
    changed = "\n".join(f"{name} = {json.dumps(value)}" for name, value in OTHER.items())
    path.write_text(changed, encoding="utf-8")
    assert resolve(config=path) == resolve(OTHER)
    assert resolve({"q": 0.2}, config=path) == resolve({**OTHER, "q": 0.2})  # what is given wins


def test_every_setting_that_is_in_the_result_renames_the_run():
    assert list(OTHER) == list(BY_NAME)
    for name, value in OTHER.items():
        changed = resolve({name: value})
        assert changed.written[name] != resolve().written[name]
        assert (name_of(changed) != name_of(resolve())) == BY_NAME[name].in_result, name
    assert {setting.name for setting in SETTINGS if not setting.in_result} == {
        "threads",
        "memory",
        "scratch",
    }


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({"window": "60s,5m,10s"}, {"window": ["10s", "1m", "300s", "60s"]}),
        ({"since": "2024-03-01"}, {"since": "2024-03-01T01:00:00+01:00"}),
        ({"action": "play, like"}, {"action": ["like", "play", "like"]}),
        ({"map": {"ts": "t:s", "account_id": "u"}}, {"map": " account_id = u , ts = t:s "}),
        ({"q": 0.1}, {"q": "1e-1"}),
    ],
)
def test_one_setting_written_in_two_ways_is_one_run(settings, same):
    assert resolve(settings) == resolve(same)
    assert name_of(resolve(settings)) == name_of(resolve(same))


# Bounds


@pytest.mark.parametrize("setting", NUMBERS, ids=lambda setting: setting.name)
def test_bounds(setting):
    step = 1 if setting.kind == "int" else 1e-9
    inside = [setting.low, setting.high]
    outside = [setting.low - step, setting.high + step, math.nan, math.inf, -math.inf, True]
    if setting.open_bounds:
        inside, outside = [setting.low + step, setting.high - step], [*outside, *inside]
    if setting.kind == "int":
        outside += [setting.low + 0.5, "1.0", "٣ apples", 10**400]
    for value in inside:
        assert getattr(resolve({setting.name: value}), setting.name) == (
            None if setting.name in ("threads", "prior") and value == 0 else value
        )
    for value in [*outside, "", "x", [], "0x10", "9" * 5000]:
        with pytest.raises(UsageError, match=f"^{setting.flag}: ") as caught:
            resolve({setting.name: value})
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 300


@given(number=st.floats() | st.integers())
def test_numbers_are_taken_inside_the_bounds_only(number):
    for setting in NUMBERS:
        try:
            value = resolve({setting.name: number}).written[setting.name]
        except UsageError:
            in_bounds = setting.low < number < setting.high
            assert not in_bounds or (setting.kind == "int" and isinstance(number, float))
        else:
            assert value == number
            assert setting.low <= value <= setting.high


WILD = st.text(max_size=30) | st.sampled_from(
    [
        "0s", "1us", "1e3s", "5m,", "-0s", "99999999999d", "9223372036854775807us", "0.5us", "1.5m",
        "2024-03-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59:59-14:00", "2024-W09-5",
        "infGiB", "nanB", "1e400TiB", "0B", "-1GiB", "1.5KiB", "4 GiB", "account_id=", "ts=t:",
        "account_id=a=b", "ts=a:b:s", "a,b,,c", ",", "\x1b[2J", "\ud800", "bh", "BH",
    ]
)  # fmt: skip


@given(text=WILD)
def test_any_text_is_taken_or_refused_in_words(text):
    for setting in SETTINGS:
        problem = ""
        try:
            resolved = resolve({setting.name: text})
        except UsageError as error:
            problem = str(error)
        else:
            # what the manifest says can be given again and means the same
            assert resolve({setting.name: resolved.written[setting.name]}) == resolved
        assert not any(unicodedata.category(character).startswith("C") for character in problem)
        assert problem.startswith(f"{setting.flag}: " if problem else "")


def test_all_problems_at_once_with_hints():
    with pytest.raises(UsageError) as caught:
        resolve({"windw": "5m", "q": 2, "\x1b[2J": 1, "until": "2024-01-01", "since": "2025-01-01"})
    lines = str(caught.value).splitlines()
    assert lines[0] == "“windw” is not a setting (did you mean window?); cib settings lists them."
    assert lines[1] == f"“{printable(chr(27))}[2J” is not a setting; cib settings lists them."
    assert (
        lines[2] == "--q: 2 is out of range: write a number between 0 and 1, the bounds excluded."
    )
    assert lines[3].startswith("--since 2025-01-01T00:00:00+00:00 is not before --until 2024-01-01")
    assert len(lines) == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"q = = 1", "line 1"),
        (b"\xff\xfe", "utf-8"),
        (b"[scan]\nq = 0.1", "“scan” is not a setting"),
        (b"q = true", "--q: “True” is not a number"),
        (b"window = 60", "--window: “60” is not a duration"),
        (b"since = 2024-13-01", "line 1"),
    ],
)
def test_a_configuration_that_does_not_serve(tmp_path, content, words):
    path = tmp_path / "scan.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=words):
        resolve(config=path)


def test_a_configuration_may_use_the_types_of_toml(tmp_path):
    path = tmp_path / "scan.toml"
    path.write_text(
        'window = ["60s", "5m"]\nsince = 2024-03-01\nuntil = 2024-03-08T12:00:00Z\n'
        'action = ["play"]\nmap = {account_id = "user", ts = "time:s"}\nq = 1e-2\n'
    )
    settings = resolve(config=path)
    assert settings.window == (60_000_000, 300_000_000)
    assert settings.map == {"account_id": "user", "ts": "time:s"}
    assert settings.written["until"] == "2024-03-08T12:00:00+00:00"
