"""Where the electricity comes from, and what it costs: energy products (AFIR packages) and energy mixes (base model)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from app.formats.base import Context
from app.formats.datex2.access import taken_at, words
from app.formats.datex2.draft import Body, Draft, Tree, code
from app.formats.datex2.identity import Station
from app.formats.datex2.known_rates import KnownRate, known_rates
from app.formats.datex2.offers import ConnectorRates
from app.formats.datex2.rates import EnergyRate, RatePolicy
from app.formats.datex2.write_json import rate_json
from app.model.enums import EnergySourceCategory, EnvironmentalImpactCategory

SOURCES: dict[str, str] = {
    EnergySourceCategory.NUCLEAR: "nuclear",
    EnergySourceCategory.GENERAL_FOSSIL: "generalFossil",
    EnergySourceCategory.COAL: "coal",
    EnergySourceCategory.GAS: "gas",
    EnergySourceCategory.GENERAL_GREEN: "generalGreen",
    EnergySourceCategory.SOLAR: "solar",
    EnergySourceCategory.WIND: "wind",
    EnergySourceCategory.WATER: "water",
}
IMPACTS: dict[str, str] = {
    EnvironmentalImpactCategory.CARBON_DIOXIDE: "carbonDioxideImpact",
    EnvironmentalImpactCategory.NUCLEAR_WASTE: "nuclearWasteImpact",
}
Named = tuple[tuple[str, KnownRate], ...]
"""Rates, each by what its id in the document has behind the station's."""


class StationOffers:
    """The rates of a station's points, whatever the dialect: worked out once for all documents."""

    def __init__(self, body: Body, context: Context, station: Station) -> None:
        self._known = known_rates()
        self.taken = taken_at(station)
        zone = body["time_zone"]
        self._asked = ConnectorRates(self._known.book, context.tariffs, zone, context.at, self.taken)
        self._owner = f"{body['country_code']}*{body['party_id']}*"
        self._found: dict[tuple[str, str], Named] = {}

    def declared(self, evse: Body) -> Named:
        """With the prices of all times."""
        return self._distinct("declared", evse, self._known.declared)

    def current(self, evse: Body) -> Named:
        """Ad hoc rates with the prices of now, the default first."""
        return self._distinct("current", evse, self._known.current)

    def _distinct(self, kind: str, evse: Body, answer: Callable[[Body, ConnectorRates], list[KnownRate]]) -> Named:
        key = (kind, evse["uid"])
        if key not in self._found:
            found: dict[str, KnownRate] = {}
            for known in (one for plug in evse["connectors"] for one in answer(plug, self._asked)):
                found.setdefault(self._name(known.rate), known)
            self._found[key] = tuple(found.items())
        return self._found[key]

    def _name(self, rate: EnergyRate) -> str:
        name = f"*{rate.id.removeprefix(self._owner)}"
        return f"{name}*{words(rate.payment)}" if rate.payment and rate.payment != self.taken else name


def offers_at(draft: Draft, station: Station) -> StationOffers:
    known = draft.context.once(_no_offers, draft.body)
    if id(station) not in known:
        known[id(station)] = StationOffers(draft.body, draft.context, station)
    return known[id(station)]


def _no_offers(_body: Mapping[str, object], _context: Context) -> dict[int, StationOffers]:
    """By the identities of stations, which are kept as long."""
    return {}


