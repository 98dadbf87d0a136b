"""The full load: everything of an operator in one call, which erases whatever Hubject held of it.

It is never split, since each part would erase the one before; never sent empty; and held back for a person where it has fewer
EVSEs than it should: it would blank the operator's network at every EMP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

from app.delivery.oicp.hub import DATA, STATUS, Hub, Operation
from app.delivery.oicp.plan import Plan
from app.delivery.oicp.pushing import Pushing, Row
from app.delivery.oicp.settings import OicpSettings
from app.errors import DestinationRefused
from app.formats.oicp.conversion import Record
from app.formats.oicp.messages import Action, Sender

LEAST_SHARE = Fraction(9, 10)
"""Of the EVSEs that were there when it was last known."""


class Loading:
    def __init__(self, hub: Hub, settings: OicpSettings, pushing: Pushing) -> None:
        self._hub = hub
        self._settings = settings
        self._pushing = pushing

    def load(self, plans: Sequence[Plan], released: str) -> bool:
        """EVSE data, then statuses. False where there are no EVSEs, and nothing was sent. Raises DeliveryError;
        DestinationRefused where there are too few, unless a person has `released` just that."""
        known = self._operators(record for plan in plans for record in plan.parts[DATA].held.records.values())
        coming = self._operators(record for plan in plans for record in plan.coming(DATA).values())
        for sender in known | coming:
            self._guard(sender, coming[sender], known[sender], released)
        for plan in plans:
            records = {**plan.parts[DATA].held.records, **plan.parts[DATA].sending}
            plan.replace({key for key, record in records.items() if coming[self._settings.sender_of(record["EvseID"])]})
        for sender, rows in self._by_sender(plans, DATA).items():
            while rows and (refused := self._replace(DATA, sender, rows)):
                rows = [row for row in rows if row not in refused]
                self._guard(sender, len(rows), known[sender], released)
        for plan in plans:
            plan.drop_unknown(STATUS)
        for sender, rows in self._by_sender(plans, STATUS).items():
            while rows and (refused := self._replace(STATUS, sender, rows)):
                rows = [row for row in rows if row not in refused]
        return bool(coming)

    def _operators(self, records: Iterable[Record]) -> Counter[Sender | None]:
        """EVSEs of each; of one with none nothing is replaced."""
        return Counter(self._settings.sender_of(record["EvseID"]) for record in records)

    def _by_sender(self, plans: Sequence[Plan], operation: Operation) -> dict[Sender, list[Row]]:
        found: dict[Sender, list[Row]] = {}
        for row in self._pushing.once(plans, operation):
            found.setdefault(row.sender, []).append(row)
        return found

    def _guard(self, sender: Sender | None, number: int, known: int, released: str) -> None:
        if sender is None:
            return
        least = max(self._settings.full_load_least, -(-known * LEAST_SHARE.numerator // LEAST_SHARE.denominator))
        if number >= least:
            return
        name, asked = self._settings.name, self._settings.full_load_least
        what = (
            f"full load of {sender.id} held back: {number} EVSEs, where {known} were and `full_load_least` is {asked}"
        )
        remedy = f"Complete the inventory; or, if that is right, `chargefeed destinations resume {name}`"
        error = DestinationRefused(what, where=f"destination {name}", remedy=remedy)
        if str(error) != released:
            raise error

    def _replace(self, operation: Operation, sender: Sender, rows: Sequence[Row]) -> frozenset[Row]:
        """The rows that Hubject refuses by name, and for which it takes none of the others."""
        verdict = self._hub.push(operation, Action.FULL_LOAD, sender, [row.record for row in rows])
        if verdict.what and not verdict.named:
            what = f"full load of {operation.word} refused: {verdict.what}"
            remedy = "Its answer names no record: ask Hubject's support which one is at fault"
            raise DestinationRefused(what, where=f"destination {self._settings.name}", remedy=remedy)
        settled = verdict.named if verdict.what else dict.fromkeys(range(len(rows)), "")
        for at, reason in settled.items():
            rows[at].plan.settled(operation, rows[at].key, reason)
        return frozenset(rows[at] for at in verdict.named)
