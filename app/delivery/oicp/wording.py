"""What is to be pushed of a location or a tariff, and what there is to say about that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from app.delivery.base import Item
from app.delivery.oicp.held import Records
from app.delivery.oicp.hub import DATA, PRICES, PRODUCTS, STATUS, Operation
from app.delivery.oicp.settings import OicpSettings
from app.formats.oicp.conversion import Conversion, Record
from app.formats.oicp.evse_pricing import evse_pricing
from app.formats.oicp.evse_record import site_records
from app.formats.oicp.evse_status import evse_statuses
from app.formats.oicp.lint import lint_record
from app.formats.oicp.pricing import products_up_to
from app.formats.oicp.saying import Said as Gathered
from app.model.identifiers import compare_key
from app.model.loss import Loss
from app.model.problem import Problem, Severity
from app.model.status import OUT_OF_SERVICE
from app.publish.block import evaluated_at
from app.registry.projection import PublicObject

RULE = "OICP 2.3"
_SCHEDULED = frozenset({"start_date_time", "end_date_time"})
"""OICP has no validity; an EVSE has the product from when it begins until it ends."""
_FILL = "Fill it in in the backend or in the overlay"
_NOBODY = "Name the operator in `operators`, or in `acts_for` of the one that pushes for it"
_UNPRICED = "No price is sent; agree on one that is for every session, in the portal or as a tariff that OICP can say"
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    records: dict[Operation, Records] = field(default_factory=dict)
    there: frozenset[str] = frozenset()
    """EVSEs in service, by `compare_key`: what Hubject has of them stays, also where there is no record."""
    problems: tuple[Problem, ...] = ()


def of_location(item: Item, found: PublicObject, settings: OicpSettings) -> Said:
    data = {compare_key(record["EvseID"]): record for record in _data(found)}
    foreign = [key for key, record in data.items() if settings.sender_of(record["EvseID"]) is None]
    problems = [_nobodys(item, str(data.pop(key)["EvseID"])) for key in foreign]
    statuses = {
        compare_key(id_): {"EvseID": id_, "EvseStatus": status} for id_, status in evse_statuses(found.body, Gathered())
    }
    records = {DATA: data, STATUS: statuses}
    if settings.pricing is not None:
        records[PRICES], unpriced = _prices(item, found)
        problems += unpriced
    served = (evse for evse in found.body["evses"] if evse.get("status") not in OUT_OF_SERVICE)
    there = frozenset(compare_key(evse["evse_id"]) for evse in served if "evse_id" in evse)
    return Said(records, there, tuple(problems))


def of_tariff(item: Item, found: PublicObject, settings: OicpSettings) -> Said:
    """Of one that a hub may have, and OICP says exactly."""
    if settings.pricing is None:
        return Said()
    products = products_up_to(found.body, settings.pricing.power * 1000)
    if not _is_exact(products):
        return Said(problems=tuple(_unpriced(item, products)))
    if settings.sender(f"{found.country_code}*{found.party_id}") is None:
        return Said(problems=(_nobodys(item, f"{found.country_code}*{found.party_id}"),))
    return Said({PRODUCTS: {record["ProductID"]: record for record in products.records}})


def problems_of(item: Item, found: PublicObject) -> Iterator[Problem]:
    """What OICP cannot say of a location, and what Hubject would score; before anything is sent."""
    said = site_records(found.body, found.tariffs)
    for loss in dict.fromkeys(said.refusals):
        yield _problem(item, loss, Severity.PARTLY, _FILL)
    for loss in dict.fromkeys(said.losses):
        yield _problem(item, loss, Severity.NOTE)
    told: set[tuple[str, str]] = set()
    for record in said.records:
        for problem in lint_record(record):
            if (problem.path, problem.what) not in told:
                told.add((problem.path, problem.what))
                yield replace(problem, record=item.key, where=problem.record)


def _data(found: PublicObject) -> Iterator[Record]:
    """`lastUpdate` moves with every status, and is Hubject's to say."""
    for record in site_records(found.body, found.tariffs).records:
        yield {name: value for name, value in record.items() if name != "lastUpdate"}


def _prices(item: Item, found: PublicObject) -> tuple[Records, list[Problem]]:
    records, problems, at = Records(), list[Problem](), evaluated_at(found)
    for evse in found.body["evses"]:
        if evse.get("status") in OUT_OF_SERVICE or "evse_id" not in evse:
            continue
        priced = evse_pricing(evse, found.tariffs, at)
        if _is_exact(priced):
            records[compare_key(evse["evse_id"])] = priced.records[0]
        else:
            problems += _unpriced(item, priced)
    return records, list(dict.fromkeys(problems))


def _is_exact(conversion: Conversion) -> bool:
    return not conversion.refusals and {loss.path for loss in conversion.losses} <= _SCHEDULED


def _unpriced(item: Item, conversion: Conversion) -> Iterable[Problem]:
    losses = conversion.refusals or [loss for loss in conversion.losses if loss.path not in _SCHEDULED]
    return (_problem(item, loss, Severity.NOTE, _UNPRICED) for loss in losses)


def _nobodys(item: Item, id_: str) -> Problem:
    return Problem(
        f"nobody pushes for the operator of {id_}: left out",
        Severity.PARTLY,
        record=item.key,
        rule=RULE,
        remedy=_NOBODY,
    )


def _problem(item: Item, loss: Loss, severity: Severity, remedy: str = "") -> Problem:
    told = {"path": loss.path, "value": loss.value[:80], "rule": RULE, "remedy": remedy}
    return Problem(loss.reason, severity, record=item.key, **told)
