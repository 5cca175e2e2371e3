"""A viewer, who sees pseudonyms: nothing that reaches the browser holds an id of a person."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from browsers import chromium, find, shows, wait_for
from explorer_runs import explorer_of

pytestmark = pytest.mark.browser
TOKEN = "ben-has-a-long-token-of-his-own"


@pytest.fixture(scope="module")
def viewer(runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A browser in which somebody is logged in who may only look."""
    folder = tmp_path_factory.mktemp("viewer")
    tokens = folder / "tokens"
    tokens.write_text(f"ben viewer {TOKEN}\n")
    tokens.chmod(0o600)
    book = folder / "book.sqlite"
    with (
        explorer_of(runs, casebook=book, token_file=tokens) as (server, explorer),
        chromium(folder / "profile") as browser,
    ):
        browser.execute_cdp_cmd("Network.enable", {})
        browser.get(server.url)
        find(browser, "input[type=password]").send_keys(TOKEN)
        find(browser, "button").click()
        find(browser, ".ag-row")
        browser.home, browser.explorer = server.url.rstrip("/"), explorer
        yield browser


def received(browser: Any) -> str:
    """Everything that the server sent since this was asked last."""
    bodies = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] != "Network.loadingFinished":
            continue
        asked = {"requestId": message["params"]["requestId"]}
        try:
            bodies.append(browser.execute_cdp_cmd("Network.getResponseBody", asked)["body"])
        except Exception:  # the browser keeps the last ones only
            continue
    return "\n".join(bodies)


def ids_of(explorer: Any) -> set[str]:
    """Every id of an account, device or address in the newest run, as JSON would write it."""
    tables = explorer.library.runs()[0].tables
    found: set[str] = set()
    for cluster in range(1, tables.n_clusters + 1):
        rows = tables.interactions(cluster, limit=100_000)[0]
        for column in ("account_id", "device_hash", "ip_hash"):
            found |= set(rows[column].to_pylist())
    return {json.dumps(one)[1:-1] for one in found} | found


@pytest.mark.parametrize(
    "path",
    ["/", "/map", "/search", "/run/{run}/cluster/1", "/run/{run}/account/{row}",
     "/run/{run}/target/0", "/compare?a={run}/1&b={older}/1", "/decisions"],
)  # fmt: skip
def test_no_id_reaches_the_browser_of_a_viewer(viewer: Any, path: str) -> None:
    newest, older = viewer.explorer.library.runs()
    row = newest.tables.members(1)[0]["account_row"][0].as_py()
    received(viewer)
    viewer.get(viewer.home + path.format(run=newest.id, older=older.id, row=row))
    find(viewer, "h1")
    for _ in range(10):
        viewer.execute_script("scrollBy(0, 700)")
        time.sleep(0.15)
    wait_for(viewer, "return !document.querySelector('[data-dash-is-loading=\"true\"]')")
    sent = received(viewer)
    assert "_dash-app-content" in sent or "children" in sent
    told = [one for one in ids_of(viewer.explorer) if one in sent]
    assert told == []


def test_a_viewer_may_not_decide(viewer: Any) -> None:
    newest = viewer.explorer.library.runs()[0]
    viewer.get(f"{viewer.home}/run/{newest.id}/cluster/1")
    shows(viewer, "You may look", "#case-panel")
    assert not viewer.execute_script("return document.getElementById('verdict-confirmed')")
    call = """const done = arguments[arguments.length - 1];
      const names = ['verdict-confirmed', 'verdict-benign', 'verdict-needs-more',
        'verdict-duplicate', 'case-keep', 'case-undo'];
      const states = [['case', 'data', {run: arguments[0], cluster: 1, seen: 0}],
        ...['case-alternative', 'case-duplicate', 'case-owner', 'case-due', 'case-tag',
            'case-note'].map((name) => [name, 'value', null])];
      const output = '..case-panel.children...toast.children@' + arguments[1] + '..';
      fetch('/_dash-dependencies').then((r) => r.json()).then((all) => {
        const one = all.find((c) => c.output.startsWith('..case-panel.children'));
        const outputs = one.output.slice(2, -2).split('...').map((o) => {
          const at = o.lastIndexOf('.');
          return {id: o.slice(0, at), property: o.slice(at + 1)};
        });
        return fetch('/_dash-update-component', {method: 'POST',
          headers: {'Content-Type': 'application/json'},
          body: JSON.stringify({output: one.output, outputs,
            inputs: names.map((id, i) => ({id, property: 'n_clicks', value: i ? null : 1})),
            state: states.map(([id, property, value]) => ({id, property, value})),
            changedPropIds: ['verdict-confirmed.n_clicks']})});
      }).then((r) => r.text().then((text) => done(r.status + ' ' + text)));"""
    answer = viewer.execute_async_script(call, newest.id, "")
    assert "investigator" in answer or answer.startswith("403")
    assert viewer.explorer.casebook.last_seq() == 0
