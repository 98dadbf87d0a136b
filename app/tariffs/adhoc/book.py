"""The ad hoc prices of many connectors: what a tariff says at a time is worked out once for all that name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.clock import Millis, from_millis, to_millis
from app.model.connector import AdhocOffer
from app.model.electricity import power_watts
from app.model.enums import TariffType
from app.model.tariff import Tariff
from app.tariffs.adhoc.changes import Changes, local
from app.tariffs.adhoc.parts import TariffParts
from app.tariffs.adhoc.price import AdhocPrice

Body = Mapping[str, Any]
"""A connector or a tariff as canonical JSON."""
_WATTS = 1000
_NEVER: Millis = -(1 << 62)
_FOR_EVER: Millis = 1 << 62


def adhoc_prices(connector: Body, tariffs: Mapping[str, Body], time_zone: str, at: Millis) -> tuple[AdhocPrice, ...]:
    """The ad hoc prices of a connector at a time, the default first; empty: it has none, or none is known.

    `tariffs` by the ids that its `tariff_ids` and `adhoc_offers` use, those of the past and the future too; `time_zone` is the
    location's (IANA).
    """
    return PriceBook().adhoc(connector, tariffs, time_zone, at)


@dataclass(slots=True)
class _Entry:
    """A tariff as read, with the last two prices asked for per time zone and power: who asks for one asks for the next too."""

    body: Body
    """Kept, so that its identity names it."""
    tariff: Tariff
    since: Millis | None
    until: Millis | None
    said: dict[tuple[str, Decimal | None], tuple[AdhocPrice, ...]] = field(default_factory=dict)

    def is_valid(self, at: Millis) -> bool:
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def begins(self, after: Millis) -> Millis | None:
        """When it becomes valid; None: it has by then, or never does."""
        return self.since if self.since is not None and self.since > after and self.is_valid(self.since) else None

    def ended(self, by: Millis) -> Millis | None:
        """When it ceased to be valid; None: it has not by then, or never was."""
        return self.until if self.until is not None and self.until <= by and self.is_valid(self.until - 1) else None


@dataclass(frozen=True, slots=True)
class _Choice:
    """The tariffs that make a connector's ad hoc price at a time, each with its offer, and the span in which others do not."""

    valid: list[tuple[_Entry, AdhocOffer | None]]
    since: Millis | None
    until: Millis | None


@dataclass(slots=True)
class _Span:
    """While an entry counts without a break."""

    entry: _Entry
    offer: AdhocOffer | None
    since: Millis
    until: Millis | None

    def tariff(self, at: Millis) -> Tariff:
        """Valid just then; what began before `at` as it says itself."""
        edges: dict[str, datetime | None] = {}
        if self.since not in (at, self.entry.since):
            edges["start_date_time"] = from_millis(self.since)
        if self.until != self.entry.until:
            edges["end_date_time"] = None if self.until is None else from_millis(self.until)
        return self.entry.tariff.model_copy(update=edges) if edges else self.entry.tariff


