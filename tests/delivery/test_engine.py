"""The courier through whatever happens between the registry and a receiver: nothing is lost, nothing stale is sent."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import update

from app.clock import ManualClock
from app.delivery import objects, queue
from app.delivery.replay import replay
from app.delivery.states import read_attempts, write_state
from app.errors import LeaseLost
from app.model.problem import Problem, Severity
from app.registry.apply import Registry
from app.registry.database import reading, writing
from app.registry.leases import Leases
from app.registry.tables import feed_head, lease
from tests.delivery.conftest import MakePost, Post
from tests.delivery.reading import said, unstamped
from tests.ocpi_receiver import Receiver
from tests.registry.backend import Backend, connector, evse, location, tariff


def holds(receiver: Receiver):
    return unstamped(receiver.shown())


@pytest.fixture
def site(backend: Backend, clock: ManualClock) -> Backend:
    """Three locations with an EVSE each and a tariff; after it the clock has moved."""
    backend.tariffs(tariff("T1"))
    backend.locations(*(location(f"L{n}", evse(f"E{n}", connector(tariff_ids=["T1"]))) for n in (1, 2, 3)))
    clock.advance(seconds=60)
    return backend


def changed(site: Backend, **statuses: str) -> None:
    site.statuses(*((f"DE*ABC*{uid}", status) for uid, status in statuses.items()), complete=False)


class TestFailures:
    def test_while_the_receiver_is_down_all_waits_and_then_comes_as_it_is_by_then(self, post, site, clock, registry):
        with Receiver() as receiver:
            one = post(**receiver.settings)
            one.go()
        for status in ("CHARGING", "BLOCKED", "OUTOFORDER"):
            changed(site, E1=status, E2="CHARGING")
            clock.advance(seconds=60)
            one.go()
        assert (one.state.word, one.state.failures) == ("retrying", 3)
        assert "no connection" in (one.state.error or "")
        assert one.standing.due == 2, "each EVSE once, however often it changed"
        with Receiver(port=receiver.port, objects=receiver.objects) as again:
            clock.advance(seconds=60)
            one.go()
            assert sorted(request.body["status"] for request in again.requests) == ["CHARGING", "OUTOFORDER"]
            assert holds(again) == said(registry)
        assert (one.state.word, one.state.failures, one.state.error) == ("ok", 0, None)
        assert one.standing.delivered == one.state.cursor

    def test_the_wait_after_a_failure_is_doubled_up_to_its_limit(self, post, site, clock):
        with Receiver() as receiver:
            one = post(**receiver.settings, longest_wait=50)
        waits = []
        for _ in range(4):
            one.go()
            waits.append((one.state.next_attempt - clock.now()) / 1000)
            clock.advance(seconds=waits[-1])
        for wait, least in zip(waits, (10, 20, 40, 50), strict=True):
            assert least <= wait <= least * 1.1

    @pytest.mark.parametrize("defect", ["500", "3000", "html", "empty", "no-code", "redirect", "reset", "lost", "hang"])
    def test_what_may_pass_is_tried_again_until_it_has_arrived(self, post, receiver, site, clock, registry, defect):
        one = post(timeout=1)
        one.go()
        receiver.misbehave(f"{defect}@E2#2")
        changed(site, E1="CHARGING", E2="CHARGING", E3="CHARGING")
        for _ in range(4):
            one.go()
            clock.advance(seconds=60)
        assert holds(receiver) == said(registry)
        assert receiver.violations == []
        assert (one.standing.due, one.state.word) == (0, "ok")

    def test_an_object_that_fails_keeps_no_other_waiting(self, post, receiver, site, clock):
        one = post()
        one.go()
        receiver.misbehave("500@L2")
        changed(site, E1="CHARGING", E2="CHARGING", E3="CHARGING")
        one.go()
        assert receiver.evse("L1", "E1")["status"] == receiver.evse("L3", "E3")["status"] == "CHARGING"
        assert (one.state.word, one.standing.due) == ("ok", 1)
        (problem,) = one.problems()
        assert (problem["record"], "HTTP 500" in problem["what"]) == ("de*abc/l2", True)
        one.go()
        assert receiver.lines().count("PATCH /locations/DE/ABC/L2/E2") == 1, "not before its time"

    def test_where_objects_fail_in_a_row_the_rest_is_spared(self, post, receiver, backend, clock, registry):
        backend.locations(*(location(f"L{n}") for n in range(40)))
        receiver.misbehave("500")
        one = post(parallel=1)
        one.go()
        assert len(receiver.requests) == 5
        assert (one.state.word, one.state.failures) == ("retrying", 1)
        clock.advance(seconds=12)
        one.go()
        assert len(receiver.requests) == 6, "one, to see"
        receiver.misbehave()
        clock.advance(seconds=600)
        one.go()
        assert holds(receiver) == said(registry)

    @pytest.mark.parametrize("defect", ["429", "503"])
    def test_who_asks_for_a_minute_gets_a_minute(self, post, receiver, site, clock, defect):
        receiver.misbehave(f"{defect}#1")
        one = post(parallel=1, longest_wait=20)
        one.go()
        assert len(receiver.requests) == 1
        clock.advance(seconds=59)
        one.go()
        assert len(receiver.requests) == 1
        clock.advance(seconds=1)
        one.go()
        assert len(receiver.requests) == 5
        assert one.state.word == "ok"

    def test_who_is_just_busy_is_asked_again_after_the_usual_wait(self, post, receiver, site, clock):
        receiver.misbehave("429-without-word#1")
        one = post(parallel=1)
        one.go()
        clock.advance(seconds=11)
        one.go()
        assert one.state.word == "ok"
        assert one.standing.due == 0

    def test_wrong_credentials_stop_everything_and_are_tried_seldom(self, post, receiver, site, clock):
        one = post(token="wrong", parallel=1)
        one.go()
        assert len(receiver.requests) == 1
        assert one.state.word == "refused"
        assert "Check `token`" in (one.state.error or "")
        clock.advance(seconds=299)
        one.go()
        assert len(receiver.requests) == 1
        receiver.token = "wrong"
        clock.advance(seconds=1)
        one.go()
        assert (one.state.word, one.standing.due) == ("ok", 0)

    @pytest.mark.parametrize(
        ("defect", "says"),
        [("400", "HTTP 400 Bad Request, status_code 2001"), ("2001", "HTTP 200 OK, status_code 2001")],
    )
    def test_what_is_refused_is_told_to_people_and_not_tried_again(self, post, receiver, site, clock, defect, says):
        receiver.misbehave(f"{defect}@/L2")
        one = post()
        one.go()
        assert (one.standing.due, one.standing.refused, one.state.word) == (0, 1, "ok")
        (problem,) = one.problems()
        assert problem["record"] == "de*abc/l2"
        assert says in problem["what"]
        receiver.requests.clear()
        clock.advance(seconds=86_400)
        one.go()
        assert receiver.requests == []
        receiver.misbehave()
        changed(site, E2="CHARGING")
        one.go()
        assert receiver.lines() == ["PUT /locations/DE/ABC/L2"], "it changed"
        assert one.standing.noted == 0

    def test_who_refuses_whatever_is_sent_is_not_sent_everything(self, post, receiver, backend, clock):
        backend.locations(*(location(f"L{n}") for n in range(60)))
        receiver.misbehave("400")
        one = post(parallel=1)
        one.go()
        assert len(receiver.requests) == 20
        assert one.state.word == "refused"
        assert "refuses whatever is sent" in (one.state.error or "")

    def test_who_took_something_may_refuse_as_much_as_it_likes(self, post, receiver, backend, registry):
        backend.locations(location("L0"))
        one = post(parallel=1)
        one.go()
        receiver.misbehave("400@/B")
        backend.locations(*(location(f"B{n}") for n in range(60)), location("L1"), complete=False)
        one.go()
        assert (one.state.word, one.standing.refused, one.standing.due) == ("ok", 60, 0)
        assert ("locations", "L1") in receiver.shown()

    def test_what_is_withheld_here_is_no_refusal_of_the_destination(self, post, receiver, backend, monkeypatch):
        backend.locations(*(location(f"B{n}") for n in range(30)), location("L1"))
        one = post()
        refused = Problem("no owner", Severity.REFUSED)
        monkeypatch.setattr(one.destination, "inspect", lambda item: () if item.key.endswith("l1") else (refused,))
        one.go()
        assert (one.state.word, one.standing.refused, one.standing.due) == ("ok", 30, 0)
        assert receiver.lines() == ["PUT /locations/DE/ABC/L1"]

    def test_a_bug_in_a_destination_concerns_its_object_alone(self, post, receiver, site, clock, registry, monkeypatch):
        one = post()
        send = one.destination.send

        def broken(item):
            if item.key.endswith("l2"):
                raise ZeroDivisionError("a bug")
            return send(item)

        monkeypatch.setattr(one.destination, "send", broken)
        one.go()
        assert (one.standing.due, one.state.word) == (1, "ok")
        monkeypatch.setattr(one.destination, "send", send)
        clock.advance(seconds=20)
        one.go()
        assert holds(receiver) == said(registry)

    def test_a_tariff_comes_before_the_locations_that_name_it(self, post, receiver, site, clock, registry):
        receiver.misbehave("500@/tariffs#2")
        one = post()
        one.go()
        assert receiver.lines() == ["PUT /tariffs/DE/ABC/T1"]
        for _ in range(5):
            clock.advance(seconds=60)
            one.go()
        assert holds(receiver) == said(registry)
        assert receiver.violations == []

    def test_a_tariff_that_never_comes_holds_no_location_up_for_ever(self, post, receiver, site, clock):
        receiver.misbehave("500@/tariffs")
        one = post()
        for _ in range(8):
            one.go()
            clock.advance(seconds=400)
        assert {id for module, id in receiver.shown() if module == "locations"} == {"L1", "L2", "L3"}
        assert (one.standing.due, one.state.word) == (1, "ok")


class TestProcesses:
    """Restarts, kills, other workers."""

    def test_a_restart_goes_on_where_the_last_worker_was(self, post, receiver, site, registry):
        post(holder="one").go()
        changed(site, E1="CHARGING")
        receiver.requests.clear()
        Leases(registry.engine, "one").release(post_lease(registry, "one"))
        post(holder="two").go()
        assert receiver.lines() == ["PATCH /locations/DE/ABC/L1/E1"]

    def test_what_was_sent_but_not_written_down_is_sent_once_more(
        self, post, receiver, site, registry, clock, monkeypatch
    ):
        one = post()
        one.go()
        changed(site, E1="CHARGING")
        receiver.requests.clear()
        with monkeypatch.context() as patch:
            patch.setattr("app.delivery.sending.settle", killed)
            with pytest.raises(Killed):
                one.go()
        assert receiver.lines() == ["PATCH /locations/DE/ABC/L1/E1"]
        changed(site, E1="BLOCKED")
        one.go()
        assert receiver.lines() == ["PATCH /locations/DE/ABC/L1/E1"] * 2
        assert holds(receiver) == said(registry)
        assert receiver.violations == []

    def test_what_was_taken_up_halfway_is_taken_up_again(self, post, receiver, site, registry, monkeypatch):
        one = post()
        one.go()
        changed(site, E1="CHARGING", E2="CHARGING")
        with monkeypatch.context() as patch:
            patch.setattr("app.delivery.engine.write_state", killed)
            with pytest.raises(Killed):
                one.go()
        one.go()
        assert holds(receiver) == said(registry)

    def test_who_has_lost_the_lease_writes_and_sends_nothing(self, post, receiver, site, registry):
        old = post(holder="old")
        old.go()
        changed(site, E1="CHARGING")
        receiver.requests.clear()
        before = old.state
        take_over(registry)
        with pytest.raises(LeaseLost):
            old.go()
        assert receiver.requests == []
        assert old.state == before

    def test_who_loses_the_lease_between_reading_and_sending_sends_nothing(
        self, post, receiver, site, registry, monkeypatch
    ):
        monkeypatch.setattr("app.delivery.tenure.TRUSTED_S", 0)
        old = post(holder="old")
        old.go()
        site.locations(location("L1", evse("E1"), name="old"), complete=False)
        receiver.requests.clear()
        monkeypatch.setattr(old.destination, "inspect", lambda item: take_over(registry) or ())
        with pytest.raises(LeaseLost):
            old.go()
        assert receiver.requests == []

    def test_who_is_handed_on_ends_what_it_is_doing_and_begins_nothing(self, post, receiver, backend, registry):
        backend.locations(*(location(f"L{n}") for n in range(50)))
        receiver.delay = 0.05
        one = post(parallel=2)
        sending = threading.Thread(target=one.go)
        sending.start()
        while not receiver.requests:
            time.sleep(0.005)
        one.courier.hand_on()
        sending.join(5)
        assert 0 < len(receiver.requests) < 20
        assert one.standing.due == 50 - len(receiver.objects)


class TestEverythingAnew:
    """Where the receiver's state can no longer be known, it is sent everything, and loses what it should not have."""

    @pytest.fixture
    def behind(self, post, receiver, site, registry) -> Post:
        """The receiver has a location and a tariff that are no longer public, and a status that is old."""
        one = post()
        one.go()
        site.tariffs(tariff("T1", type="REGULAR"), tariff("T2"))
        site.locations(*(location(f"L{n}", evse(f"E{n}"), publish=n != 3) for n in (1, 2, 3)))
        changed(site, E1="CHARGING")
        receiver.requests.clear()
        return one

    def assert_anew(self, receiver, registry) -> None:
        assert sorted(receiver.lines()) == [
            "DELETE /tariffs/DE/ABC/T1",
            "PATCH /locations/DE/ABC/L3",
            "PUT /locations/DE/ABC/L1",
            "PUT /locations/DE/ABC/L2",
            "PUT /tariffs/DE/ABC/T2",
        ]
        assert receiver.lines()[-1].startswith("DELETE")
        assert holds(receiver) == said(registry)
        assert receiver.violations == []

    def test_after_the_journal_was_cut(self, behind, receiver, registry, clock):
        registry.prune(clock.now() + 1)
        behind.go()
        self.assert_anew(receiver, registry)
        receiver.requests.clear()
        behind.go()
        assert receiver.requests == []

    def test_in_a_new_life_of_the_feed(self, behind, receiver, registry):
        with writing(registry.engine) as connection:
            connection.execute(update(feed_head).values(epoch="0" * 32))
        behind.go()
        self.assert_anew(receiver, registry)

    def test_when_somebody_asks_for_it(self, behind, receiver, registry):
        assert replay(registry.engine, behind.destination, 0) is None
        behind.go()
        self.assert_anew(receiver, registry)

    def test_at_another_address(self, behind, post, registry):
        with Receiver() as other:
            moved = Post(
                registry,
                type(behind.destination)(
                    behind.destination.settings.model_copy(
                        update={k: other.settings[k] for k in ("locations_url", "tariffs_url")}
                    ),
                    registry.clock,
                ),
            )
            moved.go()
            assert holds(other) == said(registry)

    def test_a_new_release_looks_at_everything_and_sends_what_it_says_otherwise(
        self, post, receiver, site, registry, monkeypatch
    ):
        one = post()
        one.go()
        receiver.requests.clear()
        monkeypatch.setattr("app.delivery.engine.__version__", "99")
        one.go()
        assert receiver.requests == []

    def test_a_scope_that_shrinks_withdraws_and_one_that_grows_brings(self, post, receiver, site, registry):
        site.locations(location("L9", country="NLD"), complete=False)
        post(countries=["DEU"]).go()
        assert set(receiver.shown()) == {*(("locations", f"L{n}") for n in (1, 2, 3)), ("tariffs", "T1")}
        receiver.requests.clear()
        post(countries=["NLD"]).go()
        assert sorted(receiver.lines()) == [
            *(f"PATCH /locations/DE/ABC/L{n}" for n in (1, 2, 3)),
            "PUT /locations/DE/ABC/L9",
        ]


