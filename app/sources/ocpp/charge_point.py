"""One charge point over time: frames in, changes of its EVSEs and sessions out. No I/O; time is an argument.

1. Within a connection the order of receipt counts; a new connection goes on with what was known.
2. A queued message goes into history by its own time. It changes what holds now only where nothing newer is known.
3. Only what changes is told, with the time of what changed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import Any

from app.clock import Millis
from app.model.batch import Origin, StatusRecord
from app.model.session import SessionRecord
from app.model.status import Status
from app.sources.ocpp import events, status
from app.sources.ocpp.events import BootSaid, EnabledSaid, FaultSaid, FirmwareSaid, StatusSaid, TransactionSaid
from app.sources.ocpp.frames import Frame, Type
from app.sources.ocpp.places import Places
from app.sources.ocpp.status import Decision, Evse, Rules, Said, Station, Transaction, decide
from app.sources.ocpp.times import Gap, When, judged
from app.sources.ocpp_words import meaning

AWAITED = frozenset({"BootNotification", "StartTransaction"})
"""Calls whose answers say something."""
TARIFFS = frozenset({"SetDefaultTariff", "ClearTariffs"})
"""Calls of the backend (OCPP 2.1) that hold once the charge point has accepted them."""
MOST_AWAITED = 20
MOST_EVSES = 100
"""A charge point that names more is not believed."""
MOST_OPEN = 10
_THOUSAND = Decimal(1000)


class ChargePoint:
    def __init__(self, id: str, source: str, places: Places, rules: Rules, station: Station | None = None) -> None:
        self.id = id
        self.station = station or Station()
        self.records: list[StatusRecord] = []
        """What changed; whoever takes them empties it."""
        self.sessions: list[SessionRecord] = []
        """Those that ended."""
        self.skew: Millis | None = None
        """How far its clock was off when it was last not believed."""
        self.unknown_words: set[str] = set()
        self._source = source
        self._places = places
        self._rules = rules
        self._gap: Gap | None = None
        self._awaited: dict[str, tuple[str, dict[str, Any]]] = {}
        self._asked: dict[str, tuple[str, dict[str, Any]]] = {}
        self._told: dict[int, Decision] = {}

    # connection

    def connected(self, now: Millis) -> None:
        station = self.station
        self._gap = Gap(station.heard_at, now) if station.heard_at else None
        station.connected, station.offline, station.heard_at = True, False, now
        self._awaited.clear()
        self._asked.clear()
        self._settle(self._numbers(), When(now, now), Origin.BACKEND)

    def heard(self, now: Millis) -> None:
        """A proof of life, such as a pong."""
        self.station.heard_at = max(self.station.heard_at, now)

    def disconnected(self) -> None:
        self.station.connected = False

    def missed(self, now: Millis) -> None:
        """It has been away for longer than is tolerated: nobody knows, since it was last heard."""
        if not self.station.connected:
            self.station.offline = True
            self._settle(self._numbers(), When(now, self.station.heard_at), Origin.BACKEND)

    def look(self, now: Millis) -> None:
        """Tells what changes by time alone."""
        self._settle(self._numbers(), When(now, None))

    # frames

    def from_charge_point(self, version: str, frame: Frame, now: Millis) -> None:
        self.heard(now)
        if frame.type in (Type.RESULT, Type.ERROR):
            self._take_tariffs(*self._asked.pop(frame.id, ("", {})), frame.payload)
        if frame.type not in (Type.CALL, Type.SEND):
            return
        if frame.action in AWAITED and len(self._awaited) < MOST_AWAITED:
            self._awaited[frame.id] = (frame.action, frame.payload)
        for event in events.of_call(version, frame.action, frame.payload):
            self._take(event, now)

    def to_charge_point(self, frame: Frame, now: Millis) -> None:
        if frame.type is Type.CALL and frame.action in TARIFFS and len(self._asked) < MOST_AWAITED:
            self._asked[frame.id] = (frame.action, frame.payload)
        if frame.type in (Type.RESULT, Type.ERROR):
            action, call = self._awaited.pop(frame.id, ("", {}))
            for event in events.of_result(action, call, frame.payload):
                self._take(event, now)

    def current(self, now: Millis) -> Iterator[StatusRecord]:
        """What holds now of each EVSE that something is known of."""
        for number in sorted(self._numbers()):
            evse = self._places.evse(self.id, number)
            decision = decide(self.station, number, self._rules, now)
            known = number in self.station.evses or self.station.offline or self.station.whole
            if evse is not None and known:
                self._told[number] = decision
                yield StatusRecord(evse, decision.status.value, detail=decision.detail or None)

    # what was said

    def _take(self, event: events.Event, now: Millis) -> None:
        match event:
            case StatusSaid():
                self._take_status(event, self._judged(event.at, now))
            case TransactionSaid():
                self._take_transaction(event, self._judged(event.at, now, offline=event.offline))
            case EnabledSaid() | FaultSaid():
                self._take_state(event, now)
            case BootSaid():
                self.station.accepted = event.status == "Accepted"
                self._settle(self._numbers(), When(now, None))
            case FirmwareSaid():
                self.station.installing = event.installing
                self._settle(self._numbers(), When(now, None))

    def _take_status(self, said: StatusSaid, when: When) -> None:
        if meaning(said.status) is None and len(self.unknown_words) < MOST_AWAITED:
            self.unknown_words.add(said.status[:40])
        new = Said(said.status[:40], when.at, dict(said.detail))
        if said.evse == events.STATION:
            if _is_newer(when, self.station.whole):
                self.station.whole = new
            self._settle(self._numbers(), when)
            return
        evse = self._evse(said.evse)
        if evse is None:
            return
        known = evse.connectors.get(said.connector) if said.connector else evse.whole
        _note_error(evse, said.detail)
        if when.queued:
            self._tell(said.evse, status.of_word(said.status, self._rules), dict(said.detail), when)
        if _is_newer(when, known):
            if said.connector:
                evse.connectors[said.connector] = new
            else:
                evse.whole = new
        self._settle({said.evse}, when)

    def _take_state(self, said: EnabledSaid | FaultSaid, now: Millis) -> None:
        evse = self._evse(said.evse) if said.evse else None
        if evse is None:
            return
        if isinstance(said, EnabledSaid):
            evse.enabled = said.enabled
        else:
            evse.fault = dict(said.detail)
            _note_error(evse, said.detail)
        self._settle({said.evse}, When(now, None))

    def _take_transaction(self, said: TransactionSaid, when: When) -> None:
        found = self._of_transaction(said)
        if found is None:
            return
        number, evse = found
        known = _named(evse, said, when)
        if known is None and said.phase == "Ended":
            return
        if known is None:
            known = self._begin(number, evse, said, when)
        known.id = said.id or known.id
        known.state = said.state or known.state
        known.connector = said.connector or known.connector
        known.register = said.register_wh if said.register_wh is not None else known.register
        known.offline = known.offline or when.queued
        known.peak_kw = max(filter(None, (known.peak_kw, said.power_kw)), default=said.power_kw)
        known.payment = known.payment or said.payment
        known.heard_at = known.heard_at if said.reply else max(known.heard_at, when.at)
        if said.phase == "Ended":
            self._end(number, evse, known, said, when)
        self._settle({number}, when)

    def _begin(self, number: int, evse: Evse, said: TransactionSaid, when: When) -> Transaction:
        new = Transaction(said.id, said.connector, when.occurred_at or when.received_at, when.at)
        new.seen_to_begin = said.phase == "Started"
        new.meter_start = said.register_wh
        if not when.queued:
            evse.transactions.clear()  # an EVSE has one at a time: the end of another was lost
        evse.transactions = sorted([*evse.transactions, new], key=attrgetter("started_at"))[-MOST_OPEN:]
        if when.queued:
            self._tell(number, Status.CHARGING, {}, when)
        return new

    def _end(self, number: int, evse: Evse, known: Transaction, said: TransactionSaid, when: When) -> None:
        evse.transactions.remove(known)
        if when.queued:  # what came after it, nobody saw
            self._tell(number, Status.UNKNOWN, {"reason": status.OFFLINE}, when)
        place = self._places.evse(self.id, number)
        if place is None or not known.seen_to_begin:
            return
        both = known.meter_start is not None and known.register is not None and known.register >= known.meter_start
        energy = (known.register - known.meter_start) / _THOUSAND if both else None  # type: ignore[operator]
        ended = max(when.occurred_at or when.received_at, known.started_at)
        reason = (said.reason,) if said.reason in events.FAULTS else ()
        self.sessions.append(
            SessionRecord(
                self._source,
                place,
                known.started_at,
                ended,
                energy,
                said.reason,
                known.offline,
                known.id or None,
                connector=None if known.connector is None else str(known.connector),
                charger=self.id,
                peak_kw=known.peak_kw,
                errors=tuple(dict.fromkeys((*known.errors, *reason))),
                payment=known.payment,
            )
        )

    def _of_transaction(self, said: TransactionSaid) -> tuple[int, Evse] | None:
        """The EVSE it is at; by its id where the message names none."""
        if said.evse:
            evse = self._evse(said.evse)
            return None if evse is None else (said.evse, evse)
        for number, evse in self.station.evses.items():
            if any(transaction.id == said.id for transaction in evse.transactions):
                return number, evse
        return None

    def _take_tariffs(self, action: str, call: dict[str, Any], result: dict[str, Any]) -> None:
        """What the charge point answers to a call about its default tariffs."""
        tariffs = self.station.tariffs
        if action == "SetDefaultTariff" and result.get("status") == "Accepted" and isinstance(call.get("tariff"), dict):
            if call.get("evseId") == events.STATION:
                tariffs.clear()  # that of all replaces those of each
            tariffs[str(call.get("evseId"))] = call["tariff"]
        elif action == "ClearTariffs":
            for one in result.get("clearTariffsResult") or ():
                for evse in [evse for evse, tariff in tariffs.items() if tariff.get("tariffId") == one.get("tariffId")]:
                    if one.get("status") == "Accepted":
                        del tariffs[evse]

    # what follows

    def _judged(self, at: Millis | None, now: Millis, *, offline: bool = False) -> When:
        when = judged(at, now, self._gap, offline=offline)
        if when.skew is not None:
            self.skew = when.skew
        elif when.occurred_at is not None and not when.queued:
            self.skew = None
        return when

    def _evse(self, number: int) -> Evse | None:
        if number not in self.station.evses and len(self.station.evses) >= MOST_EVSES:
            return None
        return self.station.evses.setdefault(number, Evse())

    def _numbers(self) -> set[int]:
        return set(self.station.evses) | self._places.numbers(self.id)

    def _settle(self, numbers: set[int], when: When, origin: Origin | None = None) -> None:
        """Tells what is different now; siblings in a group may be too."""
        also = {other for group in self._rules.groups if group & numbers for other in group}
        for number in sorted(numbers | (also & self._numbers())):
            decision = decide(self.station, number, self._rules, when.received_at)
            before = self._told.get(number)
            if decision == before or (before is None and decision == Decision(Status.UNKNOWN)):
                continue
            self._told[number] = decision
            self._tell(number, decision.status, decision.detail, When(when.received_at, when.occurred_at), origin)

    def _tell(
        self, number: int, status: Status, detail: dict[str, str], when: When, origin: Origin | None = None
    ) -> None:
        evse = self._places.evse(self.id, number)
        if evse is not None:
            own = when.origin if origin is None or when.occurred_at is None else origin
            self.records.append(
                StatusRecord(
                    evse,
                    status.value,
                    when.occurred_at,
                    own,
                    queued=when.queued,
                    detail=detail or None,
                    received_at=when.received_at,
                )
            )


def _note_error(evse: Evse, detail: Mapping[str, str]) -> None:
    """A code that came while a transaction was open is one of its own; the ChargeX MREC before the backend's words."""
    code = next((detail[name] for name in ("mrec", "vendor_code", "fault_code") if name in detail), None)
    if code and evse.transaction and code not in evse.transaction.errors and len(evse.transaction.errors) < MOST_OPEN:
        evse.transaction.errors.append(code)


def _named(evse: Evse, said: TransactionSaid, when: When) -> Transaction | None:
    """The open transaction that is meant."""
    return next((one for one in reversed(evse.transactions) if _is_meant(one, said, when)), None)


def _is_meant(transaction: Transaction, said: TransactionSaid, when: When) -> bool:
    """By its id. OCPP 1.6 gives it one in the answer to the start, which is sent again where that is lost."""
    if said.reply:
        return transaction.id in ("", said.id) or transaction.started_at == when.occurred_at
    if said.id:
        return transaction.id == said.id
    return (transaction.started_at, transaction.meter_start) == (when.occurred_at, said.register_wh)


def _is_newer(when: When, known: Said | None) -> bool:
    """Within a connection the order of receipt counts, whatever clocks say."""
    return known is None or not when.queued or known.at <= when.at
