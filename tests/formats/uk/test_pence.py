"""One figure in pence per kWh with taxes, what stands beside it, and why there is none."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.ocpi.parse import read_tariff
from app.formats.uk.pence import PencePerKwh, alt_text, pence_per_kwh
from app.tariffs.cost import Phase, SessionFacts, cost
from app.tariffs.flatten.text import AMOUNTS
from tests.tariffs.adhoc.asking import Body, ask, body
from tests.tariffs.examples import at, element
from tests.tariffs.restricted import elements

LONDON = "Europe/London"
NOON, NIGHT = "2026-11-23T12:00", "2026-11-23T02:00"
OFF_PEAK = {"start_time": "00:30", "end_time": "04:30"}
DAY = element("ENERGY", "0.79", vat="20")
GROSS: Body = {"currency": "GBP", "tax_included": "YES"}


def said(*elements: Body, when: str = NOON, **changes: Any) -> PencePerKwh:
    prices = ask(body(*elements, **{**GROSS, **changes}), when=when, zone=LONDON)
    return pence_per_kwh(prices, LONDON, at(when, LONDON))


def reasons(found: PencePerKwh) -> list[tuple[str, str]]:
    return [(loss.reason, loss.value) for loss in found.losses]


@pytest.mark.parametrize(
    ("price", "changes", "pence", "text"),
    [
        ("0.79", {}, "79", "79p/kWh"),
        ("0.5505", {}, "55.05", "55.05p/kWh"),
        ("0.6583", {"tax_included": "NO"}, "78.996", "78.996p/kWh"),
        ("0.79", {"tax_included": "N/A"}, "79", "79p/kWh"),
        ("1.05", {}, "105", "105p/kWh"),
        ("0", {}, "0", "0p/kWh"),
    ],
)
def test_the_figure_is_with_taxes_and_has_decimals_where_it_needs_them(
    price: str, changes: Body, pence: str, text: str
) -> None:
    found = said(element("ENERGY", price, vat="20"), **changes)
    assert (found.pence, found.text, found.losses) == (Decimal(pence), text, ())


@pytest.mark.parametrize(("when", "pence"), [(NOON, 79), (NIGHT, 39)])
def test_the_figure_is_that_of_now_and_the_text_says_the_other_hours_too(when: str, pence: int) -> None:
    found = said(element("ENERGY", "0.39", vat="20", **OFF_PEAK), DAY, when=when)
    assert (found.pence, found.text) == (pence, "79p/kWh, 39p/kWh 00:30-04:30")


@pytest.mark.parametrize(
    ("restrictions", "words"),
    [
        ({"start_time": "22:00", "end_time": "06:00"}, "22:00-06:00"),
        ({"day_of_week": ["SATURDAY", "SUNDAY"]}, "Sat-Sun"),
        ({"day_of_week": ["MONDAY", "TUESDAY", "FRIDAY"], **OFF_PEAK}, "Mon-Tue, Fri 00:30-04:30"),
        (
            {"day_of_week": ["FRIDAY"], "start_time": "22:00", "end_time": "06:00"},
            "Fri 00:00-06:00 and Fri 22:00-00:00",
        ),
        ({"start_date": "2026-12-24", "end_date": "2026-12-27"}, "from 24 Dec 2026 until 26 Dec 2026"),
        ({"min_power": 50}, "from 50 kW"),
        ({"max_current": 32}, "up to 32 A"),
        ({"min_duration": 1800, "max_duration": 5400}, "30-90 min"),
    ],
)
def test_when_a_price_counts_is_said_in_words(restrictions: Body, words: str) -> None:
    text = said(element("ENERGY", "0.39", vat="20", **restrictions), DAY).text
    assert text.partition("39p/kWh ")[2].partition(", 79p")[0] == words


def test_bands_of_energy_are_each_said_with_their_bounds() -> None:
    found = said(element("ENERGY", "0.39", vat="20", max_kwh=10), DAY)
    assert (found.pence, found.text) == (39, "39p/kWh up to 10 kWh, 79p/kWh from 10 kWh")
    assert reasons(found) == [
        ("the figure is the price of energy as a session begins: 30 kWh in 30 min come to 65.6667p/kWh in all", "")
    ]


@pytest.mark.parametrize(
    ("fees", "text", "in_all"),
    [
        ([element("FLAT", "1", vat="20")], "£1 per session", "82.3333p"),
        ([element("FLAT", "0.5", vat="20")], "50p per session", "80.6667p"),
        ([element("FLAT", "1.5", vat="20")], "£1.50 per session", "84p"),
        ([element("FLAT", "1.2345", vat="20")], "£1.2345 per session", "83.115p"),
        ([element("TIME", "6", vat="20")], "10p/min while charging", "89p"),
        ([element("PARKING_TIME", "6", vat="20")], "10p/min while not charging", "79p"),
        ([element(kind, "6", vat="20") for kind in ("TIME", "PARKING_TIME")], "10p/min", "89p"),
        (
            [element(kind, "6", vat="20", min_duration=14_400) for kind in ("TIME", "PARKING_TIME")],
            "10p/min for staying from 240 min",
            "79p",
        ),
    ],
)
def test_other_fees_are_said_and_what_they_make_of_a_session_is_a_loss(
    fees: list[Body], text: str, in_all: str
) -> None:
    found = said(DAY, *fees)
    assert (found.pence, found.text) == (79, f"79p/kWh, plus {text}")
    begins = "the figure is the price of energy as a session begins"
    assert reasons(found) == [(f"{begins}: 30 kWh in 30 min come to {in_all}/kWh in all", text)]


def test_least_and_most_of_a_session_are_said() -> None:
    limits = {
        "min_price": {"before_taxes": 25, "after_taxes": 30},
        "max_price": {"before_taxes": 50, "after_taxes": 60},
    }
    found = said(DAY, **limits)
    assert found.text == "79p/kWh, plus at least £30 per session, at most £60 per session"
    assert "come to 100p/kWh in all" in reasons(found)[0][0]


def test_fees_of_nothing_are_not_said() -> None:
    found = said(DAY, element("FLAT", "0"), element("TIME", "0"))
    assert (found.text, found.losses) == ("79p/kWh", ())


def test_a_free_point_costs_nothing_per_kwh() -> None:
    found = said(element("FLAT", "0", 0))
    assert (found.pence, found.text, found.losses) == (0, "0p/kWh", ())


def test_outside_of_the_hours_in_which_energy_is_charged_it_costs_nothing() -> None:
    found = said(element("ENERGY", "0.79", vat="20", start_time="06:00", end_time="22:00"), when=NIGHT)
    assert (found.pence, found.text) == (0, "79p/kWh 06:00-22:00")


@pytest.mark.parametrize(
    ("elements", "changes", "path", "value"),
    [
        ([DAY], {"currency": "EUR"}, "currency", "EUR"),
        ([element("ENERGY", "0.79")], {"tax_included": "NO"}, "elements[].price_components[].vat", "ENERGY 0.79"),
        ([DAY, element("FLAT", "1")], {"tax_included": "NO"}, "elements[].price_components[].vat", "FLAT 1"),
        ([element("TIME", "6", vat="20")], {}, "elements[].price_components", "10p/min while charging"),
    ],
)
def test_where_no_figure_can_be_said_the_reason_is(elements: list[Body], changes: Body, path: str, value: str) -> None:
    found = said(*elements, **changes)
    assert (found.pence, found.text) == (None, "")
    assert [(loss.path, loss.value) for loss in found.losses] == [(path, value)]


@given(elements(kinds=st.just("ENERGY")), st.sampled_from([NOON, NIGHT, "2026-03-29T12:00"]))
def test_the_figure_is_what_the_first_watt_hour_costs_at_full_power(made: list[Body], when: str) -> None:
    (price,) = ask(body(*made, **GROSS), when=when, zone=LONDON, kw=150)
    start, wh, most = at(when, LONDON), Decimal("0.001"), Decimal(150)
    first = SessionFacts(start, start + 1000, (Phase(start, start + 1000, wh, True, most, current_a=most * 4),))
    paid = cost(price.tariff, first, LONDON).exact.after_taxes
    assert pence_per_kwh([price], LONDON, start).pence == (paid or 0) / wh * 100


def test_without_a_price_there_is_no_figure() -> None:
    assert pence_per_kwh((), LONDON, at(NOON, LONDON)).losses[0].reason == "no ad hoc price is known"


def test_another_ad_hoc_price_beside_the_default_is_a_loss() -> None:
    terminal = body(DAY, id="terminal", **GROSS)
    others = [
        body(element("ENERGY", price, vat="20"), id=name, **GROSS) for name, price in (("app", "0.69"), ("qr", "0.79"))
    ]
    offers = [{"tariff_id": "terminal"}, {"tariff_id": "app", "payment_means": ["APP"]}, {"tariff_id": "qr"}]
    found = pence_per_kwh(ask(terminal, *others, offers=offers, zone=LONDON), LONDON, at(NOON, LONDON))
    assert (found.pence, found.text) == (79, "79p/kWh")
    assert reasons(found) == [("another ad hoc price beside the figure: 69p/kWh", "APP")]


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_the_british_sample_has_prices_in_currencies_that_no_pence_can_be_made_of(
    shared_data: Path, currency: str
) -> None:
    sample = json.loads((shared_data / "nap/gb/pcpr-chargy-tariffs.sample.json").read_text(), parse_float=Decimal)
    (tariff,) = (one for one in sample["data"] if one["currency"] == currency)
    read = read_tariff(tariff, "2.2.1", country_code=None, party_id=None).record
    assert read
    found = pence_per_kwh(ask(read.body, zone=LONDON), LONDON, at(NOON, LONDON))
    assert [(loss.path, loss.value) for loss in found.losses] == [("currency", currency)]
    pounds = ask({**read.body, "currency": "GBP"}, zone=LONDON)
    assert pence_per_kwh(pounds, LONDON, at(NOON, LONDON)).losses[0].path == "elements[].price_components[].vat"


def test_a_profile_may_ask_for_amounts_in_the_text_of_a_tariff_which_is_a_deviation() -> None:
    texts = [{"language": "cy", "text": "Tâl nos."}, {"language": "en", "text": "Off-peak rates at night."}]
    tariff = body(element("ENERGY", "0.39", vat="20", **OFF_PEAK), DAY, tariff_alt_text=texts, **GROSS)
    found = alt_text(tariff)
    assert found.texts == [texts[0], {"language": "en", "text": f"{texts[1]['text']} 79p/kWh, 39p/kWh 00:30-04:30."}]
    assert (found.losses, found.deviations) == ((), (AMOUNTS,))
    assert alt_text(body(DAY, **GROSS)).texts == [{"language": "en", "text": "79p/kWh."}]


def test_a_text_that_cannot_state_amounts_stays_as_it_was() -> None:
    long = [{"language": "en", "text": "x" * 510}]
    for changes, path in (({"tariff_alt_text": long}, "tariff_alt_text"), ({"currency": "EUR"}, "currency")):
        tariff = body(DAY, **{**GROSS, **changes})
        found = alt_text(tariff)
        assert found.texts == tariff.get("tariff_alt_text", [])
        assert ([loss.path for loss in found.losses], found.deviations) == ([path], ())