def test_what_changed_since_is_sent_again_in_full(
    post: MakePost, receiver: Receiver, site: Backend, registry: Registry
):
    one = post()
    one.go()
    since = one.state.cursor
    changed(site, E1="CHARGING")
    one.go()
    receiver.requests.clear()
    assert replay(registry.engine, one.destination, since) == 1
    one.go()
    assert receiver.lines() == ["PUT /locations/DE/ABC/L1"]


def test_what_is_paused_is_sent_nothing_and_misses_nothing(post: MakePost, receiver: Receiver, site: Backend, registry):
    one = post()
    one.go()
    with writing(registry.engine) as connection:
        write_state(connection, one.name, paused=True)
    receiver.requests.clear()
    changed(site, E1="CHARGING")
    one.go()
    assert (receiver.requests, one.state.word, one.standing.due) == ([], "paused", 1)
    with writing(registry.engine) as connection:
        write_state(connection, one.name, paused=False)
    one.go()
    assert holds(receiver) == said(registry)


def test_what_takes_long_is_broken_off_for_what_came_up_meanwhile(post, receiver, backend, registry, monkeypatch):
    monkeypatch.setattr("app.delivery.sending.LONGEST_S", 0.2)
    backend.locations(*(location(f"L{n}", evse(f"E{n}")) for n in range(30)))
    one = post(parallel=1)
    one.go()
    replay(registry.engine, one.destination, 0)
    receiver.requests.clear()
    receiver.delay = 0.05
    courier = threading.Thread(target=one.go)
    courier.start()
    while len(receiver.requests) < 3:
        time.sleep(0.005)
    changed(backend, E29="CHARGING")
    courier.join(30)
    assert receiver.lines().index("PUT /locations/DE/ABC/L29") < 15
    assert holds(receiver) == said(registry)


