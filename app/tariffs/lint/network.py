"""Connectors and their tariffs: which tariff holds where and when, and whether a driver without a contract has a price."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import combinations, groupby
from typing import Any

from app.clock import Millis, from_millis
from app.model.codes import currencies_of
from app.model.enums import TariffType
from app.model.finding import Grade, Strength
from app.model.identifiers import object_key, party
from app.model.tariff import Tariff
from app.tariffs.lint.about import About, about_connector
from app.tariffs.lint.rule import Fault, Rulebook

Body = Mapping[str, Any]
"""A location or a tariff as canonical JSON."""


@dataclass(frozen=True, slots=True)
class Point:
    """A connector."""

    key: str
    """`party/location/EVSE uid/connector id`"""
    location: str
    """Its object key."""
    path: str
    """JSON path in the location."""
    about: About


@dataclass(frozen=True)
class Group:
    """Connectors of one party that name the same tariffs."""

    owner: tuple[str, str]
    ids: tuple[str, ...]
    """Of `tariff_ids` and `adhoc_offers`."""
    offered: frozenset[str]
    """Those of `adhoc_offers`."""
    tariffs: Mapping[str, Tariff]
    """By id, those that are known."""
    points: list[Point] = field(default_factory=list)

    @cached_property
    def adhoc(self) -> frozenset[str]:
        """Ids of those that drivers without a contract pay (see `tariffs.adhoc`)."""
        typed = {id for id, tariff in self.tariffs.items() if tariff.type is TariffType.AD_HOC_PAYMENT}
        untyped = {id for id, tariff in self.tariffs.items() if tariff.type is None}
        return frozenset(self.offered & self.tariffs.keys() | typed or untyped)

    @cached_property
    def abouts(self) -> dict[About, list[str]]:
        """Keys of the connectors of which the same is known."""
        found: dict[About, list[str]] = {}
        for point in self.points:
            found.setdefault(point.about, []).append(point.key)
        return found

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(point.key for point in self.points)

    def fault(self, what: str, remedy: str = "") -> Fault:
        """Said once for all of them, at the place of the first."""
        first = self.points[0]
        return Fault(what, first.path, remedy, first.location, self.keys)

    def of_a_type(self) -> Iterator[list[Tariff]]:
        """Those of which one at a time may hold; several ad hoc offers may, by way to pay."""
        known = [tariff for id, tariff in self.tariffs.items() if id not in self.offered]
        known.sort(key=lambda tariff: (tariff.type or "", _begin(tariff)))
        return (list(same) for _, same in groupby(known, key=lambda tariff: tariff.type))


class Network:
    def __init__(self, locations: Iterable[Body], tariffs: Iterable[Body], at: Millis) -> None:
        self.at = from_millis(at)
        found = (Tariff.model_validate(body) for body in tariffs)
        self.tariffs = {object_key(one.country_code, one.party_id, one.id): one for one in found}
        self._groups: dict[tuple[object, ...], Group] = {}
        for location in locations:
            self._add(location)

    @property
    def groups(self) -> Iterable[Group]:
        return self._groups.values()

    def used(self, known: About) -> dict[str, dict[About, list[str]]]:
        """Key of a tariff → what is known of connectors that name it, filled with `known` → their keys."""
        found: dict[str, dict[About, list[str]]] = {}
        for group in self.groups:
            for id in group.tariffs:
                abouts = found.setdefault(object_key(*group.owner, id), {})
                for about, connectors in group.abouts.items():
                    told = replace(about, adhoc=id in group.adhoc).filled(known)
                    abouts.setdefault(told, []).extend(connectors)
        return found

    def _add(self, location: Body) -> None:
        owner = location["country_code"], location["party_id"]
        key = object_key(*owner, location["id"])
        for index, evse in enumerate(location.get("evses", ())):
            for at, connector in enumerate(evse["connectors"]):
                name = f"{party(*owner)}/{location['id']}/{evse['uid']}/{connector['id']}"
                path = f"evses[{index}].connectors[{at}]"
                point = Point(name, key, path, about_connector(location, evse, connector))
                self._group(owner, connector).points.append(point)

    def _group(self, owner: tuple[str, str], connector: Body) -> Group:
        offered = tuple(offer["tariff_id"] for offer in connector.get("adhoc_offers", ()))
        ids = tuple(dict.fromkeys((*offered, *connector.get("tariff_ids", ()))))
        same = owner, ids, frozenset(offered)
        if same not in self._groups:
            keys = {id: object_key(*owner, id) for id in ids}
            known = {id: self.tariffs[key] for id, key in keys.items() if key in self.tariffs}
            self._groups[same] = Group(owner, ids, frozenset(offered), known)
        return self._groups[same]


NETWORK: Rulebook[Network] = Rulebook("Network")


@NETWORK.rule(
    "network-unused-tariff",
    "A connector uses each tariff",
    "OCPI 2.3.0 Connector.tariff_ids",
    Strength.READING,
    "Name it at its connectors, or delete it",
    grade=Grade.WARNING,
)
def _unused(network: Network) -> Iterator[Fault]:
    used = {object_key(*group.owner, id) for group in network.groups for id in group.ids}
    for key, tariff in network.tariffs.items():
        if key not in used and (tariff.end_date_time is None or tariff.end_date_time > network.at):
            yield Fault("no connector uses it", key=key)


@NETWORK.rule(
    "network-no-tariff",
    "A connector has a tariff",
    "OCPI 2.3.0 Connector.tariff_ids",
    Strength.READING,
    "Name its tariffs; where it is free, one with FLAT 0",
    grade=Grade.WARNING,
)
def _no_tariff(network: Network) -> Iterator[Fault]:
    for group in network.groups:
        if not group.ids:
            yield group.fault("no tariff, so its price is not known")


@NETWORK.rule(
    "network-unknown-tariff",
    "Each tariff that a connector names is there",
    "OCPI 2.3.0 Connector.tariff_ids",
    Strength.STANDARD,
    "Send the tariff, or take its id off the connector",
)
def _unknown(network: Network) -> Iterator[Fault]:
    for group in network.groups:
        for id in group.ids:
            if id not in group.tariffs:
                yield group.fault(f"no tariff {id} of {party(*group.owner)} is known")


@NETWORK.rule(
    "network-two-of-a-type",
    "Of each type one tariff holds at a time",
    "OCPI 2.3.0 Connector.tariff_ids; ocpi#232, ocpi#371, ocpi#519",
    Strength.STANDARD,
    "End one when the other begins",
)
def _two_of_a_type(network: Network) -> Iterator[Fault]:
    for group in network.groups:
        for same in group.of_a_type():
            for one, other in combinations(same, 2):
                since = max(_begin(one), _begin(other), network.at)
                if since < min(_end(one), _end(other)):
                    when = f" from {since:%Y-%m-%d %H:%M} UTC on" if since > network.at else ""
                    yield group.fault(f"{one.id} and {other.id}, both {_type(one)}, hold at once{when}")


@NETWORK.rule(
    "network-typed-and-untyped",
    "Tariffs with a type do not stand beside one without",
    "OCPI 2.3.0 Tariff.type; ocpi#371",
    Strength.READING,
    "Give each a type: AD_HOC_PAYMENT, REGULAR",
    grade=Grade.WARNING,
)
def _typed_and_untyped(network: Network) -> Iterator[Fault]:
    for group in network.groups:
        current = [tariff for tariff in group.tariffs.values() if _end(tariff) > network.at]
        untyped = [tariff.id for tariff in current if tariff.type is None]
        if untyped and len(untyped) < len(current):
            yield group.fault(f"{', '.join(untyped)} has no type and would hold for all, beside others that have one")


@NETWORK.rule(
    "network-validity-gap",
    "When a tariff ends the next one holds",
    "OCPI 2.3.0 Tariff.start_date_time, end_date_time",
    Strength.READING,
    "Let the next one begin when this one ends",
    grade=Grade.WARNING,
)
def _validity_gap(network: Network) -> Iterator[Fault]:
    for group in network.groups:
        for same in group.of_a_type():
            ends = network.at
            for tariff in same:
                if _begin(tariff) > ends:
                    span = f"from {ends:%Y-%m-%d %H:%M} to {_begin(tariff):%Y-%m-%d %H:%M} UTC"
                    yield group.fault(f"no tariff that is {_type(tariff)} holds {span}, before {tariff.id} begins")
                ends = max(ends, _end(tariff))


@NETWORK.rule(
    "network-none-holds",
    "A connector's tariffs are not all over",
    "OCPI 2.3.0 Tariff.end_date_time",
    Strength.READING,
    "Name the tariff that holds now",
    grade=Grade.WARNING,
)
def _none_holds(network: Network) -> Iterator[Fault]:
    for group in network.groups:
        if group.tariffs and all(_end(tariff) <= network.at for tariff in group.tariffs.values()):
            yield group.fault(f"all its tariffs are over: {', '.join(group.tariffs)}")


@NETWORK.rule(
    "network-contract-only",
    "A driver without a contract has a price",
    "Regulation (EU) 2023/1804, Art. 5(1); OCPI 2.3.0 TariffType",
    Strength.READING,
    "Add a tariff of type AD_HOC_PAYMENT, or leave the type out where the price is the same for all",
    grade=Grade.WARNING,
)
def _contract_only(network: Network) -> Iterator[Fault]:
    for group in network.groups:
        if group.tariffs and not group.adhoc:
            yield group.fault("its tariffs hold with a contract only")


@NETWORK.rule(
    "network-currency",
    "A price is in a currency of the country",
    "ISO 4217",
    Strength.READING,
    "Check the currency",
    grade=Grade.WARNING,
)
def _currency(network: Network) -> Iterator[Fault]:
    for group in network.groups:
        countries = {about.country for about in group.abouts}
        for tariff in group.tariffs.values():
            for country in sorted(filter(None, countries)):
                tender = currencies_of(country)
                if tender and tariff.currency not in tender:
                    yield group.fault(
                        f"{tariff.id} is in {tariff.currency}: {country} uses {', '.join(sorted(tender))}"
                    )


_EVER = from_millis(253_402_300_799_000)
_NEVER = from_millis(-2_208_988_800_000)


def _begin(tariff: Tariff) -> datetime:
    return tariff.start_date_time or _NEVER


def _end(tariff: Tariff) -> datetime:
    return tariff.end_date_time or _EVER


def _type(tariff: Tariff) -> str:
    return tariff.type or "without a type"
