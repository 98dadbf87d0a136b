"""Of one object: what is left to push, and what became of the rest.

An EVSE that OICP can no longer say is not sent, and Hubject keeps what it has; one that has gone is deleted.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from app.delivery.base import Item, Receipt
from app.delivery.oicp.held import Held, Records, digest, dumps, loads
from app.delivery.oicp.hub import DATA, PRICES, PRODUCTS, STATUS, Operation
from app.delivery.oicp.wording import RULE, Said
from app.errors import DeliveryError, ObjectRefused
from app.formats.oicp.conversion import Record
from app.model.problem import Problem, Severity

_CORRECT = "Correct it in the backend or in the overlay; the change is sent again"
_ORDER = (PRODUCTS, DATA, STATUS, PRICES)
"""What comes first is there before what names it, and goes after it."""


@dataclass(slots=True)
class Part:
    """Of one operation."""

    held: Held
    sending: Records = field(default_factory=dict)
    leaving: list[str] = field(default_factory=list)

    def want(self, records: Mapping[str, Record], there: Iterable[str], *, whole: bool) -> list[tuple[str, str]]:
        """`records` are to be there; what is not, and is not `there` either, is to go. Returns (key, reason) of what was refused
        before and is the same still; with `whole` that is sent again too."""
        held = self.held
        held.refused = {key: why for key, why in held.refused.items() if key in records and not whole}
        same = {key for key, (was, _) in held.refused.items() if digest(records[key]) == was}
        changed = {key: record for key, record in records.items() if whole or held.records.get(key) != record}
        self.sending = {key: record for key, record in changed.items() if key not in same}
        stays = {*records, *there}
        self.leaving = [key for key in held.records if key not in stays]
        return [(key, held.refused[key][1]) for key in same]


@dataclass(slots=True)
class Plan:
    item: Item
    parts: dict[Operation, Part]
    problems: list[Problem]
    taken: int = 0
    refused: int = 0
    reminded: set[str] = field(default_factory=set)
    """EVSEs whose data was sent again, since Hubject did not know them."""

    @classmethod
    def of(cls, item: Item, said: Said, known: Iterable[Problem] = ()) -> Plan:
        """`known`: what else is wrong with the object."""
        held = loads(item.memory)
        parts = {operation: Part(held.get(operation.word, Held())) for operation in _ORDER}
        plan = cls(item, parts, [*known, *said.problems])
        for operation, part in parts.items():
            there = said.there if operation in (DATA, STATUS) else ()
            records = said.records.get(operation, {})
            for key, why in part.want(records, there, whole=item.whole):
                plan._note(f"{operation.word} of {operation.id_of(records[key])} refused: {why}")
        return plan

    @property
    def done(self) -> bool:
        return not any(part.sending or part.leaving for part in self.parts.values())

    def coming(self, operation: Operation) -> Records:
        """What is to be there in the end."""
        part = self.parts[operation]
        stays = {key: record for key, record in part.held.records.items() if key not in part.leaving}
        return {**stays, **part.sending}

    def replace(self, keys: Container[str]) -> None:
        """Whatever Hubject holds of these EVSEs will be gone: what is to be there is all to be sent; what stays though OICP can
        no longer say it, as it was. Their prices may be gone, too."""
        for operation, part in self.parts.items():
            if operation in (DATA, STATUS):
                part.sending |= {key: record for key, record in self.coming(operation).items() if key in keys}
            part.leaving = [key for key in part.leaving if key not in keys]
            part.held.records = {key: record for key, record in part.held.records.items() if key not in keys}

    def drop_unknown(self, operation: Operation) -> None:
        """A status or price of an EVSE that is not there would have the others refused."""
        if operation in (STATUS, PRICES):
            part, there = self.parts[operation], self.parts[DATA].held.records
            part.sending = {key: record for key, record in part.sending.items() if key in there}

    def settled(self, operation: Operation, key: str, reason: str = "") -> None:
        """`reason`: why it was refused."""
        part = self.parts[operation]
        record = part.sending.pop(key)
        part.held.refused.pop(key, None)
        if reason:
            part.held.refused[key] = [digest(record), reason]
            self.refused += 1
            self._note(f"{operation.word} of {operation.id_of(record)} refused: {reason}")
        else:
            part.held.records[key] = record
            self.taken += 1

    def unknown(self, key: str) -> bool:
        """Hubject does not know the EVSE of a status: its data is to be sent again, unless that was done. False where it was."""
        if key in self.reminded:
            return False
        self.reminded.add(key)
        data = self.parts[DATA]
        data.sending.setdefault(key, data.held.records.pop(key))
        return True

    def waits(self, operation: Operation, key: str) -> bool:
        """A status, for data that is sent again."""
        return operation is STATUS and key in self.parts[DATA].sending

    def left(self, operation: Operation, key: str, reason: str = "") -> None:
        """`reason`: why it stays there all the same."""
        part = self.parts[operation]
        part.leaving.remove(key)
        if reason:
            self.refused += 1
            self._note(f"{operation.word} of {operation.id_of(part.held.records[key])} not taken out: {reason}")
        else:
            part.held.records.pop(key)
            self.taken += 1

    def receipt(self, trouble: DeliveryError | None = None) -> Receipt:
        """Refused is what nothing was taken of; where some of it was, the rest is told as problems. `trouble` is why something is
        left to send."""
        memory = dumps({operation.word: part.held for operation, part in self.parts.items()})
        error = None if self.done else trouble
        if error is None and self.refused and not self.taken:
            error = ObjectRefused(self.problems[-1].what, where=self.item.key, remedy=_CORRECT)
        return Receipt(self.item, memory, tuple(self.problems), error)

    def _note(self, what: str) -> None:
        self.problems.append(Problem(what, Severity.PARTLY, record=self.item.key, rule=RULE, remedy=_CORRECT))
