"""Locations and tariffs as they were pushed: each message is safe here, with a letter of it, before it is answered."""

from __future__ import annotations

from typing import Any

import orjson

from app.clock import Clock
from app.model.batch import Kind, Parsed
from app.model.identifiers import object_key
from app.model.letter import Holdings, Letter, Turn
from app.model.problem import Severity
from app.sources.ocpi_push.letters import object_written, read_object, withdrawal_letter
from app.sources.ocpi_push.objects import BAD_PARAMETER, Body, Message, Refused, changed, part_of, unknown
from app.sources.ocpi_push.settings import OcpiPushSettings


class KeptObjects:
    def __init__(self, settings: OcpiPushSettings, clock: Clock, holdings: Holdings) -> None:
        self._settings = settings
        self._clock = clock
        self._holdings = holdings

    def get(self, kind: Kind, owner: tuple[str, str], ids: tuple[str, ...]) -> Body:
        """Raises Refused."""
        held = self._holdings.get(kind, object_key(*owner, ids[0]))
        found = None if held is None else part_of(orjson.loads(held)["body"], ids[1:])
        if found is None:
            raise unknown(kind)
        return found

    def take(self, message: Message, where: str) -> bool:
        """A PUT or PATCH; False where the object was known. Raises Refused, RegistryError."""
        key, was_known = object_key(*message.owner, message.ids[0]), False

        def change(before: bytes | None) -> Turn:
            nonlocal was_known
            held: dict[str, Any] = {} if before is None else orjson.loads(before)
            was_known = before is not None
            # A part in one version goes into no whole of another.
            body = changed(held["body"] if held.get("version") == message.version else None, message)
            written = object_written(key, message.owner, message.version, body, where)
            parsed = read_object(message.kind, written, self._settings)
            if parsed.record is None:
                raise Refused(200, BAD_PARAMETER, _why(parsed))
            return written, Letter(message.kind, self._clock.now(), written)

        self._holdings.turn(message.kind, key, change)
        return not was_known

    def withdraw(self, owner: tuple[str, str], id: str) -> None:
        """A tariff. Raises Refused where there is none, RegistryError."""
        key = object_key(*owner, id)

        def change(before: bytes | None) -> Turn:
            if before is None:
                raise unknown(Kind.TARIFFS)
            return None, withdrawal_letter(Kind.TARIFFS, key, self._clock.now())

        self._holdings.turn(Kind.TARIFFS, key, change)


def _why(parsed: Parsed) -> str:
    first = next((problem for problem in parsed.problems if problem.severity is Severity.REFUSED), None)
    if first is None:
        return "it cannot be read"
    return f"`{first.path}`: {first.what}" if first.path else first.what
