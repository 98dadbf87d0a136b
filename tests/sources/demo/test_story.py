"""What happens at demo points: a function of seed, point and time, and plausible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.clock import ManualClock, format_time, parse_time
from app.model.batch import Kind, Origin
from app.model.enums import Status
from app.sources.demo import DemoSource
from app.sources.demo.live import Pace
from app.sources.demo.live import point as story_point
from app.sources.demo.sites import network
from app.sources.demo.source import DemoSettings
from app.sources.demo.story import DAY, HOUR, MINUTE, PROFILES, Point, Spell, local_hour, status_at

BEGIN = parse_time("2026-11-23T00:00:00Z")
SEED = 1


@cache
def points() -> list[Point]:
    sites = network(SEED, 420, ("DE", "FR", "NL", "GB", "US"))
    return [story_point(site, spot) for site in sites for spot in site.spots]


def spells(point: Point, begin: int, end: int) -> Iterator[Spell]:
    """One after the other; a spell is seen as soon as it holds."""
    at = begin
    last = None
    while at < end:
        spell = status_at(SEED, point, at)
        if last is None or (spell.status, spell.since) != (last.status, last.since):
            yield spell
        last, at = spell, spell.until


times = st.integers(BEGIN - 400 * DAY, BEGIN + 4000 * DAY)
any_point = st.integers(0, 1900).map(lambda index: points()[index % len(points())])


@given(any_point, times, st.floats(0, 1, exclude_max=True))
def test_a_spell_is_told_the_same_at_every_moment_of_it(point, at, share):
    spell = status_at(SEED, point, at)
    assert spell.since <= at < spell.until
    if not point.always:
        within = spell.since + int(share * (spell.until - spell.since))
        again = status_at(SEED, point, within)
        assert (again.status, again.since) == (spell.status, spell.since)


@given(any_point, times)
def test_a_change_is_a_change(point, at):
    spell = status_at(SEED, point, at)
    if not point.always:
        assert status_at(SEED, point, spell.since - 1).status != spell.status


@given(any_point, times)
def test_points_report_whole_seconds(point, at):
    assert status_at(SEED, point, at).since % 1000 == 0


def test_every_status_is_seen_within_a_day():
    seen = {status_at(SEED, point, BEGIN + hour * HOUR).status for point in points() for hour in range(24)}
    assert seen == set(Status)


def test_sessions_begin_and_end_and_last_as_long_as_the_power_asks():
    lasts = {
        name: [
            (spell.until - spell.since) / MINUTE
            for point in [point for point in points() if point.profile is profile and not point.always][:40]
            for spell in spells(point, BEGIN, BEGIN + 2 * DAY)
            if spell.status == "CHARGING"
        ]
        for name, profile in PROFILES.items()
    }
    mean = {name: sum(minutes) / len(minutes) for name, minutes in lasts.items()}
    assert 10 < mean["hpc"] < mean["dc"] < mean["ac"] < mean["slow"] < 200


def test_a_reservation_ends_in_a_session():
    for point in [point for point in points() if point.reservable and not point.always][:60]:
        told = list(spells(point, BEGIN, BEGIN + 5 * DAY))
        for spell, following in pairwise(told):
            if spell.status == "RESERVED":
                assert following.status in ("CHARGING", "OUTOFORDER", "INOPERATIVE", "UNKNOWN")


def utilisation(chosen: list[Point], days: int = 7) -> float:
    moments = range(BEGIN, BEGIN + days * DAY, 67 * MINUTE)
    charging = sum(status_at(SEED, point, at).status == "CHARGING" for point in chosen for at in moments)
    return charging / (len(chosen) * len(moments))


@pytest.mark.parametrize("profile", PROFILES)
def test_utilisation_is_plausible(profile):
    chosen = [point for point in points() if point.profile is PROFILES[profile] and not point.always]
    assert 0.05 < utilisation(chosen[:50]) < 0.40


def test_fast_points_are_busier_than_slow_ones():
    fast = [point for point in points() if point.profile is PROFILES["hpc"]]
    slow = [point for point in points() if point.profile is PROFILES["ac"]]
    assert utilisation(fast[:80]) > utilisation(slow[:80])


def test_the_day_is_busier_than_the_night_by_local_time():
    by_hour: Counter[int] = Counter()
    for point in points()[::4]:
        for hour in range(48):
            at = BEGIN + hour * HOUR
            by_hour[local_hour(point.time_zone, at)] += status_at(SEED, point, at).status == "CHARGING"
    assert sum(by_hour[hour] for hour in (15, 16, 17, 18)) > 2 * sum(by_hour[hour] for hour in (1, 2, 3, 4))


def test_most_points_work_most_of_the_time():
    working = {"AVAILABLE", "CHARGING", "RESERVED", "BLOCKED"}
    told = [status_at(SEED, point, BEGIN + day * DAY).status for point in points() for day in range(5)]
    assert 0.93 < sum(status in working for status in told) / len(told) < 0.99


def demo(**settings) -> DemoSource:
    return DemoSource(DemoSettings(name="demo", **settings), ManualClock(BEGIN))


def rows(source: DemoSource) -> dict[str, tuple]:
    [batch] = source.fetch(Kind.STATUSES, None, full=True)
    assert batch.complete
    return {row.evse: tuple(row) for row in batch.records}


def test_a_restart_continues_the_same_story():
    running = demo()
    for _ in range(40):
        running.clock.advance(seconds=377)
        told = rows(running)
    restarted = demo()
    restarted.clock.set(running.clock.now())
    assert rows(restarted) == told


def test_a_clock_that_steps_back_tells_what_was():
    source = demo(locations=60)
    before = rows(source)
    source.clock.advance(seconds=7200)
    assert rows(source) != before
    source.clock.advance(seconds=-7200)
    assert rows(source) == before


def test_rows_already_handed_over_stay_as_they_were():
    source = demo(locations=60)
    [first] = source.fetch(Kind.STATUSES, None, full=True)
    kept = list(first.records)
    source.clock.advance(seconds=7200)
    rows(source)
    assert list(first.records) == kept


def test_a_poll_names_every_point_of_the_inventory():
    source = demo()
    uids = {
        evse["uid"]
        for batch in source.fetch(Kind.LOCATIONS, None, full=True)
        for raw in batch.records
        for evse in raw.body["evses"]
    }
    assert set(rows(source)) == uids


def test_time_can_run_faster():
    changes = {}
    for speed in (1, 60):
        source = demo(speed=speed)
        before = rows(source)
        source.clock.advance(seconds=60)
        changes[speed] = sum(before[evse] != row for evse, row in rows(source).items())
    assert changes[60] > 10 * changes[1] > 0


def test_a_fast_story_reports_times_of_the_real_clock():
    source = demo(speed=600)
    source.clock.advance(seconds=30)
    for _, _, occurred_at in rows(source).values():
        assert occurred_at <= format_time(source.clock.now())
    recent = [row for row in rows(source).values() if row[2] > format_time(BEGIN)]
    assert recent


def test_both_clocks_agree_at_the_epoch():
    pace = Pace(BEGIN, 60)
    assert pace.story(BEGIN) == pace.real(BEGIN) == BEGIN
    assert pace.story(BEGIN + 1000) == BEGIN + 60_000
    assert pace.real(BEGIN + 60_000) == BEGIN + 1000


def test_a_status_read_has_the_chargers_own_time_and_a_fault_says_why():
    [batch] = demo().fetch(Kind.STATUSES, None, full=True)
    faulty = next(row for row in batch.records if row.status == "OUTOFORDER")
    parsed = batch.parse(faulty)
    assert parsed.problems == ()
    assert parsed.record.origin is Origin.CHARGER
    assert format_time(parsed.record.occurred_at) == faulty.occurred_at
    assert parsed.record.detail["fault_code"]
