"""Every column of the interaction log, declared once; mapping, reading and docs derive from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "name", "time", "int32", "int64"]
"""`id`: string or integer, kept exactly; `name`: text; `time`: an instant; the rest: numbers."""

Use = Literal["who", "what", "when", "identity", "structure", "place", "machine", "text", "money"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column that a log may have."""

    name: str
    kind: Kind
    required: bool
    use: Use
    """What the column is for."""
    doc: str
    """One line for the reference page and for error messages."""
    aliases: tuple[str, ...] = ()
    """Foreign names that usually mean this column; only ever suggested, never assumed."""


COLUMNS: tuple[Column, ...] = (
    Column(
        "account_id",
        "id",
        True,
        "who",
        "the account that acted",
        (
            "user_id",
            "account",
            "user",
            "userid",
            "uid",
            "author_id",
            "author",
            "actor_id",
            "actor",
            "listener_id",
            "member_id",
            "profile_id",
            "screen_name",
            "username",
        ),
    ),
    Column(
        "content_id",
        "id",
        True,
        "what",
        "the track, post, URL or other thing acted on",
        (
            "object",
            "object_id",
            "content",
            "item_id",
            "item",
            "track_id",
            "song_id",
            "track",
            "post_id",
            "media_id",
            "video_id",
            "url",
            "uri",
            "tweet_id",
            "status_id",
        ),
    ),
    Column(
        "ts",
        "time",
        True,
        "when",
        "when it happened (UTC)",
        (
            "timestamp",
            "time",
            "created_at",
            "event_time",
            "datetime",
            "date",
            "event_ts",
            "ts_ms",
            "ts_us",
            "unix_time",
            "epoch",
            "played_at",
            "timestamp_ms",
            "occurred_at",
        ),
    ),
    Column(
        "action",
        "name",
        False,
        "what",
        'what was done (play, share, …); without the column every row is an "interaction"',
        ("kind", "event_type", "event", "type", "verb", "action_type", "interaction_type"),
    ),
    Column(
        "event_id",
        "id",
        False,
        "identity",
        "the platform's id of this event, to drop duplicates",
        ("uuid", "event_uuid", "row_id", "message_id"),
    ),
    Column(
        "duration_ms",
        "int32",
        False,
        "what",
        "how long it was played, milliseconds",
        ("ms_played", "duration", "play_ms", "played_ms"),
    ),
    Column(
        "content_kind",
        "id",
        False,
        "what",
        "what the content is (track, post, hashtag, …)",
        ("object_type", "item_type", "content_type"),
    ),
    Column(
        "parent_id",
        "id",
        False,
        "structure",
        "the playlist, album, radio or thread it is in",
        ("playlist_id", "context_uri", "context_id", "thread_id", "conversation_id"),
    ),
    Column(
        "parent_kind",
        "id",
        False,
        "structure",
        "what the parent is (playlist, thread, …)",
        ("context_type", "parent_type"),
    ),
    Column(
        "market",
        "id",
        False,
        "place",
        "the account's market, ISO 3166-1 alpha-2",
        ("country", "country_code", "region"),
    ),
    Column(
        "ip_market",
        "id",
        False,
        "place",
        "the market of the IP address, ISO 3166-1 alpha-2",
        ("ip_country", "conn_country", "geoip_country"),
    ),
    Column(
        "device_hash",
        "id",
        False,
        "machine",
        "a hash of the device",
        ("device_id", "device", "device_fingerprint"),
    ),
    Column(
        "ip_hash",
        "id",
        False,
        "machine",
        "a hash of the IP address",
        ("ip", "ip_addr", "ip_address"),
    ),
    Column(
        "asn",
        "id",
        False,
        "machine",
        "the autonomous system of the IP address",
        ("as_number", "ip_asn"),
    ),
    Column(
        "platform",
        "id",
        False,
        "machine",
        "the client (ios, android, web, …) or network",
        ("client", "app", "source", "user_agent"),
    ),
    Column(
        "tier",
        "id",
        False,
        "money",
        "the account's plan (free, premium, …)",
        ("plan", "subscription", "product"),
    ),
    Column("text_hash", "id", False, "text", "64-bit SimHash of the text", ("simhash", "phash")),
    Column(
        "text",
        "id",
        False,
        "text",
        "the text itself",
        ("message", "body", "full_text", "tweet_text", "comment"),
    ),
    Column(
        "url_hash",
        "id",
        False,
        "text",
        "a hash of the URL that was shared",
        ("link_hash", "url_md5", "url_sha256"),
    ),
    Column(
        "target_account_id",
        "id",
        False,
        "who",
        "the account that was followed, replied to, …",
        ("target_user_id", "target_id", "followed_id", "in_reply_to_user_id", "mentioned_id"),
    ),
    Column("report_reason", "id", False, "what", "the reason given with a report", ("reason",)),
    Column(
        "received_ts",
        "time",
        False,
        "when",
        "when the server received the event (UTC)",
        ("received_at", "server_ts", "ingested_at"),
    ),
    Column(
        "royalty_micro",
        "int64",
        False,
        "money",
        "royalty for this row, millionths",
        ("royalty", "payout_micro"),
    ),
)
"""The columns in the order in which they are documented and reported."""

BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}
REQUIRED: tuple[str, ...] = tuple(column.name for column in COLUMNS if column.required)
EXTRAS: tuple[str, ...] = tuple(
    column.name
    for column in COLUMNS
    if not column.required and column.name not in ("action", "event_id")
)
"""What `InteractionLog.extras` can hold: all but the four codes and `event_id`, which serves to
find duplicates and is then let go (it is as long as the log and says nothing more)."""

TIME_UNITS: dict[str, int] = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
"""Units an integer time may be declared in, and how many make a second."""

DEFAULT_ACTION = "interaction"
"""The action of every row of a log without an action column."""
