"""What can be played: artists, albums, tracks, editorial lists and posts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cib.datasets.synthetic.markets import DAY_S, MARKETS, START_US, UTC_OFFSET_S
from cib.datasets.synthetic.scripts import Scripts
from cib.datasets.synthetic.streams import hashes

Array = npt.NDArray[Any]

N_COMMUNITIES = 40
N_LISTS = 300
LIST_LENGTH = 40
MORNING_LIST = 0
SLEEP_LIST = N_LISTS - 1
DROP_DAY = 4  # the first Friday
_SLEEP_TRACKS = 60
_DROP_TRACKS = 14
_TASTE = 0.1 * N_COMMUNITIES  # Dirichlet(0.1) on average over communities


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every content of the world; contents are indexed 0 … n_contents - 1, tracks first."""

    content_id: Array
    """(n_contents,) uint64."""
    is_post: Array
    """(n_contents,) bool."""
    artist: Array
    """(n_contents,) index into `artist_id`, -1 for posts."""
    artist_id: Array
    label_id: Array
    """(n_artists,) uint64."""
    album: Array
    """(n_contents,) index into `album_id`, -1 for posts. An album's tracks lie side by side."""
    album_id: Array
    album_start: Array
    """(n_albums + 1,) first track of each album."""
    length_ms: Array
    """(n_contents,) int32, 0 for posts."""
    release_us: Array
    """(n_contents,) int64 microseconds since 1970."""
    market_taste: Array
    """(n_markets, N_COMMUNITIES) Dirichlet base of each market's listeners."""
    community_track: Array
    """Tracks by community, concatenated."""
    community_cdf: Array
    """Aligned with `community_track`: community c covers (c, c + 1]."""
    lists: Scripts
    """Editorial lists in their order; `MORNING_LIST` and `SLEEP_LIST` among them."""
    drop_album: int
    """The album that comes out at local midnight of `DROP_DAY`."""

    @property
    def posts(self) -> Array:
        """Indices of the posts, by falling popularity."""
        return np.flatnonzero(self.is_post)

    def draw(self, community: Array, u: Array) -> Array:
        """Map communities and uniform draws (both (n,)) to tracks, by popularity within taste."""
        slot = np.searchsorted(self.community_cdf, community + u)
        tracks: Array = self.community_track[np.minimum(slot, len(self.community_track) - 1)]
        return tracks


def make_catalogue(rng: np.random.Generator, n_artists: int, n_posts: int) -> Catalogue:
    """Build a catalogue with Zipf-Mandelbrot artist popularity and overlapping taste communities.

    Parameters
    ----------
    rng : the catalogue's stream
    n_artists : artists that listeners choose from; the sleep label and the newcomer come on top
    n_posts : posts that can be liked and shared

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
    age_days[drop_album] = UTC_OFFSET_S.max() / DAY_S - DROP_DAY
    release_us = START_US - (age_days[album] * DAY_S).astype(np.int64) * 1_000_000

    rank = np.arange(1, n_artists + 1)
    artist_weight = np.where(rank <= 1000, 1 / (rank + 15.0), (rank / 1000.0) ** -1.3 / 1015.0)
    place = rng.permuted(np.arange(n_music))  # any order within the artist is as good as another
    by_artist = np.lexsort((place, artist[:n_music]))
    first = np.searchsorted(artist[by_artist], np.arange(n_artists))
    within = np.empty(n_music)
    within[by_artist] = 1 / (np.arange(n_music) - first[artist[by_artist]] + 1.2)
    within /= np.bincount(artist[:n_music], within)[artist[:n_music]]
    weight = artist_weight[artist[:n_music]] * within

    home = rng.integers(0, N_COMMUNITIES, n_artists)
    guest = (home + rng.integers(1, N_COMMUNITIES, n_artists)) % N_COMMUNITIES
    community = np.concatenate([home[artist[:n_music]], guest[artist[:n_music]]])
    joint = np.concatenate([0.8 * weight, 0.2 * weight])
    order = np.argsort(community, kind="stable")
    mass = np.bincount(community, joint, N_COMMUNITIES)
    share = joint[order] / mass[community[order]]
    cdf = np.cumsum(share)
    local = np.exp(rng.normal(0, 1.0, (len(MARKETS), N_COMMUNITIES))) * mass
    market_taste = _TASTE * local / local.sum(axis=1, keepdims=True)

    community_track = np.concatenate([np.arange(n_music)] * 2)[order]
    lists = []
    for topic in rng.integers(0, N_COMMUNITIES, N_LISTS - 1):
        slot = np.searchsorted(cdf, topic + rng.random(6 * LIST_LENGTH))
        some = community_track[np.minimum(slot, len(community_track) - 1)]
        _, first_seen = np.unique(some, return_index=True)
        lists.append(some[np.sort(first_seen)[:LIST_LENGTH]])
    lists.append(n_tracks - _SLEEP_TRACKS + rng.permuted(np.arange(_SLEEP_TRACKS)))

    post_day = rng.uniform(-2, 12, n_posts)
    n_all = n_tracks + n_posts
    return Catalogue(
        content_id=hashes(rng, n_all),
        is_post=np.arange(n_all) >= n_tracks,
        artist=np.append(artist, np.full(n_posts, -1)),
        artist_id=hashes(rng, n_artists + 2),
        label_id=hashes(rng, n_artists // 12 + 2)[
            np.append(rng.integers(0, n_artists // 12, n_artists), [0, n_artists // 12])
        ],
        album=np.append(album, np.full(n_posts, -1)),
        album_id=hashes(rng, len(album_artist)),
        album_start=album_start,
        length_ms=np.append(length_ms, np.zeros(n_posts)).astype(np.int32),
        release_us=np.append(
            release_us, START_US + (post_day * DAY_S).astype(np.int64) * 1_000_000
        ),
        market_taste=market_taste,
        community_track=community_track,
        community_cdf=cdf,
        lists=Scripts.of(lists, "playlist_editorial", hashes(rng, N_LISTS)),
        drop_album=drop_album,
    )
