"""The panel of a case in a real browser: duplicates, owner, due day, tags, and what others did."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from browsers import complaints, find, press, shows, wait_for
from cib.viz.text import printable
from explorer_runs import newest, open_at

pytestmark = pytest.mark.browser
TAG = "<img src=x onerror=window.pwned=6>\u202e"
TAGS = (
    "return [...document.querySelectorAll('#case-panel .tags .mark')].map((one) => one.innerText)"
)
VALUE = "return document.getElementById(arguments[0]).value"


def case(served: Any, cluster_id: int) -> Any:
    """Where a case of the newest run stands."""
    return served.explorer.casebook.state(newest(served).id, cluster_id)


def untag(browser: Any, place: int) -> None:
    """Press what removes a tag."""
    at = json.dumps({"at": place, "part": "untag"}, separators=(",", ":"))
    wait_for(browser, "return document.getElementById(arguments[0])", at).click()


@pytest.fixture
def panel(browser: Any, served: Any) -> Any:
    open_at(browser, served, f"/run/{newest(served).id}/cluster/3")
    find(browser, "#verdict-confirmed")
    return browser


def test_n_needs_more_and_d_duplicates_what_is_named(panel: Any, served: Any) -> None:
    press(panel, "n")
    shows(panel, "needs more", "#case-panel .stands")
    assert case(served, 3).verdict == "needs more"
    before = served.explorer.casebook.last_seq()
    for written, refused in (
        ("", "of which cluster it is a duplicate"),
        ("3", "duplicate of itself"),
        ("99", "no cluster 99"),
    ):
        box = find(panel, "#case-duplicate")
        panel.execute_script("arguments[0].select()", box)
        box.send_keys(written)
        press(panel, "d")
        shows(panel, refused, "#toast")
    assert served.explorer.casebook.last_seq() == before
    older = served.explorer.library.runs()[1].id
    box = find(panel, "#case-duplicate")
    panel.execute_script("arguments[0].select()", box)
    box.send_keys(f"{older}/1")
    press(panel, "d")
    shows(panel, f"duplicate of cluster 1 of run {older} by", "#case-panel .stands")
    assert case(served, 3).verdict == "duplicate"
    assert case(served, 3).duplicate_of == (older, 1)
    press(panel, "u")
    shows(panel, "needs more", "#case-panel .stands")
    assert (
        panel.execute_script("return document.querySelector('.chosen').id") == "verdict-needs-more"
    )


def test_owner_due_day_and_tags_are_kept_and_tags_removed(panel: Any, served: Any) -> None:
    due = datetime.now(UTC).date() + timedelta(days=9)
    find(panel, "#case-owner").send_keys("ana")
    find(panel, "#case-due").send_keys(due.strftime("%m%d%Y"))
    panel.execute_script(
        "const box = document.getElementById('case-tag'); box.focus();"
        "document.execCommand('insertText', false, arguments[0])",
        TAG,
    )
    find(panel, "#case-keep").click()
    shows(panel, "kept owner, due, tag", "#toast")
    state = case(served, 3)
    assert (state.owner, state.due, state.tags) == ("ana", due, (TAG,))
    find(panel, "#case-tag").send_keys("policy 7")
    find(panel, "#case-keep").click()
    wait_for(panel, f"{TAGS}.length === 2")
    assert [one.rstrip("×").strip() for one in panel.execute_script(TAGS)] == [
        f"#{printable(TAG)}",
        "#policy 7",
    ]
    assert panel.execute_script("return window.pwned") is None

    # what was typed beside stays when a tag is removed
    find(panel, "#case-note").send_keys("half a thought")
    # … and when one looks at another cluster meanwhile
    press(panel, "[")
    shows(panel, "Cluster 2", "h1")
    wait_for(panel, f"{VALUE} === ''", "case-note")
    panel.back()
    shows(panel, "Cluster 3", "h1")
    wait_for(panel, f"{VALUE} === 'half a thought'", "case-note")
    untag(panel, 0)
    shows(panel, "removed the tag", "#toast")
    wait_for(panel, f"{TAGS}.length === 1")
    assert case(served, 3).tags == ("policy 7",)
    assert panel.execute_script(VALUE, "case-note") == "half a thought"
    assert panel.execute_script(VALUE, "case-owner") == "ana"
    assert panel.execute_script(VALUE, "case-due") == due.isoformat()
    assert complaints(panel) == []
    # nothing is rewritten: the tag is in the history, and taking the removal back brings it back
    press(panel, "u")
    wait_for(panel, f"{TAGS}.length === 2")
    assert case(served, 3).tags == (TAG, "policy 7")
    assert [event.kind for event in case(served, 3).history][-2:] == ["untag", "undo"]

    open_at(panel, served)
    shows(panel, due.isoformat(), ".ag-center-cols-container")
    owners = find(panel, ".ag-row [col-id=owner]", "ana")
    assert due.isoformat() in owners.text


def test_a_tag_that_others_removed_is_told_and_their_owner_stays(panel: Any, served: Any) -> None:
    book, run = served.explorer.casebook, newest(served).id
    book.decide("ana", run, 2, "tag", "one", seen=0)
    book.decide("ana", run, 2, "tag", "two", seen=0)
    open_at(panel, served, f"/run/{run}/cluster/2")
    wait_for(panel, f"{TAGS}.length === 2")
    book.decide("eve", run, 2, "untag", "one", seen=0)
    book.decide("eve", run, 2, "owner", "eve", seen=10**9)
    before = book.last_seq()
    untag(panel, 0)
    shows(panel, "not there any more", "#toast")
    wait_for(panel, f"{TAGS}.length === 1")
    assert book.last_seq() == before
    assert panel.execute_script(VALUE, "case-owner") == "eve"
    assert case(served, 2).tags == ("two",)
