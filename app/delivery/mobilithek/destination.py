"""The destination `mobilithek`.

1. The static publication is sent at the start, and when it has changed; always before the dynamic one that refers to it.
2. The dynamic publication is sent whole at the start, from time to time, after anything but a status changed, and after a
   document that did not arrive; else as deltas of just the points whose status changed.
3. What is not valid by the official schema is not sent, and what stands there stays: a table is tried again with each snapshot
   and keeps no statuses waiting; a whole dynamic publication is tried again after `longest_wait`; a location is left out of a
   delta until it changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from app.clock import Clock
from app.delivery.base import Capabilities, DocumentDestination, Item
from app.delivery.mobilithek.broker import Broker
from app.delivery.mobilithek.datex import Datex
from app.delivery.mobilithek.policy import Standing
from app.delivery.mobilithek.settings import MobilithekSettings
from app.delivery.mobilithek.wording import Wording
from app.delivery.settings import DestinationSettings
from app.errors import DeliveryError, DestinationBusy, DestinationRefused
from app.formats.base import NOBODY, Context, Envelope, Rendered, format_named
from app.model.batch import Kind
from app.model.problem import Problem, Severity
from app.publish.block import evaluated_at
from app.publish.compression import Piece, deflate, stored
from app.publish.documents import Document
from app.publish.judge import Flaws
from app.publish.pages import enclosed
from app.registry.projection import Head

_NOTED = 10


class Mobilithek(DocumentDestination):
    type = "mobilithek"
    Settings = MobilithekSettings
    capabilities = Capabilities(kinds=frozenset({Kind.LOCATIONS}))
    settings: MobilithekSettings

    def __init__(self, settings: DestinationSettings, clock: Clock, wording: Wording | None = None) -> None:
        """`wording`: how the network is said, if not as the settings say."""
        super().__init__(settings, clock)
        own = self.settings
        self._wording = wording or Datex(own.dialect, own.encoding)
        names = self._wording.static, self._wording.dynamic
        self.documents = ((names[0], Kind.SITES), (names[1], Kind.LOCATIONS))
        self._broker = Broker(own, clock)
        self._standing = Standing()
        self._publisher = NOBODY

    @property
    def priced(self) -> bool:
        return True

    def target(self) -> str:
        return repr((self.settings.url, self.settings.static_publication, self.settings.dynamic_publication))

    def rules(self) -> str:
        return repr((self.settings.dialect, self.settings.encoding))

    def check(self) -> str:
        return self._broker.greet(self.settings.static_publication)

    def needs_snapshot(self, items: Sequence[Item]) -> bool:
        return self._standing.needs_snapshot(items)

    def snapshot(self, documents: Sequence[Document]) -> Sequence[Problem]:
        table, statuses = documents
        self._publisher = statuses.publication.publisher
        with self._sending():
            self._send_table(table)
            if statuses.flaws:
                raise self._withheld(statuses.flaws)
            self._publish(self.settings.dynamic_publication, self._pushed(statuses))
            self._standing = replace(self._standing, sound=True)
        return table.flaws

    def _send_table(self, table: Document) -> None:
        at = table.head.published_at
        if table.flaws:
            self._standing = self._standing.without_table(at)
            return
        if self._standing.needs_table(table.identity):
            pieces = enclosed(table.publication, table.head, table.blocks)
            self._publish(self.settings.static_publication, pieces)
        self._standing = self._standing.with_table(table.identity, at)

    def _withheld(self, flaws: Flaws) -> DestinationRefused:
        error = DestinationRefused(
            f"the dynamic publication is not valid, and was not sent: {flaws[0]}",
            where=f"destination {self.name}",
            remedy="Correct the location in its source or in the overlay",
        )
        for flaw in flaws[1:_NOTED]:
            error.add_note(str(flaw))
        return error

    def delta(self, items: Sequence[Item], head: Head) -> Sequence[Problem]:
        problems, parts = list[Problem](), list[bytes]()
        around = self._wording.around_delta(Envelope(head.published_at, self._publisher))
        for item in items:
            said = self._said(item)
            if said.body is None:
                problems += [
                    Problem(loss.reason, Severity.NOTE, record=item.key, path=loss.path, value=loss.value)
                    for loss in said.losses
                ]
            elif flaws := self._flaws(said.body, item.key, around):
                problems += flaws
            else:
                parts.append(said.body)
        if parts:
            prefix, suffix = around
            with self._sending(keeps_count=True):
                body = prefix + self._wording.separator.join(parts) + suffix
                self._publish(self.settings.dynamic_publication, [deflate(body)])
        return problems

    def _said(self, item: Item) -> Rendered:
        assert item.object is not None  # else a snapshot is sent
        context = Context(evaluated_at(item.object), item.object.tariffs, item.object.boundary_at)
        return self._wording.changed(item.object.body, context, item.evses or None)

    def _flaws(self, body: bytes, key: str, around: tuple[bytes, bytes]) -> Flaws:
        return self.judge.flaws(format_named(self._wording.dynamic), body, key, around) if self.judge else ()

    def _publish(self, publication: str, document: Sequence[Piece] | Iterator[Piece]) -> None:
        self._broker.publish(publication, self._wording.media_type, document)

    def _pushed(self, statuses: Document) -> Iterator[Piece]:
        """The blocks as they are, in the envelope of a push."""
        envelope = Envelope(statuses.head.published_at, self._publisher)
        prefix, suffix = self._wording.around_snapshot(envelope)
        separator, between = stored(statuses.publication.format.separator), False
        yield stored(prefix)
        for block in statuses.blocks:
            if block.count:
                if between:
                    yield separator
                yield block.piece
                between = True
        yield stored(suffix)

    @contextmanager
    def _sending(self, *, keeps_count: bool = False) -> Iterator[None]:
        """What did not arrive, or nobody knows whether it did, a snapshot replaces. With `keeps_count` a server that just asks to
        wait is believed not to have taken it: the same is due later."""
        try:
            yield
        except DeliveryError as error:
            if not (keeps_count and isinstance(error, DestinationBusy)):
                self._standing = replace(self._standing, sound=False)
            raise
