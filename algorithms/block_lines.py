"""Block lines: what the accounts of a block have in common, said in a sentence."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cib.algorithms.blocks import AUDIENCE, BLOCK, LOOPED, ODD_HOURS, RARE, WHOLE_LOG, Block
from cib.algorithms.clusters import Clusters
from cib.algorithms.evidence_lines import EvidenceLine
from cib.datasets.durations import US_PER_SECOND
from cib.datasets.wording import duration, number, plural


def block_lines(clusters: Clusters) -> list[EvidenceLine]:
    """One line per block: what its accounts have in common, and what the crowd has."""
    return [
        EvidenceLine(
            cluster,
            block.signal,
            "coordination",
            float(block.observed.sum()),
            float(block.expected.sum()),
            block.log10_p,
            None,
            STATEMENTS[block.signal](block),
            block.q_value,
            n_accounts=len(block.account),
        )
        for cluster, block in clusters.blocks
    ]


def audience_statement(block: Block) -> str:
    """Say how a block of contents with one audience differs from a taste."""
    times = "" if block.least == 1 else f", {block.least} times or more each"
    few = of_so_many(float((1 - block.posterior).sum()))
    return (
        f"{who_of(block)} are the audience of the same {plural(len(block.content), 'content')} "
        f"({block.layer}{times}). A taste fades out: to go by the accounts that have only some of "
        f"them, {few} with most of them would be expected."
    )


def of_so_many(honest: float) -> str:
    """Say how many of a block's accounts are there without it."""
    return number(honest) if honest >= 0.5 else "not even one"


def who_of(block: Block) -> str:
    """Say how many accounts a block has, here and in other clusters."""
    who = plural(len(block.account), "account")
    return who + (f", and {block.n_elsewhere:,} of other clusters," if block.n_elsewhere else "")


def block_statement(block: Block) -> str:
    """Say what a block's accounts have in common, and what the crowd has."""
    observed, expected = int(block.observed.sum()), float(block.expected.sum())
    they, within = "they", ""
    chance = plural(round(expected), "time") if expected >= 0.5 else "not even once"
    if block.n_elsewhere:
        they = f"the {len(block.account):,}"
    if block.slot != WHOLE_LOG:
        within = f", counted by {duration(block.slot / US_PER_SECOND)}"
    return (
        f"{who_of(block)} have {plural(len(block.content), 'content')} in common: {they} touch "
        f"them {plural(observed, 'time')}{within}, where as many others, as active as they are, "
        f"would {chance}. A taste fades out; hardly anybody shares half as much of this as "
        "they do."
    )


def rare_statement(block: Block) -> str:
    """Say how contents that hardly anybody else acts on differ from a taste."""
    few = of_so_many(float((1 - block.posterior).sum()))
    usual = number(float(np.median(block.observed)))
    often = "" if block.least == 1 else f" {block.least} times or more"
    return (
        f"{who_of(block)} have {plural(len(block.content), 'content')} in common that hardly "
        f"anybody else acts on{often} ({block.layer}); each has {usual} or so of them. "
        f"A taste fades out: to go by the accounts that have fewer, {few} with so many would be "
        "expected."
    )


def looped_statement(block: Block) -> str:
    """Say how a content that is looped differs from all others."""
    days = int(block.observed.max())
    few = of_so_many(float((block.expected / block.observed).sum()))
    return (
        f"{who_of(block)} looped the same content ({block.layer}, {block.least} times or more "
        f"within a day), on up to {plural(days, 'day')} each: {few} of so many "
        "would have, were they an audience like any other."
    )


def odd_hours_statement(block: Block) -> str:
    """Say how often a block's accounts came to its contents when they otherwise hardly ever act."""
    observed, expected = int(block.observed.sum()), float(block.expected.sum())
    return (
        f"{who_of(block)} came to the same {plural(len(block.content), 'content')} ({block.layer}) "
        f"at hours at which they otherwise hardly ever act: {plural(observed, 'time')}, where "
        f"contents dealt out to their own moments would bring about {number(expected)}."
    )


STATEMENTS: dict[str, Callable[[Block], str]] = {
    BLOCK: block_statement,
    AUDIENCE: audience_statement,
    RARE: rare_statement,
    LOOPED: looped_statement,
    ODD_HOURS: odd_hours_statement,
}
"""The sentence of each kind of block."""
