"""What is forgotten, and that nothing which is still told rests on it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select, update

from app.clock import ManualClock
from app.errors import JournalPruned, LeaseLost
from app.model.batch import Origin, StatusRecord
from app.registry import pruning
from app.registry.apply import Registry
from app.registry.database import open_engine, reading, writing
from app.registry.downtime import downtimes, follow
from app.registry.evaluation.tables import finding, quality_day, rule_day
from app.registry.leases import Lease
from app.registry.past import Point, Publicity, points_of_day
from app.registry.silence import silences
from app.registry.tables import downtime_head, evse, feed_head, history, offer, silence
from tests.registry.backend import DAY, HOUR, Backend, connector, location
from tests.registry.backend import evse as point
from tests.registry.conftest import SOURCES, SourcePolicy
from tests.registry.reading import changes, entries, head, history_of, status

STATUSES = ("AVAILABLE", "CHARGING", "OUTOFORDER", "INOPERATIVE")
FAR = 1 << 50


def oldest(registry: Registry) -> int:
    with registry.feed().read() as feed:
        return feed.head().oldest


def forget_statuses(registry: Registry, before: int) -> int:
    """All that may go; returns how many rows went."""
    follow(registry.engine)
    with reading(registry.engine) as connection:
        followed = connection.execute(select(downtime_head.c.followed)).scalar() or 0
    assert registry.portion(partial(pruning.plan_boundary, before=before, followed=followed)).done
    after, gone, done = -1, 0, False
    while not done:
        portion = registry.portion(partial(pruning.plan_statuses, after=after))
        after, gone, done = portion.after, gone + portion.number, portion.done
    return gone


@pytest.fixture
def busy(backend: Backend, clock: ManualClock) -> Backend:
    """One EVSE that changes every six hours for ten days."""
    backend.locations(location("L1", point("E1")), location("L2", point("E2"), publish=False))
    for number in range(40):
        clock.advance(seconds=6 * 3600)
        backend.statuses(("E1", STATUSES[number % 2]))
    return backend


class TestChanges:
    def test_a_reader_that_is_behind_what_is_kept_is_told_and_one_that_is_not_misses_nothing(
        self, busy: Backend, registry: Registry, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pruning, "PORTION", 7)
        before = changes(registry)
        kept = next(change["seq"] for change in before if change["seq"] > 30)
        at = next(entry.published_at for entry in entries(registry) if entry.seq == kept)
        assert registry.prune(at) == kept - 1 - 1, "but for the change by which the location came"
        assert oldest(registry) == kept
        assert changes(registry, kept - 1) == [change for change in before if change["seq"] >= kept]
        with pytest.raises(JournalPruned, match=f"from sequence {kept} on"):
            changes(registry, kept - 2)
        assert registry.prune(at) == 0

    def test_when_a_location_was_public_is_known_for_ever(
        self, busy: Backend, registry: Registry, clock: ManualClock
    ) -> None:
        start = clock.now()
        clock.advance(seconds=3600)
        busy.locations(location("L1", point("E1"), publish=False), complete=False)
        clock.advance(seconds=3600)
        busy.locations(location("L1", point("E1")), complete=False)
        clock.advance(seconds=3600)
        registry.prune(clock.now())
        with reading(registry.engine) as connection:
            spans = Publicity(connection, start, clock.now()).spans(Point(1, "E1", "", 0, "", public=True))
        assert spans == [(start, start + HOUR), (start + 2 * HOUR, start + 3 * HOUR)]

    def test_whoever_has_lost_the_lease_forgets_nothing(self, busy: Backend, registry: Registry) -> None:
        with pytest.raises(LeaseLost):
            registry.prune(FAR, Lease("duty:pruning", "one", 1))
        assert oldest(registry) == 1
        assert len(entries(registry)) == head(registry)

    def test_killed_before_any_statement_it_is_whole_and_the_next_one_goes_on(
        self, busy: Backend, registry: Registry, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pruning, "PORTION", 15)
        whole = changes(registry)
        for statement in range(1, 40):
            with killed(registry.engine, statement) as has_ended:
                registry.prune(FAR)
            since = oldest(registry) - 1
            assert changes(registry, since) == [change for change in whole if change["seq"] > since]
            assert len([entry for entry in entries(registry) if entry.seq <= since]) <= 2
            if has_ended():
                break
        assert (oldest(registry), changes(registry, head(registry))) == (head(registry) + 1, [])


class killed:  # noqa: N801
    """The process ends before its n-th statement."""

    def __init__(self, engine: Engine, statement: int) -> None:
        self._engine, self._left = engine, statement

    def _count(self, *_: Any) -> None:
        self._left -= 1
        if self._left == 0:
            raise InterruptedError

    def __enter__(self) -> Callable[[], bool]:
        event.listen(self._engine, "before_cursor_execute", self._count)
        return lambda: self._left > 0

    def __exit__(self, kind: Any, error: Any, trace: Any) -> bool:
        event.remove(self._engine, "before_cursor_execute", self._count)
        return kind is InterruptedError


class TestStatuses:
    def test_just_what_later_times_rest_on_stays(self, busy: Backend, registry: Registry, clock: ManualClock) -> None:
        before = clock.now() - 2 * DAY
        since = [row for row in history_of(registry, "E1") if row[0] >= before]
        first, *_, last_but_one, last = (row for row in history_of(registry, "E1") if row[0] < before)
        assert forget_statuses(registry, before) > 25
        assert history_of(registry, "E1") == [first, last_but_one, last, *since]
        assert forget_statuses(registry, before) == 0

    def test_in_portions_it_ends_the_same(
        self, busy: Backend, registry: Registry, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pruning, "PORTION", 7)
        monkeypatch.setattr(pruning, "EVSES_AT_ONCE", 1)
        forget_statuses(registry, clock.now())
        assert len(history_of(registry, "E1")) == 4

    def test_a_message_of_a_time_that_is_gone_comes_too_late(
        self, busy: Backend, registry: Registry, clock: ManualClock
    ) -> None:
        before = clock.now() - 2 * DAY
        forget_statuses(registry, before)
        kept, now = history_of(registry, "E1"), status(registry, "L1", "E1")
        for at in (before - 1, before):
            busy.events(StatusRecord("E1", "OUTOFORDER", at, queued=True, origin=Origin.CHARGER))
        assert sorted(history_of(registry, "E1")) == sorted([*kept, (before, "OUTOFORDER", None)])
        assert status(registry, "L1", "E1") == now

    def test_one_of_then_that_is_the_newest_of_its_evse_holds_from_where_the_history_begins(
        self, busy: Backend, registry: Registry, clock: ManualClock
    ) -> None:
        clock.advance(seconds=4 * 86_400)
        before = clock.now() - DAY
        forget_statuses(registry, before)
        kept = history_of(registry, "E1")
        busy.events(StatusRecord("E1", "OUTOFORDER", before - HOUR, queued=True, origin=Origin.CHARGER))
        assert status(registry, "L1", "E1") == "OUTOFORDER"
        assert history_of(registry, "E1") == [*kept, (before, "OUTOFORDER", None)]

    def test_a_new_evse_begins_with_what_was_said_before_it_can(
        self, busy: Backend, registry: Registry, clock: ManualClock
    ) -> None:
        forget_statuses(registry, clock.now())
        clock.advance(seconds=60)
        with writing(registry.engine) as connection:
            connection.execute(update(feed_head).values(history_from=clock.now() + HOUR))
        busy.locations(location("L3", point("E3")), complete=False)
        assert history_of(registry, "E3") == [(clock.now() + HOUR, "AVAILABLE", None)]

    def test_what_nobody_has_taken_up_holds_it_back(
        self, busy: Backend, registry: Registry, clock: ManualClock
    ) -> None:
        portion = registry.portion(partial(pruning.plan_boundary, before=clock.now(), followed=5))
        assert not portion.done
        with reading(registry.engine) as connection:
            assert connection.execute(select(feed_head.c.history_from)).scalar() == 0


class Twin:
    """A registry whose clock goes along with another's; one of the two forgets."""

    def __init__(self, file: Path, path: Path) -> None:
        shutil.copy(file, path)
        self.clock = ManualClock()
        engine = open_engine(f"sqlite:///{path}")
        self.registry = Registry(engine, self.clock, {name: SourcePolicy() for name in SOURCES})
        self.backend = Backend(self.registry, self.clock)

    def told(self, since: int) -> list[Any]:
        """All that is told of statuses: those that are published, days from `since` on, outages and silences of all times."""
        follow(self.registry.engine)
        end = self.clock.now()
        columns = [column for column in evse.c if column.name != "id"]
        with reading(self.registry.engine) as connection:
            ids: dict[int, str] = dict(map(tuple, connection.execute(select(evse.c.id, evse.c.said_by))))
            first = select(history.c.evse, func.min(history.c.at)).group_by(history.c.evse).order_by(history.c.evse)
            days = [points_of_day(connection, list(ids), at, at + DAY) for at in range(since, end, DAY)]
            return [
                connection.execute(select(*columns).order_by(evse.c.id)).all(),
                [{id_: [row[1:] for row in rows] for id_, rows in day.items()} for day in days],
                downtimes(connection, list(ids), 0, FAR),
                silences(connection, ids, 0, FAR),
                connection.execute(first).all(),
            ]


