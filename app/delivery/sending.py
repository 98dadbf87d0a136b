"""Objects on their way to a destination: several at once, no object twice at the same time, outcomes written down as they come.

An object that fails is tried again after a wait of its own; one that is refused when it changes. Where FAILS_AT of them fail in a
row, or REFUSES_AT are refused by a destination that never took any, it is the destination that fails: the rest waits with it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import structlog

from app.delivery.base import Item, ObjectDestination, Receipt
from app.delivery.items import Parcel
from app.delivery.network import Network
from app.delivery.queue import Dirty, Outcome, settle
from app.delivery.retry import wait_after
from app.delivery.states import succeeded
from app.delivery.tenure import Tenure
from app.errors import DeliveryError, DestinationBusy, DestinationRefused, LeaseLost, ObjectWithheld
from app.model.batch import Kind
from app.model.problem import Problem, Severity
from app.tracing import span

FAILS_AT = 5
REFUSES_AT = 20
LONGEST_S = 5.0
"""So long at most: then what has come up meanwhile is looked at first."""
LOGGED_AT_ONCE = 5
SETTLED_EVERY_S = 0.5
SETTLED_AT_ONCE = 500
"""What was sent and not written down when the process ends is sent again."""

log = structlog.get_logger()


class Streak:
    """What failed in a row, in one worker."""

    def __init__(self, destination: str, fails_at: int = FAILS_AT) -> None:
        self._destination = destination
        self._fails_at = fails_at
        self._failed = 0
        self._refused = 0

    def count(self, receipt: Receipt, *, trusted: bool) -> DeliveryError | None:
        """The destination's trouble, where this one was one too many. `trusted`: it has taken something before."""
        if receipt.error is None:
            self._failed = self._refused = 0
        elif not receipt.refused:
            self._failed += 1
            return receipt.error if self._failed >= self._fails_at else None
        elif not trusted and not isinstance(receipt.error, ObjectWithheld):
            self._refused += 1
            if self._refused >= REFUSES_AT:
                self._refused = 0
                what = f"refuses whatever is sent, at last: {receipt.error}"
                remedy = "When it is mended, `chargefeed replay --since 0`"
                return DestinationRefused(what, where=f"destination {self._destination}", remedy=remedy)
        return None


