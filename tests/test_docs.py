"""The docs say what the code does: tables, examples, command lines and doctests."""

from __future__ import annotations

import doctest
import importlib
import re
import shlex
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer

import cib
from cib import reference
from cib.cli import app
from cib.datasets.run_folder import TABLES
from cib.datasets.synthetic import generate
from cib.settings import SETTINGS, resolve
from wheel_tree import ROOT, import_name, modules

PAGES = (
    "README.md",
    "docs/method.md",
    "docs/schema.md",
    "docs/real_logs.md",
    "docs/evaluation.md",
    "docs/world.md",
    "docs/plant.md",
    "docs/explorer.md",
)
GENERATED = ("README.md", "docs/method.md", "docs/schema.md")
RENEW = f"python -m cib.reference {' '.join(GENERATED)}"
EXAMPLE = re.compile(r"<!-- runs -->\n```python\n(.*?)```", re.DOTALL)
FENCE = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small log where the docs have their demo log."""
    folder = tmp_path_factory.mktemp("docs")
    generate(folder / "demo", preset="tiny", seed=7)
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> cib.Run:
    return cib.scan(folder / "demo" / "log", out=folder / "runs")


class TestTables:
    @pytest.mark.parametrize("name", GENERATED)
    def test_generated_tables_are_up_to_date(self, name: str) -> None:
        text = page(name)
        assert reference.renewed(text) == text, f"renew the tables: {RENEW}"

    @pytest.mark.parametrize("name", PAGES)
    def test_every_mark_is_closed(self, name: str) -> None:
        text = page(name)
        named = re.findall(r"<!-- table: (.*?) -->", text)
        assert len(reference.BLOCK.findall(text)) == len(named) == text.count("<!-- end -->")
        assert set(named) <= set(reference.TABLES)

    def test_every_table_is_in_the_schema_page(self) -> None:
        named = re.findall(r"<!-- table: (.*?) -->", page("docs/schema.md"))
        assert set(named) == set(reference.TABLES)

    @pytest.mark.parametrize("name", ["README.md", "docs/schema.md"])
    def test_every_setting_and_exit_code_is_there(self, name: str) -> None:
        text = page(name)
        for setting in SETTINGS:
            assert f"| `{setting.name}` | `{setting.flag}` |" in text, f"run: {RENEW}"
        for code, _ in reference.EXIT_CODES:
            assert f"| `{code}` |" in text, f"run: {RENEW}"


def documented(heading: str) -> list[list[str]]:
    """Rows of the first table under a heading of the schema page; names without backquotes."""
    section = page("docs/schema.md").partition(f"\n{heading}\n")[2].partition("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]
    return [[row[0].strip().strip("`"), *(cell.strip() for cell in row[1:])] for row in cells]


def types_of_log(folder: Path) -> dict[str, pa.DataType]:
    """Types of a log's columns; what names its folders is text."""
    first = min(folder.rglob("*.parquet"))
    types = {
        field.name: getattr(field.type, "value_type", field.type) for field in pq.read_schema(first)
    }
    return types | {part.partition("=")[0]: pa.string() for part in first.parts if "=" in part}


class TestSchemaPage:
    @pytest.mark.parametrize("name", TABLES)
    def test_columns_of_a_run(self, run: cib.Run, folder: Path, name: str) -> None:
        ids = {"account_id": run.accounts, "content_id": run.targets}
        ids |= {"account_a": run.accounts, "account_b": run.accounts}
        rows = documented(f"### `{name}`")
        table = run.table(name)
        log = types_of_log(folder / "demo" / "log")
        assert [row[0] for row in rows] == table.column_names
        for column, kind, meaning in rows:
            found = table.schema.field(column).type
            if kind == "as in the log":
                if column in ids:
                    key = column if column in ids[column].column_names else "account_id"
                    assert found == ids[column].schema.field(key).type
                else:
                    assert found == log[column]
            else:
                assert str(found) == kind, column
            assert meaning

    def test_fields_of_the_manifest(self, run: cib.Run) -> None:
        rows = dict(documented("## The manifest"))
        assert list(rows) == list(run.manifest)
        for name, meaning in rows.items():
            value = run.manifest[name]
            first = value[0] if isinstance(value, list) and value else value
            if isinstance(first, dict) and name not in ("configuration", "seeds"):
                missing = [field for field in first if f"`{field}`" not in meaning]
                assert not missing, f"{name}: {missing}"

    def test_files_of_a_run(self, run: cib.Run) -> None:
        assert run.path is not None
        files = {path.name for path in run.path.iterdir()}
        assert files == {*(f"{name}.parquet" for name in TABLES), "manifest.json", "report.html"}


@pytest.mark.parametrize("name", [name for name in PAGES if EXAMPLE.search(page(name))])
def test_examples_run(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The examples of a page run in order, in one namespace, as a reader would paste them."""
    monkeypatch.chdir(folder)
    text = page(name)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for example in EXAMPLE.finditer(text):
        line = text[: example.start(1)].count("\n")
        exec(compile("\n" * line + example[1], name, "exec"), namespace)


def command_lines(name: str) -> list[str]:
    """Every `cib …` line of a page's blocks, and those quoted in the text with an argument."""
    text = page(name)
    lines = re.sub(r"\\\n\s*", "", text)
    shown = [
        line.removeprefix("$ ") for block in FENCE.findall(lines) for line in block.split("\n")
    ]
    shown += [line.strip() for line in lines.split("\n") if line.startswith("    cib ")]
    return [line for line in shown if line.startswith("cib ")]


COMMAND_LINES = sorted({line for name in PAGES for line in command_lines(name)})


@pytest.mark.parametrize("line", COMMAND_LINES)
def test_command_lines_parse(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags exist, required ones are there, and the settings they give can be resolved."""
    monkeypatch.chdir(tmp_path)
    group: Any = typer.main.get_command(app)
    _, name, *arguments = shlex.split(line)
    context = group.commands[name].make_context(name, arguments)
    given = {s.name: context.params.get(f"setting_{s.name}") for s in SETTINGS}
    for setting in SETTINGS:
        if setting.kind == "file" and given[setting.name]:
            Path(given[setting.name]).touch()  # it must be there, whatever is in it
    for assignment in context.params.get("assignments") or []:
        key, _, value = assignment.partition("=")
        given[key] = value
    for setting in SETTINGS:
        if setting.kind == "file" and given[setting.name]:
            (tmp_path / given[setting.name]).touch()
    resolve(given)


def test_command_lines_were_found() -> None:
    assert len(COMMAND_LINES) >= 12


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page(name)):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        assert file.exists(), f"{name}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in anchors, f"{name}: {target}"


@pytest.mark.parametrize("path", modules(), ids=import_name)
def test_doctests(path: Path) -> None:
    """Every example in a docstring runs and gives what it says; none is overlooked."""
    module = importlib.import_module(import_name(path))
    written = len(re.findall(r"^\s*>>> ", path.read_text(encoding="utf-8"), re.MULTILINE))
    result = doctest.testmod(module)
    assert result.failed == 0
    assert result.attempted == written, "doctest overlooked an example"
