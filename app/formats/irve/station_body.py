"""A station of the static file as an OCPI 2.3.0 location, with the extension. Nothing is put in for an empty cell.

OCPI asks a little more of a connector than the file says, so this is assumed (and noted once for a file):

- alternating current is that of the public grid, 230/400 V (NF EN 50160), of one phase up to 7.4 kW; the current follows
  from the power;
- of direct current neither voltage nor current is known: 0;
- a Type 2 plug or another one without `cable_t2_attache` is a socket; direct current comes by cable (IEC 61851-1, mode 4).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.formats.irve.columns import ACCESS, ACCESSIBILITY, GRID, PLUGS, SITINGS, STATIC
from app.formats.irve.france import is_swapped
from app.formats.irve.lines import ReadLine, is_local_id
from app.formats.irve.point import OTHER_PLUG
from app.formats.irve.station import SCHEME_IRVE, SCHEME_SIREN
from app.model.opening_hours import read_hours

Values = dict[str, Any]
Body = dict[str, Any]

_VOLTS = 230
_ONE_PHASE_WATTS = 7400
_MOST_WATTS = {"ef": 3700, "2": 44_000}
"""What the plug can give at most; a point with more has another plug that gives it."""
ASSUMED = "AC is read at 230/400 V, of DC voltage and current stay unknown (0); a Type 2 plug whose cable is not said is a socket"

_SITING = {text: name for name, text in SITINGS.items()}
_ACCESS = {text: name for name, text in ACCESS.items()}
_ACCESSIBILITY = {text: name for name, text in ACCESSIBILITY.items()}
_GRID = {text: name for name, text in GRID.items()}


def location_body(country_code: str, party_id: str, lines: Sequence[ReadLine]) -> Body:
    """Of the rows of one station; what belongs to the station is taken from the first."""
    row, station = lines[0].values, lines[0].station
    uids = uids_of(lines)
    body = {
        "country_code": country_code,
        "party_id": party_id,
        "id": station,
        "publish": True,
        "name": row.get("nom_station"),
        **_address(row),
        "country": "FRA",
        "coordinates": _coordinates(row),
        "evses": [_evse(line, uid) for line, uid in zip(lines, uids, strict=True)],
        "operator": _operator(row),
        "owner": _owner(row),
        "opening_times": (hours := row.get("horaires")) and (read_hours(hours) or hours),
        "help_phone": row.get("telephone_operateur"),
        "stations": [_station(station, lines, uids)],
        "municipality_code": row.get("code_insee_commune"),
        "siting": _SITING.get(row.get("implantation_station", "")),
        "access_condition": _ACCESS.get(row.get("condition_acces", "")),
        "accessibility": _ACCESSIBILITY.get(_common(lines, "accessibilite_pmr") or ""),
        "size_restriction": _common(lines, "restriction_gabarit"),
        "two_wheels_only": row.get("station_deux_roues"),
        "grid_connection": _known({"kind": _GRID.get(row.get("raccordement", "")), "pdl": row.get("num_pdl")}),
        "operational_since": (day := row.get("date_mise_en_service")) and day.isoformat(),
    }
    return _known(body)


def _known(fields: Body) -> Body:
    return {name: value for name, value in fields.items() if value not in (None, {}, [])}


def _common(lines: Sequence[ReadLine], column: str) -> Any:
    """What all rows say; None where they differ."""
    values = {line.values.get(column) for line in lines}
    return values.pop() if len(values) == 1 else None


_ADDRESS = re.compile(r"(?P<street>.*?)[\s,]+(?P<postcode>\d{5})[\s,]+(?P<city>[^,(\d]+)(?P<rest>.*)", re.DOTALL)


def _address(row: Values) -> Body:
    """`1 avenue de la Paix 75001 Paris` in its parts; whole beside its parts where it says more. A municipality that goes
    without a name is named by its INSEE code."""
    text = row.get("adresse_station", "")
    found = _ADDRESS.fullmatch(text)
    if not found:
        return {"address": text or None, "city": row.get("code_insee_commune")}
    street, postcode, city = found["street"], found["postcode"], found["city"].strip()
    whole = f"{street} {postcode} {city}" != text
    return {"address": text if whole or not street else street, "postal_code": postcode, "city": city}


def _coordinates(row: Values) -> Body | None:
    """Swapped ones are put right, as the national consolidation does."""
    if "coordonneesXY" not in row:
        return None
    longitude, latitude = row["coordonneesXY"]
    if is_swapped(float(longitude), float(latitude)):
        longitude, latitude = latitude, longitude
    return {"latitude": f"{latitude:.6f}", "longitude": f"{longitude:.6f}"}


def _operator(row: Values) -> Body:
    brand = row.get("nom_enseigne")
    name = row.get("nom_operateur", brand)
    return _known({"name": name, "brand": brand, "email": row.get("contact_operateur")})


def _owner(row: Values) -> Body:
    siren = row.get("siren_amenageur")
    ids = [{"scheme": SCHEME_SIREN, "id": siren}] if siren else None
    return _known({"name": row.get("nom_amenageur"), "email": row.get("contact_amenageur"), "registration_ids": ids})


def _station(id_: str, lines: Sequence[ReadLine], uids: list[str]) -> Body:
    row = lines[0].values
    local = row.get("id_station_local", "")
    card = _common(lines, "paiement_cb")
    return _known(
        {
            "id": local if is_local_id(local) else id_,
            "external_ids": [{"scheme": SCHEME_IRVE, "id": id_}] if id_ == row.get("id_station_itinerance") else None,
            "evse_uids": uids,
            "payment": None if card is None else {"card_reader": card},
        }
    )


def uids_of(lines: Sequence[ReadLine]) -> list[str]:
    """The local ids of a station's points where they tell them apart, else the registered ones; empty: there is neither."""
    locals_ = [line.values.get("id_pdc_local", "") for line in lines]
    counts = Counter(local.lower() for local in locals_)
    return [
        local if is_local_id(local) and counts[local.lower()] == 1 else line.id
        for line, local in zip(lines, locals_, strict=True)
    ]


