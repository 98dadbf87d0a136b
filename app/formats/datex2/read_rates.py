"""The energy rates of a table as tariffs, with the prices of status publications where those have newer ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.clock import Millis
from app.formats.datex2.facts import Facts
from app.formats.datex2.nodes import RULE
from app.formats.datex2.rate_ids import distinct_ids
from app.formats.datex2.rates import EnergyRate, EnergyRateUpdate, Payment, RatePolicy
from app.formats.datex2.read_json import read_rate
from app.formats.datex2.to_tariff import Reading, ReadRate, to_tariffs
from app.formats.datex2.trees import Tree
from app.model.canonical import full_body
from app.model.problem import Problem, Severity
from app.model.tariff import Tariff

PRODUCTS = ("energyProduct", "electricEnergy")
_KEPT = ("payment.brandsAccepted",)
"""OCPI has no such field, and the station has."""
Updates = Mapping[tuple[str, str], EnergyRateUpdate]
"""By point or station, and rate."""


@dataclass(frozen=True, slots=True)
class PointRates:
    """Of a point."""

    tariff_ids: tuple[str, ...]
    offers: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class _Declared:
    owner: str
    """Id of the point or station."""
    id: str
    """As written; references have it."""
    rate: EnergyRate
    """Its id without that of its station."""


@dataclass(slots=True)
class Rates:
    """First every rate of the document is declared, then each is read: only together they tell which are the same."""

    updates: Updates = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    tariffs: dict[str, Tariff] = field(default_factory=dict)
    """By id; filled while they are read."""
    _declared: list[_Declared] = field(default_factory=list)
    _at: dict[str, list[int]] = field(default_factory=dict)
    _references: dict[str, list[str]] = field(default_factory=dict)
    _by_id: dict[str, int] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)
    _read: dict[str, ReadRate] = field(default_factory=dict)

    def declare(self, facts: Facts, owner: str, station: str) -> None:
        """Those of `owner`, a point or its station."""
        for product in products(facts):
            for path, body in product.whole("energyRate"):
                rate = read_rate(body, facts.problems, path)
                if rate is not None:
                    self._by_id.setdefault(rate.id, len(self._declared))
                    self._at.setdefault(owner, []).append(len(self._declared))
                    within = replace(rate, id=rate.id.removeprefix(f"{station}*"))
                    self._declared.append(_Declared(owner, rate.id, within))
            for one in product.many("energyRateByReference"):
                self._references.setdefault(owner, []).append(one.name())

    def payments(self, owners: Iterable[str]) -> list[Payment]:
        """Ways to pay without a contract."""
        rates = [one.rate for one in self._of(owners) if one.rate.policy is RatePolicy.AD_HOC]
        return [rate.payment for rate in rates if rate.payment]

    def has_contracts(self, owners: Iterable[str]) -> bool:
        return any(one.rate.policy is RatePolicy.CONTRACT for one in self._of(owners))

    def of(self, owners: Sequence[str], reading: Reading, problems: list[Problem]) -> PointRates:
        """Those of a point and its station."""
        self._ids = self._ids or distinct_ids([(one.owner, one.rate) for one in self._declared])
        found: dict[str, ReadRate] = {}
        for index in self._indexes(owners):
            tariff_id = self._ids[index]
            if tariff_id not in self._read:
                self._read[tariff_id] = self._tariffs(index, tariff_id, reading)
                problems += self._told(self._read[tariff_id], self._declared[index].id)
            found[tariff_id] = self._read[tariff_id]
        for owner in owners:
            for id_ in self._references.get(owner, ()):
                if id_ not in self._by_id:
                    problems.append(_unresolved(id_))
        offers = [offer for one in found.values() for offer in one.offers]
        ids = dict.fromkeys(tariff.id for one in found.values() for tariff in one.tariffs)
        return PointRates(tuple(ids), tuple(full_body(offer) for offer in offers))

    def _of(self, owners: Iterable[str]) -> Iterator[_Declared]:
        return (self._declared[index] for index in self._indexes(owners))

    def _indexes(self, owners: Iterable[str]) -> list[int]:
        found: dict[int, None] = {}
        for owner in owners:
            found |= dict.fromkeys(self._at.get(owner, ()))
            found |= {self._by_id[id_]: None for id_ in self._references.get(owner, ()) if id_ in self._by_id}
        return list(found)

    def _tariffs(self, index: int, tariff_id: str, reading: Reading) -> ReadRate:
        declared = self._declared[index]
        update = self.updates.get((declared.owner, declared.id)) or self.updates.get(("", declared.id))
        read = to_tariffs(update.of(declared.rate) if update else declared.rate, reading, tariff_id)
        self.tariffs |= {tariff.id: tariff for tariff in read.tariffs}
        return read

    def _told(self, read: ReadRate, rate: str) -> Iterator[Problem]:
        yield from (replace(one, path=f"energyRate.{one.path}") for one in read.problems)
        for loss in (one for one in read.losses if one.path not in _KEPT):
            yield Problem(
                loss.reason, Severity.NOTE, record=rate, path=f"energyRate.{loss.path}", rule=RULE, value=loss.value
            )


def reading(country_code: str, party_id: str, time_zone: str, at: Millis) -> Reading:
    return Reading(country_code, party_id, time_zone, at)


def products(facts: Facts) -> Iterator[Facts]:
    return (one for name in PRODUCTS for one in facts.many(name))


def _unresolved(id_: str) -> Problem:
    what, remedy = "no rate of the document has this id: left out", "Declare it where it is first used"
    return Problem(what, Severity.PARTLY, path="energyRateByReference", rule=RULE, value=id_, remedy=remedy)
