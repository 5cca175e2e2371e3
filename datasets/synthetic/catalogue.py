"""What can be played and reacted to: tracks, albums, artists, lists, episodes, posts, links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.markets import DAY_S, MARKETS, START_US, utc_offset_s
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

CONTENT_KINDS = ("account", "ad", "episode", "hashtag", "playlist", "post", "track", "url")
N_COMMUNITIES = 40
N_LISTS = 300
LIST_LENGTH = 40
MORNING_LIST = 0
SLEEP_LIST = N_LISTS - 1
DROP_DAY = 4  # the first Friday
_SLEEP_TRACKS = 60
_DROP_TRACKS = 14
_TASTE = 0.1 * N_COMMUNITIES  # Dirichlet(0.1) on average over communities
_GUIDE = 4096
_FRESH_DAYS = (-2.0, 12.0)
"""Posts and what is shared like them are published this many days from the log's first."""


def kind_code(kind: str) -> int:
    """Index of `kind` in `CONTENT_KINDS`."""
    return CONTENT_KINDS.index(kind)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every content of the world, indexed 0 … n_contents - 1; tracks come first.

    Arrays over artists, albums and contents are aligned with `artist_id`, `album_id`, `content_id`.
    """

    content_id: Array
    """(n_contents,) uint64; of any type where the contents come from somebody's log."""
    kind: Array
    """(n_contents,) int8, index into `CONTENT_KINDS`."""
    artist: Array
    """(n_contents,) index into `artist_id`, -1 for what has none."""
    artist_id: Array
    label_id: Array
    distributor_id: Array
    registrant: Array
    """(n_artists,) uint64: who registered the recordings' codes."""
    ai_tag: Array
    """(n_artists,) bool."""
    genre: Array
    """(n_artists,) home community."""
    album: Array
    """(n_contents,) index into `album_id`, -1 for what has none. An album's tracks lie side by
    side."""
    album_id: Array
    album_start: Array
    """(n_albums + 1,) first track of each album."""
    length_ms: Array
    """(n_contents,) int32, 0 for what does not play."""
    release_us: Array
    """(n_contents,) int64 microseconds since 1970."""
    weight: Array
    """(n_contents,) share of what people find by themselves, among contents of its kind."""
    market_taste: Array
    """(n_markets, N_COMMUNITIES) Dirichlet base of each market's listeners."""
    community_track: Array
    """int32: tracks by community, concatenated."""
    community_cdf: Array
    """Aligned with `community_track`: community c covers (c, c + 1]."""
    guide: Array
    """int32: where in `community_cdf` to look first, for every 1/_GUIDE of a community."""
    lists: Scripts
    """Editorial lists in their order; `MORNING_LIST` and `SLEEP_LIST` among them."""
    drop_album: int
    """The album that comes out at local midnight of `DROP_DAY`."""

    def __len__(self) -> int:
        return len(self.content_id)

    def of_kind(self, kind: str) -> Array:
        """Indices of the contents of one kind, by falling popularity where they have one."""
        return np.flatnonzero(self.kind == kind_code(kind))

    def draw(self, community: Array, u: Array) -> Array:
        """Map communities and uniform draws (both (n,)) to tracks, by popularity within taste."""
        slot = np.searchsorted(self.community_cdf, community + u)
        tracks: Array = self.community_track[np.minimum(slot, len(self.community_track) - 1)]
        return tracks.astype(np.int64)

    def draw_kind(self, rng: np.random.Generator, kind: str, n: int) -> Array:
        """Draw `n` contents of one kind by popularity."""
        among = self.of_kind(kind)
        cdf = np.cumsum(self.weight[among])
        drawn: Array = among[np.searchsorted(cdf, rng.random(n) * cdf[-1])]
        return drawn


