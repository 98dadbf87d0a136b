"""Bringing a document destination what is due: the whole at first and from time to time, between that what changed.

A snapshot is sent at the start, after `snapshot_every` or `snapshot_after` deltas, and where a delta would not do: too much is
due, the destination says so, the feed began a new life or its journal does not reach back far enough.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from app.clock import Millis
from app.delivery.base import DocumentDestination, Item, Receipt
from app.delivery.items import Parcel, parcels
from app.delivery.network import Network
from app.delivery.queue import Dirty, Outcome, due, settle, settle_through
from app.delivery.states import State, note, succeeded
from app.delivery.tenure import Tenure
from app.errors import ObjectWithheld
from app.formats.base import format_named
from app.model.batch import Kind
from app.model.problem import Problem, Severity
from app.publish.block import Rendering
from app.publish.documents import Document, read_document
from app.publish.publications import Publication
from app.registry.database import reading
from app.registry.projection import Head
from app.tracing import span


class Documents:
    """The way of one destination, for one worker."""

    takes_up = True
    """What changes is noted as due."""
    marks = False
    """Where everything is to be sent anew, a snapshot is."""

    def __init__(self, destination: DocumentDestination, network: Network) -> None:
        self._destination = destination
        self._network = network
        destination.judge = network.feed.judge
        self._started = False
        self._delta_at = float("-inf")

    def begin(self) -> None:
        """A new lease."""
        self._started = False

    def catch_up(self, tenure: Tenure, state: State) -> bool:
        """Sends a snapshot or a delta; False where there was nothing to do. Raises DeliveryError."""
        settings, now = self._destination.settings, self._network.clock.now()
        with reading(self._network.engine) as connection:
            rows = due(connection, self._destination.name, now, settings.largest_delta + 1)
        if self._is_whole_due(state, now) or len(rows) > settings.largest_delta:
            self._send_snapshot(tenure, rows)
            return True
        if not rows or time.monotonic() - self._delta_at < settings.delta_every:
            return False
        found, head = parcels(self._network, self._destination, rows)
        if self._destination.needs_snapshot([parcel.item for parcel in found]):
            self._send_snapshot(tenure, rows)
        else:
            self._send_delta(tenure, state, found, head)
        return True

    def _is_whole_due(self, state: State, now: Millis) -> bool:
        settings = self._destination.settings
        if not self._started or state.snapshot_at is None or state.deltas >= settings.snapshot_after:
            return True
        return now - state.snapshot_at >= settings.snapshot_every * 1000

    def _send_snapshot(self, tenure: Tenure, rows: Sequence[Dirty]) -> None:
        name, documents = self._destination.name, self._read()
        head = documents[0].head
        tenure.ensure()
        with span("deliver", {"destination": name, "objects": len(rows), "whole": True}):
            problems = self._destination.snapshot(documents)
        now = self._network.clock.now()
        settled = [row for row in rows if row.last_seq <= head.seq]
        outcomes = [_delivered(Item(row.kind, row.key, head.published_at, None), (row,), ()) for row in settled]
        with tenure.writing() as connection:
            settle(connection, name, outcomes, now)
            settle_through(connection, name, head.seq)
            note(connection, name, problems, now)
            succeeded(connection, name, now, snapshot_at=now, deltas=0)
        self._started, self._delta_at = True, time.monotonic()
        self._network.told(name, outcomes, now)

    def _read(self) -> list[Document]:
        """All of one moment."""
        with self._network.feed.read() as read:
            return [
                read_document(self._network.feed, self._publication(*wanted), read)
                for wanted in self._destination.documents
            ]

    def _publication(self, format_name: str, kind: Kind) -> Publication:
        view = self._destination.view
        rendering = Rendering(format_named(format_name), kind, view.countries)
        return Publication("", rendering, view, publisher=self._network.publisher)

    def _send_delta(self, tenure: Tenure, state: State, found: Sequence[Parcel], head: Head) -> None:
        name = self._destination.name
        said = {parcel.item.key: self._inspected(parcel.item) for parcel in found}
        sent = [parcel for parcel in found if not _refuses(said[parcel.item.key])]
        if sent:
            tenure.ensure()
            with span("deliver", {"destination": name, "objects": len(sent), "whole": False}):
                problems = list(self._destination.delta([parcel.item for parcel in sent], head))
            for problem in problems:
                said[problem.record] = (*said.get(problem.record, ()), problem)
        now = self._network.clock.now()
        outcomes = [_delivered(parcel.item, parcel.rows, said[parcel.item.key]) for parcel in found]
        with tenure.writing() as connection:
            settle(connection, name, outcomes, now)
            succeeded(connection, name, now, deltas=state.deltas + bool(sent))
        self._delta_at = time.monotonic()
        self._network.told(name, outcomes, now)

    def _inspected(self, item: Item) -> tuple[Problem, ...]:
        return self._destination.inspect(item) if item.object is not None else ()


def _refuses(problems: Sequence[Problem]) -> bool:
    return any(problem.severity is Severity.REFUSED for problem in problems)


def _delivered(item: Item, rows: tuple[Dirty, ...], problems: Sequence[Problem]) -> Outcome:
    """With what was left out of the document, and why."""
    refused = [problem for problem in problems if problem.severity is Severity.REFUSED]
    error = ObjectWithheld(f"left out: {refused[0].what}", where=item.key) if refused else None
    return Outcome(Receipt(item, None, tuple(problems), error), rows)
