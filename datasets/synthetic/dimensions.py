"""The dimension tables: accounts, contents, contexts."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.synthetic.accounts import Accounts
from cib.datasets.synthetic.catalogue import CONTENT_KINDS, Catalogue
from cib.datasets.synthetic.components import Component, Context
from cib.datasets.synthetic.events import TIERS
from cib.datasets.synthetic.markets import MARKET_CODES, START_US
from cib.datasets.synthetic.playlists import created_us, followers, titles
from cib.datasets.synthetic.streams import account_ids
from cib.datasets.synthetic.tables import TS, codes, hashed, texts

_LIST_FOLLOWERS = 40_000
"""Of the most followed editorial list; the others have fewer by rank."""


def accounts_table(accounts: Accounts, seed: int) -> pa.Table:
    """Return the account dimension of these accounts."""
    return pa.table(
        {
            "account_id": texts(account_ids(accounts.number, seed)),
            "created_ts": pa.array(accounts.created_us).view(TS),
            "market": codes(accounts.market, MARKET_CODES),
            "tier": codes(accounts.tier, TIERS),
            "plan_id": hashed(accounts.plan_id),
            "payment_hash": hashed(accounts.payment_hash),
            "email_domain_hash": hashed(accounts.email_domain_hash),
            "signup_ip_hash": hashed(accounts.addresses.ip[:, 0]),
        }
    )


def content_table(catalogue: Catalogue) -> pa.Table:
    """Return the content dimension, by content id."""
    c = catalogue
    nobody, single = c.artist < 0, c.album < 0
    table = pa.table(
        {
            "content_id": c.content_id,
            "kind": codes(c.kind, CONTENT_KINDS),
            "artist_id": pa.array(c.artist_id[c.artist], mask=nobody),
            "label_id": pa.array(c.label_id[c.artist], mask=nobody),
            "distributor_id": pa.array(c.distributor_id[c.artist], mask=nobody),
            "isrc_registrant": pa.array(c.registrant[c.artist], mask=nobody),
            "album_id": pa.array(c.album_id[c.album], mask=single),
            "length_ms": pa.array(c.length_ms, mask=c.length_ms == 0),
            "release_ts": pa.array(c.release_us).view(TS),
            "genre": pa.array(c.genre[c.artist], pa.int16(), mask=nobody),
            "ai_tag": pa.array(c.ai_tag[c.artist], mask=nobody),
        }
    )
    return table.sort_by("content_id")


def contexts_table(
    catalogue: Catalogue, components: list[Component], everybody: list[Accounts], seed: int
) -> pa.Table:
    """Return the playlists, threads and campaigns with an owner or followers, by id.

    Parameters
    ----------
    catalogue : the editorial lists
    components : what confounder groups and rings brought
    everybody : all accounts, each with a playlist of its own
    seed : of the world
    """
    lists = catalogue.lists
    rows = [
        {
            "parent_id": int(parent),
            "kind": "playlist_editorial",
            "owner_account_id": None,
            "created_ts": START_US - 400 * 86_400_000_000,
            "followers": _LIST_FOLLOWERS // (rank + 1) + 50,
            "title_simhash": None,
        }
        for rank, parent in enumerate(lists.parent_id.tolist())
    ]
    rows += [
        {
            "parent_id": int(context.parent_id),
            "kind": context.kind,
            "owner_account_id": _id(context.owner, seed),
            "created_ts": int(context.created_us),
            "followers": int(context.followers),
            "title_simhash": _title(context),
        }
        for component in components
        for context in component.contexts
    ]
    schema = pa.schema(
        [
            ("parent_id", pa.uint64()),
            ("kind", pa.string()),
            ("owner_account_id", pa.string()),
            ("created_ts", TS),
            ("followers", pa.int64()),
            ("title_simhash", pa.uint64()),
        ]
    )
    brought = pa.Table.from_pylist(rows, schema)
    own = pa.concat_tables([own_playlists(accounts, seed) for accounts in everybody])
    new = pc.invert(pc.is_in(own["parent_id"], brought["parent_id"].combine_chunks()))
    return pa.concat_tables([brought, own.filter(new)]).sort_by("parent_id")


def own_playlists(accounts: Accounts, seed: int) -> pa.Table:
    """Return the rows of the contexts for the accounts' own playlists."""
    ids = accounts.playlist_id
    return pa.table(
        {
            "parent_id": ids,
            "kind": pa.array(np.full(len(ids), "playlist_ugc").astype(object), pa.string()),
            "owner_account_id": texts(account_ids(accounts.number, seed)),
            "created_ts": pa.array(created_us(ids, accounts.created_us)).view(TS),
            "followers": followers(ids),
            "title_simhash": titles(ids),
        }
    )


def _title(context: Context) -> int | None:
    """Whoever made a playlist named it; lists of editors, threads and campaigns have no title."""
    if context.title_simhash or context.kind != "playlist_ugc":
        return int(context.title_simhash) or None
    return int(titles(np.array([context.parent_id], np.uint64))[0])


def _id(number: int, seed: int) -> str:
    return str(account_ids(np.array([number]), seed)[0], "ascii")