class Sending:
    """Of one batch."""

    def __init__(
        self, destination: ObjectDestination, network: Network, tenure: Tenure, streak: Streak, *, trusted: bool
    ) -> None:
        self._destination = destination
        self._network = network
        self._tenure = tenure
        self._streak = streak
        self._trusted = trusted
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._waiting: Iterator[Sequence[Parcel]] = iter(())
        self._broken = False
        self._outcomes: list[Outcome] = []
        self._settled = time.monotonic()
        self._trouble: DeliveryError | None = None

    def send(self, given: Sequence[Parcel]) -> None:
        """Raises DeliveryError where the destination fails; what was not begun by then stays due. Raises LeaseLost."""
        with span("deliver", {"destination": self._destination.name, "objects": len(given)}):
            self._send(given)

    def _send(self, given: Sequence[Parcel]) -> None:
        size = self._destination.batch
        self._waiting = iter([given[start : start + size] for start in range(0, len(given), size)])
        others = min(self._destination.parallel, -(-len(given) // size)) - 1
        with ThreadPoolExecutor(self._destination.parallel) as pool:
            also = [pool.submit(self._work) for _ in range(others)]
            self._work()
        for future in also:
            future.result()
        self._settle(self._taken_out())
        if self._trouble is not None:
            raise self._trouble

    def _work(self) -> None:
        """In each of the threads that share what waits."""
        try:
            while (given := self._next()) is not None:
                outcomes, trouble = self._deliver(given)
                self._settle(self._take(outcomes, trouble))
        except BaseException:
            self._broken = True
            raise

    def _next(self) -> Sequence[Parcel] | None:
        with self._lock:
            late = time.monotonic() - self._began > LONGEST_S
            over = self._broken or self._trouble is not None or self._tenure.over or late
            return None if over else next(self._waiting, None)

    def _take(self, outcomes: list[Outcome], trouble: DeliveryError | None) -> list[Outcome]:
        """What is to be written down now."""
        with self._lock:
            self._outcomes += outcomes
            self._trusted |= any(outcome.receipt.error is None for outcome in outcomes)
            troubles = [self._streak.count(outcome.receipt, trusted=self._trusted) for outcome in outcomes]
            self._trouble = self._trouble or next(filter(None, (trouble, *troubles)), None)
            late = time.monotonic() - self._settled > SETTLED_EVERY_S
            return self._taken_out() if late or len(self._outcomes) >= SETTLED_AT_ONCE else []

    def _taken_out(self) -> list[Outcome]:
        outcomes, self._outcomes, self._settled = self._outcomes, [], time.monotonic()
        return outcomes

    def _settle(self, outcomes: Sequence[Outcome]) -> None:
        if not outcomes:
            return
        name, now = self._destination.name, self._network.clock.now()
        with self._tenure.writing() as connection:
            settle(connection, name, outcomes, now)
            if any(outcome.receipt.error is None for outcome in outcomes):
                succeeded(connection, name, now)
        self._network.told(name, outcomes, now)
        for outcome in [outcome for outcome in outcomes if outcome.receipt.error][:LOGGED_AT_ONCE]:
            receipt = outcome.receipt
            log.warning(outcome.word, destination=name, record=receipt.item.key, error=str(receipt.error))

    def _deliver(self, given: Sequence[Parcel]) -> tuple[list[Outcome], DeliveryError | None]:
        """What became of them, and the destination's own trouble."""
        receipts: dict[tuple[Kind, str], Receipt] = {}
        failure = trouble = None
        try:
            for receipt in self._receipts([parcel.item for parcel in given]):
                receipts[receipt.item.kind, receipt.item.key] = receipt
        except LeaseLost:
            raise
        except DeliveryError as error:
            failure = trouble = error
        except Exception as error:  # a destination may be anyone's code
            log.error("delivery failed", destination=self._destination.name, exc_info=True)
            failure = DeliveryError(f"{type(error).__name__}: {error}", where=self._destination.name)
        outcomes = []
        for parcel in given:
            item = parcel.item
            done = receipts.get((item.kind, item.key))
            if done is not None:
                outcomes.append(self._outcome(done, parcel.rows))
            elif failure is not None and not isinstance(failure, DestinationBusy):
                outcomes.append(self._outcome(Receipt(item, item.memory, error=failure), parcel.rows))
        return outcomes, trouble

    def _receipts(self, items: Sequence[Item]) -> Iterator[Receipt]:
        """Raises DeliveryError, or whatever else a destination may raise."""
        said = {(item.kind, item.key): self._inspected(item) for item in items}
        wanted = []
        for item in items:
            problems = said[item.kind, item.key]
            first = next((problem for problem in problems if problem.severity is Severity.REFUSED), None)
            if first is None:
                wanted.append(item)
            else:
                error = ObjectWithheld(f"not sent: {first.what}", where=item.key, remedy=first.remedy)
                yield Receipt(item, item.memory, problems, error)
        if wanted:
            self._tenure.ensure()
            for receipt in self._destination.deliver(wanted):
                problems = (*said[receipt.item.kind, receipt.item.key], *receipt.problems) or _why(receipt)
                yield replace(receipt, problems=problems) if problems else receipt

    def _inspected(self, item: Item) -> tuple[Problem, ...]:
        return self._destination.inspect(item) if item.object is not None and item.content else ()

    def _outcome(self, receipt: Receipt, rows: tuple[Dirty, ...]) -> Outcome:
        outcome = Outcome(receipt, rows)
        if outcome.word != "failed":
            return outcome
        # Never longer than the destination's own wait after as many failures: what waits for it is due by then.
        settings = self._destination.settings
        wait_s = wait_after(outcome.attempts, settings.retry_wait, settings.longest_wait)
        return Outcome(receipt, rows, self._network.clock.now() + round(wait_s * 1000))


def _why(receipt: Receipt) -> tuple[Problem, ...]:
    """What a refusal says, where nothing else was said."""
    error = receipt.error
    if error is None or not receipt.refused:
        return ()
    return (Problem(error.what, record=receipt.item.key, where=error.where, remedy=error.remedy),)
