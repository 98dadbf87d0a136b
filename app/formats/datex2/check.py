"""A table or status publication, checked: by the official schemas if at hand, by what they cannot say, and by reading it."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree

from app.errors import ConfigError, SourceAnswerError
from app.formats.datex2.facts import NO_PLACE, gathered
from app.formats.datex2.lint import lint
from app.formats.datex2.read_document import Document, read_document
from app.formats.datex2.read_statuses import read_statuses
from app.formats.datex2.read_table import parse_location, parse_tariff, read_table
from app.formats.datex2.schemas import Schemas
from app.formats.datex2.trees import Tree
from app.formats.json_lines import LineIndex, Path
from app.formats.report import Finding, Record, Report, Verdict
from app.model.problem import Problem, Severity

NAME = "datex2"
_MARK = re.compile(rb"nergyInfrastructure(Table|Site|Status|Station)")
_ANYONE = ("DE", "ZZZ")
"""Owner of sites that name no operator: who it is matters to none of the rules."""
Line = Callable[[str], int]
"""Of the object with an id; 1 where there is none."""


def detect(data: bytes) -> bool:
    return _MARK.search(data[: 1 << 16]) is not None


def check(data: bytes, schemas: Schemas | None = None) -> Report:
    """A record per site. REFUSED is what a schema refuses, and what we would not take; of prices those of all times count.

    Raises ConfigError where no schema knows the document.
    """
    try:
        document = read_document(data, "")
    except SourceAnswerError as error:
        return Report("", findings=(Finding(1, Problem(error.what, remedy=error.remedy)),))
    line = _lines_of_xml(_root(data)) if _is_xml(data) else _lines_of_json(data.decode("utf-8-sig"))
    violations = judged(data, schemas) if schemas else []
    if violations is None:
        remedy = "Put the DATEXII_3_… files of its version there, XSD for XML, JSON Schema for JSON, a folder for each version"
        raise ConfigError("no schema among those given knows such a document", remedy=remedy)
    return _report(document, [*_read(document, data), *lint(document)], violations, line)


def judged(data: bytes, schemas: Schemas) -> list[Finding] | None:
    """What the schemas refuse in a document, by line and innermost object; None where none of them knows such a one."""
    try:
        return _of_xml(_root(data), schemas) if _is_xml(data) else _of_json(data.decode("utf-8-sig"), schemas)
    except (etree.XMLSyntaxError, ValueError) as error:
        return [Finding(1, Problem(f"not well-formed: {error}"))]


def taking(data: bytes, schemas: Schemas) -> Schemas:
    """Just those that take this well-formed document."""
    return schemas.taking(_root(data) if _is_xml(data) else json.loads(data))


def _is_xml(data: bytes) -> bool:
    return data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")


def _root(data: bytes) -> etree._Element:
    return etree.fromstring(data.removeprefix(codecs.BOM_UTF8), etree.XMLParser(resolve_entities=False))


def _read(document: Document, data: bytes) -> Iterator[Problem]:
    """What is wrong with reading it; what we have no place for is not wrong."""
    if document.statuses:
        found = read_statuses(data, "")
        told = [*found.problems, *(one for line in found.lines for one in found.parse(line).problems)]
    else:
        table = read_table(data, "", 0, country_code=_ANYONE[0], party_id=_ANYONE[1])
        parsed = (*map(parse_location, table.locations), *map(parse_tariff, table.tariffs))
        refused = (one for item in parsed for one in item.problems if one.severity is not Severity.NOTE)
        told = [*table.problems[1:], *refused]
    return (one for one in told if not one.what.startswith(NO_PLACE))


def _of_xml(root: etree._Element, schemas: Schemas) -> list[Finding] | None:
    found = schemas.judge_xml(root)
    if found is None or not found.violations:
        return None if found is None else []
    return [
        Finding(line, _violation(found.schema, what, _named_at(_element(root, path)), _place(path)))
        for line, path, what in found.violations
    ]


def _element(root: etree._Element, path: Path) -> etree._Element | None:
    try:
        found: Any = root.xpath(str(*path), namespaces={name: uri for name, uri in root.nsmap.items() if name})
    except etree.XPathError:  # a prefix that is declared further inside
        return None
    return found[0] if found else None


def _named_at(element: etree._Element | None) -> str:
    """Id of the innermost object around it that has one, of statuses that of the object they are of."""
    while element is not None:
        reference = element.find("{*}reference")
        if id_ := element.get("id") or (reference.get("id") if reference is not None else None):
            return str(id_)
        element = element.getparent()
    return ""


def _of_json(text: str, schemas: Schemas) -> list[Finding] | None:
    document = json.loads(text)
    found = schemas.judge_json(document)
    if found is None or not found.violations:
        return None if found is None else []
    lines = LineIndex(text)
    return [
        Finding(lines.line(path), _violation(found.schema, what, _named(document, path), _place(path)))
        for _, path, what in found.violations
    ]


def _place(path: Path) -> str:
    """Without places in lists and prefixes: `payload.energyInfrastructureTable.…`, in JSON and XML alike."""
    steps = ".".join(step for step in path if isinstance(step, str))
    return re.sub(r"\[[0-9]+\]|\w+:", "", steps.removeprefix("/").replace("/", "."))


def _violation(schema: str, what: str, record: str, path: str) -> Problem:
    return Problem(what, Severity.REFUSED, record=record, path=path, rule=f"schema {schema}")


def _named(document: Any, path: Path) -> str:
    """As `_named_at`, on the way to what is wrong."""
    found, value = "", document
    for step in path:
        value = value[step]
        if isinstance(value, dict):
            reference = value.get("reference")
            found = str((reference if isinstance(reference, dict) else value).get("idG") or found)
    return found


def _lines_of_xml(root: etree._Element) -> Line:
    known: dict[str, int] = {}
    for one in root.iter("{*}*"):
        if id_ := one.get("id"):
            known.setdefault(str(id_), _line(one))
    return lambda id_: known.get(id_, 1)


def _line(element: etree._Element) -> int:
    line: Any = element.sourceline
    return int(line or 1)


def _lines_of_json(text: str) -> Line:
    known: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for id_ in re.findall(r'"idG"\s*:\s*"([^"]*)"', line):
            known.setdefault(id_, number)
    return lambda id_: known.get(id_, 1)


def _report(document: Document, problems: list[Problem], violations: list[Finding], line: Line) -> Report:
    """Findings stand with their site; what names none, with the file."""
    part = "SiteStatus" if document.statuses else "Site"
    sites = [_id(tree) for tree in document.statuses or document.sites]
    inside = {
        id_: site for site, tree in zip(sites, document.statuses or document.sites, strict=True) for id_ in _ids(tree)
    }
    found: dict[str, list[Finding]] = {}
    for one in violations:
        found.setdefault(inside.get(one.problem.record, ""), []).append(one)
    for problem in gathered(problems):
        record = problem.record.rpartition("/")[2]
        place = line(problem.value) if line(problem.value) > 1 else line(record)
        found.setdefault(inside.get(record, ""), []).append(Finding(place, problem))
    verdicts = [_verdict(found.get(site, [])) if site else Verdict.REFUSED for site in sites]
    records = tuple(
        Record(line(site), part, site, verdict, _sorted(found.pop(site, []) if site else []))
        for site, verdict in zip(sites, verdicts, strict=True)
    )
    return Report(NAME, records, _sorted([one for rest in found.values() for one in rest]))


def _sorted(findings: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.line))


def _verdict(findings: list[Finding]) -> Verdict:
    worst = {one.problem.severity for one in findings}
    if Severity.REFUSED in worst:
        return Verdict.REFUSED
    return Verdict.PARTLY if Severity.PARTLY in worst else Verdict.TAKEN


def _id(tree: Tree) -> str:
    reference = tree.get("reference", tree)
    reference = reference[0] if isinstance(reference, list) else reference
    return str(reference.get("idG", "")) if isinstance(reference, dict) else ""


def _ids(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _ids(one)
    elif isinstance(value, dict):
        if "idG" in value:
            yield str(value["idG"])
        for inner in value.values():
            yield from _ids(inner)
