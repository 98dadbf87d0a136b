"""Lines with their cells read, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from app.formats.irve.cells import read_cell
from app.formats.irve.columns import NOT_CONCERNED, Layout
from app.formats.irve.defects import Defect
from app.formats.irve.sheet import Line
from app.model.problem import Severity


class Remark(NamedTuple):
    """What a rule beyond the schema says of a cell."""

    column: str
    what: str
    remedy: str
    severity: Severity = Severity.NOTE


Rule = Callable[[dict[str, Any], datetime | None], Iterator[Remark]]
"""Of the values of a line and the present time, None where that is not known."""


@dataclass(slots=True)
class ReadLine:
    number: int
    values: dict[str, Any]
    """By column; empty and unreadable cells are left out."""
    texts: dict[str, str]
    """As they were written, stripped."""
    defects: list[Defect] = field(default_factory=list)
    """By the schema."""

    @property
    def id(self) -> str:
        """Of the charge point; empty where the line names none."""
        id_ = self.values.get("id_pdc_itinerance", NOT_CONCERNED)
        return "" if id_ == NOT_CONCERNED else str(id_)

    @property
    def station(self) -> str:
        """Id of the station; empty where the line names none."""
        id_ = self.values.get("id_station_itinerance", NOT_CONCERNED)
        return str(self.values.get("id_station_local", "") if id_ == NOT_CONCERNED else id_)

    def checked(self, rules: Iterable[Rule], now: datetime | None) -> Iterator[Defect]:
        """By rules whose names, but for the `_`, are their codes."""
        for rule in rules:
            for remark in rule(self.values, now):
                yield self.remark(remark, rule.__name__.strip("_").replace("_", "-"))

    def remark(self, remark: Remark, code: str) -> Defect:
        """`code` names the rule."""
        column, what, remedy, severity = remark
        rule, value = f"chargefeed irve-{code}", self.texts.get(column, "")
        return Defect(self.number, column, what, severity, rule=rule, value=value, remedy=remedy, record=self.id)


def is_local_id(text: str) -> bool:
    """OCPI can take it as an id: CiString(36)."""
    return 0 < len(text) <= 36 and text.isascii() and text.isprintable()


def read_line(line: Line, layout: Layout) -> ReadLine:
    found = ReadLine(line.number, {}, line.cells)
    record = line.cells["id_pdc_itinerance"]
    for name, text in line.cells.items():
        value, flaw = read_cell(layout.by_name[name], text)
        if value is not None:
            found.values[name] = value
        if flaw:
            found.defects.append(
                Defect(
                    line.number,
                    name,
                    flaw.what,
                    flaw.severity,
                    flaw.official,
                    layout.rule(name),
                    text,
                    flaw.remedy,
                    record,
                )
            )
    return found