def make_catalogue(
    rng: np.random.Generator, n_artists: int, n_posts: int, *, n_days: int
) -> Catalogue:
    """Build a catalogue with Zipf-Mandelbrot artist popularity and overlapping taste communities.

    Parameters
    ----------
    rng : the catalogue's stream
    n_artists : artists that listeners choose from, most of them hardly known; the sleep label and
        the newcomer come on top
    n_posts : posts; links and tags are half as many, episodes and ads a tenth
    n_days : length of the log; posts appear all through it

    Notes
    -----
    Artist weights fall with rank r as (r + 15)^-1.0 down to rank 1,000 and as r^-1.3 beyond, the
    slopes measured on HetRec listening data; the shift keeps the most played track near 0.3% of
    plays. Lists are many and keep to one community each: with a few lists that everybody plays,
    nearly all pairs of accounts would share ordered runs, where 18% of real pairs do in a year.
    """
    n_albums_of = rng.integers(1, 5, n_artists)
    album_artist = np.repeat(np.arange(n_artists), n_albums_of)
    n_tracks_of = rng.integers(8, 15, len(album_artist))
    # The newcomer's album and the sleep label's come last; nobody meets them by popularity.
    drop_album = len(album_artist)
    album_artist = np.append(album_artist, [n_artists, n_artists + 1])
    n_tracks_of = np.append(n_tracks_of, [_DROP_TRACKS, _SLEEP_TRACKS])
    album_start = np.append(0, np.cumsum(n_tracks_of))
    album = np.repeat(np.arange(len(album_artist)), n_tracks_of)
    artist = album_artist[album]
    n_tracks = len(album)
    n_music = int(album_start[drop_album])

    length_ms = np.clip(205_000 * np.exp(rng.normal(0, 0.26, n_tracks)), 61_000, 430_000)
    length_ms[n_tracks - _SLEEP_TRACKS :] = rng.uniform(60_000, 180_000, _SLEEP_TRACKS)
    age_days = rng.exponential(1_500, len(album_artist)) + 20
    # Out at local midnight: the easternmost market has it first.
    east_s = max(float(utc_offset_s(i, DROP_DAY)) for i in range(len(MARKETS)))
    age_days[drop_album] = east_s / DAY_S - DROP_DAY
    release_us = START_US - (age_days[album] * DAY_S).astype(np.int64) * 1_000_000

    weight = _track_weights(rng, n_artists, artist[:n_music])
    home = rng.integers(0, N_COMMUNITIES, n_artists)
    guest = (home + rng.integers(1, N_COMMUNITIES, n_artists)) % N_COMMUNITIES
    community = np.concatenate([home[artist[:n_music]], guest[artist[:n_music]]])
    joint = np.concatenate([0.8 * weight, 0.2 * weight])
    order = np.argsort(community, kind="stable")
    mass = np.bincount(community, joint, N_COMMUNITIES)
    cdf = np.cumsum(joint[order] / mass[community[order]])
    community_track = np.concatenate([np.arange(n_music)] * 2)[order]
    local = np.exp(rng.normal(0, 1.0, (len(MARKETS), N_COMMUNITIES))) * mass

    lists = _lists(rng, community_track, cdf)
    lists.append(n_tracks - _SLEEP_TRACKS + rng.permuted(np.arange(_SLEEP_TRACKS)))

    n_labels = n_artists // 12 + 2
    label = np.append(rng.integers(0, n_labels - 2, n_artists), [0, n_labels - 2])
    distributor = rng.integers(0, max(n_labels // 40, 6), n_labels)[label]
    artist_id, list_id = hashes(rng, n_artists + 2), hashes(rng, N_LISTS)
    others = _others(rng, n_posts, n_days)
    n_others = len(others["kind"])
    contents = n_tracks + n_artists + 2 + n_others
    nothing = np.full(n_others, -1)
    return Catalogue(
        content_id=np.concatenate(
            [hashes(rng, n_tracks), artist_id, hashes(rng, n_others - N_LISTS), list_id]
        ),
        kind=np.concatenate(
            [
                np.full(n_tracks, kind_code("track")),
                np.full(n_artists + 2, kind_code("account")),
                others["kind"],
            ]
        ).astype(np.int8),
        artist=np.concatenate([artist, np.arange(n_artists + 2), nothing]),
        artist_id=artist_id,
        label_id=hashes(rng, n_labels)[label],
        distributor_id=hashes(rng, int(distributor.max()) + 1)[distributor],
        registrant=hashes(rng, n_labels)[label],
        ai_tag=rng.random(n_artists + 2) < np.append(0.15 * _obscurity(n_artists), [0.0, 0.5]),
        genre=np.append(home, [0, 0]),
        album=np.append(album, np.full(contents - n_tracks, -1)),
        album_id=hashes(rng, len(album_artist)),
        album_start=album_start,
        length_ms=np.concatenate([length_ms, np.zeros(n_artists + 2), others["length_ms"]]).astype(
            np.int32
        ),
        release_us=np.concatenate(
            [
                release_us,
                np.full(n_artists + 2, START_US - 4_000 * DAY_S * 1_000_000),
                START_US + (others["day"] * DAY_S).astype(np.int64) * 1_000_000,
            ]
        ),
        weight=np.concatenate(
            [
                weight / weight.sum(),
                np.zeros(n_tracks - n_music),
                np.append(_artist_weights(n_artists), [0.0, 0.0]),
                others["weight"],
            ]
        ),
        market_taste=_TASTE * local / local.sum(axis=1, keepdims=True),
        community_track=community_track.astype(np.int32),
        community_cdf=cdf,
        guide=make_guide(cdf),
        lists=Scripts.of(lists, "playlist_editorial", list_id),
        drop_album=drop_album,
    )


def make_guide(cdf: Array) -> Array:
    """Return where to start looking in `cdf` for every 1/_GUIDE of a community, int32."""
    steps = np.arange(N_COMMUNITIES * _GUIDE + 1) / _GUIDE
    # Where the last communities have no tracks, there is nothing behind the end.
    return np.minimum(np.searchsorted(cdf, steps), len(cdf) - 1).astype(np.int32)


def _obscurity(n_artists: int) -> Array:
    """0 for the best known artist, 1 for the least."""
    return np.arange(n_artists) / max(n_artists - 1, 1)


def _artist_weights(n_artists: int) -> Array:
    rank = np.arange(1, n_artists + 1)
    return np.where(rank <= 1000, 1 / (rank + 15.0), (rank / 1000.0) ** -1.3 / 1015.0)


def _track_weights(rng: np.random.Generator, n_artists: int, artist: Array) -> Array:
    """Share an artist's weight among the tracks, hits first."""
    place = rng.permuted(np.arange(len(artist)))  # any order within the artist is as good
    by_artist = np.lexsort((place, artist))
    first = np.searchsorted(artist[by_artist], np.arange(n_artists))
    within = np.empty(len(artist))
    within[by_artist] = 1 / (np.arange(len(artist)) - first[artist[by_artist]] + 1.2)
    within /= np.bincount(artist, within)[artist]
    weights: Array = _artist_weights(n_artists)[artist] * within
    return weights


def _lists(rng: np.random.Generator, community_track: Array, cdf: Array) -> list[Array]:
    """Editorial lists: each of one community, the better known tracks first."""
    lists = []
    for topic in rng.integers(0, N_COMMUNITIES, N_LISTS - 1):
        slot = np.searchsorted(cdf, topic + rng.random(6 * LIST_LENGTH))
        some = community_track[np.minimum(slot, len(community_track) - 1)]
        _, first_seen = np.unique(some, return_index=True)
        lists.append(some[np.sort(first_seen)[:LIST_LENGTH]])
    return lists


def _others(rng: np.random.Generator, n_posts: int, n_days: int) -> dict[str, Array]:
    """Draw all that is no track or profile; the first of each kind is the most popular."""
    sizes = {
        "post": n_posts,
        "url": n_posts // 2,
        "hashtag": n_posts // 2,
        "episode": max(n_posts // 10, 5),
        "ad": max(n_posts // 10, 5),
        "playlist": N_LISTS,
    }
    kind = np.repeat([kind_code(name) for name in sizes], list(sizes.values()))
    rank = np.concatenate([np.arange(n) for n in sizes.values()])
    weight = 1 / (rank + 10.0)
    low, high = _FRESH_DAYS[0], max(_FRESH_DAYS[1], n_days - 2.0)
    episode = kind == kind_code("episode")
    day = rng.uniform(low, high, len(kind))
    # Playlists, ads and episodes were there before; posts, links and tags come up all the time.
    for name, latest in (("playlist", -1_500.0), ("ad", -40.0), ("episode", -40.0)):
        day = np.where(kind == kind_code(name), latest, day)
    return {
        "kind": kind,
        "weight": weight / np.bincount(kind, weight)[kind],
        "day": day,
        "length_ms": np.where(episode, rng.uniform(1_200_000, 4_200_000, len(kind)), 0.0),
    }