@dataclass(slots=True)
class StationRates:
    """The rates of a station's points. A rate is declared once in a station, and named by the other points that have it.

    Rates are told apart by station, tariff and way to pay, so that an id never stands for two, in the whole document.
    """

    draft: Draft
    station: Station
    offers: StationOffers
    known: dict[str, EnergyRate] = field(default_factory=dict)
    """Those declared, by their ids."""

    def declare(self, evse: Body) -> Tree:
        """Its rates with the prices of all times: `energyRate` for new ones, `energyRateByReference` for others."""
        found: Tree = {"energyRateByReference": [], "energyRate": []}
        for name, known in self.offers.declared(evse):
            id_ = f"{self.station.id}{name}"
            if id_ in self.known:
                found["energyRateByReference"].append(_reference(id_))
            else:
                self.known[id_] = known.rate
                found["energyRate"].append({**self._tree(known), "idG": id_})
        return found

    def update(self, evse: Body) -> list[Tree]:
        """`energyRateUpdate` with the prices of now."""
        return [
            {**self._tree(known), "energyRateReference": _reference(f"{self.station.id}{name}")}
            for name, known in self.offers.current(evse)
        ]

    def default(self, evse: Body) -> KnownRate | None:
        """The rate meant where just one can be said, with the prices of now; None: none is known."""
        found = [known for _, known in self.offers.current(evse)]
        if len(found) > 1:
            only = f"{self.draft.dialect.name}: one rate per point: the default is said"
            self.draft.lose("evses[].connectors[].adhoc_offers", only)
        for known in found[:1]:
            self._tree(known)
            return known
        return None

    def contract(self) -> list[Tree]:
        """That contracts work here, where no rate tells so; in the currency of the ad hoc prices."""
        rates = list(self.known.values())
        if not self.station.facts.get("contract_payment") or any(one.policy is RatePolicy.CONTRACT for one in rates):
            return []
        if not rates:
            self.draft.lose("stations[].contract_payment", "said as a rate, which needs a currency: left out")
            return []
        id_ = f"{self.station.id}**contract"
        rate = EnergyRate(id_, RatePolicy.CONTRACT, rates[0].currencies, rates[0].last_updated)
        return [rate_json(rate, self.draft.encoding)[0]]

    def lose_payment(self) -> None:
        """What the station takes that no rate tells. To be asked once all are declared."""
        taken = self.offers.taken
        if taken is None:
            return
        told = [rate.payment for rate in self.known.values() if rate.payment]
        means = {one for payment in told for one in (*payment.means, *payment.other_means)}
        if not told:
            self.draft.lose("stations[].payment", "said at rates, of which there are none: left out")
        elif not {*taken.means, *taken.other_means} <= means:
            self.draft.lose("stations[].payment", "said at rates, none of which is paid so: left out")

    def _tree(self, known: KnownRate) -> Tree:
        """With what is lost."""
        written = known.written(self.draft.encoding)
        for loss in written.losses:
            within = "evses[].connectors[]" if loss.path.startswith("adhoc_offers") else "tariffs[]"
            self.draft.lose(f"{within}.{loss.path}", loss.reason)
        return written.tree


def _reference(id_: str) -> Tree:
    return {"targetClass": "EnergyRate", "idG": id_}


def point_product(draft: Draft, rates: StationRates, evse: Body) -> Tree | None:
    """None: it has no rates."""
    declared = rates.declare(evse)
    found: Tree = {}
    if "energy_mix" in draft.body:
        found["isGreenEnergy"] = draft.body["energy_mix"]["is_green_energy"]
    found |= {member: trees for member, trees in declared.items() if trees}
    return found if any(declared.values()) else None


def station_product(draft: Draft, rates: StationRates) -> Tree:
    """The energy mix, and what holds for all points."""
    told = draft.body.get("energy_mix", {})
    contract = rates.contract()
    if not contract:
        return draft.alike(_product, told)
    mix = energy_mix(draft, told)
    first: Tree = {member: mix.pop(member) for member in ("energyProductName", "isGreenEnergy") if member in mix}
    return _wrapped(draft, {**first, "energyRate": contract, **mix})


def point_mix(draft: Draft) -> Tree:
    """Empty: not told."""
    return draft.alike(_indexed, draft.body.get("energy_mix", {}))


def _indexed(draft: Draft, told: Body) -> Tree:
    return {"energyMixIndex": 0, **energy_mix(draft, told)} if told else {}


def _product(draft: Draft, told: Body) -> Tree:
    return _wrapped(draft, energy_mix(draft, told)) if told else {}


def _wrapped(draft: Draft, product: Tree) -> Tree:
    return {"aegiElectricEnergy": product} if draft.dialect.energy_product == "energyProduct" else product


def energy_mix(draft: Draft, told: Body) -> Tree:
    """Empty: not told."""
    if not told:
        return {}
    found: Tree = {}
    if "energy_product_name" in told:
        found["energyProductName"] = draft.text(told["energy_product_name"])
    found["isGreenEnergy"] = told["is_green_energy"]
    impacts = {one["category"]: Decimal(str(one["amount"])) for one in told.get("environ_impact", ())}
    found |= {member: impacts[category] for category, member in IMPACTS.items() if category in impacts}
    ratios = [
        {"energySource": code(SOURCES[one["source"]]), "sourceRatioValue": {"percentage": one["percentage"]}}
        for one in told.get("energy_sources", ())
    ]
    draft.put(found, "electricEnergySourceRatio", ratios, "energy_mix.energy_sources")
    if "supplier_name" in told:
        draft.lose("energy_mix.supplier_name", "no such field: left out")
    for category in impacts.keys() - IMPACTS.keys():
        draft.lose("energy_mix.environ_impact", "no such category: left out", category)
    return found
