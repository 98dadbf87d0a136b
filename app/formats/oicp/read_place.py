"""What EvseDataRecords of one place say of it, as an OCPI location. The first record counts; the others should say the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.formats.oicp.codes import CONTRACT, ENERGY, FREE, IMPACT, PARKING, RESTRICTED, TEST
from app.formats.oicp.reading import PLACEHOLDERS, Notes, Record, coordinates, items, number, text, texts, truth, words
from app.model.enums import ParkingType
from app.model.hours import DAY_END
from app.model.identifiers import IdentifierError, parse_operator_id
from app.model.location import AccessCondition

Body = dict[str, Any]

_PARKING = {word: kind.value for kind, word in PARKING.items() if kind is not ParkingType.ALONG_MOTORWAY}
_ENERGY = {word: source.value for source, word in ENERGY.items()}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WHEN = {day: (number,) for number, day in enumerate(_DAYS, 1)} | {
    "Everyday": tuple(range(1, 8)),
    "Workdays": tuple(range(1, 6)),
    "Weekend": (6, 7),
}
_READ = frozenset(
    {
        "EvseID",
        "ChargingPoolID",
        "ChargingStationId",
        "ChargingStationID",
        "ChargingStationNames",
        "ChargingStationImage",
    }
    | {"LocationImage", "SubOperatorName", "SuboperatorName", "Address", "GeoCoordinates", "Plugs", "DynamicPowerLevel"}
    | {"ChargingFacilities", "RenewableEnergy", "EnergySource", "EnvironmentalImpact", "CalibrationLawDataAvailability"}
    | {"AuthenticationModes", "PaymentOptions", "ValueAddedServices", "Accessibility", "AccessibilityLocation"}
    | {"HotlinePhoneNumber", "ChargingStationLocationReference", "GeoChargingPointEntrance", "IsOpen24Hours"}
    | {
        "OpeningTimes",
        "IsHubjectCompatible",
        "DynamicInfoAvailable",
        "deltaType",
        "lastUpdate",
        "OperatorID",
        "OperatorName",
    }
)
_ADDRESS = frozenset(
    {"Country", "City", "Street", "PostalCode", "HouseNum", "Floor", "Region", "ParkingFacility", "ParkingSpot"}
)


_OF_THE_PLACE = (
    "ChargingStationNames",
    "SubOperatorName",
    "RenewableEnergy",
    "EnergySource",
    "EnvironmentalImpact",
    "Accessibility",
    "AccessibilityLocation",
    "HotlinePhoneNumber",
    "GeoChargingPointEntrance",
    "IsOpen24Hours",
    "OpeningTimes",
)


def place_of(records: Sequence[Record], operator_id: str, operator_name: str, notes: Notes) -> Body:
    """Without id, owner and EVSEs."""
    first = records[0]
    for record in records:
        _left_out(record, notes)
        for name in _OF_THE_PLACE:
            if record.get(name) != first.get(name):
                notes.add(name, "records of one place differ: the first one counts")
    names = texts(first, "ChargingStationNames")
    if len({one["text"] for one in names}) > 1:
        notes.add("ChargingStationNames", "a location has one name: those in further languages left out")
    related = coordinates(first.get("GeoChargingPointEntrance"))
    parking = text(first, "AccessibilityLocation")
    if parking and parking not in _PARKING:
        notes.add("AccessibilityLocation", "no value of OICP: left out", parking)
    found: Body = {
        "publish": text(first, "Accessibility") != TEST,
        "name": names[0]["text"] if names else None,
        **_address(first, notes),
        "coordinates": coordinates(first.get("GeoCoordinates")),
        "related_locations": [related] if related else None,
        "parking_type": _PARKING.get(parking or ""),
        "operator": _operator(operator_id, operator_name),
        "suboperator": {"name": sub} if (sub := text(first, "SubOperatorName", "SuboperatorName")) else None,
        "opening_times": _hours(first, notes),
        "energy_mix": _energy(first, notes),
        "help_phone": text(first, "HotlinePhoneNumber"),
        "access_condition": _access(first, notes),
    }
    return {name: value for name, value in found.items() if value is not None}


def contract_payment(record: Record) -> bool | None:
    options = words(record, "PaymentOptions")
    return CONTRACT in options if options else None


def _left_out(record: Record, notes: Notes) -> None:
    for name, value in record.items():
        if name not in _READ and value not in (None, "", []):
            notes.add(name)
    address = record.get("Address")
    for name, value in address.items() if isinstance(address, dict) else ():
        if name not in _ADDRESS and value not in (None, ""):
            notes.add(f"Address.{name}")
    for option in words(record, "PaymentOptions"):
        if option != CONTRACT:
            notes.add("PaymentOptions", "OCPI says it by tariffs and terminals: left out", option)


def _address(record: Record, notes: Notes) -> Body:
    address = record.get("Address")
    if not isinstance(address, dict):
        return {}
    street, house = text(address, "Street"), text(address, "HouseNum")
    if house in PLACEHOLDERS:
        notes.add("Address.HouseNum", "no house number but a placeholder: left out", house)
        house = None
    return {
        "address": f"{street} {house}" if street and house else street,
        "street": street,
        "house_number": house,
        "city": text(address, "City"),
        "postal_code": text(address, "PostalCode"),
        "state": text(address, "Region"),
        "country": text(address, "Country"),
    }


def _operator(operator_id: str, name: str) -> Body | None:
    try:
        parse_operator_id(operator_id)
    except IdentifierError:
        operator_id = ""
    told = {"name": name, "operator_id": operator_id}
    return {key: value for key, value in told.items() if value} if name else None


def _hours(record: Record, notes: Notes) -> Body | None:
    """None: neither open always, nor any hours told."""
    if truth(record, "IsOpen24Hours"):
        return {"twentyfourseven": True}
    regular = []
    for times in items(record, "OpeningTimes"):
        days = _WHEN.get(text(times, "on") or "") if isinstance(times, dict) else None
        periods = items(times, "Period") or items(times, "Periods") if days else []
        for period in (one for one in periods if isinstance(one, dict)):
            begin, end = text(period, "begin"), text(period, "end")
            end = DAY_END if end in ("00:00", "24:00") else end
            regular += [{"weekday": day, "period_begin": begin, "period_end": end} for day in days or ()]
        if not days:
            notes.add("OpeningTimes", "no days of OICP: left out", times)
    if regular:
        return {"twentyfourseven": False, "regular_hours": sorted(regular, key=lambda one: one["weekday"])}
    if truth(record, "IsOpen24Hours") is False:
        notes.add("OpeningTimes", "not open always, and no hours are told: opening times unknown")
    return None


def _energy(record: Record, notes: Notes) -> Body | None:
    green = truth(record, "RenewableEnergy")
    if green is None:
        return None
    sources = []
    for source in items(record, "EnergySource"):
        kind = _ENERGY.get(text(source, "Energy") or "") if isinstance(source, dict) else None
        share = number(source, "Percentage") if kind else None
        if share is not None:
            sources.append({"source": kind, "percentage": float(share)})
        else:
            notes.add("EnergySource", "OCPI has no such source, or no share is said: left out", source)
    impact = record.get("EnvironmentalImpact")
    told = {
        category: number(impact, name)
        for category, name in IMPACT.items()
        if isinstance(impact, dict) and name in impact
    }
    amounts = [
        {"category": category.value, "amount": float(amount)} for category, amount in told.items() if amount is not None
    ]
    return {"is_green_energy": green, "energy_sources": sources, "environ_impact": amounts}


def _access(record: Record, notes: Notes) -> str | None:
    told = text(record, "Accessibility")
    if told == RESTRICTED:
        return AccessCondition.RESERVED.value
    if told == TEST:
        notes.add("Accessibility", "not published", told)
    elif told and told != FREE:
        notes.add("Accessibility", "OCPI has no such value: read as open to all", told)
    return AccessCondition.FREE.value if told and told != TEST else None
