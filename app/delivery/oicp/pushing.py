"""Bringing Hubject from what it holds to what there is to be: what is new, then what changed, at last what has gone.

1. EVSE data goes before statuses and prices, and is taken out after them; never two calls at once.
2. A batch that is refused is taken apart, and the rest of it is sent.
3. Whether a record is there is known for sure only once an answer arrived. One that is a data error as new is therefore tried
   as changed, and the other way round, before it counts as refused.
4. Where Hubject does not know the EVSE of a status, its data is sent again, and the status once more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from app.delivery.apart import Sent, Verdict, send_apart
from app.delivery.oicp.answers import DATA_ERROR, UNKNOWN_EVSE
from app.delivery.oicp.hub import DATA, PRICES, PRODUCTS, STATUS, Hub, Operation
from app.delivery.oicp.plan import Plan
from app.delivery.oicp.settings import OicpSettings
from app.formats.oicp.conversion import Record
from app.formats.oicp.messages import Action, Sender

_TWICE = "the same EvseID stands in another location: that one is sent"


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    plan: Plan
    key: str
    record: Record
    sender: Sender


class Pushing:
    def __init__(self, hub: Hub, settings: OicpSettings) -> None:
        self._hub = hub
        self._settings = settings

    def bring(self, plans: Sequence[Plan]) -> None:
        """Raises DeliveryError; what was settled by then is told by the plans."""
        for operation in (PRODUCTS, DATA, STATUS, PRICES):
            _move(plans, operation)
            self._put(plans, operation)
        if any(plan.parts[DATA].sending for plan in plans):
            self._put(plans, DATA)
            self._put(plans, STATUS)
        for operation in (PRICES, STATUS, DATA, PRODUCTS):
            self._take_out(plans, operation)

    def _put(self, plans: Sequence[Plan], operation: Operation) -> None:
        for plan in plans:
            plan.drop_unknown(operation)
        rows = list(self.once(plans, operation))
        new = [row for row in rows if row.key not in row.plan.parts[operation].held.records]
        known = [row for row in rows if row.key in row.plan.parts[operation].held.records]
        not_new = self._push(operation, Action.INSERT, new)
        not_changed = self._push(operation, Action.UPDATE, [*known, *_doubtful(not_new)])
        lost = [row for row in _doubtful(not_changed) if row in known]
        not_lost = self._push(operation, Action.INSERT, lost)
        reasons: dict[Row, dict[str, None]] = {}
        for sent in (*not_new, *not_changed, *not_lost):
            reasons.setdefault(sent.row, {})[sent.reason] = None
        for row, why in reasons.items():
            if row.key in row.plan.parts[operation].sending and not row.plan.waits(operation, row.key):
                row.plan.settled(operation, row.key, "; ".join(why))

    def _push(self, operation: Operation, action: Action, rows: Iterable[Row]) -> list[Sent[Row]]:
        """Settles what was taken; returns the rest."""
        refused = []
        for sent in self._sent(operation, action, rows):
            row = sent.row
            if not sent.reason:
                row.plan.settled(operation, row.key)
            elif not (operation is STATUS and sent.code == UNKNOWN_EVSE and row.plan.unknown(row.key)):
                refused.append(sent)
        return refused

    def _take_out(self, plans: Sequence[Plan], operation: Operation) -> None:
        rows = list(self._rows(plans, operation, leaving=True))
        for sent in self._sent(operation, Action.DELETE, rows):
            gone = not sent.reason or sent.code == UNKNOWN_EVSE
            sent.row.plan.left(operation, sent.row.key, "" if gone else sent.reason)

    def _sent(self, operation: Operation, action: Action, rows: Iterable[Row]) -> Iterator[Sent[Row]]:
        """An operator after the other."""
        by_sender: dict[Sender, list[Row]] = {}
        for row in rows:
            by_sender.setdefault(row.sender, []).append(row)
        for sender, own in by_sender.items():
            yield from send_apart(own, self._settings.records, partial(self._call, operation, action, sender))

    def _call(self, operation: Operation, action: Action, sender: Sender, rows: Sequence[Row]) -> Verdict:
        return self._hub.push(operation, action, sender, [row.record for row in rows])

    def once(self, plans: Sequence[Plan], operation: Operation) -> Iterator[Row]:
        """Of an EVSE that stands in two locations the first; a body that names one twice is refused whole (018)."""
        seen = set()
        for row in list(self._rows(plans, operation)):
            if row.key in seen and operation is not PRODUCTS:
                row.plan.settled(operation, row.key, _TWICE)
            else:
                seen.add(row.key)
                yield row

    def _rows(self, plans: Sequence[Plan], operation: Operation, *, leaving: bool = False) -> Iterator[Row]:
        for plan in plans:
            part = plan.parts[operation]
            records = {key: part.held.records[key] for key in part.leaving} if leaving else part.sending
            for key, record in list(records.items()):
                sender = self._sender(plan, operation, record)
                if sender is not None:
                    yield Row(plan, key, record, sender)
                elif leaving:
                    plan.left(operation, key)  # the operator was taken out of the settings: nobody may speak for it

    def _sender(self, plan: Plan, operation: Operation, record: Record) -> Sender | None:
        if operation is PRODUCTS:
            return self._settings.sender(plan.item.key.partition("/")[0])
        return self._settings.sender_of(operation.id_of(record))


def _doubtful(refused: Iterable[Sent[Row]]) -> list[Row]:
    """Those that may be refused for what is there."""
    return [sent.row for sent in refused if sent.code == DATA_ERROR]


def _move(plans: Sequence[Plan], operation: Operation) -> None:
    """An EVSE that goes from one location to another does not go from Hubject."""
    leaving = {key: plan for plan in plans for key in plan.parts[operation].leaving}
    for plan in plans:
        for key in plan.parts[operation].sending.keys() & leaving.keys():
            before = leaving.pop(key).parts[operation]
            before.leaving.remove(key)
            plan.parts[operation].held.records[key] = before.held.records.pop(key)
