"""The list of all ad hoc prices, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
import json

import pytest

from app.clock import parse_time
from app.formats.base import Context, Envelope, format_named
from tests.objects import GONE, changed, location, tariff

NOON, EVENING = (
    parse_time(f"2026-11-23T{hour}:00:00Z") for hour in ("11", "21")
)  # a Monday; 12:00 and 22:00 in Berlin
AROUND = Envelope(NOON)


def document(name, *bodies, tariffs=None, at=NOON):
    form = format_named(name)
    context = Context(at, {"adhoc": tariff()} if tariffs is None else tariffs)
    written = [body for body in (form.location(body, context).body for body in bodies) if body]
    return form.prefix(AROUND) + form.separator.join(written) + form.suffix(AROUND)


def rows(*bodies, **more):
    return json.loads(document("prices-json", *bodies, **more))["data"]


def lines(*bodies, **more):
    text = document("prices-csv", *bodies, **more).decode()
    return list(csv.DictReader(io.StringIO(text)))


def losses(name, body, tariffs):
    return [loss.path for loss in format_named(name).location(body, Context(NOON, tariffs)).losses]


def test_a_row_says_where_what_until_when_and_in_words():
    (row,) = rows(location())
    assert [row[name] for name in ("party_id", "location_id", "evse_id", "connector_id")] == [
        "ABC",
        "LOC-1",
        "DE*ABC*E1",
        "1",
    ]
    assert (row["tariff_id"], row["currency"], row["payment_means"]) == ("adhoc", "EUR", ["TERMINAL"])
    energy = {"component": "energy", "amount": "0.59", "per": "kWh", "taxes": "gross", "vat_percent": "19"}
    assert row["components"][0] == {**energy, "net": "0.4958", "gross": "0.59"}
    assert row["next_change"] == "2026-11-23T19:00:00.000Z"
    assert (row["min_price"], row["comparison"]["gross"]) == ({"net": "0.84", "gross": "1"}, "17.7")
    assert "0.59" in row["words"]
    assert "Then: 0.49" in row["words"]


def test_prices_are_those_of_the_hour():
    assert rows(location(), at=EVENING)[0]["components"][0]["gross"] == "0.49"


def test_the_comparison_is_by_the_price_of_now_though_it_ends_within_the_half_hour():
    just_before = parse_time("2026-11-23T18:59:00Z")
    assert rows(location(), at=just_before)[0]["comparison"]["gross"] == "17.7"


def test_the_csv_has_the_same_in_columns():
    (line,) = lines(location())
    assert (line["energy_kwh_net"], line["energy_kwh_gross"], line["session_gross"]) == ("0.4958", "0.59", "")
    assert (line["max_price_gross"], line["comparison_30kwh_30min_gross"]) == ("50", "17.7")
    assert line["words"] == " ".join(rows(location())[0]["words"].split())


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://example.com")'])
def test_no_text_is_a_formula_in_a_spreadsheet(text):
    body = changed(changed(location(), "id", text), "evses[0].uid", text)
    (line,) = lines(body)
    for name in ("location_id", "evse_uid"):
        assert line[name] == f"'{text.strip()}"
    assert rows(body)[0]["location_id"] == text


@pytest.mark.parametrize("name", ["prices-json", "prices-csv"])
def test_what_has_no_price_has_no_row_and_the_loss_says_why(name):
    assert losses(name, location(), {}) == ["evses[].connectors[].tariff_ids"]
    assert losses(name, changed(location(), "time_zone", GONE), {"adhoc": tariff()}) == ["time_zone"]
    assert format_named(name).location(location(), Context(NOON, {})).body is None


def test_a_tax_rate_that_is_not_known_leaves_the_other_amount_open():
    body = tariff()
    del body["elements"][1]["price_components"][0]["vat"]
    component = rows(location(), tariffs={"adhoc": body}, at=EVENING)[0]["components"][0]
    assert (component["net"], component["gross"]) == (None, "0.49")
    assert lines(location(), tariffs={"adhoc": body}, at=EVENING)[0]["energy_kwh_net"] == ""


def test_the_same_object_gives_the_same_bytes_whatever_was_rendered_before():
    again = [document("prices-json", location(), at=at) for at in (NOON, EVENING, NOON)]
    assert again[0] == again[2] != again[1]


def test_without_prices_the_documents_are_empty_and_whole():
    assert rows() == []
    assert lines() == []
