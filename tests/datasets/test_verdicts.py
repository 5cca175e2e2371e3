"""Files of verdicts: what is read, and one sentence for whatever cannot be."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cib.datasets.errors import BadDataError, TemporaryError, UsageError
from cib.datasets.given_file import GivenFile
from cib.datasets.verdicts import read_verdicts

ROWS = b"account_id,verdict,alternative\nb,benign,shop\na,confirmed,\nb,benign,list\nb,benign,\n"


@pytest.fixture
def file(tmp_path):
    """Write bytes or a table; returns it as a setting names it."""

    def make(content, name="verdicts.csv"):
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            pq.write_table(pa.table(content), path)
        return GivenFile.named(str(path))

    return make


@pytest.mark.parametrize("content", [
    ROWS,
    b"\xef\xbb\xbf" + ROWS.replace(b"\n", b"\r\n"),
    {"account_id": ["b", "a", "b"], "verdict": ["benign", "confirmed", "benign"],
     "alternative": ["shop", None, "list"]},
    {"account_id": pa.array(["b", "a", "b"]).dictionary_encode(), "note": [1, 2, 3],
     "verdict": pa.array(["benign", "confirmed", "benign"]).dictionary_encode(),
     "alternative": ["list", None, None]},
])  # fmt: skip
def test_one_meaning_however_it_is_written(file, content):
    got = read_verdicts(file(content, "any name"))
    assert got.ids.to_pylist() == ["a", "b"]
    assert got.sign.tolist() == [1, -1]
    assert got.alternative == ["", "list"]
    known = got.of_accounts(pa.array(["a", "b", "c"]))
    assert known.sign.tolist() == [1, -1, 0]
    assert known.alternative == {1: "list"}
    assert known.n_elsewhere == 0


@pytest.mark.parametrize("ids", [[7, 12], ["7", "12"]])
@pytest.mark.parametrize("kind", [pa.int32(), pa.uint64(), pa.string()])
def test_numbers_and_their_texts_are_one_id(file, ids, kind):
    got = read_verdicts(file({"account_id": ids, "verdict": ["confirmed", "benign"]}))
    known = got.of_accounts(pa.array([3, 7]).cast(kind))
    assert known.sign.tolist() == [0, 1]
    assert known.n_elsewhere == 1


def test_the_largest_numbers_stay_what_they_are(file):
    ids = pa.array([2**64 - 1, 5], pa.uint64())
    got = read_verdicts(file({"account_id": ids, "verdict": ["confirmed", "benign"]}))
    assert got.of_accounts(ids.take([1, 0])).sign.tolist() == [-1, 1]
    with pytest.raises(BadDataError, match="account 18446744073709551615 cannot be"):
        got.of_accounts(pa.array([5]))


def test_a_file_without_rows_says_nothing(file):
    known = read_verdicts(file(b"account_id,verdict\n")).of_accounts(pa.array(["a"]))
    assert known.sign.tolist() == [0]


HOSTILE = '=HYPERLINK("http://evil.example")<script>\x1b[2J\u202e'


@pytest.mark.parametrize(("content", "words"), [
    (b"", ["cannot be read as Parquet or CSV"]),
    (b"PAR1 but no more", ["cannot be read as Parquet or CSV"]),
    (b"\xff\xfe\x00\x01,\x00", ["cannot be read as Parquet or CSV"]),
    (b"account,verdict\na,benign\n", ["has no column account_id; it has account, verdict."]),
    (b"account_id,decision\na,benign\n", ["has no column verdict; it has account_id, decision."]),
    (b"account_id,verdict,verdict\na,benign,benign\n", ["has several columns verdict"]),
    (b"account_id;verdict\na;benign\n", ["has no column account_id; it has account_id;verdict."]),
    (b"account_id,verdict\na,benign\nb,Fraud\n",
     ["verdict is “Fraud” in row 2; expected confirmed or benign."]),
    (b"account_id,verdict\na,\n", ["verdict is “” in row 1"]),
    (b"account_id,verdict\n,benign\n", ["account_id is empty in row 1."]),
    ({"account_id": ["a", None], "verdict": ["benign"] * 2}, ["account_id is empty in row 2."]),
    ({"account_id": ["a"], "verdict": [None]}, ["verdict is “None” in row 1"]),
    ({"account_id": ["a"], "verdict": [True]}, ["verdict is “True” in row 1"]),
    ({"account_id": [1.5], "verdict": ["benign"]}, ["account_id is double; expected text or"]),
    (b"account_id,verdict\na,benign\nb,benign\na,confirmed\n",
     ["account a is both confirmed and benign", "in row 3", "keep the verdict that holds"]),
    ({"account_id": [HOSTILE] * 2, "verdict": ["benign", "confirmed"]},
     ["is both confirmed and benign", "\\u{1b}[2J\\u{202e}"]),
])  # fmt: skip
def test_one_sentence_for_a_bad_file(file, content, words):
    with pytest.raises(BadDataError) as caught:
        read_verdicts(file(content))
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 600
    for word in ["verdicts.csv: ", *words]:
        assert word in message


@pytest.mark.parametrize(("ids", "log", "words"), [
    (["x", "y"], ["a"], "none of its 2 accounts is in the log (the first: x)"),
    ([HOSTILE], ["a"], "none of its 1 accounts is in the log (the first: =HYPERLINK("),
    (["12", "abc"], [1, 2], "account abc cannot be an account of this log, whose ids are int64."),
    ([HOSTILE], [1], "cannot be an account of this log"),
])  # fmt: skip
def test_ids_that_are_not_of_the_log(file, ids, log, words):
    verdicts = read_verdicts(file({"account_id": ids, "verdict": ["benign"] * len(ids)}))
    with pytest.raises(BadDataError) as caught:
        verdicts.of_accounts(pa.array(log))
    assert words in str(caught.value)
    assert str(caught.value).isprintable()


def test_an_alternative_with_markup_is_shortened_and_printable(file):
    table = {"account_id": ["a"], "verdict": ["benign"], "alternative": [HOSTILE * 9]}
    (text,) = read_verdicts(file(table)).alternative
    assert text.isprintable()
    assert len(text) <= 60


def test_a_file_that_is_not_there_or_changes(file, tmp_path):
    for name, words in (("gone", "no such file"), (".", "cannot be read"), ("\0", "cannot be")):
        with pytest.raises(UsageError, match=words):
            GivenFile.named(str(tmp_path / name))
    given = file(ROWS)
    given.path.write_bytes(ROWS + b"c,benign,\n")
    with pytest.raises(TemporaryError, match="changed while it was read"):
        read_verdicts(given)