class PriceBook:
    """Tariff bodies are told apart by identity: one that changes must be another object. Not thread-safe."""

    def __init__(self) -> None:
        self._entries: dict[int, _Entry] = {}
        self._choices: dict[tuple[int, ...], tuple[Millis, Millis, _Choice]] = {}
        """By the tariffs that a connector names: of its last choice, from when and until when it is the same."""

    def adhoc(self, connector: Body, tariffs: Mapping[str, Body], time_zone: str, at: Millis) -> tuple[AdhocPrice, ...]:
        """As `adhoc_prices`."""
        choice = self._choice(connector, tariffs, at)
        power = Decimal(power_watts(connector)) / _WATTS
        found: list[AdhocPrice] = []
        for entry, offer in choice.valid:
            price = _price(entry, time_zone, power, at)
            since, until = _latest(price.valid_from, choice.since), _earliest(price.next_change, choice.until)
            if offer or found or (since, until) != (price.valid_from, price.next_change):
                price = replace(price, offer=offer, default=not found, valid_from=since, next_change=until)
            found.append(price)
        return tuple(found)

    def next_change(self, connector: Body, tariffs: Mapping[str, Body], time_zone: str, at: Millis) -> Millis | None:
        """When `adhoc` will next answer otherwise; None: no change is known."""
        prices = self.adhoc(connector, tariffs, time_zone, at)
        if not prices:
            return self._choice(connector, tariffs, at).until
        return _earliest(*(price.next_change for price in prices))

    def _choice(self, connector: Body, tariffs: Mapping[str, Body], at: Millis) -> _Choice:
        if "adhoc_offers" in connector:
            return self._chosen(connector, tariffs, at)
        key = tuple([id(tariffs[one]) for one in connector.get("tariff_ids", ()) if one in tariffs])
        known = self._choices.get(key)
        if known is None or not known[0] <= at < known[1]:
            choice, entries = self._chosen(connector, tariffs, at), self._named(connector, tariffs).values()
            edges = [edge for entry in entries for edge in (entry.since, entry.until) if edge is not None]
            since = max((edge for edge in edges if edge <= at), default=_NEVER)
            known = self._choices[key] = (since, min((edge for edge in edges if edge > at), default=_FOR_EVER), choice)
        return known[2]

    def _chosen(self, connector: Body, tariffs: Mapping[str, Body], at: Millis) -> _Choice:
        offers = {offer["tariff_id"]: offer for offer in connector.get("adhoc_offers", ())}
        known = self._named(connector, tariffs)
        first = {id_: entry for id_, entry in known.items() if id_ in offers or _is_adhoc(entry)}
        others = {id_: entry for id_, entry in known.items() if id_ not in first and entry.tariff.type is None}
        if any(entry.is_valid(at) for entry in first.values()):
            others = {}
        chosen = first | others
        return _Choice(
            [
                (entry, AdhocOffer.model_validate(offers[id_]) if id_ in offers else None)
                for id_, entry in chosen.items()
                if entry.is_valid(at)
            ],
            since=_latest(*(entry.ended(at) for entry in first.values())) if others else None,
            until=_earliest(*(entry.begins(at) for entry in chosen.values())),
        )

    def adhoc_tariffs(
        self, connector: Body, tariffs: Mapping[str, Body], at: Millis
    ) -> list[tuple[Tariff, AdhocOffer | None]]:
        """The tariffs that make a connector's ad hoc prices from `at` on, those of now first, the default before others.

        Each is valid just while it counts; one that counts again later comes twice.
        """
        entries = self._named(connector, tariffs).values()
        edges = {edge for entry in entries for edge in (entry.since, entry.until) if edge is not None and edge > at}
        moments = sorted(edges)
        spans: list[_Span] = []
        for since, until in zip([at, *moments], [*moments, None], strict=True):
            for entry, offer in self._choice(connector, tariffs, since).valid:
                span = next((one for one in spans if one.entry is entry and one.until == since), None)
                if span is None:
                    spans.append(_Span(entry, offer, since, until))
                else:
                    span.until = until
        return [(span.tariff(at), span.offer) for span in spans]

    def tariffs(self, connector: Body, tariffs: Mapping[str, Body]) -> list[Tariff]:
        """All that the connector names, of whatever type and validity."""
        return [entry.tariff for entry in self._named(connector, tariffs).values()]

    def _named(self, connector: Body, tariffs: Mapping[str, Body]) -> dict[str, _Entry]:
        """Those of offers first."""
        offered = (offer["tariff_id"] for offer in connector.get("adhoc_offers", ()))
        named = dict.fromkeys([*offered, *connector.get("tariff_ids", ())])
        return {id_: self._entry(tariffs[id_]) for id_ in named if id_ in tariffs}

    def _entry(self, body: Body) -> _Entry:
        entry = self._entries.get(id(body))
        if entry is None:
            tariff = Tariff.model_validate(body)
            since, until = (_millis(end) for end in (tariff.start_date_time, tariff.end_date_time))
            entry = self._entries[id(body)] = _Entry(body, tariff, since, until)
        return entry


def _is_adhoc(entry: _Entry) -> bool:
    return entry.tariff.type is TariffType.AD_HOC_PAYMENT


def _price(entry: _Entry, time_zone: str, power_kw: Decimal, at: Millis) -> AdhocPrice:
    # Power matters just where the tariff asks for it: so all connectors share what is worked out.
    power = power_kw if asks_for_power(entry.tariff) else None
    known = entry.said.get((time_zone, power), ())
    said = next((one for one in known if _holds(one, at)), None)
    if said is None:
        said = tariff_price(entry.tariff, time_zone, at, power)
        entry.said[time_zone, power] = (said, *known[:1])
    return said


def asks_for_power(tariff: Tariff) -> bool:
    """Whether a price depends on the power delivered."""
    asked = (element.restrictions for element in tariff.elements if element.restrictions)
    return any(one.min_power is not None or one.max_power is not None for one in asked)


def _holds(said: AdhocPrice, at: Millis) -> bool:
    return (said.valid_from is None or at >= said.valid_from) and (said.next_change is None or at < said.next_change)


def tariff_price(tariff: Tariff, time_zone: str, at: Millis, power_kw: Decimal | None = None) -> AdhocPrice:
    """What a tariff says at a time, whatever its type and validity.

    `power_kw`: most that the connector gives; None: not known.
    """
    zone = ZoneInfo(time_zone)
    parts, changes = TariffParts(tariff, power_kw), Changes(tariff, zone)

    def said(moment: Millis) -> object:
        return parts.at(local(moment, zone))

    return AdhocPrice(
        tariff=tariff,
        parts=parts.at(local(at, zone)),
        valid_from=_latest(changes.before(at, said), _millis(tariff.start_date_time)),
        next_change=_earliest(changes.after(at, said), _millis(tariff.end_date_time)),
    )


def _millis(moment: datetime | None) -> Millis | None:
    return None if moment is None else to_millis(moment)


def _earliest(*moments: Millis | None) -> Millis | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _latest(*moments: Millis | None) -> Millis | None:
    return max((moment for moment in moments if moment is not None), default=None)
