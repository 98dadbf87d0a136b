"""Rule sheets: what a regime counts, as data. A file in `sheets/` is a regime; a new one needs no code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from app.clock import Millis
from app.compliance.sentences import Sentence
from app.compliance.uptime.figures import Cause, Class, Port
from app.errors import ConfigError
from app.marked_yaml import read_marked, validated
from app.model.enums import Status

FOLDER = Path(__file__).parent / "sheets"
MINUTE: Millis = 60_000


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WindowKind(StrEnum):
    TWELVE_MONTHS = "twelve_months"
    """Those before the end of each month."""
    CALENDAR_YEAR = "calendar_year"


class Population(_Part):
    """Which ports; those in service at public locations."""

    countries: frozenset[str] = frozenset()
    """ISO 3166-1 alpha-3; empty: all."""
    regions: frozenset[str] = frozenset()
    """As locations say it; empty: all."""
    levels: frozenset[str] = frozenset()
    """DCFC, L2, L1; empty: all."""
    min_power_kw: Decimal | None = None
    unfunded: bool = True
    """False: not those of which it is said that no federal money paid for them."""

    def has(self, port: Port) -> bool:
        regions = {region.casefold() for region in self.regions}
        return (
            (not self.countries or port.country in self.countries)
            and (not regions or (port.region or "").casefold() in regions)
            and (not self.levels or port.level in self.levels)
            and (self.min_power_kw is None or (port.max_power_kw or 0) >= self.min_power_kw)
            and (self.unfunded or port.federally_funded is not False)
        )


class Limits(_Part):
    """Of one cause; None: no limit."""

    days_per_incident: int | None = None
    """Of each exclusion only so much counts, from its beginning on."""
    hours_per_window: int | None = None
    """Per port."""


class Reading(_Part):
    """One of several ways to read the rule."""

    name: str
    statuses: Mapping[Status, Class] = {}
    """Besides those of the sheet."""


class Sheet(_Part):
    name: str
    title: Sentence
    article: str
    link: str
    means: Sentence
    """The rule in a sentence."""
    unverified: tuple[str, ...] = ()
    """What of this sheet is not certain, in sentences."""
    of: Literal["port", "network"]
    """For what the threshold holds; a network is what one party has in one country."""
    population: Population
    window: WindowKind
    statuses: Mapping[Status, Class]
    """What is not named is up."""
    reasons: Mapping[str, Class]
    """Of statuses that no source said; they go before `statuses`."""
    readings: tuple[Reading, ...] = Field(min_length=1)
    """The outages listed are those of the first."""
    exclusions: Mapping[Cause, Limits] = {}
    hours: Literal["excluded", "outside", "counted"]
    """When the place is closed: an outage does not count, the time does not count, or it counts like any other."""
    denominator_minutes: int | None = None
    """None: the minutes in which the port is part of the population."""
    threshold: Decimal
    """Percent."""
    strict: bool
    """More than the threshold, not just as much."""
    first_year: Literal["blank", "counted"] = "counted"
    """Of a station that was open for less than a year when the window began: no figure, or one like any other."""

    def class_of(self, reading: Reading, status: str, reason: str | None) -> Class:
        if reason is not None and reason in self.reasons:
            return self.reasons[reason]
        word = cast(Status, status)  # equal and hashed alike, and asked millions of times
        return reading.statuses.get(word) or self.statuses.get(word, Class.UP)


def sheet_names() -> Sequence[str]:
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def read_sheet(name: str) -> Sheet:
    """By the name of a regime, or by the path of a file of one's own. Raises ConfigError."""
    path = Path(name) if name.endswith(".yaml") else FOLDER / f"{name}.yaml"
    if path.parent == FOLDER and path.stem not in sheet_names():
        remedy = f"There are {', '.join(sheet_names())}, or give the path of a .yaml of your own"
        raise ConfigError(f"there is no rule sheet {name!r}", where="--sheet", remedy=remedy)
    marked, errors = read_marked(path, {}), list[ConfigError]()
    data = {"name": path.stem, **marked.data}
    sheet = validated(Sheet, data, (), marked, errors, example="app/compliance/uptime/sheets/us_nevi.yaml")
    if sheet is None:
        raise errors[0]
    return sheet
