"""Energy rates as OCPI tariffs.

1. Prices with other validity make other tariffs, one after the other; what has ended is left out.
2. Times of periods are local. A price without a period goes before those of its type that have one; all others add up.
3. Elements are such that per dimension the first that holds gives that sum (`price_rules`), on one tax basis (`amounts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from app.clock import Millis, from_millis
from app.formats.datex2 import sentences
from app.formats.datex2.amounts import Amounts
from app.formats.datex2.calendar import UnreadablePeriod
from app.formats.datex2.payment import means_of, unsaid_means
from app.formats.datex2.periods import OverallPeriod
from app.formats.datex2.rate_ids import suffixed
from app.formats.datex2.rate_prices import RatePrices
from app.formats.datex2.rates import EnergyPrice, EnergyRate, RatePolicy, joined
from app.model.connector import AdhocOffer
from app.model.enums import TariffType
from app.model.loss import Loss
from app.model.problem import Problem, Severity
from app.model.tariff import Tariff

_LONGEST_TEXT = 512
"""OCPI DisplayText.text."""
_LETTERS = 2
_TYPES = {RatePolicy.AD_HOC: TariffType.AD_HOC_PAYMENT, RatePolicy.CONTRACT: TariffType.REGULAR}
_EDGE = tuple[datetime | None, datetime | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """Where a rate is read, and when."""

    country_code: str
    party_id: str
    time_zone: str
    """Of the location (IANA)."""
    at: Millis
    """Beginnings before count as open; what ended before is left out."""


@dataclass(frozen=True, slots=True)
class ReadRate:
    tariffs: tuple[Tariff, ...]
    """One after the other in time; empty: no price could be read, and a problem says why."""
    offers: tuple[AdhocOffer, ...]
    """For `adhoc_offers` of the connectors, one per tariff; empty where no way to pay is told."""
    losses: tuple[Loss, ...]
    """What OCPI cannot say; paths are those of the rate."""
    problems: tuple[Problem, ...]


def to_tariffs(rate: EnergyRate, reading: Reading, tariff_id: str | None = None) -> ReadRate:
    """`tariff_id`: other than the rate's own id (`distinct_ids`)."""
    return _Rate(rate, reading, tariff_id or rate.id).read()


