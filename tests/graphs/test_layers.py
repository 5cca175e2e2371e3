"""Layers: what each makes of a log, and what is said when a column is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from cib.datasets.errors import UsageError
from cib.datasets.log import InteractionLog, RowAccounting
from cib.graphs.layers import build_layers, build_untimed


def log_with(**extras):
    n = 4
    return InteractionLog(
        account=np.array([0, 1, 0, 1], np.int32),
        content=np.array([0, 0, 1, 2], np.int32),
        action=np.array([0, 0, 1, 1], np.int16),
        ts=np.arange(n, dtype=np.int64),
        account_ids=pa.array(["a", "b"]),
        content_ids=pa.array([10, 11, 12]),
        action_names=("like", "play"),
        extras={k: pa.array(v).dictionary_encode() for k, v in extras.items()},
        accounting=RowAccounting(n, n, 0, 0),
    )


def test_one_content_layer_per_action():
    layers, missing = build_layers(log_with())
    assert [layer.name for layer in layers] == ["like", "play"]
    assert layers[1].row.tolist() == [2, 3]
    assert layers[1].token.tolist() == [1, 2]
    assert {m.name: m.reason for m in missing} == {
        "shared_address": "the log has no column device_hash and ip_hash",
        "shared_device": "the log has no column device_hash",
        "target": "the log has no column target_account_id",
        "text": "the log has no column text_hash or text",
        "url": "the log has no column url_hash",
    }


def test_what_is_shown_is_no_conduct():
    shown = replace(log_with(), action_names=("ad_impression", "play"))
    assert [layer.name for layer in build_layers(shown)[0]] == ["play"]
    only = replace(shown, action_names=("ad_impression",), action=np.zeros(4, np.int16))
    assert [layer.name for layer in build_layers(only)[0]] == ["ad_impression"]


def test_rows_without_a_token_take_no_part():
    layers, _ = build_layers(log_with(url_hash=["u", None, "u", "v"]), ["url"])
    assert [layer.name for layer in layers] == ["url"]
    assert layers[0].row.tolist() == [0, 2, 3]
    assert layers[0].token[0] == layers[0].token[1] != layers[0].token[2]


def test_texts_that_differ_in_case_and_spacing_are_one_token():
    layers, _ = build_layers(log_with(text=["Stream  NOW", "stream now ", "  ", None]), ["text"])
    assert layers[0].row.tolist() == [0, 1]
    assert len(set(layers[0].token.tolist())) == 1


def test_an_unknown_layer_is_refused_with_the_choice():
    with pytest.raises(UsageError, match=r"plays cannot be built.*choose from like, play"):
        build_layers(log_with(), ["plays"])


def test_an_action_that_is_called_like_another_layer_keeps_apart():
    log = replace(log_with(url_hash=["u", "u", "v", "v"]), action_names=("like", "url"))
    layers, _ = build_layers(log)
    assert [layer.name for layer in layers] == ["like", "url", "url (action)"]
    assert [layer.n_rows for layer in layers] == [2, 4, 2]
    assert len(build_layers(log, ["url"])[0]) == 1


def test_untimed_layers_by_name_and_by_column():
    log = log_with(device_hash=["d", "d", None, "e"], ip_hash=["p", None, "p", "p"])
    address, device = build_untimed(log)
    assert (device.name, device.n_rows, device.n_tokens) == ("shared_device", 3, 2)
    assert (address.name, address.n_rows, address.n_tokens) == ("shared_address", 3, 1)
    assert [layer.name for layer in build_untimed(log, ["shared_device", "play"])] == [
        "shared_device"
    ]
    assert [layer.name for layer in build_layers(log, ["shared_device", "play"])[0]] == ["play"]
    assert build_untimed(log_with(ip_hash=["p", "p", "p", "p"])) == []
