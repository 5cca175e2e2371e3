"""What several explanations predict: people with lives and machines of their own."""

from __future__ import annotations

from cib.algorithms.alternatives.alternative import Prediction, times
from cib.algorithms.alternatives.seen import Seen


def own_life(seen: Seen, against: float, fits: float) -> Prediction:
    """Members do other things than what they have in common."""
    return Prediction(
        "the share of a middling member's interactions that is not on the targets",
        seen.own_life,
        against,
        fits,
    )


def others(seen: Seen, against: float, fits: float) -> Prediction:
    """What members have in common has an audience beyond them."""
    return Prediction(
        "the share of the middling target's audience that is not in the cluster",
        seen.others,
        against,
        fits,
    )


def own_devices(seen: Seen) -> Prediction:
    """Members act on what they have in common from devices of their own."""
    return Prediction(
        "the share of members whose device another member uses too",
        seen.shared("device_hash"),
        0.7,
        0.3,
        column="device_hash",
    )


def favourites(seen: Seen, against: float, fits: float) -> Prediction:
    """Counts have a heavy tail: some of it is loved, most is known."""
    return Prediction(
        "how many times oftener a member comes to its favourite target than to its middling one",
        seen.favourite,
        against,
        fits,
        times,
    )


def reactions(seen: Seen) -> Prediction:
    """People save, like, follow and share some of what they hear: about 3% of completed plays."""
    return Prediction(
        "the share of saves, likes, follows, shares and the like among interactions with targets",
        seen.reactions,
        0.0,
        0.01,
    )


def skips(seen: Seen, against: float, fits: float) -> Prediction:
    """People skip; 28% of plays end within 30 s among measured honest listeners."""
    return Prediction(
        "the share of plays of targets that end within 30 s",
        seen.skips,
        against,
        fits,
        column="duration_ms",
    )


def no_cut_off(seen: Seen) -> Prediction:
    """Plays do not end just past the 30 s that are paid for (honest ceiling 3.5%)."""
    return Prediction(
        "the share of plays of 30 s and more that end before 35 s",
        seen.just_over,
        0.3,
        0.05,
        column="duration_ms",
    )


def not_many_times(seen: Seen, against: float, fits: float) -> Prediction:
    """Members come to each of the targets a few times only."""
    return Prediction(
        "how often a member comes to a target it touches, on average,",
        seen.times_each,
        against,
        fits,
        times,
    )
