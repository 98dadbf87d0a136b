"""What EV-ChART takes and its dashboard then leaves out, or what cannot be true: notes for whoever sends it.

Left out: sessions of no time or of more than a day, uptime of less than a year, or before a station was a year old. Pure; a cell
that cannot be read says nothing, since `cell` has refused it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from app.formats.evchart.cell import TIME
from app.model.problem import Problem, Severity

Cells = Mapping[str, str]

DAY = timedelta(days=1)
MINUTES = Decimal(525_600)
"""Of the fixed year that uptime is a part of (680.116(b))."""
_RULE = "EV-ChART: dashboard"


def doubts(cells: Cells, module: int, opened: date | None = None) -> Iterator[Problem]:
    """`opened`: when the station became operational; None: not known."""
    if module == 2:
        yield from _session(cells)
    elif module == 3:
        yield from _uptime(cells, opened)
    elif module == 5:
        yield from _order(cells, "maintenance_report_start", "maintenance_report_end")


def _session(cells: Cells) -> Iterator[Problem]:
    began, ended = _time(cells, "session_start"), _time(cells, "session_end")
    if began is None or ended is None:
        return
    if ended <= began:
        yield _note("session_end", cells, "the session ends when, or before, it begins: left out", "Correct its times")
    elif ended - began > DAY:
        yield _note("session_end", cells, "the session is longer than a day: left out", "Has its end been lost?")


def _uptime(cells: Cells, opened: date | None) -> Iterator[Problem]:
    began, ended = _time(cells, "uptime_reporting_start"), _time(cells, "uptime_reporting_end")
    if began is None or ended is None:
        return
    if ended < _a_year_after(began) - DAY:
        yield _note("uptime_reporting_end", cells, "less than a year: left out", "Report the twelve months before")
    if opened is not None and ended.date() < _a_year_after(datetime.combine(opened, datetime.min.time())).date() - DAY:
        yield _note("uptime_reporting_end", cells, f"the station opened on {opened}: left out in its first year", "")
    if not cells.get("uptime"):
        yield from _without_uptime(cells, began, opened)
    else:
        yield from _figures(cells)


def _without_uptime(cells: Cells, began: datetime, opened: date | None) -> Iterator[Problem]:
    """Blank is taken but where the station opened more than a year before the twelve months."""
    if opened is None:
        what = f"blank is refused where the station opened before {_a_year_after(began, -1).date()}"
        yield _note("uptime", cells, what, "Fill it, or look when the station opened")
    elif opened < _a_year_after(began, -1).date():
        what = f"blank, and the station opened on {opened}, more than a year before"
        yield Problem(what, path="uptime", rule="EV-ChART module 3: first year", remedy="Fill it")


def _figures(cells: Cells) -> Iterator[Problem]:
    uptime, outage, excluded = (_decimal(cells, name) for name in ("uptime", "total_outage", "total_outage_excl"))
    if uptime is None or outage is None or excluded is None:
        return
    if excluded > outage:
        yield _note("total_outage_excl", cells, "more than the whole outage", "It is a part of `total_outage`")
    follows = max(Decimal(0), (MINUTES - outage + excluded) / MINUTES * 100)
    if abs(uptime - follows) > Decimal("0.01"):
        yield _note("uptime", cells, f"from the outages follows {follows:.2f}", "See 23 CFR 680.116(b)(2)")


def _order(cells: Cells, first: str, last: str) -> Iterator[Problem]:
    began, ended = _time(cells, first), _time(cells, last)
    if began is not None and ended is not None and ended <= began:
        yield _note(last, cells, f"not after {first}", "Correct one of them")


def _a_year_after(moment: datetime, years: int = 1) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + years, day=28)


def _time(cells: Cells, name: str) -> datetime | None:
    text = cells.get(name, "")
    if not TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return None


def _decimal(cells: Cells, name: str) -> Decimal | None:
    try:
        number = Decimal(cells.get(name, ""))
    except ArithmeticError:
        return None
    return number if number.is_finite() else None


def _note(name: str, cells: Cells, what: str, remedy: str) -> Problem:
    return Problem(what, Severity.NOTE, path=name, rule=_RULE, value=cells.get(name, "")[:80], remedy=remedy)
