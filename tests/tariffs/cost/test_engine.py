"""Rules of the engine that the specification's examples do not reach."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.errors import PricingError
from app.tariffs.cost import Amount, Cost, LimitKind, cost
from tests.tariffs.examples import ZONE, element, priced, session, tariff

HOUR = {"minutes": 60, "kwh": 10}
PARKED = {"minutes": 60, "charging": False}


def volumes(found: Cost) -> dict[int | None, Decimal]:
    return {part.element: part.volume for part in found.components}


def test_a_dimension_without_matching_element_costs_nothing() -> None:
    found = cost(priced(element("ENERGY", "0.5", start_time="20:00")), session("2026-11-23T09:00", HOUR), ZONE)
    assert found.components == ()
    assert found.total == Amount(Decimal("0.00"), Decimal("0.00"))


def test_an_energy_band_is_cut_inside_a_phase_and_its_time_with_it() -> None:
    bands = priced(
        element("TIME", "1", max_kwh=4),
        element("TIME", "2"),
        element("ENERGY", "0.4", max_kwh=4),
        element("ENERGY", "0.6"),
    )
    found = cost(bands, session("2026-11-23T09:00", HOUR), ZONE)
    assert volumes(found) == {0: 24 * 60, 1: 36 * 60, 2: 4, 3: 6}


def test_energy_that_flows_evenly_is_split_at_midnight() -> None:
    days = priced(element("ENERGY", "0.3", day_of_week=["SUNDAY"]), element("ENERGY", "0.6"))
    found = cost(days, session("2026-11-22T23:30", HOUR), ZONE)
    assert volumes(found) == {0: 5, 1: 5}


@pytest.mark.parametrize(
    ("start", "minutes"), [("2026-03-28T23:00", 2 * 60), ("2026-10-24T23:00", 4 * 60), ("2026-11-23T23:00", 3 * 60)]
)
def test_a_night_window_is_as_long_as_the_night_of_a_clock_change(start: str, minutes: int) -> None:
    night = priced(element("TIME", "1", start_time="01:00", end_time="04:00"))
    found = cost(night, session(start, {"minutes": 8 * 60, "kwh": 40}), ZONE)
    assert volumes(found) == {0: minutes * 60}


def test_duration_counts_from_the_session_not_from_the_reservation() -> None:
    late = priced(element("TIME", "6", min_duration=3600))
    held = {"minutes": 30, "reservation": "RESERVATION"}
    assert cost(late, session("2026-11-23T09:00", held, HOUR), ZONE).components == ()
    assert volumes(cost(late, session("2026-11-23T09:00", HOUR, HOUR), ZONE)) == {0: 3600}


def test_the_duration_of_a_reservation_counts_from_its_own_start() -> None:
    held = priced(
        element("TIME", "0", reservation="RESERVATION", max_duration=600),
        element("TIME", "6", reservation="RESERVATION"),
    )
    found = cost(held, session("2026-11-23T09:00", {"minutes": 25, "reservation": "RESERVATION"}, HOUR), ZONE)
    assert volumes(found) == {0: 600, 1: 900}


def test_a_flat_fee_is_charged_once_however_often_it_matches() -> None:
    fees = priced(element("FLAT", "1", end_time="10:00"), element("FLAT", "2"))
    found = cost(fees, session("2026-11-23T09:30", HOUR, PARKED, HOUR), ZONE)
    assert [(part.element, part.volume) for part in found.components] == [(0, 1)]


def test_an_expired_reservation_pays_its_fee_and_that_for_expiring() -> None:
    fees = priced(
        element("FLAT", "4", reservation="RESERVATION_EXPIRES"),
        element("FLAT", "2", reservation="RESERVATION"),
        element("FLAT", "0.5"),
        min_price={"before_taxes": 10},
    )
    found = cost(fees, session("2026-11-23T09:00", {"minutes": 60, "reservation": "RESERVATION_EXPIRES"}), ZONE)
    assert found.total.before_taxes == Decimal("6.00")


def test_a_point_that_pauses_by_itself_costs_no_idle_fee() -> None:
    idle = priced(element("PARKING_TIME", "12"))
    paused = {"minutes": 30, "kwh": 0, "charging": True}
    assert cost(idle, session("2026-11-23T09:00", HOUR, paused), ZONE).components == ()


@pytest.mark.parametrize(
    ("version", "included", "vats", "expected"),
    [
        ("2.3.0", "NO", ("20", "20"), ("2.00", "2.40")),
        ("2.3.0", "NO", ("20", None), ("2.00", "2.20")),
        ("2.3.0", "NO", (None, None), ("2.00", None)),
        ("2.2.1", "NO", (None, None), ("2.00", "2.00")),
        ("2.1.1", "NO", (None, None), ("2.00", None)),
        ("2.3.0", "YES", ("20", "25"), ("1.63", "2.00")),
        ("2.3.0", "YES", (None, None), (None, "2.00")),
        ("2.3.0", "N/A", (None, None), ("2.00", "2.00")),
    ],
)
def test_taxes_are_said_where_they_are_known(
    version: str, included: str, vats: tuple[str | None, ...], expected: tuple[str | None, ...]
) -> None:
    both = [element(kind, "1", vat=vat) for kind, vat in zip(("FLAT", "TIME"), vats, strict=True)]
    total = cost(priced(*both, tax_included=included), session("2026-11-23T09:00", HOUR), ZONE, version).total
    assert (total.before_taxes, total.after_taxes) == tuple(amount and Decimal(amount) for amount in expected)


def test_limits_hold_on_each_tax_basis_by_itself() -> None:
    mixed = priced(
        element("FLAT", "5", vat="0"),
        element("TIME", "5", vat="20"),
        max_price={"before_taxes": 12, "after_taxes": Decimal("10.50")},
    )
    found = cost(mixed, session("2026-11-23T09:00", HOUR), ZONE)
    assert found.total == Amount(Decimal("10.00"), Decimal("10.50"))
    assert [(one.kind, one.limit) for one in found.limits] == [(LimitKind.MAXIMUM, Amount(None, Decimal("10.50")))]


def test_a_limit_without_taxes_keeps_the_share_of_taxes() -> None:
    capped = priced(element("TIME", "20", vat="20"), max_price={"before_taxes": 10})
    found = cost(capped, session("2026-11-23T09:00", HOUR), ZONE)
    assert found.total == Amount(Decimal("10.00"), Decimal("12.00"))
    assert any("max_price" in note for note in found.notes)


def test_2_1_1_has_no_limits() -> None:
    capped = priced(element("TIME", "20"), max_price={"before_taxes": 10})
    assert cost(capped, session("2026-11-23T09:00", HOUR), ZONE, "2.1.1").total.before_taxes == Decimal("20.00")


@pytest.mark.parametrize(
    ("currency", "total"), [("JPY", "35"), ("EUR", "34.57"), ("KWD", "34.568"), ("RSD", "34.57"), ("ISK", "35")]
)
def test_the_total_is_rounded_once_to_the_minor_unit(currency: str, total: str) -> None:
    found = cost(priced(element("FLAT", "34.5678"), currency=currency), session("2026-11-23T09:00", HOUR), ZONE)
    assert found.total.before_taxes == Decimal(total)
    assert found.exact.before_taxes == Decimal("34.5678")


def test_half_a_cent_is_rounded_up_though_it_comes_of_thirds() -> None:
    # 20 minutes at 0.0850 an hour are 0.028333…, three of them half a cent above 0.08.
    thirds = priced(*(element("TIME", "0.0850", max_duration=seconds) for seconds in (1200, 2400, 3600)))
    found = cost(thirds, session("2026-11-23T09:00", HOUR), ZONE)
    assert len(found.components) == 3
    assert found.total.before_taxes == Decimal("0.09")


def test_a_step_of_nothing_is_read_as_one() -> None:
    found = cost(priced(element("TIME", "1", 0)), session("2026-11-23T09:00", {"minutes": "0.025"}), ZONE)
    assert volumes(found) == {0: 2}


OLD = {"id": "old", "end_date_time": "2026-11-23T09:00:00Z"}
NEW = {"id": "new", "start_date_time": "2026-11-23T09:00:00Z"}


@pytest.mark.parametrize(("switching", "total"), [(False, "1.00"), (True, "2.00")])
def test_the_price_is_that_of_the_start_unless_the_tariff_may_change(switching: bool, total: str) -> None:
    two = [priced(element("TIME", "1"), **OLD), priced(element("TIME", "3"), **NEW)]
    found = cost(two, session("2026-11-23T09:30", HOUR), ZONE, switching=switching)
    assert found.total.before_taxes == Decimal(total)


def test_step_size_rounds_once_though_the_tariff_changes() -> None:
    two = [priced(element("TIME", "1", 3600), **OLD), priced(element("TIME", "3", 600), **NEW)]
    found = cost(two, session("2026-11-23T09:45", {"minutes": 22, "kwh": 1}), ZONE, switching=True)
    assert [(part.tariff, part.volume) for part in found.components] == [("old", 15 * 60), ("new", 15 * 60)]


def test_a_cdr_prices_each_phase_by_the_tariff_it_names() -> None:
    two = [priced(element("TIME", "1"), id="cheap"), priced(element("TIME", "4"), id="fast")]
    phases = [{**HOUR, "tariff_id": "FAST"}, {**HOUR, "tariff_id": "cheap"}]
    assert cost(two, session("2026-11-23T09:00", *phases), ZONE).total.before_taxes == Decimal("5.00")


@pytest.mark.parametrize(
    ("tariffs", "says"),
    [
        ([{"id": "a"}, {"id": "b"}], "2 tariffs are valid at the start: a, b"),
        ([{**OLD}, {**OLD, "id": "older"}], "no tariff is valid"),
        ([{"currency": "EUR"}, {"currency": "CHF"}], "CHF and EUR"),
        ([], "no tariff given"),
    ],
)
def test_what_cannot_be_told_is_refused(tariffs: list[dict[str, Any]], says: str) -> None:
    made = [priced(element("TIME", "1"), **changes) for changes in tariffs]
    with pytest.raises(PricingError, match=says):
        cost(made, session("2026-11-23T12:00", HOUR), ZONE)


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(PricingError, match="no time zone"):
        cost(tariff("watt-hours"), session("2026-11-23T12:00", HOUR), "Europe/Nowhere")


def test_what_was_not_known_is_noted() -> None:
    bands = priced(element("ENERGY", "0.2", max_current=32), element("ENERGY", "0.5", min_power=11))
    notes = " ".join(cost(bands, session("2026-11-23T09:00", HOUR), ZONE).notes)
    assert "current" in notes
    assert "power" in notes
