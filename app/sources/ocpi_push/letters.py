"""What is written of an object that was pushed: to be put together with what comes later, and for the worker to read."""

from __future__ import annotations

from functools import partial
from typing import Any

import orjson

from app.clock import Millis
from app.errors import SourceAnswerError
from app.model.batch import Batch, Kind, Parsed, Raw
from app.model.letter import Letter
from app.sources.ocpi_push.objects import Body
from app.sources.ocpi_push.settings import OcpiPushSettings
from app.sources.records import dated, nothing_to_read, read_record

CURSOR = "pushed"
"""Each message is a sign of life."""


def object_written(key: str, owner: tuple[str, str], version: str, body: Body, where: str) -> bytes:
    """`owner` is the URL's: 2.1.1 names none in its objects."""
    return orjson.dumps({"key": key, "owner": owner, "version": version, "body": body, "where": where})


def withdrawal_letter(kind: Kind, key: str, at: Millis) -> Letter:
    return Letter(kind, at, orjson.dumps({"key": key}))


def read_object(kind: Kind, written: bytes, settings: OcpiPushSettings) -> Parsed:
    said = orjson.loads(written)
    return _read(kind, said, settings, _raw(said))


def opened_letter(letter: Letter, settings: OcpiPushSettings, *, rules: str) -> Batch:
    """Raises SourceAnswerError where it is none of these."""
    try:
        said = orjson.loads(letter.payload)
        batch = partial(Batch, settings.name, letter.kind, letter.received_at, cursor=CURSOR)
        if "body" not in said:
            return batch(nothing_to_read, (), deleted=(said["key"],))
        read = partial(_read, letter.kind, said, settings)
        return batch(read, (_raw(said),), rules=f"{rules} {said['version']}")
    except (ValueError, TypeError, KeyError) as error:
        where = f"source {settings.name}, inbox"
        raise SourceAnswerError(f"no letter with an object: {error}", where=where, remedy="It is left out") from error


def _read(kind: Kind, said: dict[str, Any], settings: OcpiPushSettings, raw: Raw) -> Parsed:
    owner = dict(zip(("country_code", "party_id"), said["owner"], strict=True))
    parsed = read_record(kind, said["version"], settings.model_copy(update=owner), raw)
    if kind is Kind.LOCATIONS and settings.status_time == "last_updated":
        return dated(parsed, raw.body)
    return parsed


def _raw(said: dict[str, Any]) -> Raw:
    return Raw(said["key"], said["body"], said["where"])
