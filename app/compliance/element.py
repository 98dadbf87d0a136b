"""An element of data as a file describes it: those of a law in `rules.yaml`, those of an access point in its profile."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.compliance import federal_elements as federal
from app.compliance import geography, national, plausible
from app.compliance import point_elements as point
from app.compliance import station_elements as station
from app.compliance.looking import Check, Find, Route, derived, either, first, undecided
from app.compliance.rule import Cell, Level, Look, Rule, Seen
from app.compliance.sentences import Sentence
from app.compliance.site import Subject
from app.model.duration import Duration
from app.registry.delays import What
from app.wording import worded

Seconds = Annotated[Duration, Field(gt=0)]

CHECKS: dict[str, Check] = {
    "connector_count": plausible.number_of_connectors,
    "connector_type": point.connector_type,
    "coordinates": geography.coordinates,
    "country": geography.country,
    "current_type": point.current_type,
    "disabled_spaces": station.disabled_spaces,
    "evse_id": plausible.evse_id,
    "green": plausible.green,
    "nuts1": plausible.nuts1,
    "opening_times": plausible.opening_times,
    "output_voltage": federal.output_voltage,
    "own_party": national.own_party,
    "parking_spaces": station.parking_spaces,
    "phone": plausible.phone,
    "point_count": plausible.number_of_points,
    "postal_code": plausible.postal_code,
    "region": federal.region,
    "service": plausible.service,
    "some_words": plausible.some_words,
    "station_power": plausible.station_power,
    "time_zone": geography.time_zone,
    "toll_free": federal.toll_free,
    "words": plausible.words,
}


def _number_of_evses(subject: Subject) -> Seen:
    return derived("number of EVSEs")


LOOKS: dict[str, Look] = {
    "adhoc_price": point.adhoc_price,
    "availability": point.availability,
    "card_reader": station.card_reader,
    "charging_level": federal.level,
    "contactless": station.contactless,
    "contract_prices": federal.contract_prices,
    "contract_payment": station.contract_payment,
    "delivery_point": national.delivery_point,
    "facilities": station.facilities,
    "four_ports": federal.four_ports,
    "no_time_for_electricity": federal.no_time_for_electricity,
    "operational": point.operational,
    "other_payment": station.other_payment,
    "pence": national.pence,
    "per_kwh": federal.per_kwh,
    "plug": federal.plug,
    "plug_and_charge": point.plug_and_charge,
    "point_power": point.max_power,
    "port_id": federal.port_id,
    "power_floor": federal.power_floor,
    "smart_recharging": point.smart_recharging,
    "start_without_card": federal.start_without_card,
    "station_id": federal.station_id,
    "trailer": federal.trailer,
    "vehicle_classes": station.vehicle_classes,
    "vehicle_limits": station.vehicle_limits,
}
"""What is more than a field."""

ELSE: dict[str, Find] = {
    "direct_voltage": federal.direct_voltage,
    "disabled_spaces": station.listed_disabled_spaces,
    "no_contracts": station.no_contracts,
    "parking_spaces": station.listed_spaces,
    "point_count": _number_of_evses,
}
"""From what it follows where no field says it."""


class Limits(BaseModel):
    """From a change until it must be public; None: no limit is set. As it stands it is Regulation (EU) 2025/655, Art. 2."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: Seconds | None = 60
    price: Seconds | None = 60
    static: Seconds | None = 86_400

    def of(self, what: What) -> float | None:
        return {What.STATUS: self.status, What.PRICE: self.price, What.STATIC: self.static}[what]


