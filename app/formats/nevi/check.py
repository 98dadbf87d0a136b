"""Checks anyone's document in the shape of `nevi/stations.json`: by its schema, for ids that repeat, for what is due and null."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema_rs

from app.formats.json_lines import LineIndex, Path
from app.formats.nevi.station import PORT_SOURCES, SOURCES
from app.formats.nevi.stations import REGULATION, schema
from app.formats.report import Finding, Record, Report, Verdict
from app.model.outside import decoded
from app.model.problem import Problem, Severity

NAME = "nevi"
_HEAD = 4096
_STATIONS = 2
"""Steps to a station: `stations`, its number."""


def detect(data: bytes) -> bool:
    return REGULATION.encode() in data[:_HEAD]


def check(data: bytes) -> Report:
    """`data` is JSON."""
    document, lines = decoded(data), LineIndex(data.decode())
    found: dict[int | None, list[Finding]] = {}
    for path, problem in (*_by_schema(document), *_by_law(document)):
        station = path[1] if len(path) >= _STATIONS and isinstance(path[1], int) else None
        found.setdefault(station, []).append(Finding(lines.line(path), problem))
    records = tuple(
        _record(station, lines.line(("stations", at)), found.get(at, []))
        for at, station in enumerate(_stations(document))
    )
    return Report(NAME, records, tuple(found.get(None, ())))


def _record(station: Any, line: int, findings: list[Finding]) -> Record:
    refused = any(one.problem.severity is Severity.REFUSED for one in findings)
    id_ = _id(station) if isinstance(station, Mapping) else ""
    verdict = Verdict.REFUSED if refused else Verdict.TAKEN
    return Record(line, "Station", id_, verdict, tuple(sorted(findings, key=lambda one: one.line)))


def _id(station: Mapping[str, Any]) -> str:
    return f"{station.get('country_code')}*{station.get('party_id')}/{station.get('station_id')}"


def _stations(document: Any) -> list[Any]:
    found = document.get("stations") if isinstance(document, Mapping) else None
    return found if isinstance(found, list) else []


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema(), validate_formats=True)


def _by_schema(document: Any) -> Iterator[tuple[Path, Problem]]:
    for error in _validator().iter_errors(document):
        path: Path = tuple(error.instance_path)
        told = next((_told()[step] for step in reversed(path) if step in _told()), "")
        rule = f"schema NeviStations{f', {told}' if told else ''}"
        yield path, Problem(error.message[:300], path=_text(path[_STATIONS:]), rule=rule, remedy=_remedy(error.message))


def _remedy(message: str) -> str:
    return "Say it, with null where nobody knows" if "required property" in message else "Write it as the schema says"


@cache
def _told() -> dict[str | int, str]:
    """Field → what the schema says of it."""
    parts = (schema()["$defs"][name]["properties"] for name in ("Port", "Station"))
    return {name: field["description"] for part in parts for name, field in part.items() if "description" in field}


def _text(path: Path) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _by_law(document: Any) -> Iterator[tuple[Path, Problem]]:
    stations = [(at, one) for at, one in enumerate(_stations(document)) if isinstance(one, Mapping)]
    known = Counter(_id(station).lower() for _, station in stations)
    for at, station in stations:
        here: Path = ("stations", at)
        if known[_id(station).lower()] > 1:
            yield (*here, "station_id"), _repeated("station_id", str(station.get("station_id")), "(c)(1)")
        yield from _nulls(here, station, SOURCES)
        ports = [(number, port) for number, port in enumerate(station.get("ports") or ()) if isinstance(port, Mapping)]
        ids = Counter(str(port.get("port_id")).lower() for _, port in ports)
        for number, port in ports:
            place: Path = (*here, "ports", number)
            if ids[str(port.get("port_id")).lower()] > 1:
                yield (*place, "port_id"), _repeated(f"ports[{number}].port_id", str(port.get("port_id")), "(c)(8)(ii)")
            yield from _nulls(place, port, PORT_SOURCES)


def _repeated(path: str, id_: str, paragraph: str) -> Problem:
    remedy = "Give each an id of its own, compared without case"
    return Problem("the id occurs more than once", path=path, rule=_rule(paragraph), value=id_, remedy=remedy)


def _nulls(place: Path, body: Mapping[str, Any], due: Mapping[str, tuple[str, str]]) -> Iterator[tuple[Path, Problem]]:
    for name, (source, paragraph) in due.items():
        if name in body and body[name] is None:
            path = (*place, name)
            remedy = f"Say it; here it comes from `{source}` (OCPI and chargefeed's extension)"
            yield (
                path,
                Problem(
                    "due, and null", Severity.NOTE, path=_text(path[_STATIONS:]), rule=_rule(paragraph), remedy=remedy
                ),
            )


def _rule(paragraph: str) -> str:
    return f"23 CFR 680.116{paragraph}"
