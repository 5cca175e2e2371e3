"""Requests that no page makes are refused with a sentence: nothing fails, nothing is logged."""

from __future__ import annotations

import json
import logging
import random
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from werkzeug.test import Client

from cib.viz.explorer.app import make_app
from cib.viz.explorer.door.access import open_access
from cib.viz.explorer.door.gate import protect
from cib.viz.explorer.opening import open_explorer

HERE = {"Host": "127.0.0.1", "Origin": "http://127.0.0.1"}
REFUSED = "This is no request of a page of this explorer."


class Forger:
    """Somebody who sends an explorer what no page of it would."""

    def __init__(self, folder: Path, book: Path) -> None:
        access = open_access("127.0.0.1")
        explorer = open_explorer(folder, access=access, casebook=book)
        self.run = explorer.library.runs()[0].id
        self.app: Dash = make_app(explorer)
        self.book = explorer.casebook
        self.client = Client(protect(self.app, access))

    def send(self, body: Any) -> tuple[int, str]:
        """Send JSON to where callbacks are called."""
        answer = self.client.post("/_dash-update-component", json=body, headers=HERE)
        return answer.status_code, answer.get_data(as_text=True)

    def body(self, output: str, **values: Any) -> dict[str, Any]:
        """Return the request of the callback that has an output; what is not given is null."""
        key = next(key for key in self.app.callback_map if output in key)
        about = self.app.callback_map[key]
        return body_of(key, about, lambda one: values.get(one["id"]))


def body_of(key: str, about: Any, value: Any) -> dict[str, Any]:
    """Return the request of a callback."""

    def part(one: dict[str, str]) -> Any:
        if not one["id"].startswith("{"):
            return {"id": one["id"], "property": one["property"], "value": value(one)}
        wanted = json.loads(one["id"])
        several = ["ALL"] in wanted.values()
        at = {name: "0" if isinstance(of, list) else of for name, of in wanted.items()}
        given = {"id": at, "property": one["property"]}
        given["value"] = at if one["property"] == "id" else value(one)
        return [given] if several else given

    names = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True))
             for name in key.strip(".").split("...")]  # fmt: skip
    outputs = [part(one) for one in names]
    parts = {kind: [part(one) for one in about[kind]] for kind in ("inputs", "state")}
    first = about["inputs"][0]
    changed = [f"{first['id']}.{first['property']}"]
    return {"output": key, "outputs": outputs if key.startswith("..") else outputs[0],
            "changedPropIds": changed, **parts}  # fmt: skip


@pytest.fixture(scope="module")
def forger(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Forger:
    return Forger(runs, tmp_path_factory.mktemp("forged") / "book.sqlite")


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"{", b'"x"', b'{"output": 5}',
                                 b'{"output": "page.children", "inputs": {}}'])  # fmt: skip
def test_what_is_no_question_is_refused(forger: Forger, raw: bytes) -> None:
    answer = forger.client.post("/_dash-update-component", data=raw, headers=HERE,
                                content_type="application/json")  # fmt: skip
    assert answer.status_code == 400
    assert answer.get_data(as_text=True).startswith(REFUSED)
    assert answer.get_data(as_text=True).count("\n") == 1


