"""Tables that can be taken away say what the run says, counted anew from its interactions."""

from __future__ import annotations

import io
import re
from collections import Counter
from datetime import UTC
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from cib.viz.explorer.app import page_at
from cib.viz.explorer.exports.routes import WAYS
from cib.viz.explorer.exports.subjects import ACCOUNT_TABLES, TARGET_TABLES
from cib.viz.explorer.runs.peers import peers
from explorer_runs import HOSTILE, newest
from taken_away import alone, asked, get, refused, ring


def table(served: Any, path: str) -> pa.Table:
    """Download a table both ways, see that they say the same, and return it."""
    at = f"run/{newest(served).id}/{path}"
    found = pq.read_table(pa.BufferReader(get(served, f"{at}.parquet")[0]))
    rows = pd.read_csv(io.BytesIO(get(served, f"{at}.csv")[0]), encoding="utf-8-sig")
    assert list(rows.columns) == found.column_names
    assert len(rows) == len(found)
    for column in rows.columns:
        kind = found[column].type
        is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind)
        if is_number and found[column].null_count == 0:
            assert rows[column].tolist() == pytest.approx(found[column].to_pylist()), column
    return found


def acts(served: Any, name: str = "interactions") -> pa.Table:
    """Rows of the cluster with the hostile names, as the run's own file has them."""
    whole = pq.read_table(newest(served).path / f"{name}.parquet")
    return whole.filter(pc.equal(whole["cluster_id"], ring(served)))


def test_alternatives_are_those_of_the_run(served: Any) -> None:
    assert table(served, f"cluster/{ring(served)}/alternatives") == acts(served, "alternatives")


