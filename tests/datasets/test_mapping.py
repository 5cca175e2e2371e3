"""--map: what is understood, and what is said when it is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cib.datasets.columns import BY_NAME, COLUMNS, EXTRAS, REQUIRED
from cib.datasets.errors import UsageError
from cib.datasets.mapping import parse_map, resolve_map


def test_pairs_with_units_and_spaces() -> None:
    assert parse_map(" account_id=account, ts = created_at:ms ,") == {
        "account_id": "account",
        "ts": "created_at:ms",
    }
    assert parse_map("") == {}


@given(
    st.dictionaries(
        st.sampled_from(sorted(BY_NAME)),
        st.text("abcXYZ_. é", min_size=1).map(str.strip).filter(bool),
    )
)
def test_what_is_written_is_what_is_read(pairs: dict[str, str]) -> None:
    assert parse_map(",".join(f"{ours}={theirs}" for ours, theirs in pairs.items())) == pairs


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("account_id", ["account_id", "ours=theirs"]),
        ("=x", ["=x", "ours=theirs"]),
        ("acount_id=x", ["acount_id", "did you mean account_id?"]),
        ("user=account_id", ["user", "--map account_id=user"]),
        ("zzz=x", ["zzz", "choose from account_id"]),
        ("ts=a,ts=b", ["ts", "twice"]),
        ("ts=t:sec", ["sec", "s, ms, us, ns"]),
        ("ts=", ["ts", "cannot be left out"]),
        ("\x1b[2J=x", ["\\u{1b}[2J"]),
    ],
)
def test_mistakes_are_named_with_the_remedy(text: str, words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_map(text)
    for word in ["--map", *words]:
        assert word in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_units_belong_to_times_only() -> None:
    refs = resolve_map({"ts": "event:time:us", "received_ts": "odd:name:", "platform": "dc:app"})
    assert (refs["ts"].theirs, refs["ts"].unit) == ("event:time", "us")
    assert (refs["received_ts"].theirs, refs["received_ts"].unit) == ("odd:name", None)
    assert (refs["platform"].theirs, refs["platform"].unit) == ("dc:app", None)


def test_an_optional_column_can_be_left_out() -> None:
    assert "platform" not in resolve_map(parse_map("platform="))
    assert "platform" in resolve_map({})


def test_the_table_of_columns_holds_what_the_design_fixes() -> None:
    assert REQUIRED == ("account_id", "content_id", "ts")
    assert set(EXTRAS) == set(BY_NAME) - {"account_id", "content_id", "ts", "action", "event_id"}
    optional = (
        "event_id duration_ms content_kind parent_id parent_kind market ip_market device_hash "
        "ip_hash asn platform tier text_hash text url_hash target_account_id report_reason "
        "received_ts royalty_micro"
    )
    assert set(optional.split()) == set(EXTRAS) | {"event_id"}
    assert len(BY_NAME) == len(COLUMNS)
    assert all(column.doc and column.aliases for column in COLUMNS)
    aliases = [alias for column in COLUMNS for alias in column.aliases]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(BY_NAME)
