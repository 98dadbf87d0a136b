"""What a value cannot be. Each check returns why; empty: it may be so."""

from __future__ import annotations

import re
from typing import Any

from app.compliance.site import Subject
from app.model.electricity import power_watts
from app.model.identifiers import IdentifierError, parse_evse_id
from app.model.usps import TERRITORIES
from app.wording import worded

PHONE = re.compile(r"\+[1-9][0-9]{0,2} [0-9]{4,15}(-[0-9]{1,8})?")
"""+, country code, one blank, the number in one block, an extension after a hyphen (the French reading of the annex)."""
FILLERS = frozenset({"", "n/a", "na", "none", "null", "unknown", "tbd", "todo", "test", "xxx", "nc", "no"})
_REPEATED = re.compile(r"([a-z])\1{2,}")

POSTAL = {
    "AT": "####", "BE": "####", "BG": "####", "CY": "####", "CZ": "#####", "DE": "#####", "DK": "####", "EE": "#####",
    "ES": "#####", "FI": "#####", "FR": "#####", "GR": "#####", "HR": "#####", "HU": "####", "IT": "#####", "LT": "#####",
    "LU": "####", "LV": "####", "NL": "####@@", "PL": "#####", "PT": "#######", "RO": "######", "SE": "#####", "SI": "####",
    "SK": "#####", "CA": "@#@#@#", **dict.fromkeys(("US", *TERRITORIES.values()), "#####|#########"),
}  # fmt: skip
"""Digits (#) and letters (@) of a country's postal codes, without blanks, hyphens and the country's own letters."""

LEAST_WATTS, MOST_WATTS = 1_300, 4_000_000
"""QualiCharge, rules 1 and 39."""
ROUNDING = 1.05
"""By how much a stated power may exceed voltage times current."""
MOST_CONNECTORS = 5

NUTS_LETTERS = {"GR": "EL", "GB": "UK"}
"""Where NUTS begins otherwise than ISO 3166-1."""


def words(value: Any, subject: Subject) -> str:
    """A text that says something."""
    text = str(value).strip(" .-_?*/").lower()
    if text in FILLERS or _REPEATED.fullmatch(text):
        return worded("%(value)s stands for nothing", value=repr(str(value)[:40]))
    return ""


def some_words(value: Any, subject: Subject) -> str:
    """Of a text, or of a list: texts, or objects with a text or name."""
    if isinstance(value, str):
        return words(value, subject)
    texts = (item.get("text") or item.get("name") if isinstance(item, dict) else item for item in value)
    return next(filter(None, (words(text, subject) for text in texts)), "")


def phone(value: str, subject: Subject) -> str:
    if PHONE.fullmatch(value):
        return ""
    return worded(
        "%(value)s is not written as +49 3012345678 (country code, a blank, the number in one block)", value=repr(value)
    )


def postal_code(value: str, subject: Subject) -> str:
    country = subject.site.country
    code = re.sub(r"[\s-]", "", value.upper()).removeprefix(country)
    pattern = POSTAL.get(country)
    if pattern and not re.fullmatch(pattern.replace("#", "[0-9]").replace("@", "[A-Z]"), code):
        return worded(
            "%(value)s is no postal code of %(country)s: %(pattern)s",
            value=repr(value),
            country=country,
            pattern=pattern,
        )
    return worded("%(value)s stands for nothing", value=repr(value)) if code and not code.strip("0") else ""


def nuts1(value: str, subject: Subject) -> str:
    country = subject.site.country
    letters = NUTS_LETTERS.get(country, country)
    if value[:2] == letters:
        return ""
    return worded(
        "%(value)s is no region of %(country)s, whose codes begin with %(letters)s",
        value=value,
        country=country,
        letters=letters,
    )


def opening_times(value: bool, subject: Subject) -> str:
    """`value`: whether it is always open, the hours beside it."""
    if value:
        return ""
    of_station = (
        body["opening_times"]
        for scope in ("station", "location")
        for _, body in subject.bodies(scope)
        if "opening_times" in body
    )
    hours = next(of_station).get("regular_hours", ())
    open_for = sum(_minutes(one["period_end"]) - _minutes(one["period_begin"]) for one in hours)
    return worded("open %(minutes)s minutes a week", minutes=open_for) if open_for < 60 else ""


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def evse_id(value: str, subject: Subject) -> str:
    try:
        point = parse_evse_id(value)
    except IdentifierError as error:
        return error.what
    return f"{value!r}: {point.irregular}" if point.irregular else ""


def number_of_points(value: int, subject: Subject) -> str:
    if not value:
        return worded("0 points usable at once")
    most = len(subject.points)
    return worded("%(value)s points usable at once of %(most)s", value=value, most=most) if value > most else ""


def number_of_connectors(value: list[Any], subject: Subject) -> str:
    if len(value) > MOST_CONNECTORS:
        return worded(
            "%(number)s connectors at one point, which charges one vehicle at a time: rather several points",
            number=len(value),
        )
    return ""


def station_power(value: float, subject: Subject) -> str:
    """Kilowatts of all points at once: at least what one of them gives, at most what all do."""
    powers = [max(map(power_watts, point["connectors"])) / 1000 for point in subject.points]
    if value > sum(powers) * ROUNDING:
        return worded(
            "%(value)s kW, but its points give %(all)s kW together", value=f"{value:g}", all=f"{sum(powers):g}"
        )
    if value * ROUNDING < max(powers):
        return worded(
            "%(value)s kW, but one of its points gives %(most)s kW", value=f"{value:g}", most=f"{max(powers):g}"
        )
    return ""


def point_power(value: int, subject: Subject) -> str:
    """Watts of the strongest connector."""
    if not LEAST_WATTS <= value <= MOST_WATTS:
        return worded("%(value)s W; written in kW?", value=str(value)) if value < LEAST_WATTS else f"{value} W"
    for connector in subject.connectors():
        nominal = power_watts({**connector, "max_electric_power": None})
        stated = connector.get("max_electric_power", 0)
        if stated > nominal * ROUNDING:
            return worded(
                "%(stated)s W, but %(volts)s V and %(amperes)s A give %(nominal)s W",
                stated=str(stated),
                volts=str(connector["max_voltage"]),
                amperes=str(connector["max_amperage"]),
                nominal=str(nominal),
            )
    return ""


def service(value: str, subject: Subject) -> str:
    """Kind of service support, beside its hours."""
    periods = subject.stations[0].get("service_support", {}).get("periods")
    return worded("unattended, but with hours of attendance") if value == "UNATTENDED" and periods else ""


def green(value: bool, subject: Subject) -> str:
    """OCPI: true only where all of it is renewable."""
    sources = subject.site.body["energy_mix"].get("energy_sources", ())
    other = [one["source"] for one in sources if one["source"] not in RENEWABLE and one["percentage"]]
    return worded("all renewable, but also %(others)s", others=", ".join(other)) if value and other else ""


RENEWABLE = frozenset({"GENERAL_GREEN", "SOLAR", "WIND", "WATER"})
