"""What goes wrong with one run is told in a sentence, and harms no page of another."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dash import Dash

from cib.viz.explorer.app import Explorer, make_app, page_at
from cib.viz.explorer.door.access import open_access
from cib.viz.explorer.door.viewer import IN_ENVIRON, Viewer
from cib.viz.explorer.opening import open_explorer
from cib.viz.explorer.runs.library import RunFiles

ANA = {IN_ENVIRON: Viewer("ana", "investigator", "token")}


@dataclass
class Half:
    """An explorer over two runs, the older of which is cut off."""

    explorer: Explorer
    app: Dash
    whole: RunFiles
    broken: RunFiles

    def page(self, path: str, query: str = "") -> tuple[str, str]:
        with self.app.server.test_request_context(environ_overrides=ANA):
            page, title = page_at(self.explorer, path, query)
        return str(page), title

    def call(self, output: str, **given: Any) -> Any:
        """Call the callback that has an output, as a browser does; what is not given is null."""
        client = self.app.server.test_client()
        client.get("/_dash-dependencies", environ_overrides=ANA)
        key = next(key for key in self.app.callback_map if output in key)
        about = self.app.callback_map[key]
        parts = {
            kind: [
                {"id": one["id"], "property": one["property"], "value": given.get(one["id"])}
                for one in about[kind]
            ]
            for kind in ("inputs", "state")
        }
        names = [name.rsplit(".", 1) for name in key.strip(".").split("...")]
        outputs = [{"id": one, "property": what} for one, what in names]
        first = parts["inputs"][0]
        body = {
            "output": key,
            "outputs": outputs if key.startswith("..") else outputs[0],
            "changedPropIds": [f"{first['id']}.{first['property']}"],
            **parts,
        }
        answer = client.post("/_dash-update-component", json=body, environ_overrides=ANA)
        assert answer.status_code == 200
        return answer.get_json()


@pytest.fixture
def half(runs: Path, tmp_path: Path) -> Half:
    place = tmp_path / "runs"
    shutil.copytree(runs, place, ignore=shutil.ignore_patterns(".explorer"))
    explorer = open_explorer(
        place, access=open_access("127.0.0.1"), casebook=tmp_path / "book.sqlite"
    )
    whole, broken = explorer.library.runs()
    clusters = broken.path / "clusters.parquet"
    clusters.write_bytes(clusters.read_bytes()[:200])
    return Half(explorer, make_app(explorer), whole, broken)


def test_a_broken_run_harms_no_page_of_another(half: Half) -> None:
    row = half.whole.tables.members(1)[0]["account_row"][0].as_py()
    for path, query, wanted in (
        (f"/run/{half.whole.id}/account/{row}", "", "Account"),
        ("/compare", "", "Compare"),
        ("/compare", f"?a={half.whole.id}/1", "Compare"),
    ):
        said, title = half.page(path, query)
        assert title == wanted, path
        assert "cut off or damaged" not in said
    said, title = half.page(f"/run/{half.broken.id}/cluster/1")
    assert title == "Trouble"
    assert "cut off or damaged" in said


def test_triage_of_a_broken_run_says_so_where_its_rows_would_be(half: Half) -> None:
    asked = {"startRow": 0, "endRow": 50}
    given = {"triage-grid": asked, "triage-filter": {"runs": [half.broken.id]}}
    said = half.call("triage-grid.getRowsResponse", **given)["response"]
    assert said["triage-grid"]["getRowsResponse"] == {"rowData": [], "rowCount": 0}
    assert "cut off or damaged" in said["triage-count"]["children"]


def test_what_stands_in_the_way_is_said_and_the_page_stays(half: Half) -> None:
    answer = half.call("triage-changes.children", **{"triage-runs": ["beef"]})
    assert answer["response"] == {}
    assert "no longer there" in str(answer["sideUpdate"]["toast"])


@pytest.mark.parametrize("number", ["9" * 5000, "\u0661", "-1", "1e3"])
def test_only_numbers_of_a_row_or_a_cluster_are_an_address(half: Half, number: str) -> None:
    for kind in ("cluster", "account", "target"):
        assert half.page(f"/run/{half.whole.id}/{kind}/{number}")[1] == "Not found"
