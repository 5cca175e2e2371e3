"""The leak test: nothing but behaviour may tell a ring's rows and ids from anybody's.

A gradient-boosted classifier sees only what says nothing by right: ids, hashes, the order of rows,
the number of the file, digits that no clock gives, and which values are missing. It must not find
the rings' events, accounts or machines better than chance.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from cib.datasets.synthetic import WorldSpec, generate
from cib.datasets.synthetic import batches as batches_module
from cib.datasets.synthetic import population as population_module
from cib.datasets.synthetic.attacks import SCENARIOS
from small_world import Written, frame, ring

Array = npt.NDArray[np.float64]

ALLOWED = 0.02
"""How much better than the base rate the area under the precision-recall curve may be."""
FOLDS = 4
MOST = 6_000
"""Inauthentic events to learn from."""
LETTERS = {letter: code for code, letter in enumerate("abcdefghijklmnopqrstuvwxyz234567")}
WORLD = WorldSpec(
    name="leaks",
    n_accounts=2_400,
    n_artists=800,
    n_posts=300,
    n_days=5,
    min_group=20,
    rings=tuple(ring(scenario, 60, target_share=0.6) for scenario in SCENARIOS),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """A small world in blocks so small that every market has several files a day."""
    out = tmp_path_factory.mktemp("leaks") / "world"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(population_module, "BLOCK", 60)
        patch.setattr(batches_module, "_BATCH_EVENTS", 1)
        yield Written(out, generate(out, preset=WORLD, seed=5))


@pytest.fixture(scope="module")
def rows(world: Written) -> pd.DataFrame:
    """The log as its files give it, with each row's file and place in it."""
    parts = []
    for path in world.files():
        part = frame(pq.read_table(path, partitioning=None))
        part["market"] = path.parent.parent.name.removeprefix("market=")
        part["date"] = path.parent.name.removeprefix("date=")
        part["part"] = int(path.stem.removeprefix("part-"))
        part["place"] = np.arange(len(part))
        part["relative"] = part["place"] / len(part)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def events(world: Written, rows: pd.DataFrame) -> pd.DataFrame:
    """Inauthentic events, and honest ones of the same market, hour and action, three for one."""
    truth = world.table("truth/event")[["event_id", "ring_id"]]
    log = rows.merge(truth, on="event_id", how="left")
    log["inauthentic"] = log.ring_id.notna()
    log["group"] = log.ring_id.fillna(log.account_id.astype(str))
    log["again"] = log.event_id.duplicated(keep=False)
    log = with_odd_nulls(log, ["action", "content_kind", "parent_kind", "tier", counted(log)])
    cell = log.groupby(["market", "date", log.ts.dt.hour, "action"], observed=True).ngroup()
    honest = log[~log.inauthentic & ~log.account_id.isin(log.account_id[log.inauthentic])]
    honest = honest.sample(frac=1, random_state=0)
    guilty = log[log.inauthentic].sample(frac=1, random_state=0)
    place = honest.groupby(cell[honest.index]).cumcount()
    found = honest.groupby(cell[honest.index]).size()
    rank = guilty.groupby(cell[guilty.index]).cumcount()
    usable = (rank + 1) * 3 <= cell[guilty.index].map(found).fillna(0)
    guilty = guilty[usable][:MOST]
    taken = guilty.groupby(cell[guilty.index]).size()
    honest = honest[place < 3 * cell[honest.index].map(taken).fillna(0)]
    return pd.concat([guilty, honest]).sort_index().reset_index(drop=True)


def counted(log: pd.DataFrame) -> pd.Series:
    """Whether the play lasted long enough to pay."""
    return (log.duration_ms >= 30_000).fillna(False).astype(bool).rename("counted")


def with_odd_nulls(table: pd.DataFrame, given: list[str | pd.Series]) -> pd.DataFrame:
    """Add a column null_… for each that has nulls: missing where it usually is not, or there.

    A follow has no duration and a free account no card: what the row is says so already. What is
    left is what only the writer of the row can have caused.
    """
    added = {}
    for name in table.columns:
        missing = table[name].isna()
        if missing.any() and name not in {"ring_id", "group", *(g for g in given if g is str)}:
            usual = missing.groupby(given_values(table, given), dropna=False).transform("mean")
            added[f"null_{name}"] = missing != (usual > 0.5)
    return table.assign(**added)


