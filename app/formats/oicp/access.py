"""Who can charge and how: AuthenticationModes, PaymentOptions, ValueAddedServices, Accessibility."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.formats.oicp.codes import (
    CARDS,
    CERTIFICATES,
    CONTRACT,
    DIRECT,
    DIRECT_PAYMENT,
    FREE,
    NO_PAYMENT,
    NO_SERVICE,
    PLUG_AND_CHARGE,
    REMOTE,
    RESERVATION,
    RESTRICTED,
    RFID,
    ROOF,
)
from app.formats.oicp.saying import Said
from app.model.enums import Capability, ParkingRestriction, TariffType
from app.model.location import AccessCondition, AccessType

Body = Mapping[str, Any]

_CAPABILITIES = "evses[].capabilities"
_SAID = frozenset(
    {
        Capability.RFID_READER,
        Capability.REMOTE_START_STOP_CAPABLE,
        Capability.RESERVABLE,
        Capability.CHARGING_PROFILE_CAPABLE,
    }
)
_FOR_SOME = frozenset(
    {ParkingRestriction.CUSTOMERS, ParkingRestriction.EMPLOYEES, ParkingRestriction.TENANTS, ParkingRestriction.TAXIS}
)


def authentication_modes(evse: Body, station: Body, said: Said) -> list[str]:
    """Refuses the record where nobody says how a session is started."""
    capabilities = evse.get("capabilities", [])
    for capability in capabilities:
        if capability in CARDS:
            said.lose(_CAPABILITIES, f"said as {DIRECT_PAYMENT}", capability)
        elif capability not in _SAID:
            said.lose(_CAPABILITIES, "OICP has no such value: left out", capability)
    modes: list[str] = []
    if Capability.RFID_READER in capabilities:
        said.lose(_CAPABILITIES, "kinds of card are not told: said as all of them", Capability.RFID_READER)
        modes += RFID
    if evse.get("plug_and_charge", _has_certificates(evse, said)):
        modes.append(PLUG_AND_CHARGE)
    elif "plug_and_charge" in evse:
        said.lose("evses[].plug_and_charge", f"OICP says no by leaving {PLUG_AND_CHARGE} out", "False")
    if Capability.REMOTE_START_STOP_CAPABLE in capabilities:
        modes.append(REMOTE)
    if _takes_cards(evse, station):
        modes.append(DIRECT_PAYMENT)
    if not modes:
        said.refuse(_CAPABILITIES, "how a session is started is required, and not told: no record")
    return modes


def payment_options(evse: Body, station: Body, tariffs: Mapping[str, Body], said: Said) -> list[str]:
    """A card or certificate of a contract means one, unless told otherwise. Refuses the record where nothing is known."""
    known = [
        tariffs[id_] for connector in evse["connectors"] for id_ in connector.get("tariff_ids", ()) if id_ in tariffs
    ]
    if known and all(map(_is_free, known)):
        return [NO_PAYMENT]
    options = []
    if _takes_cards(evse, station) or any(tariff.get("type") == TariffType.AD_HOC_PAYMENT for tariff in known):
        options.append(DIRECT)
    if _takes_contracts(evse, station):
        options.append(CONTRACT)
    if not options:
        said.refuse("stations[].payment", "how is paid is required, and not told: no record")
    return options


def services(place: Body, evse: Body, station: Body) -> list[str]:
    found = [RESERVATION] if Capability.RESERVABLE in evse.get("capabilities", ()) else []
    bays = {link["parking_id"] for link in evse.get("parking", ())}
    roofed = any(bay.get("roofed") for bay in place.get("parking_places", ()) if bay["id"] in bays)
    if roofed or station.get("facilities", {}).get("roofed"):
        found.append(ROOF)
    return found or [NO_SERVICE]


def accessibility(place: Body, evse: Body, said: Said) -> str:
    """A fee for reaching it (`Paying publicly accessible`) is known to no source."""
    restrictions = evse.get("parking_restrictions", [])
    for restriction in restrictions:
        what = f"said as {RESTRICTED}" if restriction in _FOR_SOME else "OICP has no such value: left out"
        said.lose("evses[].parking_restrictions", what, restriction)
    restricted = (
        not _FOR_SOME.isdisjoint(restrictions)
        or place.get("access_condition") == AccessCondition.RESERVED
        or place.get("access_type") == AccessType.COMMERCIAL_VEHICLES
    )
    return RESTRICTED if restricted else FREE


def _certificates(evse: Body) -> Iterator[str]:
    return (one for connector in evse["connectors"] for one in connector.get("capabilities", ()))


def _has_certificates(evse: Body, said: Said) -> bool:
    for capability in _certificates(evse):
        what = f"said as {PLUG_AND_CHARGE}" if capability in CERTIFICATES else "OICP has no such value: left out"
        said.lose("evses[].connectors[].capabilities", what, capability)
    return not CERTIFICATES.isdisjoint(_certificates(evse))


def _takes_cards(evse: Body, station: Body) -> bool:
    payment = station.get("payment", {})
    terminal = payment.get("card_reader") or payment.get("contactless")
    return bool(terminal) or not CARDS.isdisjoint(evse.get("capabilities", ()))


def _takes_contracts(evse: Body, station: Body) -> bool:
    if (told := station.get("contract_payment")) is not None:
        return bool(told)
    by_card = Capability.RFID_READER in evse.get("capabilities", ())
    return by_card or "accepted_service_providers" in evse or not CERTIFICATES.isdisjoint(_certificates(evse))


def _is_free(tariff: Body) -> bool:
    components = [part for element in tariff["elements"] for part in element["price_components"]]
    return not any(part["price"] for part in components) and not tariff.get("min_price")
