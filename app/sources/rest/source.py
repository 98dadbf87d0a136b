"""A described backend as batches."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from hashlib import blake2b
from itertools import islice

from app.clock import Clock
from app.model.batch import PULLED, Batch, Kind, Raw, StatusRow
from app.sources.base import Capabilities, Source, SourceSettings
from app.sources.records import nothing_to_read
from app.sources.rest.access import Access
from app.sources.rest.description import StatusListing
from app.sources.rest.lists import Lists
from app.sources.rest.objects import Objects, has_statuses
from app.sources.rest.settings import RestSettings
from app.sources.rest.statuses import Rows
from app.sources.rest.words import Words

PORTION = 1000
"""Locations or tariffs per batch."""


class RestSource(Source):
    type = "rest"
    Settings = RestSettings
    capabilities = Capabilities(frozenset(PULLED), statuses_in_locations=True)
    settings: RestSettings

    def __init__(self, settings: SourceSettings, clock: Clock) -> None:
        super().__init__(settings, clock)
        self._description = self.settings.description
        self._access = Access(self.settings, clock)
        self._words = Words(self.settings.status_map, self._description.status_map)
        self._met: set[str] = set()
        """EVSEs that had a status, by the backend's names."""

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(kind for kind in super().kinds if kind in self._description.listings)

    @property
    def statuses_in_locations(self) -> bool:
        described = self._description
        return described.statuses is None and described.locations is not None and has_statuses(described.locations)

    def fetch(self, kind: Kind, cursor: str | None, *, full: bool) -> Iterator[Batch]:
        lists = Lists(self._access, self.settings)
        listing = self._description.listings[kind]
        if isinstance(listing, StatusListing):
            yield self._statuses(lists, listing)
        else:
            objects = Objects(kind, listing, self.settings, self._words)
            taken = (raw for found in lists.objects(listing) if (raw := objects.take(found)) is not None)
            yield from self._batches(kind, objects, taken)
            yield self._last(kind, objects, lists)

    def rules(self, *more: str) -> str:
        described = blake2b(repr(self._description).encode(), digest_size=16).hexdigest()
        return super().rules(described, str(self.settings.tax_included), *more)

    def _statuses(self, lists: Lists, listing: StatusListing) -> Batch:
        """One batch, since what is absent from it has no status any more."""
        rows = Rows()
        rows.read(lists.objects(listing), listing.fields)
        complete = rows.whole and lists.complete
        if listing.absent and complete:
            there = {row.evse for row in rows.rows}
            self._met |= self.settings.named_evses.keys()
            rows.rows += [StatusRow(evse, listing.absent) for evse in sorted(self._met - there)]
            self._met |= there
        return Batch(
            self.name,
            Kind.STATUSES,
            self.clock.now(),
            partial(rows.parse, words=self._words, times=self._description.times),
            rows.rows,
            complete=complete,
            problems=[*lists.problems, *rows.problems],
        )

    def _batches(self, kind: Kind, objects: Objects, taken: Iterator[Raw]) -> Iterator[Batch]:
        while portion := list(islice(taken, PORTION)):
            yield Batch(self.name, kind, self.clock.now(), objects.read, portion, rules=self.rules())

    def _last(self, kind: Kind, objects: Objects, lists: Lists) -> Batch:
        return Batch(
            self.name,
            kind,
            self.clock.now(),
            nothing_to_read,
            (),
            complete=lists.complete and not objects.nameless,
            unchanged=frozenset(objects.digests),
            seen=frozenset(objects.refused),
            problems=[*lists.problems, *objects.problems],
        )