@pytest.fixture
def twins(migrated_file: Path, tmp_path: Path) -> Iterator[tuple[Twin, Twin]]:
    pair = Twin(migrated_file, tmp_path / "a.db"), Twin(migrated_file, tmp_path / "b.db")
    yield pair
    for twin in pair:
        twin.registry.engine.dispose()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_before_and_after_the_same_is_told_as_if_nothing_were_forgotten(
    twins: tuple[Twin, Twin], seed: int
) -> None:
    chance = random.Random(seed)
    before = 0
    for step in range(150):
        now = twins[0].clock.now()
        one = partial(happening, chance.random(), chance.choice(("E1", "E2")), chance.choice(STATUSES))
        late = now - chance.randrange(1, 60 * HOUR)
        pause = chance.choice((60, 600, 7200, 40_000))
        for twin in twins:
            one(twin, max(late, before))
            twin.clock.advance(seconds=pause)
        if step % 50 == 45:
            before = max(before, twins[0].clock.now() // DAY * DAY - 2 * DAY)
            forget_statuses(twins[0].registry, before)
            assert twins[0].told(before) == twins[1].told(before)
    assert twins[0].told(before) == twins[1].told(before)


def test_a_status_that_outlived_a_silence_began_before_it(twins: tuple[Twin, Twin]) -> None:
    told = []
    for twin in twins:
        twin.backend.locations(location("L1", point("E1", status="CHARGING")))
        for hours, word in (
            (1, "CHARGING"),
            (1, "OUTOFORDER"),
            (1, "AVAILABLE"),
            (12, None),
            (1, "AVAILABLE"),
            (70, "AVAILABLE"),
        ):
            twin.clock.advance(seconds=hours * 3600)
            if word is None:
                twin.registry.tick()
            else:
                twin.backend.events(StatusRecord("E1", word, twin.clock.now()))
        before = twin.clock.now() - DAY
        if twin is twins[0]:
            assert forget_statuses(twin.registry, before) > 0
        twin.clock.advance(seconds=3600)
        twin.backend.events(StatusRecord("E1", "AVAILABLE", before + HOUR, queued=True, origin=Origin.CHARGER))
        told.append(twin.told(before // DAY * DAY + DAY))
    assert told[0] == told[1]


def happening(kind: float, uid: str, word: str, twin: Twin, late: int) -> None:
    if not twin.backend.last:
        twin.backend.locations(location("L1", point("E1"), point("E2")))
    elif kind < 0.5:
        twin.backend.statuses((uid, word), complete=False)
    elif kind < 0.7:
        twin.backend.events(StatusRecord(uid, word, late, queued=True, origin=Origin.CHARGER))
    elif kind < 0.9:
        twin.backend.events(StatusRecord(uid, word, twin.clock.now(), origin=Origin.CHARGER))
    else:
        twin.registry.tick()


def test_findings_go_long_after_they_were_mended_and_figures_of_the_newest_day_stay(registry: Registry) -> None:
    named = {"rule": "r", "key": "k", "party": "DE*ABC", "country": "DE", "grade": "breach", "objects": 1, "weight": 1}
    said = {"places": "", "what": "w", "remedy": "", "first_seen": 0, "last_seen": 0}
    of_day = {"party": "DE*ABC", "country": "DE"}
    with writing(registry.engine) as connection:
        rows = [{**named, **said, "location": n, "fixed_at": at} for n, at in enumerate((None, DAY, 3 * DAY))]
        connection.execute(insert(finding), rows)
        sums = {"rule": "r", "present": 1, "missing": 0, "implausible": 0, "undecided": 0}
        connection.execute(insert(rule_day), [{"day": n * DAY, **of_day, **sums} for n in range(3)])
        connection.execute(insert(quality_day).values(day=0, **of_day, dimension="d", good=1, due=1))
    assert registry.portion(partial(pruning.plan_findings, before=2 * DAY)).number == 3
    with reading(registry.engine) as connection:
        assert connection.execute(select(finding.c.location).order_by(finding.c.location)).scalars().all() == [0, 2]
        assert connection.execute(select(rule_day.c.day)).scalars().all() == [2 * DAY]
    registry.portion(partial(pruning.plan_findings, before=9 * DAY))
    with reading(registry.engine) as connection:
        assert connection.execute(select(quality_day.c.day)).scalars().all() == [0]


def test_offers_go_that_no_point_has_any_more(backend: Backend, registry: Registry) -> None:
    def kept() -> set[int]:
        with reading(registry.engine) as connection:
            assert set(connection.execute(select(evse.c.offer)).scalars()) <= set(
                connection.execute(select(offer.c.number)).scalars()
            )
            return set(connection.execute(select(offer.c.number)).scalars())

    backend.locations(location("L1", point("E1")), location("L2", point("E2", connector(standard="CHADEMO"))))
    both = kept()
    assert not registry.portion(pruning.plan_offers).writes
    backend.locations(location("L2", point("E2")), complete=False)
    assert kept() == both
    assert registry.portion(pruning.plan_offers).number == 1
    assert len(kept()) == 1
    backend.locations(location("L2", point("E2", connector(standard="CHADEMO"))), complete=False)
    assert kept() == both


def test_silences_go_a_portion_at_a_time_when_no_statuses_of_their_time_are_kept(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "PORTION", 3)
    with writing(registry.engine) as connection:
        rows = [{"source": name, "since": n * DAY, "until": n * DAY + HOUR} for name in ("a", "b") for n in range(4)]
        connection.execute(insert(silence), rows)
    plan = partial(pruning.plan_silences, before=2 * DAY)
    portions = [registry.portion(plan) for _ in range(3)]
    assert [(portion.number, portion.done) for portion in portions] == [(3, False), (1, True), (0, True)]
    with reading(registry.engine) as connection:
        assert set(connection.execute(select(silence.c.since)).scalars()) == {2 * DAY, 3 * DAY}
