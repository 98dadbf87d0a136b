"""Sessions of French DC points go from the private store to QualiCharge, each once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from jsonschema import Draft202012Validator, FormatChecker

from app.clock import ManualClock, parse_time
from app.delivery.qualicharge.settings import QualiChargeSettings
from app.formats.qualicharge_sessions import DirectPoints, told
from app.model.session import SessionRecord
from app.registry.private.store import PrivateStore
from app.session_sending import declare
from tests.formats.irve.examples import AT, location
from tests.qualicharge_server import Registry as Server

POINT = "FRABCE211"
HOUR = 3_600_000
DAY = 24 * HOUR
SOUND = SessionRecord("hub", "P1", AT - 3 * DAY, AT - 3 * DAY + HOUR, Decimal("40.5"), session_id="S1")


def at(begin: str, **fields: Any) -> SessionRecord:
    began = parse_time(begin)
    return replace(SOUND, **{"started_at": began, "ended_at": began + HOUR, "session_id": begin, **fields})


RECORDS = [
    SOUND,
    at("2026-11-20T12:30:00Z"),
    at("2026-11-20T15:00:00Z", energy_kwh=Decimal(300)),
    at("2026-11-20T17:00:00Z", ended_at=parse_time("2026-11-20T16:00:00Z")),
    at("2026-11-20T18:00:00Z", evse="P2"),
    at("2026-11-20T19:00:00Z", energy_kwh=None),
    at("2026-11-20T20:00:00Z", evse="FR*ABC*E21*1"),
    at("2026-11-23T11:00:00Z"),
]


@pytest.fixture(scope="module")
def points() -> DirectPoints:
    points = DirectPoints()
    points.add(location(), AT)
    return points


@pytest.fixture
def store(tmp_path: Path) -> PrivateStore:
    store = PrivateStore.open(f"sqlite:///{tmp_path}/sessions.db", [Fernet.generate_key().decode()])
    store.put(RECORDS)
    return store


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        server.points = {POINT: {"id_pdc_itinerance": POINT}}
        yield server


def settings(server: Server) -> QualiChargeSettings:
    account = {"username": "abc", "password": "s3cret", "user_agent": "ABC Charging"}
    given = {"name": "qualicharge", "url": server.url, "pause": 0, "sessions": True, **account}
    return QualiChargeSettings.model_validate(given)


def test_what_qualicharge_would_refuse_is_withheld_by_its_rules(points: DirectPoints) -> None:
    said = [(one.why, one.object is not None) for one in told(RECORDS, points, AT)]
    assert said == [
        ("", True),
        ("it overlaps another of the point (10)", False),
        ("more energy than the point can give in its time (38)", False),
        ("it ends when, or before, it begins (14)", False),
        ("its energy is not known", False),
        ("", True),
    ], "an AC point is none of these, and the last session may still change"


def test_a_session_is_as_the_official_schema_has_it(points: DirectPoints, shared_data: Path) -> None:
    schema = json.loads((shared_data / "irve" / "qualicharge" / "session-create.schema.json").read_text())
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    objects = [one.object for one in told(RECORDS, points, AT) if one.object is not None]
    assert objects[0] == {
        "id_pdc_itinerance": POINT,
        "start": "2026-11-20T13:00:00+01:00",
        "end": "2026-11-20T14:00:00+01:00",
        "energy": 40.5,
    }
    assert all(validator.is_valid(one) for one in objects)


def test_each_session_is_sent_once(server: Server, store: PrivateStore, points: DirectPoints) -> None:
    clock = ManualClock(AT)
    assert declare(settings(server), store, points, clock) == {"sent": 2, "withheld": 4}
    assert [session["energy"] for session in server.sessions] == [40.5, 40.5]
    assert declare(settings(server), store, points, clock) == {}
    clock.set(AT + 2 * DAY)
    assert declare(settings(server), store, points, clock) == {"sent": 1}


def test_what_is_there_already_counts_as_sent(server: Server, store: PrivateStore, points: DirectPoints) -> None:
    (first, *_) = [one.object for one in told(RECORDS, points, AT) if one.object is not None]
    server.sessions = [first]
    assert declare(settings(server), store, points, ManualClock(AT))["sent"] == 2
    assert len(server.sessions) == 2


def test_sessions_of_a_point_that_is_not_there_yet_wait(
    server: Server, store: PrivateStore, points: DirectPoints
) -> None:
    server.points = {}
    assert declare(settings(server), store, points, ManualClock(AT)) == {"waiting": 2, "withheld": 4}
    server.points = {POINT: {"id_pdc_itinerance": POINT}}
    assert declare(settings(server), store, points, ManualClock(AT)) == {"sent": 2}
