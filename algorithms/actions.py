"""What kinds of actions there are: the names that logs give them, in lower case."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

LISTENING = ("play", "stream", "listen", "view", "watch", "download")
ADDING = ("playlist_add", "library_add")
FOLLOWING = ("follow", "subscribe", "save", "like", "favourite", "favorite", *ADDING)
REPORTING = ("report", "flag")
SPEAKING = (
    *("post", "share", "comment", "reply", "mention", "quote"),
    *("tweet", "retweet", "repost", "rt", "re", "mt"),
)
ADVERTISING = ("ad_click", "ad_impression")


def of_kind(
    action: npt.NDArray[np.int16], names: Sequence[str], kind: Sequence[str]
) -> npt.NDArray[np.bool_]:
    """(n,) whether each action is of a kind.

    Examples
    --------
    >>> of_kind(np.array([0, 1, 1], np.int16), ["Play", "report"], REPORTING).tolist()
    [False, True, True]
    """
    wanted = np.array([name.lower() in kind for name in names], np.bool_)
    return wanted[action]
