"""A registry on SQLite and PostgreSQL, a receiver, and the courier between them, by a clock that stands until it is moved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.clock import ManualClock, Millis
from app.delivery.base import Destination, destination_class
from app.delivery.engine import Courier
from app.delivery.network import Network
from app.delivery.queue import Outcome
from app.delivery.states import Standing, State, read_problems, read_standings, read_state
from app.publish.feed import Feed
from app.publish.judge import Judge
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.leases import Leases
from app.registry.watch import CommitWatch
from tests.ocpi_receiver import Receiver
from tests.registry.conftest import (
    backend,
    clock,
    engine,
    migrated_file,
    migrated_url,
    postgres_engine,
    registry,
    sqlite_copy_url,
)

__all__ = [
    "backend",
    "clock",
    "engine",
    "migrated_file",
    "migrated_url",
    "postgres_engine",
    "registry",
    "sqlite_copy_url",
]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@dataclass
class Post:
    """A destination and its courier, as a worker that was just started would have them."""

    registry: Registry
    destination: Destination
    holder: str = "one"
    stopped: threading.Event = field(default_factory=threading.Event)
    told: list[Outcome] = field(default_factory=list)
    judge: Judge | None = None

    def __post_init__(self) -> None:
        engine, clock = self.registry.engine, self.registry.clock
        public = self.registry.feed()
        feed = Feed(public, CommitWatch(engine, 0).stamp, clock, judge=self.judge)
        network = Network(engine, public, feed, clock, told=self._told)
        self.courier = Courier(self.destination, network, self.stopped)
        lease = Leases(engine, self.holder).acquire(f"destination:{self.name}")
        assert lease is not None
        self.lease = lease

    @property
    def name(self) -> str:
        return self.destination.name

    def _told(self, destination: str, outcomes: Any, now: Millis) -> None:
        self.told += outcomes

    def go(self) -> None:
        """All there is to do now."""
        self.courier(self.lease)

    @property
    def state(self) -> State:
        with reading(self.registry.engine) as connection:
            state = read_state(connection, self.name)
        assert state is not None
        return state

    @property
    def standing(self) -> Standing:
        with reading(self.registry.engine) as connection:
            return next(one for one in read_standings(connection) if one.state.destination == self.name)

    def problems(self) -> list[dict[str, Any]]:
        with reading(self.registry.engine) as connection:
            return read_problems(connection, self.name)


MakePost = Callable[..., Post]


@pytest.fixture
def post(registry: Registry, clock: ManualClock, receiver: Receiver) -> MakePost:
    """Makes one that pushes to the receiver; arguments are settings."""

    def make(holder: str = "one", **settings: Any) -> Post:
        given = {**receiver.settings, "timeout": 2, "retry_wait": 10, **settings}
        given = {name: value for name, value in given.items() if value is not None}
        cls = destination_class(given["type"])
        return Post(registry, cls(cls.Settings.model_validate(given), clock), holder)

    return make
