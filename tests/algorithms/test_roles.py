"""Who is what in a cluster: each role is told where it is true, and not where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from cib.algorithms.beneficiaries import audience_of, beneficiary_notes, reports_of
from cib.algorithms.clusters import with_targets
from cib.algorithms.roles import ROLES, member_roles
from logs import make_log

N, TARGETS, OWN = 5, 4, 40


def cluster(rows, *, outsiders=0, ids=None):
    """A cluster of accounts 0 to N - 1 from rows of account, content, action and columns."""
    rows = [dict(action="play", device_hash=f"d{r['account']}", **r) if "device_hash" not in r
            else dict(action="play", **r) if "action" not in r else r for r in rows]  # fmt: skip
    rows += [
        dict(account=N + i, content=0, action="play", device_hash=f"o{i}") for i in range(outsiders)
    ]
    names = sorted({r["action"] for r in rows})
    columns = sorted(set().union(*rows) - {"account", "content", "action"})
    extras = {c: [r.get(c, "none") for r in rows] for c in columns}
    log = make_log(
        [r["account"] for r in rows],
        [r["content"] for r in rows],
        range(len(rows)),
        [names.index(r["action"]) for r in rows],
        **extras,
    )
    log = replace(log, action_names=tuple(names))
    of_account = np.full(log.n_accounts, -1, np.int32)
    of_account[:N] = 0
    row = np.flatnonzero(log.account < N)
    gap = np.where(log.content[row] < TARGETS, 1, -1)
    return with_targets(log, 1, of_account, row, gap)


def act(account, contents, action="play", **columns):
    columns = {"device_hash": f"d{account}", **columns}
    return [dict(account=account, content=c, action=action, **columns) for c in contents]


def lives():
    return [r for a in range(N) for r in act(a, range(TARGETS, TARGETS + OWN))]


def plays(*accounts, **columns):
    return [r for a in accounts for r in act(a, range(TARGETS), **columns)]


def roles(rows):
    members, role = member_roles(cluster(rows))
    assert members.tolist() == list(range(N))
    return [ROLES[r] for r in role]


@pytest.mark.parametrize(
    ("action", "role"),
    [("play", "listener"), ("report", "reporter"), ("follow", "follower"), ("post", "poster")],
)
def test_what_is_mostly_done_to_targets_is_the_role(action, role):
    rows = lives() + plays(1, 2, 3, 4) + plays(0, action=action)
    assert roles(rows) == [role] + ["listener"] * (N - 1)


def test_victims_play_targets_from_where_they_never_are_themselves():
    rows = lives() + plays(1, 2, 3, 4) + plays(0, device_hash="the operator's")
    assert roles(rows) == ["victim"] + ["listener"] * (N - 1)
    # the same device by day as well: nobody took anything over
    at_home = rows + act(0, [TARGETS], device_hash="the operator's")
    assert roles(at_home) == ["listener"] * N
    # no life of its own: whose account would that be?
    fresh = [r for r in rows if r["account"] != 0 or r["content"] < TARGETS]
    assert roles(fresh) == ["listener"] * N


def test_without_devices_networks_tell_victims():
    rows = lives() + plays(1, 2, 3, 4) + plays(0)
    for r in rows:
        strange = r["account"] == 0 and r["content"] < TARGETS
        r["asn"] = "hosting" if strange else "home"
        r["device_hash"] = "unknown"
    clusters = cluster(rows)
    extras = {"asn": clusters.log.extras["asn"]}
    clusters = replace(clusters, log=replace(clusters.log, extras=extras))
    assert [ROLES[r] for r in member_roles(clusters)[1]] == ["victim"] + ["listener"] * (N - 1)


def test_operators_are_on_the_devices_of_others():
    rows = lives() + plays(0, 1, 2, 3, 4)
    visits = [r for d in (1, 2, 3) for r in act(0, [TARGETS], device_hash=f"d{d}")]
    assert roles(rows + visits) == ["operator"] + ["listener"] * (N - 1)
    assert roles(rows + visits[:2]) == ["listener"] * N
    # where all share all devices nobody stands out
    farm = [dict(r, device_hash=f"d{i % 4}") for i, r in enumerate(rows)]
    assert "operator" not in roles(farm)


def test_hubs_fill_the_playlist_that_others_play():
    rows = lives() + plays(1, 2, 3, 4, parent_id="list")
    filling = act(0, range(TARGETS), action="playlist_add", parent_id="list")
    assert roles(rows + filling)[0] == "hub"
    assert roles(rows + [dict(r, parent_id="another") for r in filling])[0] != "hub"
    everybody = [
        r for a in range(N) for r in act(a, range(TARGETS), "playlist_add", parent_id="list")
    ]
    assert "hub" not in roles(rows + everybody)


def test_hubs_are_named_by_others():
    rows = lives() + plays(0, 1, 2, 3, 4)
    calls = [r for a in (1, 2, 3) for r in act(a, [TARGETS], target_account_id="account 00000")]
    assert roles(rows + calls) == ["hub"] + ["listener"] * (N - 1)
    # one's own name, and one caller, make no hub
    alone = act(0, [TARGETS] * 5, target_account_id="account 00000") + calls[:1]
    assert roles(rows + alone) == ["listener"] * N


def test_no_optional_column_leaves_what_is_done():
    clusters = cluster(lives() + plays(1, 2, 3, 4) + plays(0, action="report"))
    clusters = replace(clusters, log=replace(clusters.log, extras={}))
    assert [ROLES[r] for r in member_roles(clusters)[1]] == ["reporter"] + ["listener"] * (N - 1)


def notes(rows, outsiders=0):
    clusters = cluster(rows, outsiders=outsiders)
    log, target = clusters.log, clusters.on_target
    content = log.content[clusters.row[target]]
    own = np.bincount(content, minlength=TARGETS)
    reports = np.bincount(content, reports_of(clusters)[target], TARGETS).astype(int)
    members = np.full(TARGETS, N)
    return beneficiary_notes(clusters, own, members, audience_of(clusters), reports)


def test_who_gains_is_never_called_complicit():
    assert set(notes(lives() + plays(*range(N)))) == {"Complicity unknown."}


def test_a_target_with_an_honest_audience_may_be_framed():
    first, *rest = notes(lives() + plays(*range(N)), outsiders=300)
    assert first == (
        "Complicity unknown; framing is possible: 300 accounts outside the cluster, 98% of its "
        "audience, act on it without the members' help, so it had little need of them."
    )
    assert set(rest) == {"Complicity unknown."}


def test_a_target_of_reports_may_be_the_victim():
    found = notes(lives() + plays(*range(N), action="report"))
    assert found[0] == (
        "Complicity unknown; possibly the victim: 5 members reported it 5 times, and a rival "
        "gains when it is taken down."
    )


def test_codes_of_accounts_named_survive_another_type():
    clusters = cluster(lives() + plays(0, 1, 2, 3, 4) + [
        r for a in (1, 2, 3) for r in act(a, [TARGETS], target_account_id="7")
    ])  # fmt: skip
    log = replace(clusters.log, account_ids=pa.array([7, 8, 9, 10, 11]))
    _, role = member_roles(replace(clusters, log=log))
    assert ROLES[role[0]] == "hub"
