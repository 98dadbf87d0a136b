"""What `chargefeed check --source` shows: a table per step."""

from __future__ import annotations

from app.clock import format_time
from app.model.problem import Problem, Severity
from app.source_check import Checked, Reading, mapped
from app.terminal import BAD, OK, table

COLUMNS = ("step", "result", "what", "detail")
Row = tuple[str, str, str, str]


def show(checked: Checked) -> None:
    reached = BAD if any(reading.error for reading in checked.readings) else OK
    rows: list[Row] = [("connects to", reached, name, place) for name, place in checked.places]
    for reading in checked.readings:
        rows += _read(reading)
    rows += [("not compared", BAD, "", each) for each in checked.unread]
    for left in checked.left_over:
        result = BAD if left.bad else OK
        rows.append(("does not join", result, f"{left.count} {left.what}", left.remedy))
        rows += [("", result, name, f"near: {', '.join(nearest)}" if nearest else "") for name, nearest in left.named]
        if left.count > len(left.named):
            rows.append(("", result, f"and {left.count - len(left.named)} more", ""))
    if not (checked.left_over or checked.unread or any(reading.error for reading in checked.readings)):
        rows.append(("joined", OK, "", "nothing is left over"))
    table(COLUMNS, rows)


def _read(reading: Reading) -> list[Row]:
    kind = reading.kind.value
    if reading.error:
        return [(f"read {kind}", BAD, "", reading.error)]
    if reading.listens:
        return [(f"hears {kind}", OK, reading.listens, "they come as they are told: nothing was read")]
    said = f"{reading.records} records, {reading.refused} refused, in {reading.seconds:.1f} s"
    whole = "" if reading.complete else "; not known to be all, so that nothing counts as missing"
    newest = f"; newest status of {format_time(reading.newest)}" if reading.newest is not None else ""
    rows = [(f"read {kind}", BAD if reading.refused else OK, said, f"{whole}{newest}".removeprefix("; "))]
    rows += [("", OK, "such as", first) for first in reading.first]
    rows += [("status", OK, f"{word} → {status}", f"{number} EVSEs") for word, status, number in mapped(reading.words)]
    for (what, path), defect in sorted(reading.defects.items(), key=lambda item: -item[1].count):
        result = OK if defect.example.severity is Severity.NOTE else BAD
        rows.append(
            (defect.example.severity.value, result, f"{defect.count} times: {what}", _example(path, defect.example))
        )
    return rows


def _example(path: str, problem: Problem) -> str:
    """Where, the value, and what to do."""
    place = " ".join(filter(None, (problem.where, problem.record, path)))
    value = f" (value {problem.value})" if problem.value else ""
    return "; ".join(filter(None, (f"{place}{value}", problem.remedy)))
