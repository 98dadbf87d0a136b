"""A database that disappears in the middle: what waited is handed in later, in its order, and what holds comes after it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import orjson

from app.clock import ManualClock
from app.errors import RegistryError
from app.model.batch import StatusRecord
from app.model.letter import Letter
from app.model.session import SessionRecord
from app.sources.ocpp import post as module
from app.sources.ocpp.post import Post

SESSION = SessionRecord("hardware", "E1", 0, 1, None)


class Database:
    def __init__(self) -> None:
        self.away = False
        self.letters: list[Letter] = []
        self.sessions: list[SessionRecord] = []

    def put(self, letters: Sequence[Letter]) -> None:
        self._must_be_there()
        self.letters += letters

    def keep(self, sessions: Sequence[SessionRecord]) -> None:
        self._must_be_there()
        self.sessions += sessions

    def _must_be_there(self) -> None:
        if self.away:
            raise RegistryError("gone")

    @property
    def told(self) -> list[str]:
        """`E1` for events, `=E1` in what holds."""
        said = [orjson.loads(letter.payload) for letter in self.letters]
        return [("" if one["events"] else "=") + row[0] for one in said for row in one["rows"]]


def record(evse: str) -> StatusRecord:
    return StatusRecord(evse, "AVAILABLE")


def test_nothing_is_lost_and_the_order_stays(monkeypatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    database = Database()
    post = Post("hardware", ManualClock(), database.put, database.keep)

    async def story() -> None:
        post.add([record("E1")], [SESSION])
        assert await post.flush()
        database.away = True
        post.add([record("E2"), record("E3"), record("E4")], [SESSION])
        assert not await post.flush()
        assert not await post.whole(lambda: [record("E4")], ())
        database.away = False
        assert await post.whole(lambda: [record("E5")], ())

    asyncio.run(story())
    assert database.told == ["E1", "E2", "E3", "E4", "=E5"]
    assert database.sessions == [SESSION, SESSION]


def test_what_waits_is_bounded_and_the_oldest_goes_first(monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 2)
    database = Database()
    post = Post("hardware", ManualClock(), database.put, None)
    post.add([record("E1"), record("E2"), record("E3")], [SESSION])
    asyncio.run(post.flush())
    assert database.told == ["E2", "E3"]