def test_wrong_types_are_refused_and_right_ones_are_not(forger: Forger) -> None:
    grid = {"startRow": 0, "endRow": 50, "sortModel": []}
    wanted = {"runs": [forger.run]}
    right = forger.body("triage-grid.getRowsResponse", **{"triage-grid": grid,
                                                          "triage-filter": wanted})  # fmt: skip
    assert forger.send(right)[0] == 200
    for wrong in ({**grid, "startRow": -50}, {**grid, "endRow": "x"}, {"endRow": 5}, 7, [grid],
                  {**grid, "sortModel": [5]}, {**grid, "endRow": 1e300}):  # fmt: skip
        body = forger.body("triage-grid.getRowsResponse", **{"triage-grid": wrong,
                                                             "triage-filter": wanted})  # fmt: skip
        assert forger.send(body)[0] == 400, wrong
    case = {"run": forger.run, "cluster": 1, "seen": 0}
    for wrong in ({**case, "cluster": "1"}, {**case, "seen": None}, {"run": forger.run}, "x",
                  {**case, "run": "../x"}):  # fmt: skip
        body = forger.body("case-panel.children", **{"case": wrong, "verdict-confirmed": 1})
        assert forger.send(body)[0] == 400, wrong
    # null may be what a store begins with; where a callback makes nothing of it, it is refused
    assert forger.send(forger.body("targets-grid.rowData"))[0] == 400
    assert forger.book.last_seq() == 0
    for key in ("outputs", "inputs", "state", "changedPropIds"):
        for wrong in (5, "x", [5], [[]], {}):
            assert forger.send({**right, key: wrong})[0] == 400, (key, wrong)


def test_what_a_page_could_mean_is_answered_in_words(forger: Forger) -> None:
    body = forger.body(
        "targets-grid.rowData", **{"cluster-at": {"run": forger.run, "cluster": 9999}}
    )
    assert forger.send(body)[0] in (200, 204)
    grid = {"startRow": 0, "endRow": 50}
    body = forger.body("triage-grid.getRowsResponse",
                       **{"triage-grid": grid, "triage-filter": {"runs": ["beef"]}})  # fmt: skip
    status, said = forger.send(body)
    assert status == 200
    assert "no longer there" in said


def test_no_value_anywhere_makes_a_callback_fail(forger: Forger, caplog: Any) -> None:
    random_ = random.Random(7)
    run = forger.run
    values = [None, -1, 0, 1, 2.5, 1e308, 10**30, True, "x", "", [], [None], [1], ["x"], {}, [run],
              {"run": run, "cluster": 1}, {"run": run, "cluster": 9999}, {"rows": [-1, "x"]},
              {"run": "zz", "cluster": "x"}, {"startRow": 0, "endRow": 10}, ["beef"], "9" * 5000,
              {"startRow": -5, "endRow": "x"}, {"run": run, "row": 10**12, "offset": 3},
              {"run": run, "row": 0, "offset": -100}, {"rows": [99999999]},
              "\x00\u202e"]  # fmt: skip
    tried = 0
    with caplog.at_level(logging.ERROR, logger="cib.explorer"):
        for key, about in list(forger.app.callback_map.items()):
            if "callback" not in about:
                assert forger.send({"output": key, "inputs": [], "state": []})[0] == 400
                continue
            for _ in range(12):
                body = body_of(key, about, lambda _: random_.choice(values))
                status, said = forger.send(body)
                assert status in (200, 204, 400), (key, said, body)
                tried += 1
    assert tried > 150
    assert not caplog.records


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/download/run/{run}/cluster/-1/members.csv", 404),
        ("get", "/download/run/{run}/cluster/999999999/hours.png", 404),
        ("get", "/download/run/{run}/account/999999999999999/signals.csv", 404),
        ("get", "/download/run/{run}/target/999999999999999/runs.csv", 404),
        ("get", "/download/compare/{run}/1/{run}/999999999/overlap.svg", 404),
        ("get", "/download/run/{run}/cluster/1/nonsense.csv", 404),
        ("post", "/download/verdicts.parquet", 405),
        ("get", "/_dash-component-suites/dash/nonsense.js", 404),
        ("get", "/_dash-component-suites/nonsense/x.js", 404),
        ("get", "/assets/nonsense.js", 404),
        ("get", "/assets/../../etc/passwd", 400),
    ],
)
def test_addresses_that_lead_nowhere(forger: Forger, method: str, path: str, status: int) -> None:
    answer = getattr(forger.client, method)(path.format(run=forger.run), headers=HERE)
    said = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert "<" not in said
    assert said.strip().count("\n") == 0