def test_a_first_delivery_of_many_batches_keeps_its_order(post, receiver, backend, registry, monkeypatch):
    monkeypatch.setattr(objects, "AT_ONCE", 3)
    backend.tariffs(*(tariff(f"T{n}") for n in range(7)))
    backend.locations(*(location(f"L{n}", evse(f"E{n}", connector(tariff_ids=[f"T{n}"]))) for n in range(7)))
    one = post()
    one.go()
    kinds = [line.split("/")[1] for line in receiver.lines()]
    assert kinds == ["tariffs"] * 7 + ["locations"] * 7
    assert holds(receiver) == said(registry)
    assert receiver.violations == []


def test_changes_do_not_wait_behind_what_is_sent_anew(post, receiver, backend, registry, monkeypatch):
    monkeypatch.setattr(objects, "AT_ONCE", 2)
    backend.locations(*(location(f"L{n}", evse(f"E{n}")) for n in range(10)))
    one = post(parallel=1)
    one.go()
    replay(registry.engine, one.destination, 0)
    receiver.requests.clear()
    changed(backend, E9="CHARGING")
    # the change is taken up after everything was found to be due
    one.go()
    assert "PUT /locations/DE/ABC/L9" in receiver.lines()
    assert receiver.evse("L9", "E9")["status"] == "CHARGING"


