"""What 23 CFR 680 (NEVI), California, Washington, Canada and AFDC ask of ports and stations, and no field alone answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.compliance.looking import derived, either, first, judged, undecided
from app.compliance.rule import NOT_SAID, Look, Seen, State
from app.compliance.site import Subject
from app.model.electricity import ChargingLevel, charging_level, power_watts
from app.model.enums import ConnectorType, PowerType, TariffType, VehicleType
from app.model.usps import state_code
from app.tariffs.adhoc import AdhocPrice, Component
from app.wording import worded

PORTS = 4
"""23 CFR 680.106(b)."""
LEAST_WATTS = {ChargingLevel.DCFC: 150_000, ChargingLevel.AC_L2: 6_000}
"""23 CFR 680.106(d)."""
LEAST_VOLTS, MOST_VOLTS = 100, 2_000
TOLL_FREE = frozenset({"800", "833", "844", "855", "866", "877", "888"})
PROVINCES = frozenset({"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"})
FUNDING_UNKNOWN = "whether federal funds paid for it is not said: then it must be"


def only_federal(look: Look) -> Look:
    """Of ports and stations that federal funds paid for (23 CFR 680.100); where nobody says so, what is missing is open."""
    open_ = undecided(look, lambda subject: _federally_funded(subject) is None, FUNDING_UNKNOWN)
    return lambda subject: None if _federally_funded(subject) is False else open_(subject)


def _federally_funded(subject: Subject) -> bool | None:
    said = {point.get("federally_funded") for point in subject.points}
    if True in said or (said != {False} and subject.site.body.get("funding")):
        return True
    return False if said == {False} else None


def station_id(subject: Subject) -> Seen:
    id_ = subject.site.body["id"]
    blank = any(letter.isspace() for letter in id_)
    why = worded("%(id)s has a blank, which EV-ChART takes in no station_id", id=repr(id_)) if blank else ""
    return judged("id", why)


def port_id(subject: Subject) -> Seen:
    return judged(f"{subject.path}.uid", "")


def level(subject: Subject) -> Seen:
    found = charging_level(subject.connectors())
    if found:
        return derived("power_type and max_voltage")
    return Seen(State.MISSING, what=worded("no level has such a voltage"))


def output_voltage(value: int, subject: Subject) -> str:
    return "" if LEAST_VOLTS <= value <= MOST_VOLTS else f"{value} V"


def direct_voltage(subject: Subject) -> Seen:
    """Of alternating current OCPI has the voltage to neutral."""
    direct = any(one["power_type"] == PowerType.DC for one in subject.connectors())
    return derived("Connector.max_voltage of direct current") if direct else NOT_SAID


def _driven_through(subject: Subject) -> Seen:
    places = {place["id"].lower(): place for place in subject.site.body.get("parking_places", ())}
    linked = [places.get(link["parking_id"].lower(), {}) for link in subject.points[0].get("parking", ())]
    with_trailer = any(VehicleType.PERSONAL_VEHICLE_WITH_TRAILER in bay.get("vehicle_types", ()) for bay in linked)
    said = {bay.get("drive_through") for bay in linked}
    follows = said == {False} or (True in said and with_trailer)
    return derived("its bays (drive_through, vehicle_types)") if follows else NOT_SAID


trailer = either(first("evse.trailer_accessible"), _driven_through)


def four_ports(subject: Subject) -> Seen:
    number = len(subject.points)
    if number >= PORTS:
        return derived("number of EVSEs")
    return Seen(State.MISSING, what=worded("%(number)s ports of %(due)s", number=number, due=PORTS))


def plug(subject: Subject) -> Seen | None:
    """A permanently attached CCS type 1 at each port of direct current, J1772 at those of alternating current."""
    connectors = list(subject.connectors())
    fast = charging_level(connectors) is ChargingLevel.DCFC
    due = ConnectorType.IEC_62196_T1_COMBO if fast else ConnectorType.IEC_62196_T1
    if any(one["standard"] == due and (one["format"] == "CABLE" or not fast) for one in connectors):
        return derived("Connector.standard and format")
    why = worded("no CCS type 1 (attached) connector") if fast else worded("no J1772 connector")
    return Seen(State.MISSING, what=why)


def power_floor(subject: Subject) -> Seen | None:
    found = charging_level(subject.connectors())
    least = LEAST_WATTS.get(found) if found else None
    if least is None:
        return None
    watts = max(map(power_watts, subject.connectors()))
    if watts >= least:
        return derived("power of its strongest connector")
    powers = {"found": f"{watts / 1000:g}", "due": f"{least / 1000:g}"}
    return Seen(State.MISSING, what=worded("%(found)s kW of %(due)s kW (%(level)s)", **powers, level=found))


def start_without_card(subject: Subject) -> Seen:
    """By a toll-free call or a text message (23 CFR 680.106(f), WAC 16-662-210)."""
    ways = [name for name in ("start_by_phone", "start_by_sms") if name in subject.site.body]
    possible = [name for name in ways if subject.site.body[name]]
    if possible:
        return judged(possible[0], "")
    return Seen(State.MISSING, what=worded("neither by phone nor by text message") if ways else "")


def toll_free(value: str, subject: Subject) -> str:
    """`+1 8005550100`."""
    digits = value.removeprefix("+1").replace("-", "").replace(" ", "")
    if not value.startswith("+1") or not (digits.isdigit() and len(digits) == 10):
        return worded("%(value)s is not written as +1 8005550100", value=repr(value))
    return "" if digits[:3] in TOLL_FREE else worded("%(value)s is no toll-free number", value=value)


def region(value: str, subject: Subject) -> str:
    """A state as the USPS writes it, a province or territory as Canada Post does."""
    if subject.site.country == "CA":
        if value in PROVINCES:
            return ""
        known = ", ".join(sorted(PROVINCES))
        return worded("%(value)s is no province: one of %(known)s", value=repr(value), known=known)
    if state_code(value, subject.site.body["country"]):
        return ""
    return worded("%(value)s is no state as the USPS writes it", value=repr(value))


def per_kwh(subject: Subject) -> Seen:
    """The price of electricity, of each connector, by the kWh; nothing where it is free."""
    prices = list(_prices(subject))
    if not prices:
        return Seen(State.MISSING, what=worded("no ad hoc price is known"))
    by_other = [one for one in prices if one.parts and not one.of(Component.ENERGY)]
    if by_other and not subject.is_free:
        return Seen(State.MISSING, what=worded("%(tariff)s: no price per kWh", tariff=by_other[0].tariff.id))
    return judged("tariffs", "")


def no_time_for_electricity(subject: Subject) -> Seen | None:
    """4 CCR 4002.11 with NIST Handbook 44, 3.40: a minute is no unit of electricity; a fee for staying is none for it."""
    prices = list(_prices(subject))
    if not prices:
        return None
    timed = [
        one
        for one in prices
        if any(part.charging is not False and part.price.amount for part in one.of(Component.TIME))
    ]
    if not timed:
        return judged("tariffs", "")
    return judged("tariffs", worded("%(tariff)s: minutes of charging are paid for", tariff=timed[0].tariff.id))


def contract_prices(subject: Subject) -> Seen:
    """What members of other networks pay; nobody says that there is no roaming."""
    tariffs = subject.site.sourced.object.tariffs
    named = {id_ for connector in subject.connectors() for id_ in connector.get("tariff_ids", ())}
    of_contracts = [id_ for id_ in named & tariffs.keys() if _for_contracts(tariffs[id_])]
    if of_contracts:
        return judged("tariffs", "")
    return Seen(State.UNDECIDED, what="no contract tariff is public: there is no roaming charge, or nobody said")


def _for_contracts(tariff: dict[str, Any]) -> bool:
    return tariff.get("type") not in (None, TariffType.AD_HOC_PAYMENT)


def _prices(subject: Subject) -> Iterator[AdhocPrice]:
    return (price for connector in subject.connectors() for price in subject.site.prices(connector))
