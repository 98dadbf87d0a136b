"""What is told of elements, of a plan, and of a moment."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.clock import parse_time
from app.tariffs.adhoc import tariff_price
from app.tariffs.explain import UnknownLanguage, bare_now, explain, explain_now, in_short
from tests.tariffs.examples import ZONE, at, element, priced
from tests.tariffs.explain.told import by_id

WEEK = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]


def short(*elements, **changes) -> str:
    """In English, without what is said of taxes."""
    told = in_short(priced(*elements, **{"tax_included": "N/A", **changes}), "en")
    return told.replace("\xa0", " ").removesuffix("; no taxes apply")


def full(*elements, **changes) -> list[str]:
    tariff = priced(*elements, **{"tax_included": "N/A", **changes})
    return [line.replace("\xa0", " ") for line in explain(tariff, "en")]


def test_the_first_rate_that_holds_always_is_the_base():
    peak = element("ENERGY", "0.79", start_time="17:00", end_time="20:00")
    assert short(peak, element("ENERGY", "0.59"), element("ENERGY", "0.10")) == "0.59 €/kWh, 0.79 € from 17:00 to 20:00"


def test_what_can_never_be_charged_is_not_told():
    bands = (element("ENERGY", "0.3", max_kwh=20), element("ENERGY", "0.4", min_kwh=20))
    assert short(*bands, element("ENERGY", "0.9")) == "0.30 €/kWh for the first 20 kWh, 0.40 € after 20 kWh"


def test_where_nothing_holds_it_is_free_and_said_so():
    assert short(element("ENERGY", "0.5", day_of_week=WEEK)) == "0.50 €/kWh Mon–Fri, otherwise free"


def test_the_same_price_at_several_times_is_told_once():
    windows = [("07:00", "10:00"), ("17:00", "21:00")]
    peaks = [element("ENERGY", "0.55", start_time=a, end_time=b, day_of_week=WEEK) for a, b in windows]
    told = "0.42 €/kWh, 0.55 € Mon–Fri from 07:00 to 10:00 and from 17:00 to 21:00"
    assert short(*peaks, element("ENERGY", "0.42")) == told


def test_an_earlier_exception_narrows_a_later_one():
    weekend = element("ENERGY", "0.49", day_of_week=["SATURDAY", "SUNDAY"])
    peak = element("ENERGY", "0.79", start_time="17:00", end_time="20:00")
    told = "0.59 €/kWh, 0.49 € Sat, Sun, 0.79 € Mon–Fri from 17:00 to 20:00"
    assert short(weekend, peak, element("ENERGY", "0.59")) == told


def test_exceptions_that_cannot_be_told_apart_shortly_count_in_order():
    first = element("ENERGY", "0.4", max_kwh=20)
    peak = element("ENERGY", "0.79", start_time="17:00", end_time="20:00")
    assert short(first, peak, element("ENERGY", "0.59")).endswith(", of several exceptions the first counts")
    assert (
        "Where several exceptions apply, the one named first counts." in full(first, peak, element("ENERGY", "0.59"))[1]
    )


@pytest.mark.parametrize(
    ("free", "understood"),
    [({"max_kwh": 5}, True), ({"max_duration": 1800}, True), ({"min_kwh": 20}, False), ({"max_power": 11}, False)],
)
def test_just_what_is_free_at_first_goes_before_all_else_unsaid(free, understood):
    peak = element("ENERGY", "0.79", start_time="17:00", end_time="20:00")
    told = short(element("ENERGY", "0", **free), peak, element("ENERGY", "0.59"))
    assert told.endswith("0.79 € from 17:00 to 20:00") is understood
    assert told.endswith(", of several exceptions the first counts") is not understood


def test_an_exception_at_the_base_price_is_told_where_it_stands_before_another():
    holiday = element("ENERGY", "0.59", start_date="2027-01-06", end_date="2027-01-07")
    peak = element("ENERGY", "0.79", start_time="17:00", end_time="20:00")
    base = element("ENERGY", "0.59")
    assert "0.59 € on 6 Jan 2027, 0.79 € from" in short(holiday, peak, base)
    assert short(holiday, base) == "0.59 €/kWh"


def test_hours_past_midnight_are_one_window():
    night = element("ENERGY", "0.3", start_time="22:00", end_time="06:00")
    assert short(night, element("ENERGY", "0.5")) == "0.50 €/kWh, 0.30 € from 22:00 to 06:00"


def test_hours_past_midnight_on_certain_days_are_those_of_the_days_themselves():
    night = element("ENERGY", "0.3", start_time="22:00", end_time="06:00", day_of_week=["FRIDAY"])
    assert "0.30 € Fri from 00:00 to 06:00 and from 22:00 to midnight" in short(night, element("ENERGY", "0.5"))


def test_many_dates_are_counted_and_named_for_an_auditor():
    dates = [
        element("ENERGY", "0.4", start_date=f"2027-0{month}-01", end_date=f"2027-0{month}-02") for month in range(1, 6)
    ]
    tariff = priced(*dates, element("ENERGY", "0.5"))
    assert "on 5 days between 1 January 2027 and 1 May 2027" in explain(tariff, "en")[1]
    listed = explain(tariff, "en", every_date=True)[1]
    assert "on 1 January 2027, on 1 February 2027, on 1 March 2027, on 1 April 2027 and on 1 May 2027" in listed


@pytest.mark.parametrize(
    ("price", "told"),
    [
        ("0.59", "0.59 €/kWh"),
        ("0.5", "0.50 €/kWh"),
        ("1", "1 €/kWh"),
        ("0.4508", "0.4508 €/kWh"),
        ("0", "free"),
        ("-0.05", "-0.05 €/kWh"),
    ],
)
def test_an_amount_has_the_decimals_it_has(price, told):
    assert short(element("ENERGY", price)) == told


def test_a_rounded_amount_is_said_to_be_about_so_much_and_then_exactly():
    assert short(element("TIME", "2")) == "charging time about 0.0333 €/min"
    assert full(element("TIME", "2"))[1] == "Charging time: about 0.0333 €/min (2 €/h)."
    net = full(element("ENERGY", "0.3333", vat="8.1"), tax_included="NO")[1]
    assert net == "Energy: about 0.3603 €/kWh (0.3333 €/kWh before taxes)."
    assert short(element("TIME", "0.0001")) == "charging time about 0.0000017 €/min"


def test_a_net_price_is_told_with_its_vat():
    assert in_short(priced(element("ENERGY", "0.50", vat="19")), "de") == "0,595\xa0€/kWh; inkl. 19\xa0% MwSt."
    assert in_short(priced(element("ENERGY", "0.50")), "en") == "0.50\xa0€/kWh; plus any taxes"


def test_taxes_that_differ_stand_beside_each_price():
    parts = (element("ENERGY", "1", vat="10"), element("FLAT", "1", vat="20"))
    assert full(*parts, tax_included="YES")[1:] == [
        "Energy: 1 €/kWh (incl. 10% VAT).",
        "Session fee: 1 € per session (incl. 20% VAT).",
    ]


def test_time_and_parking_of_the_same_price_are_one():
    both = [element(kind, "6") for kind in ("TIME", "PARKING_TIME")]
    assert short(*both) == "time connected 0.10 €/min"
    later = [element(kind, "6", min_duration=14400) for kind in ("TIME", "PARKING_TIME")]
    assert short(*later) == "0.10 €/min from minute 240 on, otherwise free"


def test_a_limit_of_nothing_is_not_free():
    limit = {"before_taxes": 0, "after_taxes": 0}
    assert short(element("ENERGY", "0.5"), min_price=limit) == "0.50 €/kWh"
    assert short(element("ENERGY", "0.5"), max_price=limit) == "0.50 €/kWh; at most 0 € per session"


def test_a_limit_before_taxes_says_so_beside_prices_with_them():
    told = in_short(priced(element("ENERGY", "0.5", vat="10"), min_price={"before_taxes": 1}), "en")
    assert told == "0.55\xa0€/kWh; at least 1\xa0€ before taxes per session; incl. 10% VAT"


def test_a_limit_is_told_without_taxes_where_the_prices_are():
    limit = {"before_taxes": 10, "after_taxes": 11}
    assert in_short(priced(element("ENERGY", "0.5"), max_price=limit), "en") == (
        "0.50\xa0€/kWh; at most 10\xa0€ per session; plus any taxes"
    )


def test_an_unknown_booking_keeps_its_name():
    assert "LATE_ARRIVAL: 3 €" in short(element("ENERGY", "1"), element("FLAT", "3", booking="LATE_ARRIVAL"))


def test_reservations_tell_when_their_prices_hold():
    late = element("TIME", "6", reservation="RESERVATION", min_duration=900)
    assert (
        short(element("ENERGY", "1"), late) == "1 €/kWh; reservation: 0.10 €/min from minute 15 on and otherwise free"
    )


def test_a_plan_that_prices_otherwise_than_the_elements_is_not_believed():
    found = by_id()["city-peak-adhoc"]
    component = found.elements[-2].price_components[0].model_copy(update={"price": Decimal(9)})
    changed = found.elements[-2].model_copy(update={"price_components": [component]})
    other = found.model_copy(update={"elements": [*found.elements[:-2], changed, found.elements[-1]]})
    assert "9\xa0€" in in_short(other, "en")
    broken = found.model_copy(update={"plan": {"plan": "of someone else"}})
    assert in_short(broken, "en") == in_short(found.model_copy(update={"plan": None}), "en")


def test_an_occupancy_fee_is_believed_where_the_elements_price_it():
    fee = {"per_min": 0.1, "grace_min": 15, "from": "CHARGING_END", "cap": 12, "exempt": [{"day_of_week": ["SUNDAY"]}]}
    told = "1 €/kWh; idle fee 0.10 €/min after 15 minutes without charging, not Sun, at most 12 €"
    assert short(element("ENERGY", "1"), element("PARKING_TIME", "6"), occupancy=fee) == told
    assert short(element("ENERGY", "1"), element("PARKING_TIME", "9"), occupancy=fee) == "1 €/kWh; idle fee 0.15 €/min"


def test_a_fee_after_charging_is_one_though_charging_costs_the_same():
    fee = {"per_min": 0.1, "from": "CHARGING_END", "exempt": [{}]}
    both = [element(kind, "6") for kind in ("TIME", "PARKING_TIME")]
    assert short(*both, occupancy=fee) == "charging time 0.10 €/min; idle fee 0.10 €/min"


def test_the_time_zone_says_when_a_tariff_begins():
    dated = {"start_date_time": "2026-12-31T23:00:00Z", "end_date_time": "2027-06-30T22:00:00Z"}
    tariff = priced(element("ENERGY", "1"), **dated)
    assert "Valid from 1 January 2027 until 30 June 2027 inclusive." in explain(tariff, "en", time_zone=ZONE)
    assert "Valid from 31 December 2026, 23:00 UTC until 30 June 2027, 22:00 UTC." in explain(tariff, "en")


def test_now_and_then():
    tariff = by_id()["city-peak-adhoc"]
    price = tariff_price(tariff, ZONE, at("2027-01-05T18:00"))
    then = tariff_price(tariff, ZONE, price.next_change)
    told = [line.replace("\xa0", " ") for line in explain_now(price, "de", ZONE, then)]
    rest = "0,50 € pro Ladevorgang; höchstens 100 € pro Ladevorgang; inkl. 19 % MwSt."
    assert told == [
        f"Jetzt: 0,79 €/kWh; {rest}",
        "Bis 5. Januar 2027, 20:00 Uhr (Europe/Berlin).",
        f"Danach: 0,59 €/kWh; {rest}",
    ]
    bare = [line.replace("\xa0", " ") for line in bare_now(price, "de", ZONE, then)]
    assert bare == [f"0,79 €/kWh; {rest}", f"0,59 €/kWh; {rest}", ""]


def test_now_for_ever_and_now_until_nobody_knows():
    always = priced(element("ENERGY", "1"))
    now = parse_time("2027-01-05T18:00:00Z")
    assert explain_now(tariff_price(always, ZONE, now), "en", ZONE)[1:] == ("No change is known.",)
    ends = priced(element("ENERGY", "1"), end_date_time="2027-06-30T22:00:00Z")
    told = explain_now(tariff_price(ends, ZONE, now), "en", ZONE)
    assert told[1:] == ("Until 1 July 2027, 00:00 (Europe/Berlin).", "What it costs then is not known.")
    assert bare_now(tariff_price(always, ZONE, now), "en", ZONE)[1:] == ("", "")
    assert bare_now(tariff_price(ends, ZONE, now), "en", ZONE)[1:] == ("", "What it costs then is not known.")


def test_a_sentence_has_one_full_stop():
    evening = element("ENERGY", "1", start_time="17:00", end_time="20:00")
    assert explain(priced(evening, element("ENERGY", "2")), "en-CA")[1].endswith("p.m.")
    assert explain_now(tariff_price(priced(element("ENERGY", "1", vat="7")), ZONE, 0), "de", ZONE)[0].endswith("MwSt.")


def test_a_language_without_texts_is_refused():
    with pytest.raises(UnknownLanguage):
        explain(priced(element("ENERGY", "1")), "pl")


def test_an_occupancy_fee_that_just_begins_its_hours_is_no_other_price():
    night = tariff_price(priced(element("ENERGY", "1"), element("PARKING_TIME", "6", start_time="07:00")), ZONE, 0)
    assert night.next_change is not None
    then = tariff_price(night.tariff, ZONE, night.next_change)
    assert len(explain_now(night, "en", ZONE, then)) == 1
