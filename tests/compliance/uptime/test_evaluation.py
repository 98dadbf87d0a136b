"""The rules about uptime beside those about data: counted by port and network, findings with a life, evaluated again when due."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from app.clock import ManualClock, parse_time
from app.compliance.evaluation import Evaluator
from app.compliance.judging import RuleBook
from app.compliance.uptime.evaluation import UptimeEvaluator
from app.errors import LeaseLost
from app.registry.database import open_engine, reading, writing
from app.registry.evaluation import reading as known
from app.registry.evaluation.record import Counts, Life, Which
from app.registry.exclusions import Level, Place, Statement, enter, revoke
from app.registry.leases import Lease, Leases
from app.registry.tables import location
from tests.compliance.uptime.year import NOW
from tests.registry.backend import DAY

BOOK = RuleBook([])
ALL = Which()


@pytest.fixture
def clock() -> ManualClock:
    """The year is over, and so is 2028-12."""
    return ManualClock(NOW)


@pytest.fixture
def engine(year: Engine, tmp_path: Path) -> Engine:
    with sqlite3.connect(str(year.url.database)) as source, sqlite3.connect(tmp_path / "feed.db") as copy:
        source.backup(copy)
    return open_engine(f"sqlite:///{tmp_path}/feed.db")


def whole(uptime: UptimeEvaluator, lease: Lease | None = None) -> int:
    number = 0
    while uptime.step(lease):
        number += 1
    return number


@pytest.fixture
def evaluate(engine: Engine, clock: ManualClock) -> Callable[[], int]:
    """Data, a minute later uptime until nothing is due; how many steps that took."""
    data, uptime = Evaluator(engine, BOOK, clock), UptimeEvaluator(engine, BOOK, clock)

    def both() -> int:
        clock.advance(seconds=60)
        assert data.step().finished is not None
        clock.advance(seconds=60)
        return whole(uptime)

    return both


def sums(engine: Engine, which: Which = ALL) -> dict[str, Counts]:
    with reading(engine) as connection:
        every = {one.rule.code: known.counted(connection, one.rule.code, which) for one in BOOK.uptimes}
    return {code: groups[0].counts for code, groups in every.items() if groups}


def lives(engine: Engine, rule: str) -> dict[str, Life]:
    with reading(engine) as connection:
        return {f"{one.key} {one.places}".strip(): one for one in known.lives(connection) if one.rule == rule}


def say(engine: Engine, level: Level, key: str, says: str, days: int) -> int:
    """Of the first days of June 2028."""
    since = parse_time("2028-06-01T00:00:00Z")
    said = Statement(Place(level, key), since, since + days * DAY, says, "Operations", "seen")
    with writing(engine) as connection:
        (number,) = enter(connection, [said], NOW)
    return number


def test_ports_and_networks_are_counted_and_the_lowest_figure_is_the_worst(
    engine: Engine, evaluate: Callable[[], int]
) -> None:
    assert evaluate() == 3
    assert sums(engine) == {
        "nevi-uptime": Counts(8, 2, 0, 3),
        "california-uptime": Counts(1),
        "uk-reliability": Counts(1),
    }
    with reading(engine) as connection:
        clamp, limit = known.worst(connection, "nevi-uptime", ALL, 3)
        ((ordinal, _),) = known.locations_called(connection, "HWY")
    assert (clamp.key, clamp.places, clamp.what[:35]) == (
        "US*ABC/HWY",
        "evses[H-CLAMP]",
        "NEVI minimum uptime: 0.0000 % from ",
    )
    assert clamp.what.endswith("; more was down than the rule's year holds: 0 and not below")
    assert (limit.places, limit.what) == (
        "evses[H-LIMIT]",
        "NEVI minimum uptime: 97.0000 % from 2028-01-01 to 2028-12-31, due is more than 97 %",
    )
    assert limit.grade == "warning", "nobody says that it is federally funded"
    assert "`chargefeed report uptime --sheet us_nevi`" in limit.remedy
    assert sums(engine, Which(country="GB")) == {"uk-reliability": Counts(1)}
    assert sums(engine, Which(location=ordinal))["nevi-uptime"].failed == 2


def test_an_exclusion_makes_it_due_again_and_each_port_has_its_own_life(
    engine: Engine, evaluate: Callable[[], int]
) -> None:
    assert evaluate() > 0
    assert evaluate() == 0, "once a day"
    before = lives(engine, "nevi-uptime")["US*ABC/HWY evses[H-LIMIT]"]
    number = say(engine, Level.PORT, "us*abc/h-limit", "vandalism", 30)
    assert evaluate() > 0
    after = lives(engine, "nevi-uptime")
    fixed, open_ = after["US*ABC/HWY evses[H-LIMIT]"], after["US*ABC/HWY evses[H-CLAMP]"]
    assert (fixed.first_seen, bool(fixed.fixed_at), open_.fixed_at) == (before.first_seen, True, None)
    with writing(engine) as connection:
        revoke(connection, number, "Operations", "not ours", NOW)
    assert evaluate() > 0
    assert lives(engine, "nevi-uptime")["US*ABC/HWY evses[H-LIMIT]"].first_seen > before.first_seen, "a new life"


def test_a_network_that_fails_is_one_finding_until_it_is_gone(engine: Engine, evaluate: Callable[[], int]) -> None:
    say(engine, Level.LOCATION, "gb*abc/gbr", "outage", 20)
    evaluate()
    with reading(engine) as connection:
        (one,) = known.worst(connection, "uk-reliability", Which(party="GB*ABC"), 3)
    assert (one.key, one.country, one.places, one.grade) == ("GB*ABC", "GB", "", "breach")
    assert "(UNKNOWN is reliable), 9" in one.what
    with writing(engine) as connection:
        connection.execute(update(location).where(location.c.id == "GBR").values(public=False))
    say(engine, Level.LOCATION, "gb*abc/gbr", "outage", 21)
    evaluate()
    assert "uk-reliability" not in sums(engine)
    assert lives(engine, "uk-reliability")["GB*ABC"].fixed_at is not None


def test_data_that_are_evaluated_anew_leave_uptime_as_it_is_and_out_of_the_quality_of_the_feed(
    engine: Engine, evaluate: Callable[[], int], clock: ManualClock
) -> None:
    evaluate()
    before = sums(engine)
    clock.advance(seconds=DAY / 1000)
    Evaluator(engine, BOOK, clock).step()
    assert sums(engine) == before
    with reading(engine) as connection:
        shares: dict[str, set[tuple[int, int]]] = {}
        for _, dimension, good, due in known.quality(connection, ALL, 0):
            shares.setdefault(dimension, set()).add((good, due))
    assert len(shares["completeness"]) == 1


def test_a_round_of_uptime_begins_no_day_while_one_of_the_data_goes_on(
    engine: Engine, evaluate: Callable[[], int], clock: ManualClock
) -> None:
    evaluate()
    with reading(engine) as connection:
        day = known.last_day(connection)
    clock.advance(seconds=DAY / 1000)
    whole(UptimeEvaluator(engine, BOOK, clock))
    with reading(engine) as connection:
        assert known.last_day(connection) == day
    assert sums(engine)["nevi-uptime"] == Counts(8, 2, 0, 3), "counted once"


def test_it_waits_for_the_data_and_writes_nothing_without_its_lease(engine: Engine, clock: ManualClock) -> None:
    uptime = UptimeEvaluator(engine, BOOK, clock)
    assert not uptime.step(), "no round of the data is whole"
    Evaluator(engine, BOOK, clock).step()
    lease = Leases(engine, "one").acquire("duty:evaluation")
    assert lease is not None
    with pytest.raises(LeaseLost):
        whole(uptime, replace(lease, epoch=lease.epoch + 1))
    assert sums(engine) == {}
    assert not uptime.step(lease), "the round that was broken off is over"
    assert uptime.step(lease)
