"""A year whose figures were computed by hand (`tests/data/compliance/uptime/README.md`) has exactly those."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import Engine

from app.clock import parse_time
from app.compliance.uptime.counting import Judged
from app.compliance.uptime.figures import Class, Figure, PortUptime
from app.compliance.uptime.judging import judged, networks, uptimes
from app.compliance.uptime.network import reliabilities
from app.compliance.uptime.records import result
from app.compliance.uptime.sheet import MINUTE, read_sheet
from app.compliance.uptime.window import windows
from app.registry.views import View
from tests.compliance.uptime.year import NOW, rows


def of_ports(engine: Engine, sheet: str, period: str) -> dict[str, Judged]:
    rules = read_sheet(sheet)
    found = judged(engine, rules, windows(rules, period)[-1:], NOW, View())
    return {one.uptime.port.uid: one for one in found}


@pytest.fixture(scope="session")
def nevi(year: Engine) -> dict[str, Judged]:
    return of_ports(year, "us_nevi", "2028-09")


def notes(one: PortUptime, word: str) -> list[str]:
    return [note for note in one.notes if word in note]


def test_every_port_has_the_figures_computed_by_hand(nevi: dict[str, Judged]) -> None:
    expected = {
        row["port"]: [int(row[name]) for name in ("outage", "excluded", "unobserved")] for row in rows("figures.csv")
    }
    found = {uid: one.uptime for uid, one in nevi.items()}
    assert {
        uid: [span / MINUTE for span in (one.outage, one.excluded, one.unobserved)] for uid, one in found.items()
    } == expected
    assert {uid: result(one) for uid, one in found.items()} == {
        row["port"]: row["result"] for row in rows("figures.csv")
    }


def test_the_percentage_divides_by_the_fixed_year_though_the_window_has_a_day_more(nevi: dict[str, Judged]) -> None:
    one = nevi["H-LEAP"].uptime
    assert (one.until - one.since) / MINUTE == 527_040
    assert one.uptime == Decimal(525_600 - 2_880 - 360) * 100 / 525_600
    assert one.uptime_if_up == Decimal(525_600 - 2_880) * 100 / 525_600


def test_more_outage_than_the_fixed_year_holds_is_clamped_and_flagged(nevi: dict[str, Judged]) -> None:
    one = nevi["H-CLAMP"].uptime
    assert one.uptime == 0
    assert one.passed is False
    assert notes(one, "more was down than the rule's year holds")


def test_exactly_the_threshold_does_not_pass(nevi: dict[str, Judged]) -> None:
    one = nevi["H-LIMIT"].uptime
    assert one.uptime == 97
    assert one.passed is False


def test_what_nobody_observed_is_given_both_ways_and_decides_nothing(nevi: dict[str, Judged]) -> None:
    one = nevi["H-BRINK"].uptime
    assert one.uptime is not None
    assert one.uptime_if_up is not None
    assert one.uptime < 97 < one.uptime_if_up
    assert one.passed is None
    assert notes(one, "6 h (0.07% of the window) unobserved: decide what it was")


def test_a_late_status_takes_the_place_of_the_silence(nevi: dict[str, Judged]) -> None:
    events = [(one.kind, one.duration / MINUTE) for one in nevi["H-LATE"].outages]
    assert events == [(Class.UNOBSERVED, 60), (Class.OUTAGE, 60)]


def test_a_source_that_says_unknown_itself_is_an_outage_and_blocked_is_none(nevi: dict[str, Judged]) -> None:
    one = nevi["O-WORDS"]
    assert [(event.kind, event.status, event.duration / MINUTE) for event in one.outages] == [
        (Class.UNOBSERVED, "UNKNOWN", 360),
        (Class.OFFLINE, "UNKNOWN", 300),
    ]
    assert one.uptime.blocked == 120 * MINUTE
    assert notes(one.uptime, "nobody said since when it is open")


def test_overlapping_exclusions_count_once_and_it_is_said(nevi: dict[str, Judged]) -> None:
    one = nevi["H-EXCL"]
    (note,) = notes(one.uptime, "overlaps another")
    assert note == "exclusion 2 overlaps another for 6 h: counted once"
    assert [event.excluded_ms / MINUTE for event in one.outages] == [1_680, 0]


def test_a_port_that_moved_and_history_that_begins_inside_the_window_are_named(nevi: dict[str, Judged]) -> None:
    one = nevi["H-MOVED"].uptime
    assert one.passed is None
    assert notes(one, "its printed id was at I-MOVED in INN before")
    assert notes(one, "its statuses begin on 2028-07-01T00:00:00.000Z, inside the window")
    assert "I-MOVED" not in nevi


def test_a_station_in_its_first_year_has_no_figure(nevi: dict[str, Judged]) -> None:
    one = nevi["N-YOUNG"].uptime
    assert (one.uptime, one.uptime_if_up, one.passed) == (None, None, None)
    assert notes(one, "open for less than a year when the window began")


def test_an_outage_over_the_beginning_of_the_window_is_clipped(nevi: dict[str, Judged]) -> None:
    first = nevi["H-EDGE"].outages[0]
    assert first.since == parse_time("2027-10-01T00:00:00Z")
    assert first.duration == 1_440 * MINUTE


def test_california_has_limits_of_its_own(year: Engine) -> None:
    found = of_ports(year, "us_ca", "2028-09")
    assert list(found) == ["C-CAPS"]
    one = found["C-CAPS"].uptime
    assert [span / MINUTE for span in (one.outage, one.excluded, one.unobserved)] == [22_080, 18_720, 360]
    assert one.uptime == Decimal(527_040 - 3_360 - 360) * 100 / 527_040
    assert notes(one, "exceeds the limit of 10 days per incident by 48 h")
    assert notes(one, "exceeds the limit of 72 h of scheduled_maintenance by 8 h")


def test_the_united_kingdom_averages_rapid_points_by_time_in_both_readings(year: Engine) -> None:
    rules = read_sheet("uk")
    (network,) = networks(uptimes(year, rules, windows(rules, "2028"), NOW, View()), rules)
    minutes = [(one.total / MINUTE, one.down / MINUTE, one.unobserved / MINUTE) for one in network.figures]
    assert (network.party, network.ports) == ("GB*ABC", 2)
    assert minutes == [(702_720, 960, 120), (702_600, 960, 120)]
    assert network.passed is True
    assert network.figures[1].lowest == Decimal(702_600 - 1_080) * 100 / 702_600


def test_a_statement_says_how_much_time_is_left_out(year: Engine) -> None:
    rules = read_sheet("uk")
    (stated,) = reliabilities(judged(year, rules, windows(rules, "2028"), NOW, View()), rules, 2028)
    assert (stated.year, stated.network.party, stated.network.ports) == (2028, "GB*ABC", 2)
    assert stated.network.figures[0].total + stated.left_out == 2 * 527_040 * MINUTE


def test_a_window_that_is_not_over_is_not_up_to_its_end(year: Engine) -> None:
    rules = read_sheet("us_nevi")
    now = parse_time("2028-09-16T00:00:00Z")
    found = {one.port.uid: one for one in uptimes(year, rules, windows(rules, "2028-09"), now, View())}
    assert found["H-LEAP"].unobserved == (360 + 15 * 1440) * MINUTE
    assert found["H-LEAP"].passed is None
    assert notes(found["H-LEAP"], "the window is not over")


def test_a_quarter_has_three_windows_and_a_year_twelve() -> None:
    rules = read_sheet("us_nevi")
    assert [window.name for window in windows(rules, "2028Q3")] == ["2028-07", "2028-08", "2028-09"]
    assert len(windows(rules, "2028")) == 12
    assert windows(rules, "2028-12")[0].until == parse_time("2029-01-01T00:00:00Z")


@pytest.mark.parametrize(("down", "strict", "passed"), [(3, True, False), (3, False, True), (2, True, True)])
def test_the_threshold_is_strict_where_the_sheet_says_so(down: int, strict: bool, passed: bool) -> None:
    assert Figure("", 100, down, 0).passed(Decimal(97), strict=strict) is passed
