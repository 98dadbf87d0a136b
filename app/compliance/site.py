"""A public location as rules look at it: its stations, its points in service, its prices at a moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from iso3166 import countries_by_alpha3

from app.clock import Millis
from app.model.identifiers import party
from app.model.stations import stations_of
from app.model.status import OUT_OF_SERVICE
from app.model.usps import UNITED_STATES, state_code
from app.registry.origins import Sourced
from app.tariffs.adhoc import AdhocPrice, PriceBook

Body = dict[str, Any]


class Site:
    """Points that are planned or gone are left out, and stations that have no others."""

    def __init__(self, sourced: Sourced, book: PriceBook, at: Millis) -> None:
        self.sourced = sourced
        self.at = at
        self.body: Body = sourced.object.body
        self._book = book
        self.points = [point for point in self.body.get("evses", ()) if point.get("status") not in OUT_OF_SERVICE]

    @property
    def party(self) -> str:
        return party(self.sourced.object.country_code, self.sourced.object.party_id)

    @cached_property
    def country(self) -> str:
        """ISO 3166-1 alpha-2 of the site."""
        known = countries_by_alpha3.get(self.body["country"])
        return str(known.alpha2) if known else ""

    @property
    def region(self) -> str | None:
        """State or province; of the United States as the USPS writes it."""
        said: str | None = self.body.get("state")
        return state_code(said, self.body["country"]) if self.body["country"] in UNITED_STATES else said

    @cached_property
    def stations(self) -> list[Subject]:
        points = {point["uid"].lower(): point for point in self.points}
        found = []
        for station in stations_of(self.body):
            uids = (uid.lower() for uid in station["evse_uids"])
            own = [points[uid] for uid in uids if uid in points]
            if own:
                found.append(Subject(self, f"stations[{station['id']}]", (station,), own))
        return found

    @cached_property
    def pool(self) -> Subject:
        return Subject(self, "", [one.stations[0] for one in self.stations], self.points)

    @cached_property
    def evses(self) -> list[Subject]:
        return [
            Subject(self, f"evses[{point['uid']}]", one.stations, (point,))
            for one in self.stations
            for point in one.points
        ]

    @cached_property
    def connectors(self) -> list[Subject]:
        return [
            Subject(self, f"{one.path}.connectors[{connector['id']}]", one.stations, one.points, connector)
            for one in self.evses
            for connector in one.points[0]["connectors"]
        ]

    def prices(self, connector: Body) -> tuple[AdhocPrice, ...]:
        """The public ad hoc prices, the default first."""
        return self._book.adhoc(connector, self.sourced.object.tariffs, self.body["time_zone"], self.at)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule is asked about: a pool, station, point or connector."""

    site: Site
    path: str
    """`evses[U1]`; empty for the pool itself."""
    stations: Sequence[Body]
    """The station itself, or that of the point; of a pool all."""
    points: Sequence[Body]
    """The point itself, or those inside."""
    connector: Body | None = None

    def bodies(self, scope: str) -> Iterator[tuple[str, Body]]:
        """The objects of a kind (location, station, evse, connector) that it is, has, or is in, with their paths."""
        if scope == "location":
            yield "", self.site.body
        elif scope == "station":
            yield from ((f"stations[{station['id']}].", station) for station in self.stations)
        elif scope == "evse":
            yield from ((f"evses[{point['uid']}].", point) for point in self.points)
        else:
            for point in self.points:
                for connector in point["connectors"]:
                    if self.connector is None or connector is self.connector:
                        yield f"evses[{point['uid']}].connectors[{connector['id']}].", connector

    def connectors(self) -> Iterator[Body]:
        return (connector for _, connector in self.bodies("connector"))

    @property
    def is_free(self) -> bool:
        """Every connector has an ad hoc price, and all of them are nothing."""
        return all(_costs_nothing(self.site.prices(connector)) for connector in self.connectors())


def _costs_nothing(prices: Sequence[AdhocPrice]) -> bool:
    return bool(prices) and all(_is_zero(price) for price in prices)


def _is_zero(price: AdhocPrice) -> bool:
    least = price.tariff.min_price
    return (
        bool(price.parts) and not any(part.price.amount for part in price.parts) and not (least and least.before_taxes)
    )
