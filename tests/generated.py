"""Hypothesis strategies for valid canonical objects, made from the shape of the model."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from hypothesis import strategies as st

from app.clock import format_time
from app.model import codes
from app.model.location import Location
from app.model.shape import Field, fields
from app.model.tariff import Tariff
from app.model.types import Model

Object = dict[str, Any]
PRINTABLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Zs", "Zl", "Zp"))
ASCII = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
CLOCK = st.builds(lambda minutes: f"{minutes // 60:02}:{minutes % 60:02}", st.integers(0, 1439))
MOMENT = st.integers(0, 4_000_000_000_000).map(format_time)
URL = st.from_regex(r"\Ahttps://[a-z]{1,10}\.example/[a-z0-9]{0,20}\Z")
DEGREES = {"latitude": 90, "longitude": 180}
BY_RULE: dict[str, st.SearchStrategy[Any]] = {
    "ISO 3166-1 alpha-2": st.sampled_from(sorted(codes.COUNTRIES_ALPHA2.values)),
    "ISO 3166-1 alpha-3": st.sampled_from(sorted(codes.COUNTRIES_ALPHA3.values)),
    "ISO 4217": st.sampled_from(sorted(codes.CURRENCIES.values)),
    "IANA time zone names": st.sampled_from(sorted(codes.TIME_ZONES.values)),
    "boolean": st.booleans(),
    "object": st.dictionaries(st.text(ASCII, min_size=1, max_size=5), st.integers(-9, 9), min_size=1, max_size=2),
}


@cache
def objects(model: type[Model]) -> st.SearchStrategy[Object]:
    known = fields(model)
    made = {name: values(field) for name, field in known.items()}
    required = [name for name, field in known.items() if field.required]
    optional = [name for name, field in known.items() if not field.required]
    # A location with everything in it is too big to draw often.
    some = st.lists(st.sampled_from(optional), unique=True, max_size=5) if optional else st.just([])

    @st.composite
    def built(draw: st.DrawFn) -> Object:
        drawn = {name: draw(made[name]) for name in (*required, *draw(some))}
        whole = {name: value for name, value in drawn.items() if not _nothing(value)}
        return FIXES.get(model.__name__, lambda body: body)(whole)

    return built()


def _nothing(value: Any) -> bool:
    return value == {} or (isinstance(value, list) and {} in value)


def values(field: Field) -> st.SearchStrategy[Any]:
    one = objects(field.child) if field.child else scalars(field)
    return st.lists(one, min_size=1, max_size=3) if field.many else one


def scalars(field: Field) -> st.SearchStrategy[Any]:
    rule = field.rule.removeprefix("list of ").removesuffix(", at least 1")
    if field.enum:
        listed = st.sampled_from(sorted(field.values))
        return listed | st.text(ASCII, min_size=1, max_size=20) if field.open else listed
    if field.name in DEGREES:
        limit = DEGREES[field.name] * 10**6
        return st.integers(-limit, limit).map(lambda micro: f"{'-' if micro < 0 else ''}{abs(micro) / 10**6:.6f}")
    if rule in BY_RULE:
        return BY_RULE[rule]
    if rule.startswith("DateTime"):
        return MOMENT
    if rule.startswith("int"):
        low, high = re.fullmatch(r"int, (?:at least )?(\d+)(?: to (\d+))?", rule).groups()
        return st.integers(int(low), int(high or 100_000))
    if rule.startswith("number"):
        return st.integers(0, 1_000_000).map(lambda units: int(units / 10**4) if units % 10**4 == 0 else units / 10**4)
    return texts(rule)


def texts(rule: str) -> st.SearchStrategy[str]:
    if "HH:MM" in rule:
        return CLOCK
    if "YYYY-MM-DD" in rule:
        return st.dates().map(lambda day: day.isoformat()).filter(lambda day: day >= "1000")
    if "URL" in rule:
        return URL
    if "e-mail" in rule:
        return st.just("data@example.com")
    if "ISO 639" in rule:
        return st.sampled_from(["en", "de", "fr"])
    if "NUTS" in rule:
        return st.sampled_from(["DE3", "FR1"])
    if "digits" in rule:
        return st.from_regex(r"\A[0-9]{4}\Z")
    limit = re.search(r"\((\d+)\)", rule)
    return st.text(
        PRINTABLE if rule.startswith("string") else ASCII, min_size=1, max_size=min(int(limit[1]) if limit else 36, 60)
    )


def _unique(items: list[Object], id: str) -> list[Object]:
    return list({item[id].lower(): item for item in items}.values())


def _location(body: Object) -> Object:
    body = {**body, "publish": True}
    body.pop("publish_allowed_to", None)
    body["party_id"] = body["party_id"].upper()
    for name, id in (("evses", "uid"), ("parking_places", "id"), ("stations", "id")):
        if name in body:
            body[name] = _unique(body[name], id)
    uids = [evse["uid"] for evse in body.get("evses", ())]
    for station in body.get("stations", ()):
        station["evse_uids"] = uids
    if not uids:
        body.pop("stations", None)
    places = [place["id"] for place in body.get("parking_places", ())]
    for evse in body.get("evses", ()):
        links = [{**link, "parking_id": places[0]} for link in evse.pop("parking", ()) if places]
        evse |= {"parking": links} if links else {}
    return body


def _hours(body: Object) -> Object:
    return _when_open({name: value for name, value in body.items() if name != "regular_hours"}, body)


def _when_open(body: Object, drawn: Object) -> Object:
    hours = drawn.get("regular_hours", [])
    return {**body, "twentyfourseven": not hours, **({"regular_hours": hours} if hours else {})}


def _in_order(low: str, high: str, *, strictly: str) -> Any:
    def fix(body: Object) -> Object:
        if high not in body:
            return body
        first, last = sorted((body[low], body[high]))
        return {**body, low: first, high: last} if first != last else {**body, low: strictly, high: last}

    return fix


def _regular(body: Object) -> Object:
    fixed = _in_order("period_begin", "period_end", strictly="00:00")(body)
    return fixed if fixed["period_end"] != "00:00" else {**fixed, "period_begin": "08:00", "period_end": "20:00"}


def _period(body: Object) -> Object:
    fixed = _in_order("period_begin", "period_end", strictly=format_time(0))(body)
    if "period_end" in fixed and fixed["period_end"][:19] == fixed["period_begin"][:19]:
        # 2.1.1 has whole seconds: the period would be empty there.
        return {**fixed, "period_begin": format_time(0), "period_end": format_time(1000)}
    return fixed


def _restrictions(body: Object) -> Object:
    return {name: value for name, value in body.items() if name not in ("reservation", "booking")}


def _tariff(body: Object) -> Object:
    return {**body, "party_id": body["party_id"].upper()}


def _operator_id(name: str) -> Any:
    return lambda body: {**body, name: "DE*ABC"} if name in body else body


FIXES: dict[str, Any] = {
    "Location": _location,
    "EVSE": lambda body: {**body, "connectors": _unique(body["connectors"], "id")},
    "Hours": _hours,
    "RegularHours": _regular,
    "ExceptionalPeriod": _period,
    "StatusSchedule": _period,
    "TariffRestrictions": _restrictions,
    "Tariff": _tariff,
    "BusinessDetails": _operator_id("operator_id"),
    "ServiceProvider": _operator_id("provider_id"),
}

LOCATIONS = objects(Location)
TARIFFS = objects(Tariff)
