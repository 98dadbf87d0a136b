"""The status of one EVSE out of what OCPP said of it: connectors, charger (connector 0), transaction, proof of life.

In this order, the first that applies (faults before transactions before statuses):

1. Offline, or silent for too long: UNKNOWN, since the last proof of life. What a backend stored last is not what is now.
2. The charger was not accepted: UNKNOWN.
3. The charger's own fault masks its EVSEs; that it is unavailable masks those without a transaction. That it is available says
   nothing of them.
4. All connectors faulted: OUTOFORDER.
5. An open transaction that its connector does not contradict: CHARGING.
6. Of the connectors' statuses the first of `FIRST`: one in use occupies the EVSE, one that works makes it available.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from app.clock import Millis
from app.model.batch import Origin
from app.model.enums import Status
from app.sources.ocpp_words import meaning

OFFLINE = "offline"
NOT_ACCEPTED = "not_accepted"
NO_STATUS = "no_status"
FUTURE: Millis = 5 * 60_000
"""A charger's clock that is further ahead than this is wrong."""
LONGEST_SILENCE: Millis = 24 * 3600_000
"""A transaction without any event for so long is taken to be over."""

FIRST = (
    Status.CHARGING,
    Status.BLOCKED,
    Status.RESERVED,
    Status.AVAILABLE,
    Status.OUTOFORDER,
    Status.INOPERATIVE,
    Status.PLANNED,
    Status.UNKNOWN,
    Status.REMOVED,
)
_NO_WARNING = frozenset({"EVCommunicationError", "LocalListConflict"})
"""Error codes that say nothing of the EVSE unless it is faulted."""
_MREC = re.compile(r"CX\d{3}")


class Connector(NamedTuple):
    """The newest status of a connector; of connector 0 the charger's own."""

    word: str
    """As the charger says it: `SuspendedEV`."""
    at: Millis | None = None
    """Since when; None where no credible time is known."""
    fault_code: str | None = None
    vendor_code: str | None = None
    origin: Origin = Origin.CHARGER
    """Whose clock `at` was read from."""
    backend_at: Millis | None = None


class Transaction(NamedTuple):
    """One that is open."""

    began: Millis | None
    heard: Millis | None
    """Its newest event."""
    state: str | None = None
    """`chargingState` of OCPP 2.x."""


class Charger(NamedTuple):
    heard_at: Millis | None = None
    """Last proof of life."""
    online: bool | None = None
    """Whether it is connected; None where the backend does not say."""
    accepted: bool = True
    own: Connector | None = None
    """What it says of itself: connector 0, EVSE 0."""


class Verdict(NamedTuple):
    """Compared whole from poll to poll: the same as long as nothing happened."""

    status: Status
    occurred_at: Millis | None = None
    origin: Origin = Origin.OBSERVED
    backend_at: Millis | None = None
    reason: str | None = None
    """Why it is UNKNOWN: `offline`, `not_accepted`, `no_status`."""
    fault_code: str | None = None
    vendor_code: str | None = None
    text: str | None = None

    @property
    def detail(self) -> dict[str, Any] | None:
        """`status_detail`."""
        mrec = _MREC.fullmatch(self.vendor_code or "")
        found = {
            "reason": self.reason,
            "fault_code": self.fault_code,
            "mrec": mrec[0] if mrec else None,
            "vendor_code": self.vendor_code,
            "text": self.text,
        }
        return {name: value for name, value in found.items() if value} or None


def status_of(
    connectors: Sequence[Connector],
    charger: Charger,
    transaction: Transaction | None,
    now: Millis,
    *,
    silent_after: Millis | None,
    words: Mapping[str, str],
) -> Verdict:
    """`silent_after`: None where silence proves nothing. `words`: statuses that mean something else here (`status_map`)."""
    if _is_gone(charger, now, silent_after):
        return Verdict(Status.UNKNOWN, charger.heard_at, Origin.BACKEND, reason=OFFLINE)
    if not charger.accepted:
        return Verdict(Status.UNKNOWN, reason=NOT_ACCEPTED)
    said = [(status_word(one.word, words), one) for one in connectors]
    if transaction is not None and not _holds(transaction, said, now):
        transaction = None
    if charger.own is not None:
        mask = status_word(charger.own.word, words)
        if mask is Status.OUTOFORDER or (mask is Status.INOPERATIVE and transaction is None):
            return _verdict(mask, [charger.own], text="the whole charger")
    faulted = bool(said) and all(status is Status.OUTOFORDER for status, _ in said)
    if transaction is not None and not faulted:
        return _in_use(transaction, said)
    if not said:
        return Verdict(Status.UNKNOWN, reason=NO_STATUS)
    status = min((status for status, _ in said), key=FIRST.index)
    return _verdict(status, [one for found, one in said if found is status])


def status_word(word: str, words: Mapping[str, str]) -> Status:
    """What a status of a connector means; UNKNOWN for a word that OCPP has not."""
    if word in words:
        return Status(words[word])
    return meaning(word) or Status.UNKNOWN


def newest(found: Iterable[Connector], words: Mapping[str, str]) -> Connector:
    """The newest; of several of the same moment the one that says that the EVSE is in use."""
    return max(found, key=lambda one: (one.at or 0, -FIRST.index(status_word(one.word, words))))


def _is_gone(charger: Charger, now: Millis, silent_after: Millis | None) -> bool:
    if charger.online is False:
        return True
    if silent_after is None or (charger.heard_at is None and charger.online):
        return False
    return charger.heard_at is None or now - charger.heard_at > silent_after


def _holds(transaction: Transaction, said: Sequence[tuple[Status, Connector]], now: Millis) -> bool:
    """Not where its connector was free since its newest event, nor where there was no event for too long."""
    heard = transaction.heard or transaction.began or 0
    if transaction.state == "Idle" and not any(status is Status.CHARGING for status, _ in said):
        return False
    freed = (one.at for status, one in said if status is Status.AVAILABLE and one.at is not None)
    return now - heard <= LONGEST_SILENCE and all(at <= heard for at in freed)


def _in_use(transaction: Transaction, said: Sequence[tuple[Status, Connector]]) -> Verdict:
    agreeing = [one for status, one in said if status is Status.CHARGING]
    return _verdict(Status.CHARGING, agreeing or [Connector("Charging", transaction.began)])


def _verdict(status: Status, deciding: Sequence[Connector], text: str | None = None) -> Verdict:
    """In use since the first of the deciding connectors was; anything else since the last of them says so."""
    choose = min if status in (Status.CHARGING, Status.RESERVED) else max
    one = choose(deciding, key=lambda connector: connector.at or 0)
    faulted = status is Status.OUTOFORDER
    fault = one.fault_code if one.fault_code and one.fault_code != "NoError" else None
    if fault in _NO_WARNING and not faulted:
        fault = None
    if status is Status.UNKNOWN:
        text = f"status {one.word!r} is not known"[:255]
    return Verdict(
        status,
        one.at,
        one.origin if one.at is not None else Origin.OBSERVED,
        one.backend_at,
        fault_code=fault[:100] if fault else None,
        vendor_code=one.vendor_code[:100] if one.vendor_code and (fault or faulted) else None,
        text=text,
    )
