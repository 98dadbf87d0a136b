"""Checks a file that anyone wrote: what is wrong where, what would be taken of it, and what older versions would lose.

Nothing is read or printed here: bytes in, a `Report` out.
"""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from app.errors import ConfigError
from app.formats.base import Context
from app.formats.datex2 import check as datex2
from app.formats.datex2.schemas import Schemas
from app.formats.evchart import check as evchart
from app.formats.evchart.module import formats as evchart_modules
from app.formats.evchart.sheet import detect as evchart_module
from app.formats.irve import check as irve
from app.formats.json_lines import LineIndex, Path, path_of
from app.formats.nevi import check as nevi
from app.formats.ocpi.check import Checked, check
from app.formats.ocpi.detect import class_of, version_of
from app.formats.ocpi.downgrade import downgrade
from app.formats.ocpi.versions import VERSIONS
from app.formats.report import Finding, Record, Report, Verdict
from app.model.loss import Loss
from app.model.outside import decoded
from app.model.problem import Problem, Severity

_NAMES = {f"ocpi-{version}": version for version in VERSIONS}
FORMATS = (*_NAMES, *irve.LAYOUTS, datex2.NAME, nevi.NAME, *evchart_modules())
_LAST_SUCCESS = 1999


def validate(
    data: bytes,
    as_format: str | None = None,
    now: datetime | None = None,
    beside: irve.Beside = irve.NOTHING,
    schemas: Schemas | None = None,
) -> Report:
    """Checks OCPI of any version (an envelope, a list, an object; locations, tariffs, parts of them), IRVE, DATEX II, NEVI,
    EV-ChART.

    `as_format` (`ocpi-2.2.1`, `irve-statique`, `datex2`, `nevi`, `evchart-2`) says what it is; None: see `detect`. IRVE alone
    asks for the time and for what lies `beside`, DATEX II for `schemas`. Raises ConfigError for a format that cannot be checked.
    """
    if as_format is not None and as_format not in FORMATS:
        raise ConfigError(f"cannot check {as_format!r}", remedy=f"Use one of {', '.join(FORMATS)}")
    name = as_format or detect(data)
    if name in irve.LAYOUTS:
        return irve.check(data, name, now, beside)
    if name == datex2.NAME:
        return datex2.check(data, schemas)
    if name in evchart_modules():
        return evchart.check(data, evchart_modules()[name])
    data = data.removeprefix(BOM_UTF8)
    try:
        document = decoded(data)
    except orjson.JSONDecodeError as error:
        return Report("", findings=(_not_json(error),))
    if name == nevi.NAME:
        return nevi.check(data)
    lines = LineIndex(data.decode())
    base, bodies, problems = _records(document)
    objects = [body for body in bodies if isinstance(body, dict)]
    part = _part(objects)
    version = _NAMES[as_format] if as_format else version_of(objects, part)
    checked = [(_place(base, index), check(body, _part_of(body, part), version)) for index, body in enumerate(bodies)]
    repeated = _repeated(checked)
    return Report(
        format=f"ocpi-{version}",
        records=tuple(_record(place, item, repeated, lines) for place, item in checked),
        findings=tuple(Finding(lines.line(path_of(problem.path)), problem) for problem in problems),
        losses=_losses([item for _, item in checked], version),
    )


def detect(data: bytes) -> str | None:
    """What a file says it is; None: OCPI or nothing that is known."""
    by_name = (one.NAME for one in (datex2, nevi) if one.detect(data))
    return irve.detect(data) or evchart_module(data) or next(by_name, None)


def _not_json(error: json.JSONDecodeError) -> Finding:
    start = error.doc[:200].lstrip().lower() if isinstance(error.doc, str) else ""
    if start.startswith("<"):
        what, remedy = "no JSON but HTML or XML", "Save the answer of the interface, not a page or a login form"
    else:
        what = f"no JSON: {error.msg}, column {error.colno}"
        remedy = "Send the whole document as JSON in UTF-8; the text may have been cut off"
    return Finding(error.lineno, Problem(what, rule="RFC 8259", remedy=remedy))


def _records(document: Any) -> tuple[Path, list[Any], list[Problem]]:
    """Where the records stand, they themselves, and what is wrong with what is around them."""
    if isinstance(document, list):
        return (), document, []
    if not isinstance(document, dict) or ("data" not in document and "status_code" not in document):
        return ("",), [document], []
    problems = list(_envelope(document))
    data = document.get("data", [])
    return ("data",) if isinstance(data, list) else ("data", ""), data if isinstance(data, list) else [data], problems


def _place(base: Path, index: int) -> Path:
    """The place of a record: in a list, or by itself (marked by an empty last step)."""
    return base[:-1] if base and base[-1] == "" else (*base, index)


def _envelope(document: dict[str, Any]) -> Iterator[Problem]:
    code = document.get("status_code")
    if not isinstance(code, int):
        yield _lacking("status_code", "OCPI Response: int, required")
    elif not 1000 <= code <= _LAST_SUCCESS:
        message = str(document.get("status_message", ""))[:80]
        yield Problem(
            "the answer is an error",
            path="status_code",
            rule="OCPI: 1000 to 1999 is success",
            value=f"{code} {message}",
        )
    if "timestamp" not in document:
        yield _lacking("timestamp", "OCPI Response: DateTime, required")


def _lacking(name: str, rule: str) -> Problem:
    return Problem(f"the envelope has no {name}", Severity.NOTE, path=name, rule=rule, remedy=f"Add {name}")


def _part(objects: list[dict[str, Any]]) -> str:
    """What most of the records are."""
    counted = Counter(class_of(body) for body in objects)
    return counted.most_common(1)[0][0] if counted else "Location"


def _part_of(body: Any, usual: str) -> str:
    return class_of(body) if isinstance(body, dict) and body else usual


def _repeated(checked: list[tuple[Path, Checked]]) -> set[str]:
    counted = Counter(item.id.lower() for _, item in checked if item.id)
    return {id for id, number in counted.items() if number > 1}


def _record(place: Path, item: Checked, repeated: set[str], lines: LineIndex) -> Record:
    problems = list(item.problems)
    if item.id.lower() in repeated:
        remedy = "Give every object an id of its own, compared without case"
        problems.append(Problem("the id occurs more than once", Severity.NOTE, path="id", value=item.id, remedy=remedy))
    worst = {problem.severity for problem in problems}
    verdict = Verdict.REFUSED if item.body is None else Verdict.PARTLY if Severity.PARTLY in worst else Verdict.TAKEN
    found = (Finding(lines.line((*place, *path_of(problem.path))), problem) for problem in problems)
    return Record(
        lines.line(place), item.part, item.id, verdict, tuple(sorted(found, key=lambda finding: finding.line))
    )


def _losses(checked: list[Checked], version: str) -> dict[str, dict[Loss, int]]:
    """For each older version."""
    context = Context(at=0, tariffs={})
    found: dict[str, dict[Loss, int]] = {}
    for older in VERSIONS[: VERSIONS.index(version)][::-1]:
        counted: Counter[Loss] = Counter()
        for item in checked:
            if item.body is not None and item.whole:
                counted.update(downgrade(item.body, item.model, older, context)[1])
        found[f"ocpi-{older}"] = dict(counted)
    return found
