from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.executors.pool import ThreadPoolExecutor
from prometheus_client import REGISTRY

from app.clock import Clock, SystemClock
from app.errors import SourceUnreachable
from app.model.batch import Batch, Kind
from app.registry.apply import Registry
from app.registry.leases import Lease, Leases
from app.sources.base import Source, SourceSettings
from app.worker import ORDER, Deliverer, Worker
from tests.processes import wait_for
from tests.scripted import ScriptedSource, page, poll, scripted

__all__ = ["scripted"]


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    registry = Registry.open(f"sqlite:///{tmp_path / 'feed.db'}")
    yield registry
    registry.engine.dispose()


def source(name: str, **settings: object) -> SourceSettings:
    return SourceSettings.model_validate({"name": name, "type": "scripted", **settings})


class Running:
    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._stopped = threading.Event()
        self._clean: list[bool] = []
        self._thread = threading.Thread(target=lambda: self._clean.append(worker.run(self._stopped)))
        self._thread.start()

    def stop(self) -> bool:
        self._stopped.set()
        self._thread.join()
        return self._clean[0]


@pytest.fixture
def start(registry: Registry) -> Iterator[Callable[..., Running]]:
    running: list[Running] = []

    def begin(
        *sources: SourceSettings,
        holder: str = "one",
        duties: dict[str, Callable[[Lease], None]] | None = None,
        destinations: dict[str, Deliverer] | None = None,
        waits: bool = False,
    ) -> Running:
        worker = Worker(sources, registry, Leases(registry.engine, holder), SystemClock())
        for name, duty in (duties or {}).items():
            worker.add_duty(name, duty, 0.05, waits=waits)
        for name, deliverer in (destinations or {}).items():
            worker.add_destination(name, deliverer, 0.05)
        running.append(Running(worker))
        return running[-1]

    yield begin
    for one in running:
        one.stop()


def states(registry: Registry) -> dict[Kind, str | None]:
    return {state.kind: state.error for state in registry.source_states()}


def published(registry: Registry) -> list[str]:
    with registry.feed().read() as reader:
        return [item.id for item in reader.objects(Kind.LOCATIONS, range(10))]


def test_at_the_start_each_kind_waits_for_what_it_refers_to(
    scripted: type[ScriptedSource], start: Callable[..., Running], registry: Registry
) -> None:
    def slowly(source: Source, kind: Kind) -> Iterator[Batch]:
        time.sleep(0.1)
        yield page(source, kind, "P1")

    scripted.answer = slowly
    one = start(source("a"))
    wait_for(lambda: len(scripted.calls) == 3)
    assert [call.kind for call in scripted.calls] == [Kind.TARIFFS, Kind.LOCATIONS, Kind.STATUSES]
    assert all(call.full for call in scripted.calls)
    wait_for(lambda: len(states(registry)) == 3)
    one.stop()
    scripted.calls.clear()
    start(source("a"), holder="two")
    wait_for(lambda: len(scripted.calls) == 3)
    first, *_, last = sorted(call.at for call in scripted.calls)
    assert last - first < 0.1, "what has come once is there, and nothing waits for it"
    assert {call.cursor for call in scripted.calls} == {"1"}


def test_pulls_of_one_kind_follow_each_other_and_never_overlap(
    scripted: type[ScriptedSource], start: Callable[..., Running]
) -> None:
    at_work = []
    most = []

    def slowly(source: Source, kind: Kind) -> Iterator[Batch]:
        at_work.append(kind)
        most.append(at_work.count(kind))
        time.sleep(0.05)
        at_work.remove(kind)
        yield page(source, kind, "P1")

    scripted.answer = slowly
    start(source("a", status_every=0.01))
    wait_for(lambda: sum(call.kind is Kind.STATUSES for call in scripted.calls) > 10)
    assert max(most) == 1


class AtOnce(ThreadPoolExecutor):
    """Each job has ended when the scheduler comes back from handing it in, as one that fails at once may have."""

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._pool = AtOncePool()


