"""A browser on the three pictures of the explorer, under a strict content security policy."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

if TYPE_CHECKING:
    from picture_browser import Page

from browsers import chromium
from cib.viz.explorer.pictures.network_payload import network_payload
from cib.viz.explorer.pictures.raster_payload import raster_payload
from cib.viz.text import printable


def controls_of(tables: dict[str, pa.Table]) -> pa.Table:
    """Return accounts outside the cluster that act on its targets whenever they like."""
    acts = tables["interactions"]
    acts = acts.filter(pc.equal(acts["cluster_id"], 1))
    rng = np.random.default_rng(3)
    n = 300
    ts = acts["ts"].cast(pa.int64()).to_numpy()
    return pa.table(
        {
            "account_id": [f"neighbour-{i}" for i in rng.integers(0, 12, n)],
            "content_id": acts["content_id"].take(pa.array(rng.integers(0, len(acts), n))),
            "ts": pa.array(rng.integers(ts.min(), ts.max(), n), pa.timestamp("us", "UTC")),
        }
    )


def large_raster(n_marks: int = 200_000, n_accounts: int = 800) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    burst = rng.integers(0, 200, n_marks) * 8640 + rng.exponential(300, n_marks)
    acts = pa.table(
        {
            "account_id": [f"a{i}" for i in rng.integers(0, n_accounts, n_marks)],
            "content_id": pa.array(rng.integers(0, 30, n_marks)),
            "ts": pa.array((1.709e15 + burst * 1e6).astype(np.int64), pa.timestamp("us", "UTC")),
        }
    )
    members = {"account_id": [f"a{i}" for i in range(n_accounts)], "account_row": range(n_accounts)}
    targets = pa.table({"content_id": pa.array(range(30), pa.int64())})
    return raster_payload(acts, None, pa.table(members), targets, printable)


@pytest.fixture(scope="session")
def address(run_tables: dict[str, pa.Table]) -> Iterator[str]:
    pytest.importorskip("dash", reason="dash is not installed")
    from werkzeug.serving import make_server

    from picture_pages import large_part, make_app, payloads

    ring = payloads(run_tables, 1, controls=controls_of(run_tables))
    large = {"net": network_payload(large_part(), printable), "raster": large_raster()}
    pages = {"/": ring, "/hostile": payloads(run_tables, 2), "/large": large}
    server = make_server("127.0.0.1", 0, make_app(pages).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="session")
def driver(tmp_path_factory: Any) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile"), size=(1280, 1000)) as chrome:
        yield chrome


@pytest.fixture
def page(driver: Any, address: str) -> Page:
    from picture_browser import Page

    driver.get_log("browser")
    return Page(driver).open(address)
