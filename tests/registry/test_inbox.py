"""What a listener hands in is applied in its order, each letter once, whoever dies in between."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import Engine, func, select

from app.clock import ManualClock
from app.errors import RegistryError
from app.model.batch import Kind, Origin, StatusRecord
from app.model.letter import Letter
from app.receiving import Received
from app.registry.apply import Registry
from app.registry.database import open_engine, reading
from app.registry.inbox import AT_ONCE, Inbox
from app.registry.policy import SourcePolicy
from app.registry.tables import inbox
from app.sources.ocpp import OcppSettings, OcppSource
from app.sources.pushed import status_letter
from tests.registry.backend import MINUTE, Backend, evse, location
from tests.registry.reading import history_of, point, status, tables

SETTINGS = OcppSettings(name="hardware", security_profile=0)


class Listener:
    def __init__(self, registry: Registry, clock: ManualClock) -> None:
        self._inbox = Inbox(registry.engine, "hardware")
        self._registry = Registry(registry.engine, clock, {"hardware": SourcePolicy(ttl=15 * MINUTE)})
        self._clock = clock

    def hand_in(self, *records: StatusRecord, events: bool = True) -> None:
        self._inbox.put([status_letter(records, self._clock.now(), events=events)])

    def apply(self, most: int | None = None) -> int:
        """As the worker does; `most`: it dies after so many batches, before it asks for the next. Changes."""
        source = Received(OcppSource(SETTINGS, self._clock), self._registry.engine)
        changes = 0
        for number, batch in enumerate(source.fetch(Kind.STATUSES, None, full=True), 1):
            changes += self._registry.apply(batch).changes
            if number == most:
                break
        return changes

    def tick(self) -> None:
        self._registry.tick()

    @property
    def waiting(self) -> int:
        with reading(self._registry.engine) as connection:
            return connection.execute(select(func.count()).select_from(inbox)).scalar_one()


@pytest.fixture
def listener(registry: Registry, backend: Backend, clock: ManualClock) -> Listener:
    backend.locations(location("L1", evse("E1", status=None), evse("E2", status=None)))
    return Listener(registry, clock)


@pytest.fixture
def say(clock: ManualClock) -> Callable[..., StatusRecord]:
    def record(uid: str, word: str, **more: object) -> StatusRecord:
        clock.advance(seconds=1)
        return StatusRecord(f"DE*ABC*{uid}", word, received_at=clock.now(), **more)  # type: ignore[arg-type]

    return record


def test_where_many_letters_wait_the_last_of_each_evse_is_published_and_all_are_history(
    listener: Listener, say: Callable[..., StatusRecord], registry: Registry
) -> None:
    words = ["AVAILABLE", "CHARGING"] * AT_ONCE
    for word in words:
        listener.hand_in(say("E1", word))
    assert listener.apply() == len(words) / AT_ONCE, "one change per commit"
    assert status(registry, "L1", "E1") == "CHARGING"
    assert [word for _, word, _ in history_of(registry, "E1")] == words
    assert listener.waiting == 0


def test_more_than_can_be_written_is_refused_until_there_is_room(
    listener: Listener, say: Callable[..., StatusRecord], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.registry.inbox.MOST_WAITING", 30)
    monkeypatch.setattr("app.registry.inbox.LOOK_EVERY_S", 0.0)
    taken = ""
    for number in range(100):
        word = ("AVAILABLE", "CHARGING", "BLOCKED")[number % 3]
        with suppress(RegistryError):
            listener.hand_in(say("E1", word))
            taken = word
    assert listener.waiting == 30
    with pytest.raises(RegistryError, match="30 letters of hardware wait"):
        listener.hand_in(say("E1", "RESERVED"))
    listener.apply()
    assert status(registry, "L1", "E1") == taken
    listener.hand_in(say("E1", "RESERVED"))
    listener.apply()
    assert status(registry, "L1", "E1") == "RESERVED"


def test_a_worker_that_is_killed_before_it_deletes_a_letter_applies_it_again_to_no_effect(
    listener: Listener, say: Callable[..., StatusRecord], registry: Registry, engine: Engine
) -> None:
    listener.hand_in(say("E1", "AVAILABLE"), say("E1", "CHARGING"), say("E2", "OUTOFORDER", detail={"mrec": "CX008"}))
    assert listener.apply(most=1) > 0
    before = {name: rows for name, rows in tables(engine).items() if name in ("journal", "history", "evse")}
    assert listener.waiting == 1
    assert listener.apply() == 0
    assert {name: tables(engine)[name] for name in before} == before
    assert listener.waiting == 0


def test_what_waited_keeps_the_time_it_came_in(
    listener: Listener, say: Callable[..., StatusRecord], registry: Registry, clock: ManualClock
) -> None:
    first = say("E1", "AVAILABLE")
    second = say("E1", "CHARGING", occurred_at=clock.now(), origin=Origin.CHARGER)
    clock.advance(seconds=600)
    listener.hand_in(first, second)
    listener.apply()
    assert [at for at, *_ in history_of(registry, "E1")] == [first.received_at, second.received_at]


def test_all_that_holds_ends_what_silence_had_made_unknown(
    listener: Listener, say: Callable[..., StatusRecord], registry: Registry, clock: ManualClock
) -> None:
    one, other = say("E1", "AVAILABLE"), say("E2", "CHARGING")
    listener.hand_in(one, other)
    listener.apply()
    clock.advance(seconds=16 * 60)
    listener.tick()
    assert point(registry, "L1", "E1")["status_detail"] == {"reason": "stale"}
    listener.hand_in(say("E1", "RESERVED"))
    listener.apply()
    assert [status(registry, "L1", uid) for uid in ("E1", "E2")] == ["RESERVED", "UNKNOWN"]
    listener.hand_in(StatusRecord("DE*ABC*E1", "RESERVED"), StatusRecord("DE*ABC*E2", "CHARGING"), events=False)
    listener.apply()
    assert [status(registry, "L1", uid) for uid in ("E1", "E2")] == ["RESERVED", "CHARGING"]


def test_a_letter_that_nobody_can_read_holds_up_no_other(
    listener: Listener, say: Callable[..., StatusRecord], registry: Registry
) -> None:
    Inbox(registry.engine, "hardware").put([Letter(Kind.STATUSES, 0, b"\xff")])
    listener.hand_in(say("E1", "AVAILABLE"))
    listener.apply()
    assert status(registry, "L1", "E1") == "AVAILABLE"
    assert listener.waiting == 0


def test_a_database_that_is_gone_is_said(tmp_path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    with pytest.raises(RegistryError, match="inbox cannot be written"):
        Inbox(engine, "hardware").put([Letter(Kind.STATUSES, 0, b"")])
