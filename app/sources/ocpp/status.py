"""What is known of a charge point, and which OCPI status each of its EVSEs has by that. Pure. First match wins:

1. The charge point is offline, or may not take part (boot Pending, Rejected): UNKNOWN.
2. It is Faulted as a whole: OUTOFORDER. It is Unavailable as a whole, or installs firmware: INOPERATIVE, but for EVSEs with an
   open transaction. `Available` as a whole says nothing of its EVSEs.
3. The EVSE is Faulted, or all its connectors are: OUTOFORDER, also with an open transaction.
4. An open transaction: CHARGING, unless a connector was Available after its last news, or it is a day old without any.
5. Its connectors: in use before reserved before available; all unavailable, or not enabled: INOPERATIVE; Faulted and Unavailable
   mixed: OUTOFORDER.
6. It would be AVAILABLE, but another of its group is in use: INOPERATIVE with the reason `SIBLING_IN_USE`, which is no outage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from app.clock import Millis
from app.model.status import Status
from app.sources.ocpp_words import meaning

OFFLINE = "offline"
SIBLING_IN_USE = "SIBLING_IN_USE"
TRANSACTION_FORGOTTEN: Millis = 24 * 3_600_000

WAITING = frozenset({"Preparing", "Finishing", "Occupied"})
"""Occupies a connector without energy flowing."""


@dataclass(slots=True)
class Said:
    """The newest status of a connector or of the whole."""

    word: str
    """As the charge point wrote it."""
    at: Millis
    """When it came in; a queued one's own time."""
    detail: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Transaction:
    id: str
    connector: int | None
    started_at: Millis
    heard_at: Millis
    """Its newest event; a queued one's own time."""
    seen_to_begin: bool = True
    """Else neither its beginning nor its energy is known."""
    state: str | None = None
    meter_start: Decimal | None = None
    register: Decimal | None = None
    offline: bool = False
    """Some of it was delivered late."""
    peak_kw: Decimal | None = None
    errors: list[str] = field(default_factory=list)
    """Codes that came while it was open."""
    payment: str | None = None


@dataclass(slots=True)
class Evse:
    connectors: dict[int, Said] = field(default_factory=dict)
    whole: Said | None = None
    """`AvailabilityState` of the EVSE itself (2.x)."""
    enabled: bool = True
    fault: dict[str, str] = field(default_factory=dict)
    """Of a `Problem` that is not over: a cause, no status."""
    transactions: list[Transaction] = field(default_factory=list)
    """Open ones, by when they began; more than one where an older one is delivered late."""

    @property
    def transaction(self) -> Transaction | None:
        """The one that holds now."""
        return self.transactions[-1] if self.transactions else None


@dataclass(slots=True)
class Station:
    whole: Said | None = None
    accepted: bool = True
    installing: bool = False
    connected: bool = False
    heard_at: Millis = 0
    """Last proof of life."""
    offline: bool = False
    """It was without connection for longer than is tolerated."""
    evses: dict[int, Evse] = field(default_factory=dict)
    tariffs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Default tariffs that it accepted (OCPP 2.1), by the number of the EVSE; `0`: of all."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What an operator may decide."""

    preparing: Status = Status.CHARGING
    """Of `Preparing` (1.6): AVAILABLE where sensors watch the bays."""
    blocked_after: Millis | None = None
    """A connector occupied so long without a transaction is BLOCKED; None: CHARGING."""
    groups: Sequence[frozenset[int]] = ()
    """EVSEs that share one power module."""


@dataclass(frozen=True, slots=True)
class Decision:
    status: Status
    detail: dict[str, str] = field(default_factory=dict)
    """`status_detail`; `reason` is `offline` or `SIBLING_IN_USE`."""


def of_word(word: str, rules: Rules) -> Status:
    """OCPI status of a connector's own word, whatever else is known."""
    if word == "Preparing":
        return rules.preparing
    return meaning(word) or Status.UNKNOWN


