"""What is wrong or odd in a dynamic file although its schema accepts it. Numbers are those of QualiCharge's rules."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from app.formats.irve.columns import PLUGS
from app.formats.irve.defects import Defect
from app.formats.irve.lines import ReadLine, Remark, Rule
from app.formats.irve.lint_row import is_point
from app.model.problem import Severity

Values = dict[str, Any]

_SKEW = timedelta(minutes=1)
"""How far a clock may be ahead."""
_SILENT = timedelta(days=30)


def lint_dynamic(
    lines: Sequence[ReadLine], now: datetime | None, static_points: Collection[str] | None = None
) -> Iterator[Defect]:
    """`now` is aware; `static_points` are the ids of the static file. None: not known, and nothing is said about it."""
    last = {line.id: line.number for line in lines if line.id}
    for line in lines:
        yield from line.checked(RULES, now)
        if line.id and last[line.id] != line.number:
            what = f"the point has another row, line {last[line.id]}, which counts"
            yield line.remark(Remark("id_pdc_itinerance", what, "One row for each point", Severity.PARTLY), "repeated")
        if static_points is not None and line.id and line.id not in static_points:
            what, remedy = "the static file has no such point", "Publish its static row, too"
            yield line.remark(Remark("id_pdc_itinerance", what, remedy, Severity.PARTLY), "no-static-row")


def _point_id(row: Values, now: datetime | None) -> Iterator[Remark]:
    if "id_pdc_itinerance" in row and not is_point(row["id_pdc_itinerance"], "E"):
        yield Remark("id_pdc_itinerance", "no id of a charge point (AFIREV: FR, operator, E…)", "Use the registered id")


def _offset(row: Values, now: datetime | None) -> Iterator[Remark]:
    moment = row.get("horodatage")
    if moment and moment.tzinfo is None:
        remedy = "Write the offset, as 2026-01-31T12:00:00+01:00"
        yield Remark("horodatage", "without an offset: what time it was is not known", remedy, Severity.PARTLY)


def _time(row: Values, now: datetime | None) -> Iterator[Remark]:
    """51, 52: points without a status for a month should be decommissioned."""
    moment = row.get("horodatage")
    if moment is None or now is None:
        return
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > now + _SKEW:
        yield Remark("horodatage", "lies in the future", "Check clock and offset", Severity.PARTLY)
    elif moment < now - _SILENT:
        yield Remark("horodatage", "older than a month", "Take a point that is no more out of both files")


def _occupation(row: Values, now: datetime | None) -> Iterator[Remark]:
    """37."""
    state, occupation = row.get("etat_pdc"), row.get("occupation_pdc")
    if state in ("hors_service", "inconnu") and occupation in ("libre", "occupe", "reserve"):
        yield Remark("occupation_pdc", f"{occupation} although the point is {state}", "Write inconnu")


def _plug_states(row: Values, now: datetime | None) -> Iterator[Remark]:
    state = row.get("etat_pdc")
    plugs = {f"etat_prise_type_{plug}": row.get(f"etat_prise_type_{plug}", "inconnu") for plug in PLUGS}
    working = [column for column, said in plugs.items() if said == "fonctionnel"]
    remedy = "Say the same of the point and its plugs"
    if state == "hors_service" and working:
        yield Remark(working[0], "works although the point is out of service", remedy)
    if state == "en_service" and not working and "hors_service" in plugs.values():
        yield Remark("etat_pdc", "in service although no plug is known to work", remedy)


RULES: tuple[Rule, ...] = (_point_id, _offset, _time, _occupation, _plug_states)
