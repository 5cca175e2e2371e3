"""Audiences: which accounts are regulars of which token, and which tokens have the same ones.

Cost
----
Memory is 9 bytes for each account and token that has it, 9 more while these are collected, 16
more while they are compared; rows are never copied whole. Comparing popular tokens is not the
square of anything: a token is looked up under its accounts, once each, and meets there the tokens
that are entered under the same account. For a threshold t it is entered under its rarest accounts,
(1 - t) / (1 + t) of its audience (a third for t = 1/2), and no token meets one whose audience is
smaller than t times its own. So the steps are at most the sum, over accounts, of the tokens it is a
regular of, times those of them that are entered under it: 10^10 for 200,000 accounts with 300
tokens each, however many of the accounts a token has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cib.graphs import audiences_kernels as kernels
from cib.graphs.codes import MAX_CODES
from cib.graphs.events import Events
from cib.graphs.overlap import overlap
from cib.graphs.threads import map_ordered, n_threads


@dataclass(frozen=True, slots=True)
class Audiences:
    """The regulars of each token: accounts that acted on it often enough."""

    token: npt.NDArray[np.int32]
    """(n,) token codes, ascending."""
    account: npt.NDArray[np.int32]
    """(n,) account codes, ascending within a token."""
    times: npt.NDArray[np.uint8]
    """(n,) actions of the account on the token; 255 stands for more, too."""
    n_tokens: int
    """Number of token codes, used or not."""
    n_accounts: int
    """Number of account codes, used or not."""

    @classmethod
    def of(
        cls,
        events: Events,
        *,
        least: int = 1,
        smallest: int = 1,
        largest: int = MAX_CODES,
        threads: int | None = None,
    ) -> Audiences:
        """Find the regulars of each token.

        Parameters
        ----------
        events : rows of a layer
        least : actions on a token that make an account a regular of it
        smallest, largest : tokens with fewer or more regulars are left out
        threads : None for all cores; the result is the same for any number

        Examples
        --------
        >>> events = Events.from_arrays([4, 4, 2, 4, 2], [0, 0, 0, 1, 1], [9, 3, 5, 6, 7])
        >>> Audiences.of(events, least=2).account.tolist()
        [4]
        >>> Audiences.of(events).times.tolist()
        [1, 2, 1, 1]
        >>> Audiences.of(events, smallest=2).token.tolist()
        [0, 0, 1, 1]
        """
        if not events.n_rows:
            none = np.empty(0, np.int32)
            return cls(none, none, none.astype(np.uint8), events.n_tokens, events.n_accounts)

        def find(first: int, last: int) -> list[tuple[npt.NDArray[np.int32], ...]]:
            return [
                kernels.regulars(
                    events.account, events.token_start, low, high, least, smallest, largest
                )
                for low, high in events.walk(first, last)
            ]

        ranges = events.token_ranges(4 * n_threads(threads))
        parts = [part for found in map_ordered(find, ranges, threads) for part in found]
        token, account, times = (np.concatenate(side) for side in zip(*parts, strict=True))
        return cls(token, account, times, events.n_tokens, events.n_accounts)

    def at_least(self, least: int, smallest: int = 1) -> Audiences:
        """The regulars that acted on their token this often (1 to 255), as `of` finds them."""
        if not 1 <= least <= kernels.MOST_TIMES:
            raise ValueError(f"least must be from 1 to {kernels.MOST_TIMES}, not {least}.")
        chosen = self.times >= least
        n_regulars = np.bincount(self.token[chosen], minlength=self.n_tokens)
        return self._only(chosen & (n_regulars >= smallest)[self.token])

    def of_tokens(self, chosen: npt.NDArray[np.bool_]) -> Audiences:
        """These of the tokens alone; `chosen` is (n_tokens,)."""
        return self._only(chosen[self.token])

    def _only(self, rows: npt.NDArray[np.bool_]) -> Audiences:
        token, account, times = self.token[rows], self.account[rows], self.times[rows]
        return Audiences(token, account, times, self.n_tokens, self.n_accounts)

    def sample(self, most: int, threshold: float) -> npt.NDArray[np.bool_]:
        """Choose tokens so that comparing them takes time in line with the regulars there are.

        Where the accounts that a token would be entered under are regulars of more than `most`
        tokens each, one in so many is chosen that each account keeps about `most` of them. All
        others are chosen.

        Parameters
        ----------
        most : tokens of an account
        threshold : as for `alike`

        Returns
        -------
        (n_tokens,) bool

        Examples
        --------
        >>> account, token = [0] * 1000 + [1] * 1000, [*range(1000)] * 2
        >>> audiences = Audiences.of(Events.from_arrays(account, token, token))
        >>> int(audiences.sample(125, 0.5).sum()), bool(audiences.sample(1000, 0.5).all())
        (125, True)
        """
        chosen = np.ones(self.n_tokens, np.bool_)
        n_of_account = np.bincount(self.account, minlength=self.n_accounts)
        if n_of_account.max(initial=0) <= most:
            return chosen
        light = n_of_account[self.account] <= most
        n_regulars = np.bincount(self.token, minlength=self.n_tokens)
        n_light = np.bincount(self.token[light], minlength=self.n_tokens)
        n_entered = (n_regulars * (1 - threshold) / (1 + threshold)).astype(np.int64) + 1
        n_entered = np.minimum(n_entered, n_regulars)
        heavy = np.flatnonzero(n_light < n_entered)
        if not len(heavy):
            return chosen
        chosen[heavy] = False
        rows = ~chosen[self.token]
        token, account = self.token[rows], self.account[rows]
        account = account[np.lexsort((account, n_of_account[account], token))]
        begin = np.concatenate(([0], np.cumsum(n_regulars[heavy])[:-1]))
        decides = account[begin + n_entered[heavy] - 1]
        # evenly, one deciding account after the other, so that none goes without
        order = np.argsort(decides, kind="stable")
        share = most / n_of_account[decides[order]]
        chosen[heavy[order]] = np.diff(np.floor(np.cumsum(share) + 1e-9), prepend=0) > 0
        return chosen

    def alike(
        self,
        threshold: float,
        *,
        min_shared: int = 1,
        most_pairs: int | None = None,
        threads: int | None = None,
    ) -> pa.Table:
        """Pairs of tokens whose audiences have a Jaccard similarity of at least `threshold`.

        Returns
        -------
        pyarrow.Table
            As `overlap`, with tokens in the place of accounts.

        Raises
        ------
        TooManyPairs
            More than `most_pairs`.
        """
        return overlap(
            self.token,
            self.account,
            measure="jaccard",
            threshold=threshold,
            min_shared=min_shared,
            most_pairs=most_pairs,
            threads=threads,
        )