class _Rate:
    def __init__(self, rate: EnergyRate, reading: Reading, tariff_id: str) -> None:
        self._rate, self._reading, self._id = rate, reading, tariff_id
        self._zone = ZoneInfo(reading.time_zone)
        self._now = from_millis(reading.at)
        self._amounts = Amounts(rate.prices)
        self._losses: dict[Loss, None] = {}
        self._problems: list[Problem] = []

    def read(self) -> ReadRate:
        tariffs: list[Tariff] = []
        try:
            for validity, prices in self._validities():
                tariffs += self._tariff(validity, prices)
        except UnreadablePeriod as error:
            self._refuse(str(error), "overallPeriod", "Send dates")
            tariffs = []
        if not tariffs and not any(one.severity is Severity.REFUSED for one in self._problems):
            self._refuse("no price that is valid now or later", "energyPrice", "Send the prices, or leave the rate out")
        if any(price.tax_included is None and price.value for price in self._rate.prices):
            self._note("whether taxes are included is not told, read as included", "Send taxIncluded and taxRate")
        for name, was_said in self._unsaid():
            if was_said:
                self._losses[Loss(name, "no such field in OCPI: left out", str(was_said)[:80])] = None
        return ReadRate(tuple(tariffs), self._offers(tariffs), tuple(self._losses), tuple(self._problems))

    def _validities(self) -> Iterator[tuple[_EDGE, list[EnergyPrice]]]:
        """Stretches of time in which the same prices are in force, those of now and later."""
        begin, end = _bounds(self._rate.period)
        edges = {edge for price in self._rate.prices for edge in _bounds(price.period)} - {None}
        inner = sorted(edge for edge in edges if edge and edge > self._now and (not begin or edge > begin))
        moments = [begin, *(edge for edge in inner if end is None or edge < end), end]
        for since, until in pairwise(moments):
            if until is None or until > self._now:
                start = max(since or self._now, self._now)
                prices = [price for price in self._rate.prices if _holds(price, start)]
                if prices:
                    yield (since, until), prices

    def _tariff(self, validity: _EDGE, given: Sequence[EnergyPrice]) -> Iterator[Tariff]:
        prices = RatePrices(self._always(given), self._amounts, self._zone, self._reading.at, self._losses)
        elements = prices.elements()
        for note in prices.notes:
            self._note(note, "Give them periods or limits that exclude each other")
        body = {
            "country_code": self._reading.country_code,
            "party_id": self._reading.party_id,
            "id": suffixed(self._id, self._version(given)),
            "currency": next(iter(self._rate.currencies), ""),
            "type": _TYPES[self._rate.policy],
            "tariff_alt_text": self._texts(),
            "min_price": self._amounts.limit(self._rate.minimum_fee),
            "max_price": self._amounts.limit(self._rate.maximum_fee, most=True),
            "elements": elements,
            "tax_included": self._amounts.included,
            "start_date_time": validity[0],
            "end_date_time": validity[1],
            "occupancy": prices.occupancy(),
            "source_tax_basis": self._amounts.stated,
            "last_updated": self._rate.last_updated,
        }
        if not elements:
            return
        try:
            yield Tariff.model_validate(body)
        except ValidationError as error:
            first = error.errors()[0]
            path = ".".join(map(str, first["loc"]))
            self._refuse(f"no OCPI tariff: {first['msg']}", path, "Correct the rate", first.get("input", ""))

    def _always(self, prices: Sequence[EnergyPrice]) -> list[EnergyPrice]:
        """Prices within what the rate's own period says of days and hours."""
        period = self._rate.period
        if period is None or not (period.valid or period.exceptions):
            return list(prices)
        if any(price.period and (price.period.valid or price.period.exceptions) for price in prices):
            raise UnreadablePeriod("periods of the rate and of its prices at once")
        return [replace(price, period=replace(period, start=None, end=None)) for price in prices]

    def _texts(self) -> list[dict[str, str]]:
        told = self._rate.additional_information
        for price in self._rate.prices:
            rest = ((language, sentences.others(text)) for language, text in price.additional_information)
            told = joined(told, tuple(rest))
        found: list[dict[str, str]] = []
        for tag, text in told:
            language = tag.partition("-")[0].lower()
            if len(language) != _LETTERS:
                self._losses[Loss("additionalInformation", "in no language of two letters: left out", text[:80])] = None
                continue
            if len(text) > _LONGEST_TEXT:
                self._losses[Loss("additionalInformation", f"at most {_LONGEST_TEXT} characters: cut", language)] = None
            found.append({"language": language, "text": text[:_LONGEST_TEXT]})
        return found

    def _offers(self, tariffs: Sequence[Tariff]) -> tuple[AdhocOffer, ...]:
        means = means_of(self._rate.payment) if self._rate.payment else ()
        if not means or self._rate.policy is not RatePolicy.AD_HOC:
            return ()
        return tuple(AdhocOffer(tariff_id=tariff.id, payment_means=list(means)) for tariff in tariffs)

    def _unsaid(self) -> Iterator[tuple[str, object]]:
        rate, payment = self._rate, self._rate.payment
        yield "rateName", " / ".join(text for _, text in rate.name)
        yield "discount", rate.discount
        yield "applicableCurrency", rate.currencies[1:]
        yield (
            "combinationWithParkingFee",
            rate.combined_with_parking
            and not any(sentences.is_said(sentences.IDLE, price.additional_information) for price in rate.prices),
        )
        if payment:
            yield "payment.paymentMode", payment.modes
            yield "payment.brandsAccepted", (*payment.brands, *payment.other_brands)
            yield "payment.paymentMeans", payment.means if rate.policy is RatePolicy.CONTRACT else unsaid_means(payment)
        yield "energyPrice[].priceGroupIndex", len({price.price_group for price in rate.prices}) > 1

    def _version(self, prices: Sequence[EnergyPrice]) -> str:
        """When prices began that begin together or follow others, so that an id is not used for other prices later on."""
        starts = {_bounds(price.period)[0] for price in prices}
        if len(starts) > 1 and len(prices) == len(self._rate.prices):
            return ""
        latest = max((start for start in starts if start), default=None)
        if latest is None:
            return ""
        local = latest.astimezone(self._zone)
        return f"-{local:%y%m%d}" if (local.hour, local.minute) == (0, 0) else f"-{local:%y%m%d%H%M}"

    def _refuse(self, what: str, path: str, remedy: str, value: Any = "") -> None:
        self._report(Problem(what, path=path, value=str(value)[:80], remedy=remedy))

    def _note(self, what: str, remedy: str) -> None:
        self._report(Problem(what, Severity.NOTE, path="energyPrice", remedy=remedy))

    def _report(self, problem: Problem) -> None:
        self._problems.append(replace(problem, record=self._rate.id, rule="DATEX II EnergyRate"))


def _bounds(period: OverallPeriod | None) -> _EDGE:
    """The end exclusive, where senders write the last second."""
    if period is None:
        return None, None
    end = period.end
    return period.start, end + timedelta(seconds=1) if end and end.second == 59 else end


def _holds(price: EnergyPrice, at: datetime) -> bool:
    begin, end = _bounds(price.period)
    return (begin is None or begin <= at) and (end is None or at < end)
