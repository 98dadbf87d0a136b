"""`chargefeed validate --as nevi`: line, field, rule and remedy of what is wrong in anyone's document."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from app.formats.base import Envelope, format_named
from app.formats.report import Report, Verdict
from app.formats.validate import validate
from app.model.problem import Problem
from tests.formats.nevi.federal import AT, rendered
from tests.objects import GONE, changed


def document(changes: dict[str, Any]) -> bytes:
    form, envelope = format_named("nevi"), Envelope(AT)
    whole = orjson.loads(form.prefix(envelope) + (rendered("nevi").body or b"") + form.suffix(envelope))
    whole["stations"].append(orjson.loads(orjson.dumps(whole["stations"][0] | {"station_id": "CA-0002"})))
    for path, value in changes.items():
        changed(whole, path, value)
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2)


def problems(report: Report) -> list[Problem]:
    return [one.problem for record in report.records for one in record.findings]


def test_our_own_is_valid_and_told_from_itself() -> None:
    report = validate(document({}))
    assert (report.format, report.valid) == ("nevi", True)
    assert [(record.id, record.verdict) for record in report.records] == [
        ("US*ABC/CA-0001", Verdict.TAKEN),
        ("US*ABC/CA-0002", Verdict.TAKEN),
    ]


@pytest.mark.parametrize(
    ("path", "value", "field", "says", "rule"),
    [
        ("stations[1].station_zip", "9581", "station_zip", "9581", "680.116(c)(2)"),
        ("stations[1].station_latitude", "38.58", "station_latitude", "38.58", "680.116(c)(3)"),
        ("stations[1].operator_name", GONE, "", "operator_name", "schema NeviStations"),
        ("stations[1].ports[0].port_status", "BROKEN", "ports[0].port_status", "BROKEN", "680.116(c)(8)(vii)"),
        ("stations[1].station_id", "ca-0001", "station_id", "more than once", "680.116(c)(1)"),
        ("stations[1].ports[1].port_id", "e1", "ports[1].port_id", "more than once", "680.116(c)(8)(ii)"),
    ],
)
def test_what_is_wrong_has_its_line_field_rule_and_remedy(
    path: str, value: Any, field: str, says: str, rule: str
) -> None:
    data = document({path: value})
    report = validate(data, "nevi")
    (finding, *_) = report.records[1].findings
    assert not report.valid
    assert report.records[1].verdict is Verdict.REFUSED
    assert (finding.problem.path, bool(finding.problem.remedy)) in ((field, True), ("ports[0].port_id", True))
    assert says in finding.problem.what
    assert rule in finding.problem.rule
    last = path.rpartition(".")[2]
    assert value is GONE or f'"{last}"' in data.decode().splitlines()[finding.line - 1]


def test_what_is_due_and_null_is_a_note() -> None:
    report = validate(
        document({"stations[1].network_provider_name": None, "stations[1].ports[2].price_real_time": None})
    )
    assert report.valid
    assert [(one.what, one.path, one.rule) for one in problems(report)] == [
        ("due, and null", "network_provider_name", "23 CFR 680.116(c)(5)"),
        ("due, and null", "ports[2].price_real_time", "23 CFR 680.116(c)(9)(ii)"),
    ]


def test_what_stands_around_the_stations_is_judged_too() -> None:
    report = validate(document({"stations": {}}), "nevi")
    assert not report.valid
    assert report.findings
