"""What somebody looks for among the public locations: where all of them stand, and of a few what they are and are called."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from sqlalchemy import Connection, select

from app.model.status import OUT_OF_SERVICE
from app.registry.gazetteer import Gazetteer, Places
from app.registry.search import Box, Cluster, Wanted
from app.registry.tables import evse, location, location_search


class Found:
    """The public locations that are wanted; single ones as the connection's snapshot has them."""

    def __init__(self, connection: Connection, gazetteer: Gazetteer, wanted: Wanted) -> None:
        self._connection = connection
        self._gazetteer = gazetteer
        self._wanted = wanted

    @cached_property
    def _places(self) -> Places:
        return self._gazetteer.find(self._connection, self._wanted, self._named())

    def count(self) -> int:
        return len(self._places.names)

    def extent(self) -> Box | None:
        """Where all of them stand; None: none has a place."""
        return self._places.extent()

    def ordinals(self, limit: int, offset: int) -> list[int]:
        """By title."""
        return [ordinal for _, ordinal in self._places.names[offset : offset + limit]]

    def clusters(self, cell: int) -> list[Cluster]:
        """One per square of the map of so many units that is not empty."""
        return self._places.clusters(cell)

    def statuses(self, ordinals: Iterable[int]) -> dict[int, dict[str, str]]:
        """By uid, of the EVSEs in service of these locations, or of those that offer what is wanted, free or not."""
        found: dict[int, dict[str, str]] = {}
        query = select(evse.c.location, evse.c.uid, evse.c.status, evse.c.offer)
        offers = self._wanted.offers
        for ordinal, uid, status, offer in self._connection.execute(query.where(evse.c.location.in_(list(ordinals)))):
            if status not in OUT_OF_SERVICE and (offers is None or offer in offers):
                found.setdefault(ordinal, {})[uid] = status
        return found

    def names(self, ordinals: Iterable[int]) -> dict[int, tuple[str, str, str]]:
        """(country_code, party_id, id) of those of these locations that are public."""
        names = location.c.ordinal, location.c.country_code, location.c.party_id, location.c.id
        query = select(*names).join(location_search).where(location.c.ordinal.in_(list(ordinals)))
        return {row[0]: (row[1], row[2], row[3]) for row in self._connection.execute(query)}

    def with_evse_id(self) -> list[int]:
        """Ordinals of the locations that have a point of just the id that is wanted."""
        there = evse.c.evse_key == self._wanted.evse_key, location_search.c.location == evse.c.location
        return list(self._connection.execute(select(evse.c.location).where(*there).distinct()).scalars())

    def _named(self) -> frozenset[int] | None:
        """Ordinals of those that the words name; None: nothing is said."""
        with_id = self.with_evse_id() if self._wanted.evse_key else []
        if with_id or not self._wanted.words:
            return frozenset(with_id) or None
        words = (location_search.c.text.contains(word) for word in self._wanted.words)
        return frozenset(self._connection.execute(select(location_search.c.location).where(*words)).scalars())