def test_never_two_requests_about_one_object_and_none_out_of_order(post, receiver, backend, registry, clock):
    backend.locations(*(location(f"L{n}", *(evse(f"E{n}{m}") for m in range(5))) for n in range(6)))
    receiver.delay = 0.003
    one = post(parallel=8)
    ended = threading.Event()

    def deliver() -> None:
        while not ended.is_set():
            one.go()
        one.go()

    courier = threading.Thread(target=deliver)
    courier.start()
    for step in range(40):
        status = ("CHARGING", "AVAILABLE", "BLOCKED")[step % 3]
        backend.statuses(*((f"DE*ABC*E{n}{step % 5}", status) for n in range(6)), complete=False)
        clock.advance(seconds=1)
    ended.set()
    courier.join(30)
    assert receiver.violations == []
    assert holds(receiver) == said(registry)


def test_each_attempt_is_noted_with_its_times_and_the_oldest_are_forgotten(post, receiver, site, clock, monkeypatch):
    one = post()
    one.go()
    occurred = clock.now()
    clock.advance(seconds=2)
    site.statuses(("DE*ABC*E1", "CHARGING", occurred), complete=False)
    published = clock.now()
    clock.advance(seconds=3)
    one.told.clear()
    one.go()
    with reading(one.registry.engine) as connection:
        last = read_attempts(connection, one.name)[-1]
    assert (last.evse, last.outcome, last.attempts) == ("E1", "delivered", 1)
    assert (last.occurred_at, last.published_at, last.at) == (occurred, published, clock.now())
    assert [row.published_at for outcome in one.told for row in outcome.rows] == [published]
    monkeypatch.setattr(queue, "LOGGED", 3)
    clock.advance(seconds=61)
    changed(site, E1="BLOCKED", E2="BLOCKED", E3="BLOCKED")
    one.go()
    clock.advance(seconds=61)
    one.go()
    with reading(one.registry.engine) as connection:
        assert len(read_attempts(connection, one.name)) == 3


class Killed(BaseException):
    """In place of SIGKILL."""


def killed(*_: object, **__: object) -> None:
    raise Killed


def post_lease(registry: Registry, holder: str):
    found = Leases(registry.engine, holder).acquire("destination:receiver")
    assert found
    return found


def take_over(registry: Registry) -> None:
    """Another worker takes the lease, as it may when it has expired."""
    with writing(registry.engine) as connection:
        connection.execute(update(lease).values(expires_at=1))
    assert Leases(registry.engine, "new").acquire("destination:receiver")
