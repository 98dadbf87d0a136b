"""One message of a broker as statuses of EVSEs. One that cannot be read is told, with where it came from and its beginning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.clock import Millis
from app.model.batch import Origin, StatusRecord
from app.model.enums import Status
from app.model.outside import decoded
from app.model.problem import Problem, Severity
from app.sources.rest.expression import ExpressionFailed
from app.sources.rest.statuses import LONGEST, read_time
from app.sources.rest.template import Scope, scopes_in
from app.sources.rest.words import Words, unknown
from app.sources.tap.settings import MessageSettings

SHOWN = 80
_END_OF_TIME: Millis = 253_402_300_800_000
"""The year 10000."""


@dataclass(frozen=True, slots=True)
class Message:
    place: str
    """For people: `topic site/7/evse/1`, `queue chargefeed, key evse.7`."""
    topic: tuple[str, ...]
    body: bytes
    received_at: Millis
    headers: Mapping[str, Any] = field(default_factory=dict)
    retained: bool = False
    """It holds since some time; else something happens."""
    again: bool = False
    """Delivered before, maybe."""


class Said(NamedTuple):
    """One status of a message. `charger` is None where it names its EVSE itself."""

    record: StatusRecord
    """`evse` is empty where the charger speaks of itself."""
    charger: str | None = None
    plug: str = ""


class Refused(ValueError):
    """A message, or one status of it, cannot be used."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


class Reader:
    def __init__(self, settings: MessageSettings) -> None:
        self._settings = settings
        self._described = settings.description
        self._words = Words(settings.status_map, self._described.status_map)

    def read(self, message: Message, problems: list[Problem]) -> Iterator[Said]:
        """Tells `problems` what could not be used; what is not meant is left out without a word."""
        described = self._described
        if not message.body:
            return  # which is how a retained message is taken back
        try:
            scope = self._scope(message)
            if described.where is not None and not described.where.find(scope):
                return
            items = [scope] if described.each is None else scopes_in(described.each.find(scope), scope)
        except (ExpressionFailed, Refused) as error:
            problems.append(_told(error, message))
            return
        for item in items:
            try:
                yield self._said({**_context(message), **item}, message, problems)
            except (ExpressionFailed, Refused) as error:
                problems.append(_told(error, message))

    def _scope(self, message: Message) -> Scope:
        if len(message.body) > self._settings.max_body:
            raise Refused(Problem("is larger than `max_body`: left out", value=f"{len(message.body)} bytes"))
        try:
            text = self._described.payload == "text"
            payload = message.body.decode() if text else decoded(message.body)
        except ValueError as error:
            what = "text" if self._described.payload == "text" else "JSON"
            raise Refused(Problem(f"is no {what} ({error}): left out")) from None
        [scope] = scopes_in([payload])
        if (inner := self._described.inner) is not None:
            scope = {**scope, "inner": _inner(inner.find(scope), str(inner))}
        return {**scope, **_context(message)}

    def _said(self, item: Scope, message: Message, problems: list[Problem]) -> Said:
        fields = self._described.fields
        charger: str | None = None
        plug = ""
        if fields.evse is not None:
            name = _text(fields.evse.find(item), "evse")
            evse = self._settings.named_evses.get(name, name)
        else:
            assert fields.charger is not None
            assert fields.connector is not None
            charger = _text(fields.charger.find(item), "charger")
            evse = self._evse_of(charger, _number(fields.connector.find(item)))
            found = fields.plug.find(item) if fields.plug else None
            plug = "" if found is None else str(found)
        word = fields.status.find(item)
        status = self._words.meaning(word)
        if status is None and charger is not None and not evse:
            remedy = "Say in `status_map` of the source what the word means"
            what = "no known status of a whole charger: left out"
            raise Refused(Problem(what, record=charger, path="status", value=str(word)[:SHOWN], remedy=remedy))
        if status is None:
            problems.append(unknown(word, evse or charger or "", message.place, "status"))
        occurred_at = self._time(fields.occurred_at.find(item) if fields.occurred_at else None, message, problems)
        origin = Origin.OBSERVED if occurred_at is None else Origin.BACKEND
        at = message.received_at
        return Said(StatusRecord(evse, status or Status.UNKNOWN, occurred_at, origin, received_at=at), charger, plug)

    def _evse_of(self, charger: str, connector: int) -> str:
        if connector == 0:
            return ""
        evse = self._settings.evse_id(charger, connector, None)
        if isinstance(evse, Problem):
            raise Refused(evse)
        return evse

    def _time(self, time: Any, message: Message, problems: list[Problem]) -> Millis | None:
        if time in (None, ""):
            return None
        at = read_time(time, self._described.times)
        if at is None or not 0 < at < _END_OF_TIME:
            at = None
            what = f"no time as `times: {self._described.times}` says: left out"
            remedy = "Say in `times` of the description how they are written"
            value = str(time)[:SHOWN]
            problems.append(
                Problem(what, Severity.PARTLY, path="occurred_at", where=message.place, value=value, remedy=remedy)
            )
        return at


def _context(message: Message) -> dict[str, Any]:
    return {"topic": list(message.topic), "headers": message.headers}


def _inner(text: Any, path: str) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return decoded(text)
    except ValueError as error:
        raise Refused(Problem(f"is no JSON ({error}): left out", path=path, value=text[:SHOWN])) from None


def _text(value: Any, path: str) -> str:
    name = "" if value is None or isinstance(value, bool | list | dict) else str(value)
    if not (name and len(name) <= LONGEST and name.isprintable()):
        remedy = f"Each message names its EVSE; look at it, or change `{path}` of the description"
        raise Refused(Problem(f"names no {path}: left out", path=path, value=str(value or "")[:SHOWN], remedy=remedy))
    return name


def _number(value: Any) -> int:
    text = str(value)
    if not (text.isdecimal() and len(text) <= 3):
        remedy = (
            "It is a number, 0 for the charger itself; look at the message, or change `connector` of the description"
        )
        raise Refused(Problem("names no connector: left out", path="connector", value=text[:SHOWN], remedy=remedy))
    return int(text)


def _told(error: ExpressionFailed | Refused, message: Message) -> Problem:
    """With the place of the message and, where nothing else is shown of it, its beginning."""
    beginning = message.body[:SHOWN].decode(errors="replace")
    if isinstance(error, Refused):
        told = error.problem
        return Problem(
            told.what,
            told.severity,
            "",
            told.record,
            told.path,
            message.place,
            "",
            told.value or beginning,
            told.remedy,
        )
    remedy = "Look at the message, or change the expression"
    return Problem(f"{error}: left out", where=message.place, value=beginning, remedy=remedy)
