"""The rates of connectors, worked out once for all that name the same tariffs and pay alike, as long as time changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.clock import Millis, to_millis
from app.formats.datex2.encoding import Encoding
from app.formats.datex2.from_tariff import SaidRate
from app.formats.datex2.offers import ConnectorRates
from app.formats.datex2.rates import EnergyRate
from app.formats.datex2.shared import with_shared
from app.formats.datex2.write_json import rate_json, update_json
from app.model.electricity import power_watts
from app.model.loss import Loss
from app.tariffs.adhoc import PriceBook

Body = Mapping[str, Any]
_MOST = 5000
_thread = threading.local()


class WrittenRate(NamedTuple):
    tree: dict[str, Any]
    """`energyRate` or `energyRateUpdate`, with the rate's id."""
    losses: tuple[Loss, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KnownRate:
    """Told apart by identity."""

    said: SaidRate
    write: Callable[[SaidRate, Encoding], tuple[dict[str, Any], tuple[Loss, ...]]]
    _written: dict[str, WrittenRate] = field(default_factory=dict)
    """By the names of encodings."""

    @property
    def rate(self) -> EnergyRate:
        return self.said.rate

    def written(self, encoding: Encoding) -> WrittenRate:
        found = self._written.get(encoding.name)
        if found is None:
            tree, losses = self.write(self.said, encoding)
            found = self._written[encoding.name] = WrittenRate(with_shared(tree), (*self.said.losses, *losses))
        return found


@dataclass(frozen=True, slots=True)
class _Answer:
    since: Millis
    until: Millis | None
    rates: list[KnownRate]

    def holds(self, at: Millis) -> bool:
        return at >= self.since and (self.until is None or at < self.until)


@dataclass(slots=True)
class KnownRates:
    """Tariff bodies are told apart by identity, as a PriceBook does, which keeps them. Not thread-safe."""

    book: PriceBook = field(default_factory=PriceBook)
    answers: dict[Any, _Answer] = field(default_factory=dict)

    def declared(self, connector: Body, asked: ConnectorRates) -> list[KnownRate]:
        """Ad hoc rates with the prices of all times, then those of contracts."""

        def work() -> list[KnownRate]:
            said = (*asked.with_periods(connector), *asked.of_contracts(connector))
            return [KnownRate(one, _declared) for one in said]

        return self._answer("declared", connector, asked, work)

    def current(self, connector: Body, asked: ConnectorRates) -> list[KnownRate]:
        """Ad hoc rates with the prices of now, the default first."""

        def work() -> list[KnownRate]:
            return [KnownRate(one, _updated) for one in asked.of_now(connector)]

        return self._answer("current", connector, asked, work)

    def _answer(
        self, kind: str, connector: Body, asked: ConnectorRates, work: Callable[[], list[KnownRate]]
    ) -> list[KnownRate]:
        key = (kind, asked.time_zone, asked.payment, power_watts(connector), _named(connector, asked.tariffs))
        answer = self.answers.get(key)
        if answer is None or not answer.holds(asked.at):
            edges = list(self._edges(connector, asked))
            since = max((edge for edge in edges if edge <= asked.at), default=0)
            until = min((edge for edge in edges if edge > asked.at), default=None)
            answer = self.answers[key] = _Answer(since, until, work())
        return answer.rates

    def _edges(self, connector: Body, asked: ConnectorRates) -> Iterable[Millis]:
        """When something may change: a tariff begins or ends, its prices become others."""
        for tariff in self.book.tariffs(connector, asked.tariffs):
            yield from (to_millis(edge) for edge in (tariff.start_date_time, tariff.end_date_time) if edge)
        for price in self.book.adhoc(connector, asked.tariffs, asked.time_zone, asked.at):
            yield from (edge for edge in (price.valid_from, price.next_change) if edge is not None)


def known_rates() -> KnownRates:
    """Those of this thread, begun anew before they become too many."""
    known: KnownRates | None = getattr(_thread, "known", None)
    if known is None or len(known.answers) >= _MOST:
        known = _thread.known = KnownRates()
    return known


def _named(connector: Body, tariffs: Mapping[str, Body]) -> tuple[Any, ...]:
    """The tariffs that it names, by their identity, and how they are offered."""
    offers = tuple(
        (id(tariffs.get(offer["tariff_id"])), *offer.get("payment_means", ()), offer.get("url"))
        for offer in connector.get("adhoc_offers", ())
    )
    return offers, tuple(id(tariffs[one]) for one in connector.get("tariff_ids", ()) if one in tariffs)


def _declared(said: SaidRate, encoding: Encoding) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    return rate_json(said.rate, encoding)


def _updated(said: SaidRate, encoding: Encoding) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    return update_json(said.update(), said.rate.currencies[0], encoding)