class Element(BaseModel):
    """What must be said, where it is looked for, and what can fill it. `law` is the place in the text that asks for it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    code: str = Field(pattern="^[A-Za-z][A-Za-z0-9-]*$")
    """Unique within its file."""
    title: Sentence
    means: Sentence = ""
    """What a person gains by it, in one sentence."""
    law: str
    link: str = Field("", pattern="^(https://.*)?$")
    """Where the paragraph can be read."""
    level: Level
    kind: What = What.STATIC
    """Which of the limits holds from a change on."""
    said: tuple[str, ...] = ()
    """Paths of fields (`looking`); the first that is there counts."""
    check: str = "words"
    """Of `CHECKS`: what the value of a field cannot be."""
    pattern: str | None = None
    """What the value must look like, in place of a check."""
    look: str | None = None
    """Of `LOOKS`, for what is more than a field."""
    otherwise: Annotated[str | None, Field(alias="else")] = None
    """Of `ELSE`: from what it follows where no field says it."""
    free: str | None = Field(None, pattern="^exempt$")
    """Whether it is due where charging is free is open."""
    only: str | None = None
    """Of `ONLY`: what it is about; None: all."""
    within: Seconds | None = None
    """From a change until it must be public, where that is not what the limits say."""
    fill: tuple[str, ...] = ()
    """Cells of the overlay; none: that of the first field."""
    hint: str = ""
    """How a cell is written, where that is more than the field says."""
    where: Sentence = ""
    """Where it lives in the model; empty: the fields."""
    remedy: Sentence = ""
    """What to do where the overlay cannot help."""
    verified: bool = True
    """False: that it is asked for is read or inferred, not verified."""

    @model_validator(mode="after")
    def _has_a_look(self) -> Self:
        if bool(self.said) == bool(self.look):
            raise ValueError("give `said` or `look`, and just one of them")
        if not (self.said or self.fill or self.remedy):
            raise ValueError("give `fill` or `remedy` where no field says it")
        for name, known in ((self.check, CHECKS), (self.look, LOOKS), (self.otherwise, ELSE), (self.only, ONLY)):
            if name is not None and name not in known:
                raise ValueError(f"{name} is none of {', '.join(known)}")
        return self

    def rule(self, regime: str, law: str, limits: Limits) -> Rule:
        """`regime` begins its code: `afir-a4`."""
        return Rule(
            code=f"{regime}-{self.code}".lower(),
            title=self.title,
            law=f"{law}{self.law}",
            level=self.level,
            within_s=self.within or limits.of(self.kind),
            where=self.where or ", ".join(path.removeprefix("location.") for path in self.said),
            look=self._look(),
            cells=self._cells,
            remedy=self.remedy or self._whole_list,
            binding=self.verified,
            means=self.means,
            link=self.link,
            regime=regime,
            kind=self.kind,
        )

    @property
    def _cells(self) -> tuple[Cell, ...]:
        if self.remedy:
            return ()
        return tuple(Cell.of(path, self.hint) for path in self.fill) or (Route.of(self.said[0]).cell(self.hint),)

    @property
    def _whole_list(self) -> str:
        """What to do where a list has others than the one asked for; empty where it is about no list."""
        if self.fill or not self.said or not (route := Route.of(self.said[0])).scheme:
            return ""
        return worded(
            "give `%(list)s` whole, with %(scheme)s, in an overlay that overrides",
            list=".".join(route.names),
            scheme=route.scheme,
        )

    def _look(self) -> Look:
        look: Look = LOOKS[self.look] if self.look else self._said()
        look = undecided(look, lambda subject: subject.is_free, FREE) if self.free else look
        return ONLY[self.only](look) if self.only else look

    def _said(self) -> Find:
        check = CHECKS[self.check] if self.pattern is None else _matches(re.compile(self.pattern))
        said = first(*self.said, check=check)
        return either(said, ELSE[self.otherwise]) if self.otherwise else said


FREE = "nothing is paid here (Art. 5(1)): whether it must be said is open"


def _matches(pattern: re.Pattern[str]) -> Check:
    def check(value: Any, subject: Subject) -> str:
        if pattern.fullmatch(str(value)):
            return ""
        return worded("%(value)s is not written as %(pattern)s", value=repr(str(value)[:40]), pattern=pattern.pattern)

    return check


def _only_dc(look: Look) -> Look:
    def seen(subject: Subject) -> Seen | None:
        fast = any(connector["power_type"] == "DC" for connector in subject.connectors())
        return look(subject) if fast else None

    return seen


ONLY: dict[str, Callable[[Look], Look]] = {"dc": _only_dc, "federal": federal.only_federal}
"""What a rule is about: points of direct current, what federal funds paid for."""
