"""Which tariffs make the ad hoc price of a connector, and when others take their place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from app.clock import parse_time
from app.tariffs.adhoc import Component, PriceBook
from tests.tariffs.adhoc.asking import NOON, ask, body, connector
from tests.tariffs.examples import ZONE, at, element

SWITCH = "2026-11-30T23:00:00Z"
"""Midnight in Berlin."""


def tariff(id: str, type: str | None = None, price: str = "0.5", **changes: Any) -> dict[str, Any]:
    return body(element("ENERGY", price), id=id, type=type, **changes)


ADHOC, LATER_ADHOC = tariff("adhoc", "AD_HOC_PAYMENT"), tariff("adhoc-2", "AD_HOC_PAYMENT", "0.6")
CONTRACT, GREEN = tariff("contract", "REGULAR"), tariff("green", "PROFILE_GREEN")
ANYONE, TERMINAL, WEB = tariff("anyone"), tariff("terminal"), tariff("web", price="0.45")


def ids(*tariffs: dict[str, Any], **asked: Any) -> list[str]:
    return [price.tariff.id for price in ask(*tariffs, **asked)]


@pytest.mark.parametrize(
    ("tariffs", "chosen"),
    [
        ([CONTRACT, ADHOC, ANYONE], ["adhoc"]),
        ([CONTRACT, ANYONE, GREEN], ["anyone"]),
        ([CONTRACT, GREEN], []),
        ([ADHOC, LATER_ADHOC], ["adhoc", "adhoc-2"]),
        ([], []),
    ],
)
def test_tariffs_for_ad_hoc_payment_come_before_those_for_every_session(
    tariffs: list[dict[str, Any]], chosen: list[str]
) -> None:
    assert ids(*tariffs) == chosen


def test_several_prices_each_say_how_to_pay_and_the_first_is_the_default() -> None:
    offers = [
        {"tariff_id": "web", "payment_means": ["WEBSITE"]},
        {"tariff_id": "terminal", "payment_means": ["TERMINAL"]},
    ]
    found = ask(TERMINAL, ANYONE, WEB, offers=offers)
    assert [(one.tariff.id, one.offer.payment_means, one.default) for one in found if one.offer] == [
        ("web", ["WEBSITE"], True),
        ("terminal", ["TERMINAL"], False),
    ]


def test_a_tariff_for_ad_hoc_payment_beside_an_offer_holds_for_all_other_ways_to_pay() -> None:
    found = ask(ADHOC, WEB, offers=[{"tariff_id": "web", "payment_means": ["WEBSITE"]}])
    assert [(one.tariff.id, one.offer is None) for one in found] == [("web", False), ("adhoc", True)]


def test_a_tariff_that_is_not_known_has_no_price() -> None:
    assert PriceBook().adhoc(connector(ADHOC, ANYONE), {"anyone": ANYONE}, ZONE, at(NOON))[0].tariff.id == "anyone"


def test_a_tariff_follows_another_at_the_moment_of_the_switch() -> None:
    old, new = {**ADHOC, "end_date_time": SWITCH}, {**LATER_ADHOC, "start_date_time": SWITCH}
    (before,) = ask(old, new, when="2026-11-30T23:59")
    (after,) = ask(old, new, when="2026-12-01T00:00")
    assert (before.tariff.id, before.valid_from, before.next_change) == ("adhoc", None, at(SWITCH))
    assert (after.tariff.id, after.valid_from, after.next_change) == ("adhoc-2", at(SWITCH), None)


def test_a_tariff_that_comes_beside_another_is_a_change_for_both() -> None:
    beside = {**LATER_ADHOC, "start_date_time": SWITCH}
    (alone,) = ask(ADHOC, beside)
    assert alone.next_change == at(SWITCH)
    assert [price.valid_from for price in ask(ADHOC, beside, when="2026-12-02T00:00")] == [None, at(SWITCH)]


def test_outside_of_its_validity_a_tariff_for_ad_hoc_payment_leaves_the_place_to_one_for_every_session() -> None:
    ended, begins = {**ADHOC, "end_date_time": SWITCH}, {**ADHOC, "start_date_time": SWITCH}
    (after,) = ask(ended, ANYONE, when="2026-12-01T00:00")
    (before,) = ask(begins, ANYONE, when="2026-11-30T23:59")
    assert (after.tariff.id, after.valid_from, after.next_change) == ("anyone", at(SWITCH), None)
    assert (before.tariff.id, before.valid_from, before.next_change) == ("anyone", None, at(SWITCH))
    assert ids(ended, CONTRACT, when="2026-12-01T00:00") == []


def test_a_tariff_for_every_session_that_begins_beside_one_for_ad_hoc_payment_is_no_change() -> None:
    assert ask(ADHOC, {**ANYONE, "start_date_time": SWITCH})[0].next_change is None


def test_a_tariff_that_is_never_valid_changes_nothing() -> None:
    never = {**LATER_ADHOC, "start_date_time": SWITCH, "end_date_time": SWITCH}
    assert ask(ADHOC, never)[0].next_change is None


def test_free_of_charge_is_a_price_of_zero_and_no_tariff_is_no_price() -> None:
    (free,) = ask(body(element("FLAT", "0")))
    first = free.first(Component.SESSION)
    assert first
    assert first.amount == 0
    assert free.first(Component.ENERGY) is None
    assert ask() == ()


def test_a_book_answers_for_every_connector_time_and_zone_as_if_it_was_asked_alone() -> None:
    windows = element("ENERGY", "0.7", start_time="17:00", end_time="20:00"), element("ENERGY", "0.3", min_power=50)
    evening = body(*windows, element("ENERGY", "0.5"), id="evening")
    book, known = PriceBook(), {"evening": evening}
    for kw in (22, 150):
        asked = connector(evening, kw=kw)
        for hour in ("2026-11-23T16:59", "2026-11-23T17:00", "2026-11-22T17:00", "2026-11-23T20:00"):
            for zone in (ZONE, "America/New_York"):
                alone = PriceBook().adhoc(asked, known, zone, at(hour))
                assert book.adhoc(asked, known, zone, at(hour)) == alone


def test_a_book_that_is_asked_before_and_after_a_switch_knows_both() -> None:
    old = tariff("old", "AD_HOC_PAYMENT", end_date_time=SWITCH)
    new = tariff("new", "AD_HOC_PAYMENT", start_date_time=SWITCH)
    book, known, moment = PriceBook(), {"old": old, "new": new}, parse_time(SWITCH)
    asked = [moment - 1, moment, moment - 1, moment + 1]
    found = [book.adhoc(connector(old, new), known, ZONE, when)[0].tariff.id for when in asked]
    assert found == ["old", "new", "old", "new"]


def test_the_tariffs_of_all_times_are_valid_just_while_they_count():
    for_a_month = tariff("adhoc", "AD_HOC_PAYMENT", start_date_time=SWITCH, end_date_time="2026-12-31T23:00:00Z")
    known = {one["id"]: one for one in (ANYONE, for_a_month, CONTRACT)}
    found = PriceBook().adhoc_tariffs(connector(*known.values()), known, at(NOON))
    begin, end = (datetime.fromisoformat(for_a_month[name]) for name in ("start_date_time", "end_date_time"))
    assert [(one.id, one.start_date_time, one.end_date_time) for one, _ in found] == [
        ("anyone", None, begin),
        ("adhoc", begin, end),
        ("anyone", end, None),
    ]
