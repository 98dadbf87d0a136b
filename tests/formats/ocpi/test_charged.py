"""Sessions and CDRs become records of what was charged, and nothing that leads to a person."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from app.clock import parse_time
from app.formats.ocpi.charged import Read, read_charged
from app.model.session import SessionRecord
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "sessions"


def read(version: str, module: str) -> list[Read]:
    found: dict[str, list[Any]] = json.loads((DATA / f"{version}.json").read_text())
    return [read_charged(body, module, "backend", f"{module} item {at}") for at, body in enumerate(found[module])]


def record(**more: Any) -> SessionRecord:
    began, ended = parse_time("2026-07-01T10:00:00Z"), parse_time("2026-07-01T10:30:00Z")
    said = {"energy_kwh": Decimal("31.5"), "session_id": "S1", "location_id": "L1", "connector": "1"}
    return SessionRecord("backend", "P1", began, ended, **{**said, **more})


def test_a_session_counts_when_it_is_over() -> None:
    (first, _), (second, problems), (third, _), (fourth, defects) = read("2.2.1", "sessions")
    assert first == record(energy_kwh=Decimal("30.0"))
    assert (second, problems) == (None, ()), "it is not over: nothing to report, and nothing wrong"
    assert third is not None
    assert third.ended_at is None
    assert fourth is None
    assert defects[0].what.startswith("it cannot be read; ")
    assert (defects[0].record, defects[0].where) == ("S4", "sessions item 3")


def test_a_cdr_is_of_its_session_without_the_time_of_a_reservation() -> None:
    (found, _), credit = read("2.2.1", "cdrs")
    assert found == record(peak_kw=Decimal("148.2"))
    assert credit == (None, ())


def test_in_2_1_1_the_place_is_a_whole_location_with_one_evse() -> None:
    ((session, _),) = read("2.1.1", "sessions")
    (cdr, _), (unplaced, problems) = read("2.1.1", "cdrs")
    assert session == record(energy_kwh=Decimal("30.0"))
    assert cdr == record(session_id="C1", peak_kw=Decimal(50))
    assert unplaced is None
    assert problems[0].what == "no EVSE is named"


@pytest.mark.parametrize(("version", "module"), [("2.2.1", "sessions"), ("2.2.1", "cdrs"), ("2.1.1", "cdrs")])
def test_no_trace_of_a_person_is_read(version: str, module: str) -> None:
    assert "TRACE" in (DATA / f"{version}.json").read_text()
    assert "TRACE" not in repr(read(version, module))


def test_what_is_no_object_is_said() -> None:
    assert read_charged("S1", "sessions", "backend", "item 0")[1][0].what == "is no object"
