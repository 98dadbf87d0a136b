"""What a batch does to single EVSEs: which status is published, what goes into history, who is missing or back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, Engine, Row, and_, bindparam, case, select

from app.clock import Millis, format_time
from app.model.batch import Origin, StatusRecord
from app.model.identifiers import compare_key
from app.registry.database import reading
from app.registry.merge import Body, status_part
from app.registry.status import REMOVED, UNKNOWN, Observation
from app.registry.tables import evse

STALE = "stale"
MISSING = "missing"
GONE = "removed"
SCHEDULE = "schedule"

NOT_YET: Millis = 60_000
"""So far ahead of a batch no other one is that was received while it waited."""
AT_ONCE = 500  # values in one IN (…)


@dataclass(slots=True)
class Turn:
    """What happens to one EVSE that the registry knows."""

    row: Row[Any]
    values: dict[str, Any] = field(default_factory=dict)
    """Columns of `evse` to write."""
    part: Body | None = None
    """`merge.status_part` to publish; None where the published status stays."""
    newest: Observation | None = None
    """What `part` rests on; None where chargefeed itself decided (stale, missing, removed)."""
    history: list[Observation] = field(default_factory=list)
    """In their order."""
    received_earlier: dict[int, Millis] = field(default_factory=dict)
    """id in `history` → when the message was received first, where its second delivery was known before."""

    @property
    def writes(self) -> bool:
        return bool(self.values or self.history or self.received_earlier)

    @property
    def resumes(self) -> bool:
        """What a source said before holds again, after chargefeed itself had decided; nothing new says so in history."""
        decided = self.row.reason is not None and self.values.get("reason", self.row.reason) is None
        return decided and not self.history

    @property
    def late(self) -> bool:
        """Some of it may lie before, or be the same as, what is known."""
        return bool(self.history) and self.row.said_at is not None and self.history[0].at <= self.row.said_at


def turn(row: Row[Any], observations: Sequence[Observation], *, events: bool, now: Millis) -> Turn:
    """Settles new observations of one EVSE against what is known. Polls that only confirm write nothing; events are all kept."""
    result = Turn(row)
    for observation in _live(row, observations, now) if events else [_after(row, one) for one in observations]:
        if (events or not _confirms(row, observation)) and observation not in result.history:
            result.history.append(observation)
    if len(result.history) > 1:
        result.history.sort(key=attrgetter("order"))
    known = None if row.said is None else from_row(row)
    newest = None if known is None else known.order
    newer = [one for one in result.history if newest is None or one.order > newest]
    if newer:
        result.values = _said(newer[-1])
    if row.removed:
        return result
    removal = next((one for one in result.history if one.status == REMOVED), None)
    if removal is not None:
        publish(result, REMOVED, None, removal)
    elif row.reason is not None:
        heard = any(not observation.queued for observation in observations)
        said = newer[-1] if newer else known
        if heard and said is not None and row.reason in (STALE, MISSING, SCHEDULE):
            publish(result, said.status, None, said)
    elif newer and (known is None or any(one.status != known.status for one in newer)):
        publish(result, newer[-1].status, None, replace(beginning(newer), detail=newer[-1].detail))
    elif newer and known is not None and newer[-1].detail != known.detail:
        _publish_detail(result, newer[-1])
    return result


def _publish_detail(result: Turn, newest: Observation) -> None:
    """The status and its times stay."""
    result.part = {name: value for name, value in orjson.loads(result.row.part).items() if name != "status_detail"}
    if newest.detail:
        result.part["status_detail"] = newest.detail
    result.newest = newest


def _after(row: Row[Any], observation: Observation) -> Observation:
    """A poll counts more than the same source's last one, though a clock may have stepped back in between."""
    if row.said_by != observation.source or observation.queued or observation.at >= row.said_at:
        return observation
    return replace(observation, at=row.said_at + 1)


def _live(row: Row[Any], observations: Sequence[Observation], now: Millis) -> list[Observation]:
    """Messages count more than what bears a time that has not come yet: the clock has been set back."""
    if row.said_at is None or row.said_at <= now + NOT_YET:
        return list(observations)
    return [
        one if one.queued or one.at > row.said_at else replace(one, at=row.said_at + number)
        for number, one in enumerate(observations, 1)
    ]


def beginning(observations: Sequence[Observation]) -> Observation:
    """The first of the last that agree: since then the status is what it is. `observations` are in order."""
    *before, first = observations
    for observation in reversed(before):
        if observation.status != first.status:
            break
        first = observation
    return first


def derived(row: Row[Any], status: str, reason: str, now: Millis) -> Turn:
    """chargefeed itself decides: the source is silent, the EVSE is missing or removed."""
    result = Turn(row, values={"status": status, "reason": reason, "removed": status == REMOVED})
    result.part = {
        "status": status,
        "status_times": {"origin": Origin.OBSERVED.value, "received_at": format_time(now)},
        "status_detail": {"reason": reason},
    }
    return result


def returned(turn: Turn) -> None:
    """An EVSE that was missing is listed again: what was last said of it holds, unless this batch says more."""
    turn.values |= {"missing_since": None, "missing_pulls": 0, "held": None}
    if turn.row.reason == MISSING and turn.part is None:
        _say_again(turn)


def said_again(row: Row[Any]) -> Turn:
    """What was last said holds again: the source is back, or a scheduled period is over."""
    result = Turn(row)
    _say_again(result)
    return result


def _say_again(turn: Turn) -> None:
    if turn.row.said is not None:
        publish(turn, turn.row.said, None, from_row(turn.row))
        return
    turn.values |= {"status": UNKNOWN, "reason": None, "removed": False}
    turn.part = {"status": UNKNOWN}