def given_values(table: pd.DataFrame, given: list[str | pd.Series]) -> list[pd.Series]:
    columns = [table[g] if isinstance(g, str) else g for g in given]
    return [column.astype(object).fillna("") for column in columns]


def nibbles(values: pd.Series, name: str) -> pd.DataFrame:
    """Sixteen groups of four bits, and the number as a whole."""
    number = values.to_numpy(np.uint64)
    shift = np.arange(0, 64, 4, dtype=np.uint64)
    four = (number[:, None] >> shift) & np.uint64(15)
    table = pd.DataFrame(four, columns=[f"{name}_{i}" for i in range(16)], index=values.index)
    return table.assign(**{f"{name}_size": number.astype(np.float64)})


def digits(values: pd.Series, name: str, n: int) -> pd.DataFrame:
    """The last `n` decimal digits."""
    number = values.fillna(-1).to_numpy(np.int64)
    return pd.DataFrame({f"{name}_{i}": number // 10**i % 10 for i in range(n)}, index=values.index)


def letters(account_id: pd.Series) -> pd.DataFrame:
    codes = account_id.astype(str).map(lambda text: [LETTERS[letter] for letter in text])
    return pd.DataFrame(codes.to_list(), index=account_id.index).add_prefix("letter_")


def micros(ts: pd.Series) -> pd.Series:
    return ts.astype("int64")


def nulls_of(table: pd.DataFrame) -> pd.DataFrame:
    return table[[name for name in table.columns if name.startswith("null_")]]


def lift(features: pd.DataFrame, truth: pd.Series, group: pd.Series) -> float:
    """Area under the precision-recall curve over the base rate, on rings never seen before."""
    x, y = features.to_numpy(np.float64), truth.to_numpy(bool)
    score = np.zeros(len(y))
    with threadpool_limits(1):  # the answer is the same, and others can work too
        for train, test in GroupKFold(FOLDS).split(x, y, group):
            model = HistGradientBoostingClassifier(max_iter=30, random_state=0)
            score[test] = model.fit(x[train], y[train]).predict_proba(x[test])[:, 1]
    return float(average_precision_score(y, score) - y.mean())


def event_features(events: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "order": events[["place", "relative", "part"]].assign(odd=events.place % 2),
        "event_id": nibbles(events.event_id, "event"),
        "digits": pd.concat(
            [digits(micros(events.ts), "ts", 6), digits(events.duration_ms, "ms", 3)], axis=1
        ),
        "nulls": nulls_of(events).assign(again=events.again),
    }


class TestEvents:
    def test_enough_to_judge(self, events: pd.DataFrame) -> None:
        assert events.inauthentic.sum() > 5_000
        assert events.inauthentic.mean() == pytest.approx(0.25, abs=0.001)
        assert events.ring_id.nunique() >= 12
        assert events.part.max() >= 3

    def test_the_classifier_sees_what_there_is(self, events: pd.DataFrame) -> None:
        """A leak put in on purpose is found."""
        features = event_features(events)["nulls"].assign(
            null_device_hash=events.inauthentic & (np.arange(len(events)) % 8 == 0)
        )
        assert lift(features, events.inauthentic, events.group) > ALLOWED

    @pytest.mark.parametrize("what", ["order", "event_id", "digits", "nulls"])
    def test_one_by_one(self, events: pd.DataFrame, what: str) -> None:
        features = event_features(events)[what]
        assert lift(features, events.inauthentic, events.group) <= ALLOWED

    def test_together(self, events: pd.DataFrame) -> None:
        features = pd.concat(event_features(events).values(), axis=1)
        assert lift(features, events.inauthentic, events.group) <= ALLOWED


@pytest.fixture(scope="module")
def accounts(world: Written) -> pd.DataFrame:
    """The accounts as their table gives them, with the truth; taken-over accounts left out."""
    table = world.table("accounts").reset_index(names="place")
    table = with_odd_nulls(table, ["tier"])
    truth = world.table("truth/account")[["account_id", "ring_id", "klass"]]
    table = table.merge(truth, on="account_id", validate="one_to_one")
    return table[table.klass != "hijacked"].reset_index(drop=True)


def account_features(accounts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "order": accounts[["place"]].assign(odd=accounts.place % 2),
        "letters": letters(accounts.account_id),
        "digits": digits(micros(accounts.created_ts), "created", 6),
        "nulls": nulls_of(accounts).assign(
            same=(accounts.plan_id == accounts.payment_hash).fillna(False).astype(bool)
        ),
    }


class TestAccounts:
    @pytest.mark.parametrize("what", ["order", "letters", "digits", "nulls"])
    def test_one_by_one(self, accounts: pd.DataFrame, what: str) -> None:
        assert accounts.ring_id.notna().sum() > 600
        features = account_features(accounts)[what]
        assert lift(features, accounts.ring_id.notna(), accounts.account_id) <= ALLOWED

    def test_together(self, accounts: pd.DataFrame) -> None:
        features = pd.concat(account_features(accounts).values(), axis=1)
        assert lift(features, accounts.ring_id.notna(), accounts.account_id) <= ALLOWED

    def test_their_networks_are_of_their_market(self, rows: pd.DataFrame, world: Written) -> None:
        """A home connection is of the country: the numbers of networks must not say who is who."""
        truth = world.table("truth/account").set_index("account_id").ring_id
        home = rows[rows.asn.notna() & (rows.market == rows.ip_market)]
        usual = home[home.account_id.map(truth).isna()]
        known = set(zip(usual.market, usual.asn, strict=True))
        theirs = home[home.account_id.map(truth).notna()]
        pairs = zip(theirs.market, theirs.asn, strict=True)
        strange = np.array([pair not in known for pair in pairs])
        hosting = (theirs.asn >= 4_200_100_000).to_numpy(bool)
        assert strange[~hosting].mean() < 0.01


@pytest.mark.parametrize("column", ["device_hash", "ip_hash", "parent_id"])
def test_hashes(world: Written, rows: pd.DataFrame, column: str) -> None:
    """Hashes that only rings use look like those that only honest people use.

    Not so those of texts: a template's are alike by right.
    """
    truth = world.table("truth/account").set_index("account_id").ring_id
    some = rows[rows[column].notna()]
    bad = some.account_id.map(truth).notna().groupby(some[column]).agg(["min", "max"])
    bad = bad[bad["min"] == bad["max"]]["min"].reset_index(name="bad")
    assert bad.bad.sum() > 50
    features = nibbles(bad[column], column)
    n = min(4 * int(bad.bad.sum()), int((~bad.bad).sum()))
    honest = bad[~bad.bad].sample(n, random_state=0).index
    use = bad.index.isin(honest) | bad.bad
    group = pd.Series(np.random.default_rng(0).permutation(int(use.sum())))
    assert lift(features[use], bad.bad[use], group) <= ALLOWED


def test_playlists_are_known_whoever_made_them(world: Written, rows: pd.DataFrame) -> None:
    """That a playlist has a row among the contexts says nothing either."""
    known = set(world.table("contexts").parent_id)
    plays = rows[(rows.parent_kind == "playlist_ugc") & rows.parent_id.notna()]
    truth = world.table("truth/account").set_index("account_id").ring_id
    guilty = plays.account_id.map(truth).notna()
    listed = plays.parent_id.isin(known)
    assert listed[guilty].mean() == pytest.approx(listed[~guilty].mean(), abs=0.02)


def test_files_list_no_account_without_a_row(world: Written) -> None:
    """A list of a batch's accounts would name every group's and ring's in every market."""
    for path in world.files():
        ids = pq.read_table(path, partitioning=None, read_dictionary=["account_id"])["account_id"]
        listed = {name for chunk in ids.chunks for name in chunk.dictionary.to_pylist()}
        assert listed == set(ids.to_pylist())
