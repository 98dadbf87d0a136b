"""What a point was is told as far as somebody looked, and while its location was public."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.clock import ManualClock
from app.model.batch import Kind
from app.registry.apply import Registry
from app.registry.database import writing
from app.registry.tables import feed_head
from app.registry.timeline import NOT_KEPT, Span
from tests.registry.backend import DAY, HOUR, MINUTE, Backend, evse, location


@pytest.fixture
def begun(backend: Backend, clock: ManualClock) -> int:
    backend.locations(location("L1", evse("E1"), evse("E2")))
    return clock.now()


def told(registry: Registry, since: int, until: int) -> dict[str, list[tuple[str | None, float]]]:
    """By uid: statuses with the hours that they lasted."""
    with registry.feed().read() as reader:
        item = reader.find(Kind.LOCATIONS, "DE", "ABC", "L1")
        assert item is not None
        found = reader.timelines(item, since, until)
    for spans in found.values():
        assert [spans[0].since, spans[-1].until] == [since, until]
        assert [span.until for span in spans[:-1]] == [span.since for span in spans[1:]]
    return {uid: [(span.status, hours(span)) for span in spans] for uid, spans in found.items()}


def hours(span: Span) -> float:
    return round((span.until - span.since) / HOUR, 1)


def test_before_the_first_message_nobody_looked(registry: Registry, begun: int) -> None:
    assert told(registry, begun - DAY, begun + DAY)["E1"] == [(None, 24), ("AVAILABLE", 24)]


def test_what_changed_is_told_in_order(registry: Registry, backend: Backend, clock: ManualClock, begun: int) -> None:
    for minutes, status in ((6, "CHARGING"), (12, "OUTOFORDER")):
        clock.set(begun + minutes * MINUTE)
        backend.statuses(("DE*ABC*E1", status), complete=False)
    assert told(registry, begun, begun + 30 * MINUTE) == {
        "E1": [("AVAILABLE", 0.1), ("CHARGING", 0.1), ("OUTOFORDER", 0.3)],
        "E2": [("AVAILABLE", 0.5)],
    }


def test_while_its_source_was_silent_it_was_not_observed(
    registry: Registry, backend: Backend, clock: ManualClock, begun: int
) -> None:
    clock.set(begun + DAY)
    registry.tick()
    clock.set(begun + 2 * DAY)
    backend.locations(location("L1", evse("E1"), evse("E2")))
    spans = told(registry, begun, begun + 3 * DAY)["E1"]
    assert [status for status, _ in spans] == ["AVAILABLE", None, "AVAILABLE"]
    assert sum(length for status, length in spans if status) <= 25


def test_what_was_forgotten_is_not_told(registry: Registry, begun: int) -> None:
    with writing(registry.engine) as connection:
        connection.execute(update(feed_head).values(history_from=begun + HOUR))
    assert told(registry, begun, begun + 5 * HOUR)["E1"] == [(NOT_KEPT, 1), ("AVAILABLE", 4)]
    assert told(registry, begun - HOUR, begun + HOUR)["E1"] == [(None, 1), (NOT_KEPT, 1)], "public since it came"


def test_what_was_before_it_became_public_is_not_told(
    registry: Registry, backend: Backend, clock: ManualClock, begun: int
) -> None:
    clock.set(begun + HOUR)
    backend.locations(location("L1", evse("E1", status="OUTOFORDER"), evse("E2"), publish=False))
    clock.set(begun + 4 * HOUR)
    backend.locations(location("L1", evse("E1"), evse("E2")))
    assert told(registry, begun, begun + 5 * HOUR)["E1"] == [(None, 4), ("AVAILABLE", 1)]
