"""What is wrong or odd in a static file although its schema accepts it, one row at a time.

Each rule is a function of the row's values; its name is its code in the reports. Numbers are those of QualiCharge's rules, where
it has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.formats.irve.columns import NOT_CONCERNED
from app.formats.irve.france import department, departments_of_postcode, is_in_france, is_swapped, latest_day
from app.formats.irve.lines import Remark, Rule, is_local_id
from app.model.identifiers import IdentifierError, parse_point_id
from app.model.opening_hours import read_hours
from app.model.problem import Severity

Values = dict[str, Any]


def _point_id(row: Values, now: datetime | None) -> Iterator[Remark]:
    id_ = row.get("id_pdc_itinerance", NOT_CONCERNED)
    if id_ != NOT_CONCERNED and not is_point(id_, "E"):
        yield Remark("id_pdc_itinerance", "no id of a charge point (AFIREV: FR, operator, E…)", "Use the registered id")


def _station_id(row: Values, now: datetime | None) -> Iterator[Remark]:
    id_ = row.get("id_station_itinerance", NOT_CONCERNED)
    if id_ != NOT_CONCERNED and not is_point(id_, "P"):
        yield Remark("id_station_itinerance", "no id of a station (AFIREV: FR, operator, P…)", "Use the registered id")


def is_point(id_: str, letter: str) -> bool:
    try:
        parse_point_id(id_, letter)
    except IdentifierError:
        return False
    return True


def _not_concerned(row: Values, now: datetime | None) -> Iterator[Remark]:
    for name in ("id_pdc_itinerance", "id_station_itinerance"):
        if row.get(name) == NOT_CONCERNED:
            what = "without an id, the national consolidation drops the row"
            yield Remark(name, what, "Ask AFIREV for an operator id", Severity.PARTLY)


def _operator_id(row: Values, now: datetime | None) -> Iterator[Remark]:
    point, station = row.get("id_pdc_itinerance", NOT_CONCERNED), row.get("id_station_itinerance", NOT_CONCERNED)
    if NOT_CONCERNED not in (point, station) and point[:5] != station[:5]:
        what = f"of the operator {point[:5]}, its station of {station[:5]}"
        yield Remark("id_pdc_itinerance", what, "Both ids begin with the operator's")


def _local_ids(row: Values, now: datetime | None) -> Iterator[Remark]:
    for name in ("id_pdc_local", "id_station_local"):
        if not is_local_id(row.get(name, "-")):
            remedy = "Use up to 36 letters and digits without accents"
            yield Remark(name, "no id that OCPI can take: the other one stands for it", remedy, Severity.PARTLY)


def _coordinates(row: Values, now: datetime | None) -> Iterator[Remark]:
    """3."""
    place = row.get("coordonneesXY")
    if place and is_swapped(*map(float, place)):
        what, remedy = "latitude and longitude are swapped", f"Write [{place[1]},{place[0]}]"
        yield Remark("coordonneesXY", what, remedy, Severity.PARTLY)
    elif place and not is_in_france(*map(float, place)):
        yield Remark("coordonneesXY", "not in France", "Write [longitude,latitude] of the station", Severity.PARTLY)


_LEAST_KW, _MOST_KW = Decimal("1.3"), Decimal(4000)
_MOST_AC_KW, _MOST_DOMESTIC_KW, _LEAST_DC_KW = Decimal(44), Decimal(4), Decimal(5)
PLUGS = ("prise_type_ef", "prise_type_2", "prise_type_combo_ccs", "prise_type_chademo", "prise_type_autre")


def _power(row: Values, now: datetime | None) -> Iterator[Remark]:
    """39, 1."""
    power = row.get("puissance_nominale")
    if power is not None and not _LEAST_KW <= power <= _MOST_KW:
        remedy = "Write kilowatts, not watts" if power > _MOST_KW else "Write the highest power of the point, kW"
        yield Remark("puissance_nominale", f"not between {_LEAST_KW} and {_MOST_KW} kW", remedy, Severity.PARTLY)


def _power_and_plug(row: Values, now: datetime | None) -> Iterator[Remark]:
    power, plugs = row.get("puissance_nominale"), {name for name in PLUGS if row.get(name)}
    if power is None or "prise_type_autre" in plugs or power < _LEAST_KW:
        return
    remedy = "Check power and plugs"
    if plugs == {"prise_type_ef"} and power > _MOST_DOMESTIC_KW:
        yield Remark("puissance_nominale", "more than a household socket can give", remedy)
    elif plugs and plugs <= {"prise_type_ef", "prise_type_2"} and power > _MOST_AC_KW:
        yield Remark("puissance_nominale", "more than a Type 2 socket can give", remedy)
    elif plugs and plugs <= {"prise_type_combo_ccs", "prise_type_chademo"} and power < _LEAST_DC_KW:
        yield Remark("puissance_nominale", "little for direct current", remedy)


def _plugs(row: Values, now: datetime | None) -> Iterator[Remark]:
    if all(row.get(name) is False for name in PLUGS):
        remedy = "Say true for at least one plug"
        yield Remark("prise_type_2", "the point has no plug at all", remedy, Severity.PARTLY)
    if row.get("prise_type_autre") and not row.get("observations"):
        yield Remark("prise_type_autre", "observations do not say which plug", "Name the plug in observations")
    if row.get("cable_t2_attache") and row.get("prise_type_2") is False:
        yield Remark("cable_t2_attache", "a Type 2 cable, but no Type 2 plug", "Check prise_type_2")


_POSTCODE = re.compile(r"(?<!\d)(\d{5})(?!\d)")
_PARIS = {"75056", *(f"751{district:02d}" for district in range(1, 21))}


def _municipality(row: Values, now: datetime | None) -> Iterator[Remark]:
    """2, as far as it goes without the list of municipalities."""
    insee = row.get("code_insee_commune")
    if not insee:
        return
    postcodes = _POSTCODE.findall(row.get("adresse_station", ""))
    if insee.endswith("000") or (insee.startswith("75") and insee not in _PARIS):
        what = "the postcode, not the INSEE code" if insee in postcodes else "no INSEE code of a municipality"
        yield Remark(
            "code_insee_commune", what, "Use the municipality's code of INSEE, for Paris 75056", Severity.PARTLY
        )
    elif postcodes and not any(department(insee) in departments_of_postcode(code) for code in postcodes):
        what = f"of another département than the postcode {postcodes[-1]} of adresse_station"
        yield Remark("code_insee_commune", what, "Check both; a few municipalities have the postcode of a neighbour")


def _siren(row: Values, now: datetime | None) -> Iterator[Remark]:
    """55."""
    siren = row.get("siren_amenageur")
    if siren and not is_luhn(siren):
        yield Remark("siren_amenageur", "its check digit is wrong", "Copy it from the register (Sirene)")


def is_luhn(digits: str) -> bool:
    doubled = (int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _future(row: Values, now: datetime | None) -> Iterator[Remark]:
    for name in ("date_maj", "date_mise_en_service"):
        if now and name in row and row[name] > latest_day(now):
            yield Remark(name, "lies in the future", "Write the day it happened", Severity.PARTLY)


_DIGITS = re.compile(r"\d")


def _telephone(row: Values, now: datetime | None) -> Iterator[Remark]:
    phone = row.get("telephone_operateur")
    if phone and not 9 <= len(_DIGITS.findall(phone)) <= 15:
        yield Remark("telephone_operateur", "no telephone number", "Write it as +33 123456789")


def _opening_hours(row: Values, now: datetime | None) -> Iterator[Remark]:
    hours = row.get("horaires")
    if hours and read_hours(hours) is None:
        remedy = "Write 24/7, or hours such as Mo-Fr 08:00-12:00,Mo-Fr 14:00-18:00"
        yield Remark("horaires", "cannot be read as opening hours", remedy, Severity.PARTLY)


def _delivery_point(row: Values, now: datetime | None) -> Iterator[Remark]:
    """20, 34."""
    pdl = row.get("num_pdl")
    if pdl and not re.fullmatch(r"\d{14}", pdl):
        yield Remark("num_pdl", "not of 14 digits, as Enedis numbers them", "Right only outside Enedis' territory")
    is_direct = row.get("prise_type_combo_ccs") or row.get("prise_type_chademo")
    if not pdl and is_direct and row.get("raccordement") != "Indirect":
        remedy = "Write the number of the delivery point, or raccordement Indirect"
        yield Remark("num_pdl", "missing for a direct current station", remedy)


_PRICE = re.compile(r"\d[.,]?\d*\s*(?:€|eur|ct)", re.IGNORECASE)


def _free_and_priced(row: Values, now: datetime | None) -> Iterator[Remark]:
    if row.get("gratuit") and _PRICE.search(row.get("tarification", "")):
        yield Remark("gratuit", "free, but tarification names a price", "Correct one of the two")


_NOTHING = {
    "",
    "inconnu",
    "inconnue",
    "na",
    "nc",
    "nr",
    "néant",
    "neant",
    "aucun",
    "aucune",
    "null",
    "none",
    "nan",
    "test",
    "todo",
}
_TEXTS = ("nom_amenageur", "nom_operateur", "nom_enseigne", "nom_station", "adresse_station", "tarification")


def _nothing_said(row: Values, now: datetime | None) -> Iterator[Remark]:
    for name in _TEXTS:
        words = re.sub(r"\W", "", row.get(name, "x y z")).lower()
        if words in _NOTHING or len(set(words)) == 1:
            yield Remark(name, "says nothing", "Write what is so, or leave it empty where it may be")


RULES: tuple[Rule, ...] = (
    _point_id,
    _station_id,
    _not_concerned,
    _operator_id,
    _local_ids,
    _coordinates,
    _power,
    _power_and_plug,
    _plugs,
    _municipality,
    _siren,
    _future,
    _telephone,
    _opening_hours,
    _delivery_point,
    _free_and_priced,
    _nothing_said,
)