def _evse(line: ReadLine, uid: str) -> Body:
    row = line.values
    return _known(
        {
            "uid": uid,
            "evse_id": line.id or None,
            "capabilities": ["RESERVABLE"] if row.get("reservation") else None,
            "connectors": [_connector(plug, row) for plug in (*PLUGS, "autre") if row.get(f"prise_type_{plug}")],
            "irve": _known(
                {
                    "accessibility": _ACCESSIBILITY.get(row.get("accessibilite_pmr", "")),
                    "size_restriction": row.get("restriction_gabarit"),
                    "adhoc_payment": row.get("paiement_acte"),
                    "card_payment": row.get("paiement_cb"),
                    "other_payment": row.get("paiement_autre"),
                    "free_of_charge": row.get("gratuit"),
                    "price_text": row.get("tarification"),
                    "remarks": row.get("observations"),
                }
            ),
        }
    )


def _connector(plug: str, row: Values) -> Body:
    power = row.get("puissance_nominale", Decimal(0)) * 1000
    watts = int(power) if power and power <= _MOST_WATTS.get(plug, power) else None
    is_direct = plug in ("combo_ccs", "chademo") or (plug == "autre" and power > _MOST_WATTS["2"])
    phases = 1 if plug == "ef" or (watts or 0) <= _ONE_PHASE_WATTS else 3
    cable = is_direct or (plug == "2" and row.get("cable_t2_attache"))
    return _known(
        {
            "id": plug,
            "standard": PLUGS[plug][0] if plug in PLUGS else OTHER_PLUG,
            "format": "CABLE" if cable else "SOCKET",
            "power_type": "DC" if is_direct else f"AC_{phases}_PHASE",
            "max_voltage": 0 if is_direct else _VOLTS,
            "max_amperage": 0 if is_direct else round((watts or 0) / (_VOLTS * phases)),
            "max_electric_power": watts,
        }
    )


COLUMN_OF = {column.path: column.name for column in STATIC.columns} | {
    "city": "adresse_station",
    "postal_code": "adresse_station",
    "evses[].connectors": "prise_type_2",
    "evses[].connectors[].max_amperage": "puissance_nominale",
    "evses[].irve.accessibility": "accessibilite_pmr",
    "evses[].irve.size_restriction": "restriction_gabarit",
}
"""Path in the body → column that it was read from."""
