"""`/prices/compare`: two tariffs side by side, by their entries of the log (`before`, `after`), or at two moments (`from`, `to`)
of a `point`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import render_template, request

from app.clock import Millis, parse_time
from app.errors import NotInLedger
from app.ledger import rows
from app.ledger.asking import Asked, Auditor
from app.ledger.entries import EntryKind
from app.model.tariff import Tariff
from app.registry.database import reading
from app.tariffs.adhoc import AdhocPrice
from app.tariffs.explain import Kind, prices_compared, tariffs_compared
from app.web.failure import BAD_PARAMETER, Failure, bad_parameter, unknown
from app.web.languages import language
from app.web.listing import read_count, read_time
from app.web.site import site
from app.wording import worded

_ENTRY = worded("write the number of an entry that is a tariff, such as 12: /ledger lists them")
_TIME = worded("write a time such as 2026-01-31T12:00:00Z")
_POINT = worded("write country, party, location, EVSE and connector, such as DE/ABC/LOC1/1/1")
_KINDS = {
    Kind.SAME: worded("same"),
    Kind.CHANGED: worded("changed"),
    Kind.ADDED: worded("added"),
    Kind.REMOVED: worded("removed"),
}
_SUBJECTS = {
    "energy": worded("Energy"),
    "charging time": worded("Charging time"),
    "connected time": worded("Connected time"),
    "session": worded("Session fee"),
    "occupancy": worded("Occupancy"),
    "idle": worded("Idle fee"),
    "minimum": worded("Minimum"),
    "maximum": worded("Maximum"),
}
"""What a price is for, as `tariffs.explain` names it."""


@dataclass(frozen=True, slots=True)
class Side:
    tariff: Tariff
    at: Millis
    """Of an entry when it was published; of a point the moment asked for."""
    zone: str = ""
    index: int | None = None
    """Of an entry."""
    price: AdhocPrice | None = None
    """At the moment asked for."""


def compared() -> str:
    """Raises Failure: 400 for parameters that cannot be read, 404 for what is not in the log."""
    point = "" if request.args.keys() & {"before", "after"} else request.args.get("point", "")
    names = ("from", "to") if point else ("before", "after")
    for name in names:
        if not request.args.get(name, "").strip():
            raise Failure(
                400,
                BAD_PARAMETER,
                worded("`%(name)s` is missing: %(rule)s", name=name, rule=_TIME if point else _ENTRY),
            )
    before, after = (_moment(point, name) if point else _entry(name) for name in names)
    found = tariffs_compared(before.tariff, after.tariff, language(), after.zone or None)
    if before.price and after.price:
        found = replace(found, prices=prices_compared(before.price, after.price, language()))
    return render_template(
        "compare.html", before=before, after=after, difference=found, point=point, kinds=_KINDS, subjects=_SUBJECTS
    )


def _entry(name: str) -> Side:
    index = read_count(request.args, name, 0)
    with reading(site().engine) as connection:
        entry = next(rows.entries(connection, index, index + 1), None)
    if entry is None:
        raise unknown(worded("the log has no entry %(index)s: /ledger says how many there are", index=str(index)))
    content = entry.content
    if content["kind"] != EntryKind.TARIFF or "tariff" not in content:
        raise bad_parameter(name, str(index), _ENTRY)
    return Side(Tariff.model_validate(content["tariff"]), parse_time(content["published_at"]), index=index)


def _moment(point: str, name: str) -> Side:
    ids = point.split("/")
    if len(ids) not in (4, 5) or not all(ids):
        raise bad_parameter("point", point, _POINT)
    at = read_time(request.args, name) or 0
    try:
        zone, prices = Auditor(site().engine, site().store).offers(Asked.at(*ids), at)
    except NotInLedger as error:
        raise unknown(error.sentence()) from None
    if not prices:
        raise unknown(
            worded(
                "no price was published for %(point)s at the time of `%(name)s`, so there is nothing to compare",
                point=point[:80],
                name=name,
            )
        )
    return Side(prices[0].tariff, at, zone, price=prices[0])
