"""How blocks and clusters of edges come together."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cib.algorithms.block_lines import block_lines
from cib.algorithms.blocks import AUDIENCE, WHOLE_LOG, Block, join_clusters
from cib.algorithms.judgement import with_blocks


def block(*account, q_value=1e-6):
    codes = np.array(account, np.int32)
    ones = np.ones(len(codes))
    return Block(codes, codes, WHOLE_LOG, codes, ones, ones, np.log10(q_value), q_value)


@pytest.mark.parametrize(
    ("of_account", "blocks", "expected", "of_blocks"),
    [
        pytest.param([-1] * 5, [(0, 1, 2)], [0, 0, 0, -1, -1], [0], id="a new cluster"),
        pytest.param(
            [0, 0, -1, -1, -1], [(0, 1, 2, 3)], [0, 0, 0, 0, -1], [0], id="half of it is in one"
        ),
        pytest.param(
            [0, 1, -1, -1, -1, 0, 1, 0, 1],
            [(0, 1, 2, 3, 4)],
            [0, 1, 2, 2, 2, 0, 1, 0, 1],
            [2],
            id="most are in none",
        ),
        pytest.param(
            [0, 1, -1, -1, 0, 1, 0, 1],
            [(0, 1, 2, 3)],
            [0, 1, -1, -1, 0, 1, 0, 1],
            [],
            id="too few",
        ),
        pytest.param(
            [-1] * 5, [(0, 1, 2), (1, 2, 3)], [0, 0, 0, 0, -1], [0, 0], id="two of one ring"
        ),
        pytest.param(
            [-1] * 6, [(0, 1, 2), (3, 4, 5)], [0, 0, 0, 1, 1, 1], [0, 1], id="two of two rings"
        ),
    ],
)
def test_a_block_joins_the_cluster_of_half_its_accounts_or_forms_one(
    of_account, blocks, expected, of_blocks
):
    of_account = np.array(of_account, np.int32)
    before = int(of_account.max()) + 1
    n_clusters, joined = join_clusters(of_account, before, [block(*b) for b in blocks], 3)
    assert of_account.tolist() == expected
    assert [cluster for cluster, _ in joined] == of_blocks
    assert n_clusters == max([before, *(c + 1 for c in of_blocks)])
    for (cluster, one), given in zip(joined, blocks, strict=False):
        assert (of_account[one.account] == cluster).all()
        assert len(one.account) + one.n_elsewhere == len(given)


def test_a_line_counts_the_contents_of_the_whole_block_and_says_whose_they_are():
    whole = block(*range(1, 8))
    part = whole.within(np.arange(7) < 3)
    lines = block_lines(SimpleNamespace(blocks=[(0, whole), (1, part)]))
    assert lines[0].statement.startswith(
        "7 accounts have 7 contents in common: they touch them 28 times, where"
    )
    assert lines[1].statement.startswith(
        "3 accounts, and 4 of other clusters, have 7 contents in common: the 3 touch them 6 times, "
    )


def test_joint_p_values_pay_for_both_kinds_of_evidence():
    log10_p = np.array([-9.0, -1.0, 0.0])
    found = with_blocks(log10_p, [(1, block(0)), (2, block(1)), (2, block(2, q_value=1e-3))])
    assert found == pytest.approx([-9.0, -6 + np.log10(2), -6 + np.log10(3)])
    assert (with_blocks(log10_p, [(0, block(0, q_value=0.9))]) <= 0).all()


@pytest.mark.parametrize(
    ("of_account", "blocks", "expected", "of_blocks"),
    [
        pytest.param(
            [0, 0, 1, 1, -1, 2], [(0, 1, 2, 3, 4)], [0, 0, 0, 0, 0, 1], [0], id="two lie in it"
        ),
        pytest.param(
            [0, 0, 1, 1, 1, 1, 1], [(0, 1, 2, 3)], [0, 0, 1, 1, 1, 1, 1], [0], id="one lies in it"
        ),
        pytest.param(
            [0, 0, 1, 1, 2, 2, -1],
            [(0, 1, 6), (2, 3, 4, 5), (0, 1, 2, 3, 4, 5)],
            [0, 0, 0, 0, 0, 0, 0],
            [0, 0, 0],
            id="merged, and merged again",
        ),
        pytest.param(
            [-1, -1, -1, 0, 0, 0, 1, 1],
            [(0, 1, 2), (3, 4, 5, 6, 7)],
            [1, 1, 1, 0, 0, 0, 0, 0],
            [1, 0],
            id="numbers close up behind a merged cluster",
        ),
        pytest.param(
            [0, 0, 0, 0, -1, -1], [(0, 4, 5)], [0, 0, 0, 0, -1, -1], [], id="a guest, and too few"
        ),
    ],
)
def test_clusters_that_lie_in_a_block_become_one(of_account, blocks, expected, of_blocks):
    of_account = np.array(of_account, np.int32)
    before = int(of_account.max()) + 1
    n_clusters, joined = join_clusters(of_account, before, [block(*b) for b in blocks], 3)
    assert of_account.tolist() == expected
    assert [cluster for cluster, _ in joined] == of_blocks
    assert n_clusters == max(expected) + 1
    for cluster, one in joined:
        assert (of_account[one.account] == cluster).all()


def test_the_line_of_a_mirrored_audience_says_what_a_taste_would_bring_about():
    found = replace(
        block(*range(1, 8)), signal=AUDIENCE, layer="play", least=3, posterior=np.full(7, 0.9)
    )
    (line,) = block_lines(SimpleNamespace(blocks=[(0, found)]))
    assert line.signal == "audience"
    assert line.statement == (
        "7 accounts are the audience of the same 7 contents (play, 3 times or more each). A taste "
        "fades out: to go by the accounts that have only some of them, 0.7 with most of them would "
        "be expected."
    )
