"""What is known of the connector at which a tariff is used, and what a rule asks of it before it holds there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

import iso3166

from app.model.electricity import power_watts
from app.model.enums import PowerType, TariffType
from app.model.location import FundingProgramme
from app.model.tariff import Tariff

_WATTS = 1000
_FEDERAL = frozenset(FundingProgramme) - {FundingProgramme.OTHER}
_STATES = {"CALIFORNIA": "CA"}
"""States that rules ask for, where their name is written out."""


@dataclass(frozen=True, slots=True)
class About:
    """None: not known."""

    power_kw: Decimal | None = None
    direct_current: bool | None = None
    country: str | None = None
    """Of the site, ISO 3166-1 alpha-2; None: that of the tariff's operator is taken."""
    region: str | None = None
    """Of the site, ISO 3166-2: US-CA."""
    commissioned_on: date | None = None
    installed_on: date | None = None
    federally_funded: bool | None = None
    """United States: built with federal money (23 CFR 680)."""
    adhoc: bool | None = None
    """Whether drivers without a contract pay this tariff there; None: its type says."""

    def deployed_from(self, day: date) -> bool | None:
        """Whether the point went into operation on a day or later; nothing does before it is installed."""
        if self.commissioned_on is not None:
            return self.commissioned_on >= day
        return True if self.installed_on is not None and self.installed_on >= day else None

    def installed_from(self, day: date) -> bool | None:
        if self.installed_on is not None:
            return self.installed_on >= day
        return False if self.commissioned_on is not None and self.commissioned_on < day else None

    def filled(self, other: About) -> About:
        """With what the other knows where this does not."""
        both = ((field.name, getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return About(**{name: theirs if mine is None else mine for name, mine, theirs in both})


NOTHING_KNOWN = About()


def about_connector(location: Mapping[str, Any], evse: Mapping[str, Any], connector: Mapping[str, Any]) -> About:
    """Of canonical JSON."""
    country = iso3166.countries_by_alpha3[location["country"]].alpha2
    state = str(location.get("state", "")).strip().upper()
    return About(
        power_kw=Decimal(power_watts(connector)) / _WATTS,
        direct_current=connector["power_type"] == PowerType.DC,
        country=country,
        region=f"{country}-{_STATES.get(state, state)}" if state else None,
        commissioned_on=_day(evse.get("commissioned_on")),
        installed_on=_day(evse.get("installed_on")),
        federally_funded=evse.get("federally_funded", True if _FEDERAL & {*location.get("funding", ())} else None),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class Requirement:
    """A rule holds where all of its requirements do."""

    said: str
    """For the documentation: `50 kW or more`."""
    holds: Callable[[About, Tariff], bool | None]
    """None: not known."""
    fields: tuple[str, ...] = ()
    """What would say it, at the source or in the overlay."""


def in_countries(said: str, countries: Collection[str]) -> Requirement:
    return Requirement(said, lambda about, tariff: (about.country or tariff.country_code) in countries)


def in_region(said: str, region: str) -> Requirement:
    def holds(about: About, _: Tariff) -> bool | None:
        return None if about.region is None else about.region == region

    return Requirement(said, holds, ("Location.state",))


def at_least_kw(power: int) -> Requirement:
    def holds(about: About, _: Tariff) -> bool | None:
        return None if about.power_kw is None else about.power_kw >= power

    return Requirement(f"{power} kW or more", holds, ("Connector.max_electric_power",))


def deployed_from(day: date) -> Requirement:
    said = f"in operation since {day} or later"
    return Requirement(said, lambda about, _: about.deployed_from(day), ("EVSE.commissioned_on",))


def installed_from(alternating: date, direct: date) -> Requirement:
    """Of two days, that of the connector's current; where the current is not known, of both if they answer alike."""
    days = {None: (alternating, direct), False: (alternating,), True: (direct,)}

    def holds(about: About, _: Tariff) -> bool | None:
        answers = {about.installed_from(day) for day in days[about.direct_current]}
        return answers.pop() if len(answers) == 1 else None

    return Requirement(f"installed since {alternating} (AC), {direct} (DC)", holds, ("EVSE.installed_on",))


FUNDED = Requirement(
    "built with federal money", lambda about, _: about.federally_funded, ("EVSE.federally_funded", "Location.funding")
)
ADHOC = Requirement(
    "paid without a contract",
    lambda about, tariff: about.adhoc if about.adhoc is not None else tariff.type in (None, TariffType.AD_HOC_PAYMENT),
)
