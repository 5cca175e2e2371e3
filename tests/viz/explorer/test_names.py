"""Pseudonyms: stable, of a kind, not to be undone without the secret, in pages and exports."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pytest

from cib.datasets.errors import UsageError
from cib.viz.explorer.door.names import LETTERS, Names, names_for, secret_beside
from cib.viz.explorer.door.viewer import (
    NOBODY,
    NotAllowed,
    Viewer,
    current_viewer,
    require_investigator,
)

SECRET = bytes(range(32))
ANA, BEN = Viewer("ana", "investigator"), Viewer("ben", "viewer")
HOSTILE = "free\u202egpj<b>\x00"


def test_investigators_see_every_character_of_an_id():
    names = Names()
    assert not names.pseudonymous
    shown = "free\\u{202e}gpj<b>\\u{0}"
    assert names.account(HOSTILE) == names.device(HOSTILE) == names.content(HOSTILE) == shown
    assert names.account(17) == "17"
    assert names.account(None) == "(none)"
    assert names.account("a" * 50, limit=8) == "aaaaaaa…"


def test_pseudonyms_hide_people_and_not_contents():
    names = Names(SECRET)
    for show, prefix in (
        (names.account, "acct-"),
        (names.device, "dev-"),
        (names.address, "addr-"),
    ):
        said = show(HOSTILE)
        assert said.startswith(prefix)
        assert len(said) == len(prefix) + LETTERS
        assert set(said.removeprefix(prefix)) <= set("abcdefghijklmnopqrstuvwxyz234567")
    assert names.content("Hit <b>") == "Hit <b>"
    assert names.account(None) == "(none)"
    hidden = {show("x").split("-")[1] for show in (names.account, names.device, names.address)}
    assert len(hidden) == 3  # the same text as a device is another thing


def test_pseudonyms_are_stable_and_depend_on_the_secret():
    """The figure is computed here in another way: BLAKE2b with a key, RFC 7693."""
    keyed = hashlib.blake2b(b"user_1", digest_size=8, key=SECRET, person=b"account").digest()
    expected = "acct-" + base64.b32encode(keyed).decode().lower()[:12]
    assert Names(SECRET).account("user_1") == Names(SECRET).account("user_1") == expected
    assert Names(SECRET[::-1]).account("user_1") != expected
    assert Names(SECRET).account(5) == Names(SECRET).account("5")  # logs differ in their types
    unkeyed = base64.b32encode(hashlib.blake2b(b"user_1", digest_size=8).digest()).decode().lower()
    assert unkeyed[:LETTERS] not in expected


def test_many_accounts_share_no_pseudonym():
    names = Names(SECRET)
    assert len({names.account(i) for i in range(100_000)}) == 100_000


def test_surrogates_have_pseudonyms_too():
    assert Names(SECRET).account("\ud800") != Names(SECRET).account("\udfff")


def export() -> pa.Table:
    return pa.table(
        {
            "cluster_id": pa.array([1, 1, 1], pa.int32()),
            "account_id": ["user_1", HOSTILE, None],
            "account_a": pa.array([4711, 4712, None], pa.int64()),
            "content_id": ["song", "song", "other"],
            "device_hash": pa.array(["d1", "d1", None]).dictionary_encode(),
            "ip_hash": ["1.2.3.4", None, "1.2.3.4"],
            "event_id": ["e1", "e2", "e3"],
            "market": ["SE", "SE", None],
        }
    )


def test_exports_of_investigators_are_as_the_run_has_them():
    table = export()
    assert Names().table(table) is table


def test_exports_of_viewers_say_what_their_pages_say():
    names = Names(SECRET)
    hidden = names.table(pa.concat_tables([export(), export()]))
    rows = hidden.to_pylist()
    assert len(rows) == 6
    assert "event_id" not in hidden.column_names
    assert rows[0]["account_id"] == names.account("user_1")
    assert rows[1]["account_id"] == names.account(HOSTILE)
    assert rows[0]["account_a"] == names.account(4711)
    assert rows[0]["device_hash"] == rows[1]["device_hash"] == names.device("d1")
    assert rows[2]["ip_hash"] == names.address("1.2.3.4")
    assert rows[2]["account_id"] is rows[2]["account_a"] is rows[2]["device_hash"] is None
    assert (rows[0]["content_id"], rows[0]["market"], rows[0]["cluster_id"]) == ("song", "SE", 1)
    said = str(hidden.to_pylist())
    for secret in ("user_1", "4711", "d1'", "1.2.3.4", "e1", "gpj"):
        assert secret not in said
    assert names.table(export().slice(0, 0)).num_rows == 0


def test_who_sees_which():
    assert not names_for(ANA, None).pseudonymous
    assert not names_for(ANA, SECRET).pseudonymous
    assert names_for(ANA, SECRET, pseudonyms=True).pseudonymous
    assert names_for(BEN, SECRET).pseudonymous
    assert names_for(NOBODY, SECRET).pseudonymous
    for viewer, pseudonyms in ((BEN, False), (ANA, True)):
        with pytest.raises(ValueError, match="need a secret"):
            names_for(viewer, None, pseudonyms=pseudonyms)
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Names(b"short")


def test_outside_a_request_the_least_is_shown():
    assert current_viewer() == NOBODY
    with pytest.raises(NotAllowed):
        require_investigator()


def test_the_secret_is_made_once_and_closed_to_others(tmp_path):
    book = tmp_path / "new" / "cases.sqlite"
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(secret_beside, [book] * 16))
    assert len(found) == 1
    (path,) = book.parent.iterdir()  # and nothing is left beside it
    assert path.name == "cases.sqlite.secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(found.pop()) == 32
    assert secret_beside(tmp_path / "other.sqlite") != secret_beside(book)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_secrets_that_are_not_kept_well(tmp_path):
    book = tmp_path / "cases.sqlite"
    secret_beside(book)
    path = tmp_path / "cases.sqlite.secret"
    path.chmod(0o644)
    with pytest.raises(UsageError, match=r"open to other people.*chmod 600"):
        secret_beside(book)
    path.chmod(0o600)
    for text in ("", "not hex", "abcd"):
        path.write_text(text)
        with pytest.raises(UsageError, match="not as it was written"):
            secret_beside(book)
    with pytest.raises(UsageError, match="cannot be written"):
        secret_beside(path / "below" / "a file")
