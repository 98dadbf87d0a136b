"""What Hubject holds of an object, as far as we know: the records that it took. They are kept whole, since a `delete` has to name
them whole."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

import orjson

from app.formats.oicp.conversion import Record

Records = dict[str, Record]
"""By what tells two apart: an EvseID without separators and case, a ProductID."""


@dataclass(slots=True)
class Held:
    """Of one operation."""

    records: Records = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)
    """Digest of the record that was, and why: it is not sent again until it changes."""


def loads(memory: bytes | None) -> dict[str, Held]:
    """By the word of the operation."""
    if memory is None:
        return {}
    return {word: Held(*parts) for word, parts in orjson.loads(zlib.decompress(memory)).items()}


def dumps(held: Mapping[str, Held]) -> bytes | None:
    """None: nothing of it is there, and nothing was refused."""
    said = {word: [each.records, each.refused] for word, each in held.items() if each.records or each.refused}
    return zlib.compress(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)) if said else None


def digest(record: Record) -> str:
    return blake2b(orjson.dumps(record, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()
