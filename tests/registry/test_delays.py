"""How long changes took, from the journal."""

from __future__ import annotations

import pytest

from app.clock import ManualClock, Millis
from app.model.batch import Origin, StatusRecord
from app.registry.apply import Registry
from app.registry.delays import DAY, Delays, Span, What, delays, slowest
from app.registry.policy import SourcePolicy
from tests.registry.backend import HOUR, MINUTE, Backend, connector, evse, location, tariff

LIMITS = (15_000, 30_000, 60_000)


ALWAYS = Span()


def found(registry: Registry, what: What = What.STATUS, span: Span = ALWAYS) -> list[Delays]:
    return delays(registry.engine, what, LIMITS, span)


def only(registry: Registry, what: What = What.STATUS) -> Delays:
    (one,) = found(registry, what)
    return one


def charger(clock: ManualClock, status: str, seconds_ago: int, origin: Origin = Origin.CHARGER) -> StatusRecord:
    return StatusRecord("E1", status, clock.now() - seconds_ago * 1000, origin)


@pytest.fixture
def point(backend: Backend, clock: ManualClock) -> Backend:
    """A backend with a point of which something was said."""
    backend.locations(location("L1", evse("E1")))
    clock.advance(seconds=60)
    return backend


def test_a_time_of_the_charger_is_measured_from_there(point: Backend, registry: Registry, clock: ManualClock) -> None:
    for status, seconds in (("CHARGING", 10), ("AVAILABLE", 20), ("CHARGING", 90)):
        point.events(charger(clock, status, seconds))
        clock.advance(seconds=120)
    one = only(registry)
    assert (one.changes, one.by_charger, one.polled_every) == (3, 3, None)
    assert one.within == (1, 2, 2)
    assert one.late == (2, 1, 1)


def test_what_a_poll_sees_lies_between_two_polls(point: Backend, registry: Registry, clock: ManualClock) -> None:
    point.statuses(("E1", "AVAILABLE"))
    for seconds, status in ((10, "CHARGING"), (40, "AVAILABLE"), (100, "CHARGING")):
        clock.advance(seconds=seconds)
        point.statuses(("E1", status))
    one = only(registry)
    assert one.changes == 3
    assert one.within == (1, 1, 2), "sure of those whose poll before was so short a time ago"
    assert one.late == (0, 0, 0), "no delay is certain: it may have changed just before the poll"
    assert one.polled_every == 50_000


def test_without_a_poll_before_it_may_be_in_time(point: Backend, registry: Registry, clock: ManualClock) -> None:
    point.statuses(("E1", "CHARGING"))
    assert (only(registry).within, only(registry).late) == ((0, 0, 0), (0, 0, 0))
    assert slowest(registry.engine, What.STATUS, Span(), 1)[0].at_most is None


def test_the_first_status_of_a_point_is_as_old_as_it_is(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.locations(location("L1", evse("E1", status=None)))
    backend.statuses(("E1", "CHARGING", clock.now() - 5 * HOUR))
    assert found(registry) == []


def test_what_is_said_again_after_a_silence_is_no_change(registry: Registry, clock: ManualClock) -> None:
    registry = Registry(registry.engine, clock, {"abc": SourcePolicy(ttl=15 * MINUTE)})
    backend = Backend(registry, clock)
    backend.locations(location("L1", evse("E1")))
    backend.statuses(("E1", "CHARGING"))
    clock.advance(seconds=16 * 60)
    assert registry.tick() == 1
    clock.advance(seconds=60)
    backend.statuses(("E1", "CHARGING"))
    assert only(registry).changes == 1, "neither the silence nor its end"


def test_a_changed_tariff_and_an_hour_of_it_are_prices(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.tariffs(tariff("T1"))
    clock.advance(seconds=600)
    backend.tariffs(tariff("T1", start_date_time="2027-01-01T00:00:00Z"))
    assert [(one.source, one.changes, one.within, one.polled_every) for one in found(registry, What.PRICE)] == [
        ("abc", 1, (0, 0, 0), 600_000)
    ]
    clock.advance(seconds=400 * DAY / 1000)
    registry.tick()
    assert [one.source for one in found(registry, What.PRICE)] == ["abc", "timer"]


def test_a_changed_location_is_static(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    backend.locations(location("L1", evse("E1")))
    clock.advance(seconds=20)
    backend.locations(location("L1", evse("E1"), name="New"))
    assert only(registry, What.STATIC).within == (0, 1, 1)


def test_a_span_is_days_and_a_country(point: Backend, registry: Registry, clock: ManualClock) -> None:
    begun: Millis = clock.now() // DAY * DAY
    point.events(charger(clock, "CHARGING", 5))
    clock.advance(seconds=DAY / 1000)
    point.events(charger(clock, "AVAILABLE", 5, Origin.BACKEND))
    assert [(one.day, one.by_backend) for one in found(registry)] == [(begun, 0), (begun + DAY, 1)]
    assert [one.day for one in found(registry, span=Span(begun + DAY, begun + 2 * DAY))] == [begun + DAY]
    assert len(found(registry, span=Span(country="DEU"))) == 2
    assert found(registry, span=Span(country="FRA")) == []


def test_a_price_is_of_the_countries_whose_connectors_name_it(
    backend: Backend, registry: Registry, clock: ManualClock
) -> None:
    backend.tariffs(tariff("T1"), tariff("T2"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]))))
    clock.advance(seconds=60)
    backend.tariffs(tariff("T1", currency="CHF"), tariff("T2", currency="CHF"))
    changes = {
        country: sum(one.changes for one in found(registry, What.PRICE, Span(country=country)))
        for country in (None, "DEU", "FRA")
    }
    assert changes == {None: 2, "DEU": 1, "FRA": 0}


def test_the_slowest_come_first(point: Backend, registry: Registry, clock: ManualClock) -> None:
    for status, seconds in (("CHARGING", 5), ("AVAILABLE", 90), ("CHARGING", 30)):
        point.events(charger(clock, status, seconds))
        clock.advance(seconds=120)
    one, two = slowest(registry.engine, What.STATUS, Span(), 2)
    assert (one.key, one.evse_uid, one.source) == ("de*abc/l1", "E1", "abc")
    assert (one.at_least, one.at_most, two.at_least) == (90_000, 90_000, 30_000)