def from_row(row: Row[Any]) -> Observation:
    """The newest observation, as it is kept with the EVSE."""
    return Observation(
        at=row.said_at,
        status=row.said,
        source=row.said_by,
        priority=row.priority,
        received_at=row.received_at,
        occurred_at=row.occurred_at,
        earliest=row.earliest,
        origin=row.origin,
        detail=None if row.detail is None else orjson.loads(row.detail),
    )


def publish(result: Turn, status: str, reason: str | None, said: Observation) -> None:
    result.part = status_part(status, said)
    result.values |= {"status": status, "reason": reason, "removed": status == REMOVED}
    result.newest = said


def _confirms(row: Row[Any], observation: Observation) -> bool:
    return bool(row.said_by == observation.source and says_again(row, observation, observation.occurred_at))


def says_again(row: Row[Any] | Known, said: Observation | StatusRecord, occurred_at: Millis | None) -> bool:
    """What is known already, if the same source said that."""
    if row.said != said.status or occurred_at not in (None, row.occurred_at):
        return False
    return (said.detail or None) == (None if row.detail is None else orjson.loads(row.detail))


class Known(NamedTuple):
    """All of an EVSE that it takes to see that a poll says nothing new. A row's attributes take ten times as long to read."""

    id: int
    location: int
    uid: str
    uid_key: str
    evse_key: str | None
    removed: bool
    said: str | None
    """None where it would not be enough to say the same: another source said it, or chargefeed itself has decided."""
    occurred_at: Millis | None
    detail: bytes | None


def known_where(connection: Connection, column: Any, values: Collection[Any], source: str) -> list[Known]:
    """As `rows_where`, for a poll of that source."""
    settled = and_(evse.c.said_by == source, evse.c.polled, evse.c.reason.is_(None), ~evse.c.removed)
    said = case((settled, evse.c.said)).label("said")
    columns = [said if name == "said" else evse.c[name] for name in Known._fields]
    return list(map(Known._make, rows_where(connection, column, values, columns)))


def _said(observation: Observation) -> dict[str, Any]:
    return {
        "said": observation.status,
        "said_at": observation.at,
        "said_by": observation.source,
        "priority": observation.priority,
        "occurred_at": observation.occurred_at,
        "earliest": observation.earliest,
        "origin": observation.origin,
        "received_at": observation.received_at,
        "detail": orjson.dumps(observation.detail) if observation.detail else None,
    }


def first(observations: Sequence[Observation]) -> tuple[dict[str, Any], Body]:
    """Columns of a new EVSE, and its status part."""
    newest = max(observations, key=lambda observation: observation.order, default=None)
    if newest is None:
        return {"status": UNKNOWN, "removed": False, **dict.fromkeys(_SAID_COLUMNS), "priority": 0}, {"status": UNKNOWN}
    columns = {"status": newest.status, "removed": newest.status == REMOVED, **_said(newest)}
    return columns, status_part(newest.status, newest)


_SAID_COLUMNS = ("said", "said_at", "said_by", "occurred_at", "earliest", "origin", "received_at", "detail")


def history_row(evse_id: int, observation: Observation) -> dict[str, Any]:
    return {
        "evse": evse_id,
        "at": observation.at,
        "status": observation.status,
        "reason": None,
        "source": observation.source,
        "priority": observation.priority,
        "queued": observation.queued,
        "occurred_at": observation.occurred_at,
        "earliest": observation.earliest,
        "origin": observation.origin,
        "backend_at": observation.backend_at,
        "received_at": observation.received_at,
        "detail": orjson.dumps(observation.detail) if observation.detail else None,
    }


def derived_history_row(evse_id: int, status: str, reason: str, at: Millis) -> dict[str, Any]:
    row = dict.fromkeys(("source", "occurred_at", "earliest", "backend_at", "detail"))
    own = {"priority": 0, "queued": False, "origin": Origin.OBSERVED.value, "received_at": at}
    return {**row, **own, "evse": evse_id, "at": at, "status": status, "reason": reason}


def stamped_part(row: Row[Any]) -> tuple[Body, str]:
    """An EVSE row's status part with its stamp, as `merge.published` takes it."""
    return orjson.loads(row.part), format_time(row.stamp)


def rows_where(
    connection: Connection, column: Any, values: Collection[Any], columns: Sequence[Any] = (evse,)
) -> list[Row[Any]]:
    """EVSE rows with one of many values in a column, in the same order on every database."""
    found: list[Row[Any]] = []
    wanted = sorted(values)
    query = select(*columns).where(column.in_(bindparam("wanted", expanding=True))).order_by(evse.c.id)
    for start in range(0, len(wanted), AT_ONCE):
        found += connection.execute(query, {"wanted": wanted[start : start + AT_ONCE]}).all()
    return found


def is_known(engine: Engine, name: str) -> bool:
    """Whether there is an EVSE of that uid or `evse_id`, at whatever location, or ever was."""
    named = (evse.c.uid_key == name.casefold()) | (evse.c.evse_key == compare_key(name))
    with reading(engine) as connection:
        return connection.execute(select(evse.c.id).where(named).limit(1)).first() is not None


def by_location(connection: Connection, ordinals: Collection[int]) -> dict[int, list[Row[Any]]]:
    """EVSE rows by the ordinal of their location; one without EVSEs is not in it."""
    found: dict[int, list[Row[Any]]] = {}
    for row in rows_where(connection, evse.c.location, ordinals):
        found.setdefault(row.location, []).append(row)
    return found