class AtOncePool:
    def submit(self, function: Callable[..., object], *arguments: object) -> Future[object]:
        future: Future[object] = Future()
        future.set_result(function(*arguments))
        return future

    def shutdown(self, wait: bool) -> None:
        pass


def test_a_pull_that_ends_at_once_is_followed_by_the_next(
    scripted: type[ScriptedSource], start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.ThreadPoolExecutor", AtOnce)
    start(source("a", status_every=0.01, inventory_every=0.01, full_every=0.01, tariffs_every=0.01))
    wait_for(lambda: all(sum(call.kind is kind for call in scripted.calls) > 3 for kind in ORDER))


def test_after_a_failure_the_last_good_data_stays_and_the_error_is_known(
    scripted: type[ScriptedSource], start: Callable[..., Running], registry: Registry
) -> None:
    start(source("a", inventory_every=0.05, full_every=0.05))
    wait_for(lambda: published(registry) == ["P1", "P2"])

    def fails(source: Source, kind: Kind) -> Iterator[Batch]:
        raise SourceUnreachable("no connection", where="https://backend.example")
        yield

    scripted.answer = fails
    wait_for(lambda: states(registry).get(Kind.LOCATIONS) is not None)
    assert states(registry)[Kind.LOCATIONS] == "https://backend.example: no connection"
    assert published(registry) == ["P1", "P2"]
    scripted.answer = lambda source, kind: iter([page(source, kind, "P1", "P2", "P3")])
    wait_for(lambda: published(registry) == ["P1", "P2", "P3"])
    wait_for(lambda: states(registry)[Kind.LOCATIONS] is None)


def test_a_source_with_a_bug_harms_no_other(
    scripted: type[ScriptedSource], start: Callable[..., Running], registry: Registry
) -> None:
    def one_is_broken(source: Source, kind: Kind) -> Iterator[Batch]:
        if source.name == "broken":
            raise ZeroDivisionError("bug")
        yield page(source, kind, "P1")

    scripted.answer = one_is_broken
    start(source("broken"), source("sound"))
    wait_for(lambda: published(registry) == ["P1"])
    wait_for(lambda: any(state.error == "bug" for state in registry.source_states()))


def test_a_pull_is_abandoned_between_two_pages_when_the_worker_stops(
    scripted: type[ScriptedSource], start: Callable[..., Running], registry: Registry
) -> None:
    def endlessly(source: Source, kind: Kind) -> Iterator[Batch]:
        for number in range(10_000):
            yield page(source, kind, f"P{number}", complete=False, cursor=None)
            time.sleep(0.02)

    scripted.answer = endlessly
    one = start(source("a", roles=["inventory"]))
    wait_for(lambda: len(published(registry)) >= 2)
    began = time.monotonic()
    assert one.stop()
    assert time.monotonic() - began < 3
    assert states(registry) == {}, "neither a success nor a failure"
    assert Leases(registry.engine, "two").acquire("source:a"), "its leases are free"


def test_a_pull_that_hangs_does_not_keep_the_worker(
    scripted: type[ScriptedSource], start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.STOP_WITHIN", 0.3)
    hangs = threading.Event()

    def hang(source: Source, kind: Kind) -> Iterator[Batch]:
        hangs.wait(20)
        yield page(source, kind)

    scripted.answer = hang
    one = start(source("a"))
    wait_for(lambda: bool(scripted.calls))
    assert not one.stop()
    hangs.set()


def test_two_workers_share_the_sources_and_one_takes_all_when_the_other_stops(
    scripted: type[ScriptedSource], start: Callable[..., Running], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.KEEP_EVERY", 0.1)
    sources = [source(f"s{number}") for number in range(4)]
    leases = Leases(registry.engine, "observer")

    def holders() -> list[str]:
        return sorted(leases.held("source:").values())

    first = start(*sources, holder="one")
    wait_for(lambda: holders() == ["one"] * 4)
    start(*sources, holder="two")
    wait_for(lambda: holders() == ["one", "one", "two", "two"])
    first.stop()
    wait_for(lambda: holders() == ["two"] * 4)


def test_a_worker_that_lost_its_lease_writes_nothing_and_lets_go(
    scripted: type[ScriptedSource], start: Callable[..., Running], registry: Registry
) -> None:
    taken = threading.Event()

    def outlives_its_lease(source: Source, kind: Kind) -> Iterator[Batch]:
        taken.wait(20)
        yield page(source, kind, "P1")

    scripted.answer = outlives_its_lease
    start(source("a", roles=["inventory"]))
    wait_for(lambda: bool(scripted.calls))
    with registry.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE lease SET expires_at = 1")
    assert Leases(registry.engine, "two").acquire("source:a")
    taken.set()
    time.sleep(0.3)
    assert (published(registry), states(registry)) == ([], {})
    assert len(scripted.calls) == 1


def test_a_worker_leaves_all_to_the_newer_version_that_upgraded_its_database(
    scripted: type[ScriptedSource], start: Callable[..., Running], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.KEEP_EVERY", 0.2)
    scripted.answer = lambda source, kind: iter([page(source, kind, "P1")])
    start(source("a", roles=["inventory"]))
    wait_for(lambda: bool(published(registry)))
    newer = Leases(registry.engine, "newer")
    assert newer.acquire("source:a") is None
    with registry.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    wait_for(lambda: newer.acquire("source:a") is not None)
    pulls = len(scripted.calls)
    time.sleep(0.5)
    assert len(scripted.calls) == pulls


def test_a_duty_is_done_by_one_worker_again_and_again_whatever_happens(
    scripted: type[ScriptedSource], start: Callable[..., Running]
) -> None:
    done: list[str] = []

    def duty(lease: Lease) -> None:
        done.append(lease.holder)
        if len(done) == 2:
            raise ZeroDivisionError("a bug")

    start(holder="one", duties={"timer": duty})
    wait_for(lambda: len(done) > 3)
    start(holder="two", duties={"timer": duty})
    time.sleep(0.5)
    assert set(done) == {"one"}


class Delivering:
    """A destination that notes who delivers to it, and may hang."""

    def __init__(self, hangs: threading.Event | None = None) -> None:
        self.holders: list[str] = []
        self.handed_on = threading.Event()
        self._hangs = hangs

    def __call__(self, lease: Lease) -> None:
        self.holders.append(lease.holder)
        if self._hangs is not None:
            self._hangs.wait(20)

    def hand_on(self) -> None:
        self.handed_on.set()


def test_what_goes_through_the_whole_network_waits_for_the_first_pull_of_each_source_but_not_for_ever(
    scripted: type[ScriptedSource], start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, pulled, sealed = threading.Event(), threading.Event(), threading.Event()

    def answer(source: Source, kind: Kind) -> Iterator[Batch]:
        pulled.set()
        answered.wait(5)
        raise SourceUnreachable("nobody there")

    def began() -> bool:
        wait_for(pulled.is_set)
        return sealed.wait(0.3)

    scripted.answer = answer
    duties = {"ledger": lambda _: sealed.set()}
    one = start(source("a"), source("b"), duties=duties, waits=True)
    assert not began(), "while nobody has answered"
    answered.set()
    assert sealed.wait(5), "a failure is an answer, too"
    one.stop()

    for each in (answered, pulled, sealed):
        each.clear()
    monkeypatch.setattr("app.worker.PATIENCE", 0.0)
    start(source("a"), holder="two", duties=duties, waits=True)
    assert began(), "patience has an end"
    answered.set()


def test_destinations_and_duties_that_hang_keep_no_other_waiting_nor_what_else_there_is_to_do(
    scripted: type[ScriptedSource], start: Callable[..., Running]
) -> None:
    hangs = threading.Event()
    done: list[Lease] = []
    hanging = {f"dead{number}": Delivering(hangs) for number in range(8)}
    start(
        source("a", status_every=0.05),
        duties={**{f"store{number}": Delivering(hangs) for number in range(5)}, "timer": done.append},
        destinations={**hanging, "sound": (sound := Delivering())},
    )
    wait_for(lambda: all(one.holders for one in hanging.values()))
    before = len(sound.holders), len(done), len(scripted.calls)
    wait_for(
        lambda: len(sound.holders) > before[0] + 3 and len(done) > before[1] + 3 and len(scripted.calls) > before[2]
    )
    hangs.set()


def test_two_workers_share_the_destinations_and_one_under_way_is_handed_on_when_it_has_ended(
    scripted: type[ScriptedSource], start: Callable[..., Running], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.worker.KEEP_EVERY", 0.1)
    leases, hangs = Leases(registry.engine, "observer"), threading.Event()

    def holders() -> list[str]:
        return sorted(leases.held("destination:").values())

    first = start(holder="one", destinations={"a": (busy := Delivering(hangs)), "b": (other := Delivering(hangs))})
    wait_for(lambda: bool(busy.holders) and bool(other.holders))
    start(holder="two", destinations={"a": Delivering(), "b": Delivering()})
    wait_for(lambda: busy.handed_on.is_set() or other.handed_on.is_set())
    time.sleep(0.3)
    assert holders() == ["one", "one"], "it is still sending"
    hangs.set()
    wait_for(lambda: holders() == ["one", "two"])
    first.stop()
    wait_for(lambda: holders() == ["two", "two"])


def test_when_the_clock_is_set_back_pulls_go_on(
    scripted: type[ScriptedSource], start: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = timedelta(0)

    class SetBack(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + behind  # type: ignore[arg-type]

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", SetBack)
    monkeypatch.setattr("app.worker.datetime", SetBack)
    monkeypatch.setattr("app.worker.wall_clock", lambda: time.time() + behind.total_seconds())
    start(source("a", status_every=0.2))
    wait_for(lambda: sum(call.kind is Kind.STATUSES for call in scripted.calls) > 1)
    behind = timedelta(hours=-1)
    before = len(scripted.calls)
    wait_for(lambda: len(scripted.calls) > before + 2)


def observed(source: str, stage: str) -> float:
    return REGISTRY.get_sample_value("chargefeed_status_delay_seconds_count", {"source": source, "stage": stage}) or 0


def test_delays_are_counted_but_not_the_age_of_what_the_first_pull_finds(
    scripted: type[ScriptedSource], start: Callable[..., Running]
) -> None:
    said = ["CHARGING", "2026-01-01T00:00:00Z"]

    def answer(source: Source, kind: Kind) -> Iterator[Batch]:
        yield poll(source, *said, "P1", "P2") if kind is Kind.STATUSES else page(source, kind, "P1", "P2")

    scripted.answer = answer
    start(source("delays", status_every=0.05))
    wait_for(lambda: observed("delays", "received_published") == 2)
    assert observed("delays", "occurred_received") == 0
    said[:] = ["BLOCKED", "2026-02-01T00:00:00Z"]
    wait_for(lambda: observed("delays", "occurred_received") == 2)


def test_a_source_that_cannot_even_be_made_is_reported_and_harms_no_other(
    scripted: type[ScriptedSource], start: Callable[..., Running], registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(self: Source, settings: SourceSettings, clock: Clock) -> None:
        if settings.name == "broken":
            raise ZeroDivisionError("no such port")
        Source.__init__(self, settings, clock)

    monkeypatch.setattr(ScriptedSource, "__init__", make)
    start(source("broken"), source("sound"))
    wait_for(lambda: published(registry) == ["P1", "P2"])
    wait_for(lambda: any(state.error == "no such port" for state in registry.source_states()))
