"""Whatever happens to the network, to the receiver and to the worker: in the end the receiver holds exactly the public state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from app.delivery.base import make_destination
from app.delivery.ocpi_push.settings import OcpiPushSettings
from app.delivery.replay import replay
from app.registry.database import writing
from app.registry.tables import feed_head
from tests.delivery.conftest import Post
from tests.delivery.reading import said, unstamped
from tests.ocpi_receiver import Receiver
from tests.property.story import SITES, TARIFFS, UIDS, Teller, sites, statuses, steps, tariff_facts
from tests.property.test_registry import few

DEFECTS = [
    "500",
    "503",
    "429-without-word",
    "400",
    "2001",
    "3000",
    "401",
    "html",
    "empty",
    "404",
    "reset",
    "lost",
    "lost",
]
PLACES = ["", "@PUT", "@PATCH", "@/tariffs/", "@DELETE", "@/A", "@E1"]

AD_HOC = {"type": "AD_HOC_PAYMENT", "currency": "EUR", "windows": False, "ends": False, "plan": None}


def site_facts(uids: tuple[str, ...]) -> dict[str, Any]:
    point = {"status": "AVAILABLE", "place": "1", "tariffs": ["T1"], "broken": False, "scheduled": False}
    return {"publish": True, "name": "Markt", "broken": False, "points": dict.fromkeys(uids, point)}


OPENING = [
    (
        "tariffs",
        "abc",
        True,
        dict.fromkeys(TARIFFS, AD_HOC),
    ),
    ("locations", "abc", True, {id: site_facts(uids) for id, uids in SITES.items()}),
    ("go",),
]
"""All there is, pushed."""

changes = st.one_of(
    st.tuples(st.just("statuses"), st.just("abc"), st.just(False), st.dictionaries(st.sampled_from(UIDS), statuses)),
    st.tuples(st.just("locations"), st.just("abc"), st.just(False), sites()),
    st.tuples(
        st.just("tariffs"), st.just("abc"), st.just(False), st.dictionaries(st.sampled_from(TARIFFS), tariff_facts)
    ),
    steps,
)
defects = st.tuples(
    st.just("defect"), st.sampled_from(DEFECTS), st.sampled_from(PLACES), st.integers(1, 4), st.booleans()
)
happenings = st.one_of(
    changes,
    changes,
    st.just(("go",)),
    st.just(("go",)),
    defects,
    st.tuples(st.just("restart"), st.sampled_from("ab")),
    st.just(("pruned",)),
    st.just(("new life",)),
)


@pytest.fixture(params=["sqlite_engine", "postgres_engine"], scope="session")
def engine(request: pytest.FixtureRequest) -> Engine:
    engine: Engine = request.getfixturevalue(request.param)
    return engine


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


class Delivered(Teller):
    """A story whose registry is pushed to a receiver."""

    receiver: Receiver
    post: Post
    version: str

    def start(self, receiver: Receiver, version: str) -> None:
        self.receiver, self.version = receiver, version
        receiver.version = version
        for kept in (receiver.objects, receiver.requests, receiver.violations, receiver.defects):
            kept.clear()
        self.work("a")

    def work(self, holder: str) -> None:
        """A worker that knows only what is in the database."""
        given = {**self.receiver.settings, "timeout": 2, "retry_wait": 10, "parallel": 2}
        destination = make_destination(OcpiPushSettings.model_validate(given), self.clock)
        if hasattr(self, "post"):
            self._release()
        self.post = Post(self.registry, destination, holder)

    def _release(self) -> None:
        from app.registry.leases import Leases

        Leases(self.engine, self.post.holder).release(self.post.lease)

    def happen(self, what: str, *facts: Any) -> None:
        if what == "go":
            self.post.go()
        elif what == "defect":
            name, place, times, for_ever = facts
            self.receiver.misbehave(f"{name}{place}" + ("" if for_ever else f"#{times}"))
        elif what == "restart":
            self.work(facts[0])
        elif what == "pruned":
            self.registry.prune(self.clock.now() - 1000)
        elif what == "new life":
            with writing(self.engine) as connection:
                connection.execute(update(feed_head).values(epoch=f"{self.clock.now():032d}"))
        else:
            self.tell((what, *facts))

    def end(self) -> None:
        """The receiver is well again, and time passes for the courier alone."""
        self.receiver.misbehave()
        self.post.go()
        if self.post.standing.refused:
            replay(self.engine, self.post.destination, 0)
        for _ in range(20):
            self.clock.advance(seconds=600)
            self.post.go()
            if not self.post.standing.due:
                return
        raise AssertionError("something is due for ever")


@pytest.mark.parametrize("version", ["2.2.1", "2.1.1", "2.3.0"])
@few(0.5)
@given(story=st.lists(happenings, min_size=3, max_size=25))
def test_in_the_end_the_receiver_holds_exactly_the_public_state(
    engine: Engine, receiver: Receiver, version: str, story: list[tuple[Any, ...]]
) -> None:
    told = Delivered.begin(engine)
    told.start(receiver, version)
    for happening in (*OPENING, *story):
        told.happen(*happening)
    told.end()
    public = said(told.registry, version)
    shown = {name: unstamped(body) for name, body in receiver.shown().items()}
    assert {name: body for name, body in shown.items() if name in public or not removed(body)} == public
    if not any(what == "defect" for what, *_ in story):
        assert receiver.violations == []
    assert [line for line in receiver.violations if "tariff" not in line and "names" not in line] == []


def removed(location: dict[str, Any]) -> bool:
    """2.1.1 has no other way to say that a location is no longer public."""
    return {evse["status"] for evse in location.get("evses", ())} <= {"REMOVED"}
