"""Stories of charge points: what they send, and what is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from app.clock import format_time, parse_time
from app.model.batch import StatusRecord
from app.model.session import SessionRecord
from app.sources.ocpp.charge_point import ChargePoint
from app.sources.ocpp.frames import Frame, Type
from app.sources.ocpp.places import Places
from app.sources.ocpp.status import Rules
from tests.shared import ROOT

STORIES: dict[str, Any] = yaml.safe_load((Path(ROOT) / "tests" / "data" / "ocpp" / "stories.yaml").read_text())
DAY = "2026-11-02T"


def at(time: str) -> int:
    return parse_time(f"{DAY}{time}Z")


@pytest.mark.parametrize("name", STORIES)
def test_what_is_told(name: str) -> None:
    story = STORIES[name]
    point = ChargePoint("CP1", "hardware", Places({"CP1": {1: "E1", 2: "E2"}}), Rules())
    told: list[str] = []
    for step in story["steps"]:
        time, what, *more = step
        _take(point, story.get("version", "1.6"), at(time), what, more)
        told += [_line(record) for record in point.records]
        point.records.clear()
    assert told == story["told"]
    assert [_session(session) for session in point.sessions] == story.get("sessions", [])
    assert [_reported(session) for session in point.sessions if "reports" in story] == story.get("reports", [])
    assert (point.skew is not None) == story.get("skewed", False)


def _take(point: ChargePoint, version: str, now: int, what: str, more: list[Any]) -> None:
    if what == "connects":
        point.connected(now)
    elif what == "leaves":
        point.disconnected()
    elif what == "missed":
        point.missed(now)
    elif what == "answer":
        point.to_charge_point(Frame(Type.RESULT, "1", "", more[0]), now)
    else:
        point.from_charge_point(version, Frame(Type.CALL, "1", what, more[0]), now)


def _line(record: StatusRecord) -> str:
    """`E1 CHARGING 10:00:00 charger queued reason=offline`"""
    time = format_time(record.occurred_at)[11:19] if record.occurred_at is not None else "-"
    detail = [f"{name}={value}" for name, value in (record.detail or {}).items()]
    return " ".join([record.evse, record.status, time, record.origin, *(["queued"] if record.queued else []), *detail])


def _session(session: SessionRecord) -> str:
    assert session.ended_at is not None
    begin, end = format_time(session.started_at)[11:19], format_time(session.ended_at)[11:19]
    return f"{session.evse} {begin} {end} {session.energy_kwh} {session.stop_reason} offline={session.offline}"


def _reported(session: SessionRecord) -> str:
    """`CP1 7 1 148.200 CX018,EmergencyStop DirectPayment`"""
    said = (session.charger, session.session_id, session.connector, session.peak_kw)
    return " ".join(map(str, (*said, ",".join(session.errors), session.payment)))
