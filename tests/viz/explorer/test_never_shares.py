"""No figure offers to send itself to anybody, or loads anything, however it is shown."""

from __future__ import annotations

import copy
import json
import pickle
import re
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import plotly.io as pio
import pyarrow.parquet as pq
import pytest
from plotly.offline import get_plotlyjs

import cib.viz
from browsers import complaints, strangers, wait_for
from cib.datasets.run_folder import read_manifest
from cib.viz.figure import Figure
from cib.viz.theme import CONFIG
from explorer_runs import newest, open_at

FROM_ELSEWHERE = re.compile(r"""(?:src|href)\s*=\s*["']https?:|import\s*["']https?:""")
SHARES = """return [...document.querySelectorAll('.js-plotly-plot')].filter((gd) =>
  !gd._context || gd._context.showSendToCloud !== false || gd._context.plotlyServerURL !== ''
).map((gd) => JSON.stringify(gd._context || null).slice(0, 300));"""
BUTTONS = (
    """return [...document.querySelectorAll('.modebar-btn')].map((one) => one.dataset.title)"""
)
DRAWN = "return document.querySelectorAll('.js-plotly-plot .main-svg').length"

MADE = """const part = document.getElementById(arguments[0]);
part?.scrollIntoView({ block: 'center', behavior: 'instant' }); // a page begins at its top, late
return part?.querySelector('.js-plotly-plot .main-svg');"""


@pytest.fixture(scope="module")
def tables(runs: Path) -> dict[str, Any]:
    run = sorted(path for path in runs.iterdir() if (path / "manifest.json").exists())[-1]
    found = {path.stem: pq.read_table(path) for path in run.glob("*.parquet")}
    return {**found, "manifest": read_manifest(run)}


@pytest.fixture(scope="module")
def figure(tables: dict[str, Any]) -> Figure:
    return cib.viz.overview_figure(tables)


def loads(page: str) -> Any:
    """Return what a page loads from elsewhere; plotly.js itself, which is within, aside."""
    return FROM_ELSEWHERE.search(page.replace(get_plotlyjs(), ""))


def settings_of(page: str) -> dict[str, Any]:
    """The settings that a page of plotly's hands to `Plotly.newPlot`: its last argument."""
    at = page.rindex('{"plotlyServerURL"')
    return dict(json.JSONDecoder().raw_decode(page[at:])[0])


def test_every_public_figure_keeps_to_itself(tables: dict[str, Any]) -> None:
    pictures = [cib.viz.overview_figure(tables)]
    pictures += [
        draw(tables, 1)
        for draw in (cib.viz.raster_figure, cib.viz.network_figure, cib.viz.targets_figure)
    ]
    for one in pictures:
        assert isinstance(one, Figure)
        assert isinstance(one, go.Figure)
    made = {name for name in cib.viz.__all__ if name.endswith("_figure")}
    for name in made:
        assert "Figure" in str(getattr(cib.viz, name).__annotations__["return"]), name


def test_pages_have_our_settings_and_load_nothing(figure: Figure, tmp_path: Path) -> None:
    figure.write_html(tmp_path / "a.html", config={"scrollZoom": True, "showSendToCloud": True})
    for page in (figure.to_html(), figure._repr_html_(), figure.to_html(None, False),
                 (tmp_path / "a.html").read_text()):  # fmt: skip
        assert not loads(page)
        assert len(page) > 1_000_000, "plotly.js is within"
        found = settings_of(page)
        assert found["showSendToCloud"] is False
        assert found["plotlyServerURL"] == ""
    assert found["scrollZoom"] is True
    assert CONFIG["plotlyServerURL"] == "", "plotly takes settings out of what it is given"


@pytest.mark.parametrize("renderer", ["plotly_mimetype", "notebook", "notebook_connected", "colab",
                                      "iframe", "kaggle", "vscode"])  # fmt: skip
def test_notebooks_get_our_settings(figure: Figure, renderer: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(pio.renderers, "default", renderer)
    bundle = figure._repr_mimebundle_()
    assert len(bundle) == 1
    for kind, body in bundle.items():
        if kind == "text/html":
            assert not loads(body)
            assert settings_of(body)["showSendToCloud"] is False
        else:
            assert body["config"]["showSendToCloud"] is False
            assert body["config"]["plotlyServerURL"] == ""
            assert len(body["data"]) == len(figure.data)


def test_a_window_gets_our_settings(figure: Figure, monkeypatch: Any) -> None:
    shown: list[str] = []
    from plotly.io import _base_renderers

    monkeypatch.setattr(_base_renderers, "open_html_in_browser",
                        lambda page, *_: shown.append(page))  # fmt: skip
    figure.show(renderer="browser", config={"plotlyServerURL": "https://cloud.example"})
    assert settings_of(shown[0])["plotlyServerURL"] == ""
    assert not loads(shown[0])


def test_copies_are_figures_too(figure: Figure) -> None:
    for one in (copy.copy(figure), copy.deepcopy(figure), pickle.loads(pickle.dumps(figure))):
        assert type(one) is Figure
        assert one == figure
    plain = go.Figure(figure)
    assert plain.to_dict() == figure.to_dict()


@pytest.mark.browser
def test_no_button_shares_in_a_browser(
    browser: Any, figure: Figure, tables: dict[str, Any], served: Any, tmp_path: Path
) -> None:
    figure.write_html(tmp_path / "ours.html")
    report = cib.viz.render_report(tables, tables["manifest"])
    (tmp_path / "report.html").write_text(report, encoding="utf-8")
    for name in ("ours", "report"):
        browser.get(f"file://{tmp_path}/{name}.html")
        wait_for(browser, DRAWN)
        assert browser.execute_script(SHARES) == []
        assert not [one for one in browser.execute_script(BUTTONS) if "hare" in one]
        assert [one for one in strangers(browser, "x") if not one.startswith("file:")] == []
    # plotly's own functions know nothing of our settings: the layout takes the button away
    (tmp_path / "plain.html").write_text(pio.to_html(go.Figure(figure)), encoding="utf-8")
    browser.get(f"file://{tmp_path}/plain.html")
    titles = wait_for(browser, BUTTONS)
    assert "Zoom" in titles
    assert not [one for one in titles if "hare" in one]
    browser.get_log("browser")
    open_at(browser, served, f"/run/{newest(served).id}/cluster/1")
    for part in ("targets", "innocent", "habits"):
        wait_for(browser, MADE, part)
    n_drawn = browser.execute_script("return document.querySelectorAll('.js-plotly-plot').length")
    assert n_drawn >= 4
    assert browser.execute_script(SHARES) == []
    assert strangers(browser, f"127.0.0.1:{served.port}") == []
    assert complaints(browser) == []