def decide(station: Station, number: int, rules: Rules, now: Millis) -> Decision:
    """The status of EVSE `number`."""
    if station.offline:
        return Decision(Status.UNKNOWN, {"reason": OFFLINE})
    if not station.accepted:
        return Decision(Status.UNKNOWN)
    evse = station.evses.get(number, Evse())
    found = _masked(station, evse, now) or _own(evse, rules, now)
    if found.status is Status.AVAILABLE and _sibling_in_use(station, number, rules, now):
        return Decision(Status.INOPERATIVE, {"reason": SIBLING_IN_USE})
    return found


def _masked(station: Station, evse: Evse, now: Millis) -> Decision | None:
    whole = meaning(station.whole.word) if station.whole else None
    detail = station.whole.detail if station.whole else {}
    if whole == Status.OUTOFORDER:
        return Decision(Status.OUTOFORDER, dict(detail))
    if (whole == Status.INOPERATIVE or station.installing) and not _charges(evse, now):
        return Decision(Status.INOPERATIVE, dict(detail))
    return None


def _own(evse: Evse, rules: Rules, now: Millis) -> Decision:
    if _has_fault(evse):
        return Decision(Status.OUTOFORDER, _detail(evse))
    if _charges(evse, now):
        return Decision(Status.CHARGING, _detail(evse))
    return Decision(_by_connectors(evse, rules, now), _detail(evse))


def _has_fault(evse: Evse) -> bool:
    if evse.whole is not None and meaning(evse.whole.word) == Status.OUTOFORDER:
        return True
    return bool(evse.connectors) and _meanings(evse) == {Status.OUTOFORDER}


def _charges(evse: Evse, now: Millis) -> bool:
    """An open transaction that is not refuted."""
    transaction = evse.transaction
    if transaction is None or now - transaction.heard_at > TRANSACTION_FORGOTTEN:
        return False
    if transaction.state == "Idle":
        return Status.CHARGING in _meanings(evse)
    own = evse.connectors.get(transaction.connector or 0)
    connectors = [own] if own else list(evse.connectors.values())
    if any(meaning(said.word) == Status.CHARGING for said in connectors):
        return True
    return not any(meaning(said.word) == Status.AVAILABLE and said.at > transaction.heard_at for said in connectors)


def _by_connectors(evse: Evse, rules: Rules, now: Millis) -> Status:
    found = _meanings(evse)
    if Status.CHARGING in found:
        return _in_use(evse, rules, now)
    if Status.RESERVED in found:
        return Status.RESERVED
    if Status.AVAILABLE in found:
        return Status.AVAILABLE
    if not evse.enabled:
        return Status.INOPERATIVE
    if Status.OUTOFORDER in found and Status.INOPERATIVE in found:
        return Status.OUTOFORDER
    return Status.INOPERATIVE if found == {Status.INOPERATIVE} else Status.UNKNOWN


def _in_use(evse: Evse, rules: Rules, now: Millis) -> Status:
    used = [said for said in _saids(evse) if meaning(said.word) == Status.CHARGING]
    if all(said.word == "Preparing" for said in used) and rules.preparing is not Status.CHARGING:
        return rules.preparing
    if rules.blocked_after is not None and all(said.word in WAITING for said in used):
        waiting_since = max(said.at for said in used)
        return Status.BLOCKED if now - waiting_since >= rules.blocked_after else Status.CHARGING
    return Status.CHARGING


def _sibling_in_use(station: Station, number: int, rules: Rules, now: Millis) -> bool:
    siblings = {other for group in rules.groups if number in group for other in group} - {number}
    return any(
        (evse := station.evses.get(other)) is not None
        and _own(evse, rules, now).status in (Status.CHARGING, Status.BLOCKED)
        for other in siblings
    )


def _saids(evse: Evse) -> Iterable[Said]:
    """Those of its connectors, or its own where that is newer."""
    connectors = evse.connectors.values()
    if evse.whole is not None and all(said.at < evse.whole.at for said in connectors):
        return [evse.whole]
    return connectors


def _meanings(evse: Evse) -> set[Status | None]:
    return {meaning(said.word) for said in _saids(evse)}


def _detail(evse: Evse) -> dict[str, str]:
    """The cause: of a `Problem`, of the connector that is Faulted, else of whichever warns."""
    faulty = [said.detail for said in _saids(evse) if said.detail]
    causes: list[Mapping[str, str]] = [*faulty[:1], evse.fault]
    return {name: value for cause in causes for name, value in cause.items()}
