"""Bringing a change destination what changed: the journal itself, each public change once and in order, a batch at a time.

1. The cursor is what it has: it moves when a batch was acknowledged. Nothing else is kept: one that is dead costs nothing.
2. A batch goes when it is full, or `every` seconds after the last one. What failed is sent again as the same batch.
3. Where changes are missing (a new destination, a feed that was begun anew, a cut journal, everything asked for again) a `reset`
   goes first, which names what to read instead.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from app.delivery.base import ChangeDestination, Item, Receipt
from app.delivery.network import Network
from app.delivery.queue import LOCATION, Dirty, Outcome, settle
from app.delivery.states import State, advance, succeeded
from app.delivery.tenure import Tenure
from app.errors import DeliveryError, JournalPruned
from app.registry.database import reading
from app.registry.projection import ChangePage
from app.registry.touched import Touch, touched
from app.registry.views import read_head
from app.tracing import span

MANIFEST = "/open/manifest.json"


class Changes:
    """The way of one destination, for one worker."""

    takes_up = False
    """The journal holds what is due."""
    marks = False
    """Where everything is to be sent anew, a `reset` is."""

    def __init__(self, destination: ChangeDestination, network: Network) -> None:
        self._destination = destination
        self._network = network
        self._sent_at = float("-inf")
        self._failed = (-1, 0)
        """Behind which sequence how many changes failed to arrive."""

    def begin(self) -> None:
        """A new lease."""

    def catch_up(self, tenure: Tenure, state: State) -> bool:
        """Sends the next batch; False where there was nothing to do. Raises DeliveryError."""
        if state.snapshot_at is None:
            self._reset(tenure)
            return True
        try:
            page, touches = self._read(state)
        except JournalPruned:
            return True  # the next look at the head starts over
        if not page.changes:
            return self._pass_over(tenure, state, page.next)
        if self._gathers(page):
            return False
        self._send(tenure, state, page, touches)
        return True

    def _reset(self, tenure: Tenure) -> None:
        with reading(self._network.engine) as connection:
            head = read_head(connection)
        tenure.ensure()
        self._destination.reset(head, self._network.publisher.url + MANIFEST)
        now = self._network.clock.now()
        with tenure.writing() as connection:
            succeeded(connection, self._destination.name, now, cursor=head.seq, snapshot_at=now)

    def _read(self, state: State) -> tuple[ChangePage, Sequence[Touch]]:
        """Raises JournalPruned."""
        since, view = state.cursor, self._destination.view
        failed_behind, number = self._failed
        with self._network.public.read() as reader:
            page = reader.changes(since, number if failed_behind == since else self._destination.batch, view)
        if not page.changes:
            return page, ()
        with reading(self._network.engine) as connection:
            return page, touched(connection, since, len(page.changes), view, priced=False).touches

    def _pass_over(self, tenure: Tenure, state: State, seq: int) -> bool:
        """What is none of its business."""
        if seq == state.cursor:
            return False
        with tenure.writing() as connection:
            advance(connection, self._destination.name, state.cursor, seq)
        return True

    def _gathers(self, page: ChangePage) -> bool:
        if len(page.changes) >= self._destination.batch:
            return False
        return time.monotonic() - self._sent_at < self._destination.every

    def _send(self, tenure: Tenure, state: State, page: ChangePage, touches: Sequence[Touch]) -> None:
        name, outcomes = self._destination.name, [_delivered(touch, state.failures) for touch in touches]
        tenure.ensure()
        try:
            with span("deliver", {"destination": name, "objects": len(page.changes)}):
                self._destination.deliver(state.cursor, page)
        except DeliveryError:
            self._failed = state.cursor, len(page.changes)
            raise
        self._sent_at, now = time.monotonic(), self._network.clock.now()
        with tenure.writing() as connection:
            advance(connection, name, state.cursor, page.next)
            settle(connection, name, outcomes, now)
            succeeded(connection, name, now)
        self._network.told(name, outcomes, now)


def _delivered(touch: Touch, attempts: int) -> Outcome:
    item = Item(touch.kind, touch.key, touch.published_at or 0, None, content=False)
    times = touch.published_at, touch.occurred_at
    row = Dirty(
        touch.kind, touch.key, touch.evse, LOCATION, touch.seq, touch.seq, *times, whole=False, attempts=attempts
    )
    return Outcome(Receipt(item), (row,))
