"""What is odd about an object that is valid: taken as it is, but a person should look at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from app.model.codes import currencies_of
from app.model.energy import EnergyMix
from app.model.enums import EnergySourceCategory
from app.model.evse import EVSE
from app.model.identifiers import IdentifierError, parse_evse_id
from app.model.location import Location
from app.model.problem import Problem, Severity
from app.model.pruning import Path
from app.model.tariff import Tariff

_RENEWABLE = {
    EnergySourceCategory.GENERAL_GREEN,
    EnergySourceCategory.SOLAR,
    EnergySourceCategory.WIND,
    EnergySourceCategory.WATER,
}
_ADDRESS_BEFORE_2026 = 45
_STATE_BEFORE_2026 = 20
_LEAST_PLAUSIBLE_POWER = 1000


@dataclass(frozen=True, slots=True)
class Note:
    path: Path
    """Inside the object that was read."""
    problem: Problem
    """Its own `path` is empty."""


def _note(what: str, path: Path, rule: str, value: object = "", remedy: str = "") -> Note:
    return Note(path, Problem(what=what, severity=Severity.NOTE, rule=rule, value=str(value)[:80], remedy=remedy))


def location_notes(location: Location) -> Iterator[Note]:
    yield from _texts(location)
    if location.last_updated is None:
        yield _missing("last_updated", "Location", ("last_updated",))
    if location.energy_mix:
        yield from energy_notes(location.energy_mix, ("energy_mix",))
    for index, evse in enumerate(location.evses):
        yield from evse_notes(evse, ("evses", index))


def _texts(location: Location) -> Iterator[Note]:
    remedy = "Receivers on the editions before 2026 may cut it"
    if len(location.address) > _ADDRESS_BEFORE_2026:
        rule = "OCPI 2.2.1-d2 Location.address: string(45)"
        yield _note("longer than 45 characters", ("address",), rule, location.address, remedy)
    if location.state and len(location.state) > _STATE_BEFORE_2026:
        rule = "OCPI 2.2.1-d2 Location.state: string(20)"
        yield _note("longer than 20 characters", ("state",), rule, location.state, remedy)
    if location.coordinates.latitude == location.coordinates.longitude == "0.000000":
        rule = "WGS 84"
        yield _note("latitude and longitude are 0", ("coordinates",), rule, "0 0", "Send the coordinates of the site")


def evse_notes(evse: EVSE, path: Path) -> Iterator[Note]:
    if evse.status is None:
        yield _missing("status", "EVSE", (*path, "status"))
    if evse.last_updated is None:
        yield _missing("last_updated", "EVSE", (*path, "last_updated"))
    if evse.evse_id:
        yield from _evse_id(evse.evse_id, (*path, "evse_id"))
    for index, connector in enumerate(evse.connectors):
        place = (*path, "connectors", index)
        if connector.last_updated is None:
            yield _missing("last_updated", "Connector", (*place, "last_updated"))
        power = connector.max_electric_power
        if power is not None and power < _LEAST_PLAUSIBLE_POWER:
            rule = "OCPI 2.3.0 Connector.max_electric_power: int, watts"
            yield _note("less than 1 kW", (*place, "max_electric_power"), rule, power, "Send watts, not kilowatts")


def _evse_id(evse_id: str, path: Path) -> Iterator[Note]:
    rule = "ISO 15118, eMI3: CC*OOO*E followed by 1 to 30 letters, digits or *"
    try:
        irregular = parse_evse_id(evse_id).irregular
    except IdentifierError as error:
        yield _note("no EVSE id of the registered form", path, rule, evse_id, error.remedy)
    else:
        if irregular:
            yield _note(irregular, path, rule, evse_id, "Write it as DE*ABC*E123")


def energy_notes(mix: EnergyMix, path: Path) -> Iterator[Note]:
    total = sum((source.percentage for source in mix.energy_sources), Decimal())
    if mix.energy_sources and abs(total - 100) > Decimal("0.1"):
        rule = "OCPI 2.3.0 EnergySource.percentage: all entries add up to 100"
        yield _note("percentages do not add up to 100", (*path, "energy_sources"), rule, total)
    fossil = [source for source in mix.energy_sources if source.source not in _RENEWABLE and source.percentage]
    if mix.is_green_energy and fossil:
        rule = "OCPI 2.3.0 EnergyMix.is_green_energy: true only at 100 % renewable"
        yield _note("said to be all renewable, but not by its sources", (*path, "is_green_energy"), rule, "true")


def tariff_notes(tariff: Tariff) -> Iterator[Note]:
    if tariff.last_updated is None:
        yield _missing("last_updated", "Tariff", ("last_updated",))
    tender = currencies_of(tariff.country_code)
    if tender and tariff.currency not in tender:
        rule = f"ISO 4217: {tariff.country_code} uses {', '.join(sorted(tender))}"
        yield _note(
            "not a currency of the operator's country", ("currency",), rule, tariff.currency, "Check the currency"
        )
    for index, element in enumerate(tariff.elements):
        for at, component in enumerate(element.price_components):
            if component.step_size == 0:
                path = ("elements", index, "price_components", at, "step_size")
                rule = "OCPI 2.3.0 PriceComponent.step_size: int"
                yield _note("a step of 0, read as 1", path, rule, 0, "Send 1")


def _missing(name: str, owner: str, path: Path) -> Note:
    what = f"required field {name} is missing"
    return _note(what, path, f"OCPI 2.3.0 {owner}.{name}: required", remedy="Send it with every object")
