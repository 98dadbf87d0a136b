"""The engine: a courier for each destination, under the destination's lease.

1. It follows the public feed, and notes what is due there before it counts the change as taken up: nothing is lost, whatever ends
   the process.
2. It sends what is due as it is *now*, in the destination's way (`objects`, `documents`), and writes down what became of it. What
   was sent but not written down when the process ended is sent again; the same twice does no harm.
3. A destination that fails is left alone: for as long as it asks, else `retry_wait`, doubled up to `longest_wait`. What is due
   there meanwhile is noted once, however often it changes.
4. A change destination is sent the changes themselves (`changes`); what is due there is all that lies behind the cursor.
5. Everything is looked at again where the journal does not reach back far enough, the feed began a new life, the scope, another
   setting or the version of this program changed; and sent in full where what the destination holds can no longer be known.
6. A courier that has lost its lease writes nothing, and sends nothing more than what it may have begun.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import structlog

from app import __version__
from app.clock import Millis
from app.delivery.base import ChangeDestination, Destination, DocumentDestination, ObjectDestination
from app.delivery.changes import Changes
from app.delivery.documents import Documents
from app.delivery.network import Network
from app.delivery.objects import Objects
from app.delivery.queue import holdings_after, mark, trim
from app.delivery.retry import spread, wait_after
from app.delivery.states import State, begin, failed, read_state, set_paused, write_state
from app.delivery.tenure import Tenure
from app.errors import (
    DeliveryError,
    DestinationBusy,
    DestinationForgot,
    DestinationGone,
    DestinationRefused,
    JournalPruned,
)
from app.model.batch import Kind
from app.registry.database import reading
from app.registry.leases import Lease
from app.registry.touched import OBJECTS_AT_ONCE, Touch, every_object, still_there, touched
from app.registry.views import Head, check_kept, read_head

PAGE = 1000
TRIMMED_EVERY: Millis = 60_000
LONGEST_WAIT_S = 86_400.0
"""Whatever a destination asks for."""

log = structlog.get_logger()


class Courier:
    """Brings one destination what it is to have. One call at a time."""

    def __init__(self, destination: Destination, network: Network, stopped: threading.Event) -> None:
        self._destination = destination
        self._network = network
        self._stopped = stopped
        self._way = _way(destination, network)
        self._tenure: Tenure | None = None
        self._trimmed: Millis = 0

    def __call__(self, lease: Lease) -> None:
        """All there is to do now. Raises LeaseLost, and what the database raises; nothing that a destination does."""
        tenure = self._tenure
        if tenure is None or tenure.lease != lease:
            self._tenure = tenure = Tenure(self._network.engine, lease, self._stopped)
            self._way.begin()
        while not tenure.over and self._turn(tenure):
            pass

    def hand_on(self) -> None:
        """The lease will go to another: what is under way ends, and nothing more is begun under it."""
        if self._tenure is not None:
            self._tenure.hand_on()

    def _turn(self, tenure: Tenure) -> bool:
        """Follows, then sends a batch. False where there is nothing more to do now."""
        state = self._followed(tenure)
        now = self._network.clock.now()
        if tenure.over or state.paused or now < state.next_attempt:
            return False
        try:
            return self._way.catch_up(tenure, state)
        except DestinationForgot as error:
            log.warning("destination has lost what it held", destination=self._destination.name, error=str(error))
            self._start_over(tenure, self._head(), whole=True)
            return True
        except DeliveryError as error:
            self._failed(tenure, error)
            return False
        finally:
            self._trim(tenure, now)

    # following the feed

    def _followed(self, tenure: Tenure) -> State:
        """The state, with all changes so far taken up."""
        head = self._head()
        with reading(self._network.engine) as connection:
            state = read_state(connection, self._destination.name)
        target, rules = self._destination.target(), self._rules()
        if state is None or (state.epoch, state.target, state.rules) != (head.epoch, target, rules):
            unsure = state is not None and (state.epoch, state.target) != (head.epoch, target)
            return self._start_over(tenure, head, whole=unsure)
        try:
            if not self._way.takes_up:
                check_kept(head, state.cursor)
                return state
            while state.cursor < head.seq and not tenure.over:
                state = self._take_up(tenure, state)
        except JournalPruned:
            return self._start_over(tenure, head, whole=True)
        return state

    def _take_up(self, tenure: Tenure, state: State) -> State:
        """One page of changes."""
        destination = self._destination
        with reading(self._network.engine) as connection:
            page = touched(connection, state.cursor, PAGE, destination.view, priced=destination.priced)
        with tenure.writing() as connection:
            mark(connection, destination.name, self._concerning(page.touches))
            write_state(connection, destination.name, cursor=page.next)
            taken = read_state(connection, destination.name)
        assert taken is not None
        return taken

    def _concerning(self, touches: Iterable[Touch]) -> list[Touch]:
        kinds, statuses = self._destination.kinds, self._destination.capabilities.statuses
        return [touch for touch in touches if touch.kind in kinds and (statuses or not touch.evse)]

    def _start_over(self, tenure: Tenure, head: Head, *, whole: bool) -> State:
        """Everything public is due, and everything that the destination holds although it no longer is."""
        name, view = self._destination.name, self._destination.view
        log.info("everything is due", destination=name, sequence=head.seq, whole=whole)
        if self._way.marks:
            due = map(self._concerning, every_object(self._network.engine, view))
            for page in chain(due, self._strays(head)):
                with tenure.writing() as writer:
                    mark(writer, name, page, whole=whole)
        with tenure.writing() as writer:
            target = self._destination.target()
            known = self._way.marks and not whole
            begin(writer, name, target=target, rules=self._rules(), epoch=head.epoch, cursor=head.seq, known=known)
            state = read_state(writer, name)
        assert state is not None
        return state

    def _strays(self, head: Head) -> Iterator[list[Touch]]:
        """What the destination holds and is to have no longer, a page at a time."""
        name, view = self._destination.name, self._destination.view
        for kind in (Kind.TARIFFS, Kind.LOCATIONS):
            keys: Sequence[str] = [""]
            while keys:
                with reading(self._network.engine) as connection:
                    keys = holdings_after(connection, name, kind, keys[-1], OBJECTS_AT_ONCE)
                    there = still_there(connection, view, kind, keys) if kind in self._destination.kinds else set()
                yield [Touch(kind, key, head.seq, gone=True) for key in keys if key not in there]

    def _head(self) -> Head:
        with reading(self._network.engine) as connection:
            return read_head(connection)

    def _rules(self) -> str:
        settings, version = self._destination.settings, __version__ if self._way.takes_up else ""
        return repr((version, sorted(settings.parties), sorted(settings.countries), self._destination.rules()))

    # failing

    def _failed(self, tenure: Tenure, error: DeliveryError) -> None:
        settings, now = self._destination.settings, self._network.clock.now()
        said = "\n".join((str(error), *getattr(error, "__notes__", ())))
        refused = isinstance(error, DestinationRefused)
        with tenure.writing() as connection:
            state = read_state(connection, settings.name)
            assert state is not None
            wait_s = spread(wait_after(state.failures + 1, settings.retry_wait, settings.longest_wait))
            if isinstance(error, DestinationBusy) and error.wait is not None:
                wait_s = min(error.wait, LONGEST_WAIT_S)
            elif refused:
                wait_s = settings.longest_wait
            failed(connection, state, now, said, now + round(wait_s * 1000), refused=refused)
            if isinstance(error, DestinationGone):
                set_paused(connection, settings.name, paused=True)
        log.error("destination failed", destination=settings.name, error=said, next_in=round(wait_s, 1))

    def _trim(self, tenure: Tenure, now: Millis) -> None:
        if now - self._trimmed >= TRIMMED_EVERY:
            self._trimmed = now
            with tenure.writing() as connection:
                trim(connection, self._destination.name)


def _way(destination: Destination, network: Network) -> Objects | Documents | Changes:
    if isinstance(destination, ObjectDestination):
        return Objects(destination, network)
    if isinstance(destination, ChangeDestination):
        return Changes(destination, network)
    assert isinstance(destination, DocumentDestination)
    return Documents(destination, network)
