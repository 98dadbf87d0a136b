"""Price plans in place of tariffs. A plan makes several tariffs, so a source flattens it before it has records:

    found = tariffs_of_plan(body, "https://backend.example/prices item 3")
    raws += found.raws
    problems += found.problems

`records.read_record` reads these beside the source's own tariffs, of whatever OCPI version, and reports for each what OCPI
cannot say of the plan. A defective plan gives no tariffs: what it gave before belongs into `Batch.seen`, or the batch is
not `complete`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from app.errors import ConfigError
from app.formats.ocpi.parse import read_tariff
from app.marked_yaml import Marked, marked_of
from app.model.batch import Parsed, Raw
from app.model.identifiers import object_key
from app.model.problem import Problem, Severity

if TYPE_CHECKING:
    from app.tariffs.flatten.losses import PriceLoss
    from app.tariffs.flatten.tariffs import Flattened


@dataclass(frozen=True, slots=True)
class PlanTariff(Raw):
    """A tariff of a plan, as OCPI 2.3.0."""

    notes: tuple[Problem, ...] = ()
    """What it cannot say of the plan."""


@dataclass(frozen=True, slots=True)
class PlanTariffs:
    raws: tuple[PlanTariff, ...] = ()
    """For everybody, for contracts and for groups (their `audience` tells), now and from each announced change on."""
    problems: tuple[Problem, ...] = ()
    """Every defect of the plan; then there are no tariffs."""


def is_plan(item: Any) -> bool:
    """Whether a record is a plan and no OCPI tariff."""
    return isinstance(item, dict) and {"plan", "party"} <= item.keys()


def tariffs_of_plan(body: Mapping[str, Any], where: str) -> PlanTariffs:
    """Of a plan as decoded JSON; `where` it stood goes into the problems."""
    return _tariffs(Marked(where, body, {}))


def tariffs_in_yaml(text: str, file: str) -> PlanTariffs:
    """Of a YAML file that is one plan; problems name its lines."""
    try:
        return _tariffs(marked_of(text, file, {}))
    except ConfigError as error:
        return PlanTariffs(problems=(_defect(error, ""),))


def read_plan_tariff(raw: PlanTariff) -> Parsed:
    parsed = read_tariff(raw.body, "2.3.0", country_code=None, party_id=None, where=raw.where)
    problems = (problem for problem in parsed.problems if problem.path != "last_updated")  # publishing sets it
    return replace(parsed, problems=(*problems, *raw.notes))


def _tariffs(marked: Marked) -> PlanTariffs:
    # Public holidays take longer to import than any source.
    from app.tariffs.flatten.tariffs import flatten
    from app.tariffs.plan.reading import plan_of

    errors: list[ConfigError] = []
    plan = plan_of(marked, errors)
    if plan is None:
        name = f"{marked.data['party']}/{marked.data['plan']}"[:80] if is_plan(marked.data) else ""
        return PlanTariffs(problems=tuple(_defect(error, name) for error in errors))
    return PlanTariffs(tuple(_raw(one, marked.file) for one in flatten(plan)))


def _defect(error: ConfigError, name: str) -> Problem:
    what = error.what.removeprefix(f"`{error.field}`: ")
    return Problem(what, record=name, path=error.field, where=error.where, remedy=error.remedy)


def _raw(one: Flattened, where: str) -> PlanTariff:
    country_code, party_id, id = (one.tariff[name] for name in ("country_code", "party_id", "id"))
    notes = tuple(_note(lost, f"{country_code}*{party_id}/{id}", where) for lost in one.losses)
    return PlanTariff(object_key(country_code, party_id, id), one.tariff, where, notes)


def _note(lost: PriceLoss, name: str, where: str) -> Problem:
    remedy = "`chargefeed tariff flatten` shows by how much prices differ" if lost.bound else ""
    loss = lost.loss
    return Problem(
        loss.reason, Severity.NOTE, record=name, path=loss.path, where=where, value=loss.value, remedy=remedy
    )
