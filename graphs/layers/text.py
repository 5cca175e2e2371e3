"""Text layer: the same text, by its hash or by its letters once case and spacing are levelled."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from cib.datasets.log import InteractionLog
from cib.datasets.needs import Needs
from cib.graphs.layers.layer import Layer, column_layer

NEEDS: Needs = (("text_hash",), ("text",))


def layers(log: InteractionLog) -> list[Layer]:
    """Return the text layer when the log has `text_hash` or `text`."""
    phrase = "posted the same text"
    if (hashes := log.extras.get("text_hash")) is not None:
        return [column_layer(log, "text", phrase, hashes)]
    return [column_layer(log, "text", phrase, normalised(log.extras["text"]))]


def normalised(texts: pa.DictionaryArray) -> pa.DictionaryArray:
    """Give texts that differ only in case and white space one code; an empty text has none."""
    values = pc.utf8_lower(pc.utf8_normalize(texts.dictionary, form="NFKC"))
    values = pc.replace_substring_regex(values, pattern=r"\s+", replacement=" ")
    values = pc.utf8_trim_whitespace(values)
    codes = pc.if_else(pc.equal(values, ""), None, values).dictionary_encode()
    return pa.DictionaryArray.from_arrays(codes.indices.take(texts.indices), codes.dictionary)
