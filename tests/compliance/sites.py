"""The complete location of `tests/data/compliance`, what is to be changed in it, and what rules see of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.clock import parse_time
from app.compliance.judging import subjects
from app.compliance.rule import Rule, Seen
from app.compliance.site import Site
from app.registry.origins import Sourced
from app.registry.projection import PublicObject
from app.tariffs.adhoc import PriceBook
from tests.objects import GONE, changed
from tests.shared import ROOT

Body = dict[str, Any]
DATA = ROOT / "tests" / "data" / "compliance"
AT = parse_time("2026-11-23T12:00:00Z")


def read(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def federal() -> Body:
    """A federally funded station in California that lacks nothing."""
    body = read("../nevi/location.json")
    body["evses"][2]["connectors"][0] |= {"standard": "IEC_62196_T1_COMBO", "max_voltage": 1000}
    body["evses"][3]["max_output_voltage"] = 240
    return body


def federal_tariff() -> Body:
    return read("../nevi/tariff.json")


def location(changes: Mapping[str, Any] | None = None, of: Body | None = None) -> Body:
    """Path → value; None takes the field away. `of`: another one than that of `location.json`."""
    body = read("location.json") if of is None else of
    for path, value in (changes or {}).items():
        changed(body, path, GONE if value is None else value)
    return body


def site(
    body: Body | None = None,
    *,
    tariffs: Mapping[str, Body] | None = None,
    overlaid: Mapping[str, str] | None = None,
) -> Site:
    body = location() if body is None else body
    tariffs = {"T1": read("tariff.json")} if tariffs is None else tariffs
    public = PublicObject(0, "DE", "ABC", "L1", body.get("country", ""), 1, AT, 0, AT, body, tariffs)
    statuses = {point["uid"]: "statuses" for point in body["evses"]}
    sourced = Sourced(public, "inventory", overlaid or {}, statuses, {id_.lower(): "prices" for id_ in tariffs})
    return Site(sourced, PriceBook(), AT)


def seen(rule: Rule, of: Site) -> list[Seen]:
    """What a rule finds, at each object of its level that it is about."""
    return [found for subject in subjects(of, rule.level) if (found := rule.look(subject)) is not None]