def test_hours_and_durations_are_those_of_the_interactions(served: Any) -> None:
    at = f"cluster/{ring(served)}"
    hours = table(served, f"{at}/hours").to_pylist()
    for side, suffix in (("interactions", ""), ("controls", "_others")):
        times = [one.astimezone(UTC) for one in acts(served, side)["ts"].to_pylist()]
        seen = Counter((one.isoweekday(), one.hour) for one in times)
        assert {(r["day"], r["hour"]): r[f"n_interactions{suffix}"] for r in hours} == {
            (day, hour): seen[(day, hour)] for day in range(1, 8) for hour in range(24)
        }
        durations = table(served, f"{at}/durations").to_pylist()
        plays = Counter(ms // 1000 * 1000 for ms in acts(served, side)["duration_ms"].to_pylist())
        assert {r["ms"]: r[f"n{suffix}"] for r in durations if r[f"n{suffix}"]} == plays


@pytest.mark.parametrize(("name", "column"), [("devices", "device_hash"), ("addresses", "ip_hash"),
                                              ("markets", "market")])  # fmt: skip
def test_what_accounts_share_is_counted_right(served: Any, name: str, column: str) -> None:
    found = table(served, f"cluster/{ring(served)}/{name}")
    for side, suffix in (("interactions", ""), ("controls", "_others")):
        rows = acts(served, side).select(["account_id", column]).to_pylist()
        who: dict[str, set[str]] = {}
        for row in rows:
            who.setdefault(row[column], set()).add(row["account_id"])
        times = Counter(row[column] for row in rows)
        told = {r[column]: r for r in found.to_pylist() if r[f"n_interactions{suffix}"]}
        assert {key: r[f"n_accounts{suffix}"] for key, r in told.items()} == {
            key: len(of) for key, of in who.items()
        }
        assert {key: r[f"n_interactions{suffix}"] for key, r in told.items()} == times


def test_signals_have_a_row_for_each_account(served: Any) -> None:
    found = table(served, f"cluster/{ring(served)}/signals")
    sides = Counter(found["side"].to_pylist())
    assert sides["member"] == len(acts(served, "members"))
    assert sides["other"] == pc.count_distinct(acts(served, "controls")["account_id"]).as_py() > 3
    assert any(name.startswith("signal_") for name in found.column_names)


def test_tables_of_an_account(served: Any) -> None:
    run = newest(served)
    row = run.tables.members(ring(served))[0]["account_row"][0].as_py()
    account = run.tables.account(row)
    mine = acts(served)
    mine = mine.filter(pc.equal(mine["account_id"], account["account_id"]))
    assert len(table(served, f"account/{row}/interactions")) == len(mine)
    signals = table(served, f"account/{row}/signals").to_pylist()
    assert {r["signal"]: r["value"] for r in signals} == {
        one.name: one.value for one in peers(run, account).signals
    }
    assert all(r["p5"] <= r["p50"] <= r["p95"] for r in signals)
    runs = table(served, f"account/{row}/runs").to_pylist()
    assert [r["run_id"] for r in runs] == [one.id for one in served.explorer.library.runs()]
    log = table(served, f"account/{row}/log")
    assert len(log) == account["n_interactions"]
    lonely = alone(run)
    assert len(table(served, f"account/{lonely}/signals"))
    assert refused(served, f"run/{run.id}/account/{lonely}/interactions.csv")[0] == 404


def test_tables_of_a_target(served: Any) -> None:
    run = newest(served)
    row = run.tables.targets(ring(served))[0]["target_row"][0].as_py()
    target = run.tables.target(row)
    mine = acts(served)
    mine = mine.filter(pc.equal(mine["content_id"], target["content_id"]))
    assert len(table(served, f"target/{row}/interactions")) == len(mine)
    members = table(served, f"target/{row}/members").to_pylist()
    assert {r["account_id"]: r["n"] for r in members} == Counter(mine["account_id"].to_pylist())
    shares = {r["cluster_id"]: r for r in table(served, f"target/{row}/shares").to_pylist()}
    assert shares[ring(served)]["n_interactions"] == len(mine)
    assert shares[ring(served)]["share"] == pytest.approx(target["share"])
    runs = table(served, f"target/{row}/runs").to_pylist()
    assert {r["run_id"] for r in runs} == {one.id for one in served.explorer.library.runs()}


def test_viewers_get_pseudonyms_in_all_of_them(hidden: Any) -> None:
    run, mine = newest(hidden), ring(hidden)
    members = run.tables.members(mine)[0]
    row = members["account_row"][0].as_py()
    target = run.tables.targets(mine)[0]["target_row"][0].as_py()
    names = {str(one) for one in members["account_id"].to_pylist()} | set(HOSTILE.values())
    names -= {str(one) for one in run.tables.targets(mine)[0]["content_id"].to_pylist()}
    paths = [f"cluster/{mine}/{one}" for one in ("alternatives", "devices", "addresses", "signals")]
    paths += [f"account/{row}/{one}" for one in ACCOUNT_TABLES if one != "log"]
    paths += [f"target/{target}/{one}" for one in TARGET_TABLES]
    for path in paths:
        body, _ = get(hidden, f"run/{run.id}/{path}.parquet")
        cells = pq.read_table(pa.BufferReader(body)).to_pandas().to_csv()
        assert not any(name in cells for name in names), path
        assert not re.search(r"farm\d|phone of|10\.0\.0\.9|net\d", cells), path
    devices, _ = get(hidden, f"run/{run.id}/cluster/{mine}/devices.csv")
    assert devices.count(b"dev-") >= 3
    status, said = refused(hidden, f"run/{run.id}/account/{row}/log.csv")
    assert (status, said) == (403, "Those who see pseudonyms see no log.\n")


def test_every_link_of_a_menu_leads_somewhere(served: Any) -> None:
    run, older = served.explorer.library.runs()
    row = run.tables.members(1)[0]["account_row"][0].as_py()
    target = run.tables.targets(1)[0]["target_row"][0].as_py()
    links: set[str] = set()
    with asked():
        for path, query in (
            ("/map", ""), (f"/run/{run.id}/cluster/1", ""), (f"/run/{run.id}/account/{row}", ""),
            (f"/run/{run.id}/target/{target}", ""), ("/decisions", ""), ("/help", ""),
            ("/compare", f"?a={run.id}/1&b={older.id}/1"),
            (f"/run/{run.id}/account/{alone(run)}", ""),
        ):  # fmt: skip
            page, _ = page_at(served.explorer, path, query)
            found = re.findall(r"href='/download/([^']+)'", str(page))
            assert found, path
            links |= set(found)
    assert len(links) > 60
    for link in links:
        assert any(re.fullmatch(pattern, link) for pattern, _ in WAYS), link
    for link in sorted(links):
        if link.endswith((".csv", ".gexf")):
            assert get(served, link)[0], link
