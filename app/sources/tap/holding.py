"""What holds by the messages that came, EVSE by EVSE.

1. A fault of the charger itself (connector 0) is one of all its EVSEs, and where it is UNKNOWN they are; that it is unavailable
   is so for those not in use. That it is available says nothing of them: each is again what was last said of it.
2. An EVSE with several plugs is in use when one of them is, and works when one of them does; its own fault comes first.
3. A message that is older than what is known of the EVSE goes into history by its own time (`queued`), and changes nothing now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from app.clock import Millis
from app.model.batch import StatusRecord
from app.model.enums import Status
from app.sources.ocpp_status import FIRST, FUTURE, OFFLINE
from app.sources.tap.reading import Said

_WHOLE_CHARGER = {"text": "the whole charger"}
_FAULTS = (Status.OUTOFORDER, Status.INOPERATIVE)
_MASKS = (*_FAULTS, Status.UNKNOWN)
_OFFLINE = {"reason": OFFLINE}


@dataclass
class Evse:
    plugs: dict[str, StatusRecord] = field(default_factory=dict)
    """By their names; the EVSE itself has none."""

    def now(self) -> StatusRecord:
        own = self.plugs.get("")
        if own is not None and (own.status in _FAULTS or len(self.plugs) == 1):
            return own
        return min((one for plug, one in self.plugs.items() if plug), key=lambda one: FIRST.index(Status(one.status)))


@dataclass
class Charger:
    evses: dict[str, Evse] = field(default_factory=dict)
    mask: StatusRecord | None = None

    def seen(self, evse: str) -> StatusRecord:
        """What the EVSE is, with what its charger says of itself."""
        own = self.evses[evse].now()
        mask = self.mask
        if mask is None or (mask.status == Status.INOPERATIVE and own.status == Status.CHARGING):
            return own
        return replace(mask, evse=evse, detail=_OFFLINE if mask.status == Status.UNKNOWN else _WHOLE_CHARGER)


class Holding:
    def __init__(self, evse_ids: Mapping[str, str]) -> None:
        """`evse_ids`: `charger/connector` → EVSE id, so that a fault of a charger is known of EVSEs that were silent so far."""
        self._now: dict[str, StatusRecord] = {}
        self._chargers: dict[str, Charger] = {}
        self._listed: dict[str, list[str]] = {}
        for name, evse in evse_ids.items():
            self._listed.setdefault(name.rpartition("/")[0], []).append(evse.upper())

    def all(self) -> Iterable[StatusRecord]:
        return self._now.values()

    def take(self, said: Said) -> Iterator[StatusRecord]:
        """What is to be told of it."""
        for record in [said.record] if said.charger is None else self._settled(said.charger, said):
            known = self._now.get(record.evse)
            if known is not None and _is_older(record, known):
                yield replace(record, queued=True)
                continue
            self._now[record.evse] = record
            yield record

    def _settled(self, id: str, said: Said) -> Iterator[StatusRecord]:
        charger, record = self._chargers.setdefault(id, Charger()), said.record
        if record.evse:
            plugs = charger.evses.setdefault(record.evse, Evse()).plugs
            known = plugs.get(said.plug)
            if known is not None and _is_older(record, known):
                yield record
                return
            plugs[said.plug] = record
            yield _since(charger.seen(record.evse), record)
            return
        before, charger.mask = charger.mask, record if record.status in _MASKS else None
        if charger.mask is not None:
            for evse in self._listed.get(id, ()):
                charger.evses.setdefault(
                    evse, Evse({"": StatusRecord(evse, Status.UNKNOWN, received_at=record.received_at)})
                )
        if before is not None or charger.mask is not None:
            for evse in charger.evses:
                yield _since(charger.seen(evse), record)


def _since(now: StatusRecord, record: StatusRecord) -> StatusRecord:
    """It is so by the message of `record`, though another may say what."""
    return replace(now, occurred_at=record.occurred_at, origin=record.origin, received_at=record.received_at)


def _is_older(record: StatusRecord, known: StatusRecord) -> bool:
    """Not where the known one is of a clock that was wrong."""
    at: Millis = known.occurred_at or 0
    credible = at <= (known.received_at or 0) + FUTURE
    return record.occurred_at is not None and credible and record.occurred_at < at
