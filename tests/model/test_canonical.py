from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.canonical import canonical, full_body, number_text, static_body
from app.model.location import Location
from app.model.tariff import Tariff
from tests.objects import location, tariff


@pytest.mark.parametrize(("model", "body"), [(Location, location()), (Tariff, tariff())])
def test_a_canonical_object_survives_reading_and_writing(model, body):
    read = model.model_validate(body)
    assert orjson.loads(canonical(read)) == body
    assert full_body(read) == body


def test_keys_come_in_the_order_of_the_model_whatever_order_they_came_in():
    backwards = dict(reversed(location().items()))
    assert canonical(Location.model_validate(backwards)) == canonical(Location.model_validate(location()))


def test_no_nulls_and_no_empty_lists_or_objects_are_written():
    body = {**location(), "name": None, "facilities": [], "grid_connection": {}}
    text = canonical(Location.model_validate(body)).decode()
    assert '"publish":true,"address"' in text
    assert "[]" not in text
    assert "grid_connection" not in text
    assert canonical({"a": None, "b": [], "c": {"d": None}, "e": 0, "f": False}) == b'{"e":0,"f":false}'


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_numbers_are_exact_and_without_exponent(number):
    text = canonical({"n": number}).decode()[5:-1]
    assert Decimal(text) == number
    assert "e" not in text.lower()
    assert not ("." in text and text.endswith("0"))


def test_the_number_that_binary_fractions_cannot_say_stays_as_it_was_written():
    read = Tariff.model_validate({**tariff(), "preauthorize_amount": 0.1})
    assert read.preauthorize_amount == Decimal("0.1")
    assert b'"preauthorize_amount":0.1,' in canonical(read)


def test_equal_numbers_are_written_alike():
    assert {number_text(Decimal(text)) for text in ("2", "2.0", "2.00", "20e-1")} == {"2"}


def test_times_are_utc_with_milliseconds():
    noon = datetime(2026, 1, 31, 12, 0, 0, 123_999, tzinfo=UTC)
    assert canonical([noon]) == b'["2026-01-31T12:00:00.123Z"]'
    assert canonical([noon.astimezone(timezone(timedelta(hours=1)))]) == b'["2026-01-31T12:00:00.123Z"]'


def test_a_records_body_holds_nothing_that_is_live():
    text = orjson.dumps(static_body(Location.model_validate(location())))
    for name in (b"last_updated", b"status_detail", b"status_times", b'"status":"AVAILABLE"', b'"status":"CHARGING"'):
        assert name not in text
    assert b'"status":"INOPERATIVE"' in text, "a planned status belongs to the object"


def test_unknown_fields_are_kept_only_by_name():
    body = location()
    body["colour"] = "green"
    body["evses"][0]["colour"] = "blue"
    read = Location.model_validate(body)
    assert b"colour" not in orjson.dumps(static_body(read))
    kept = static_body(read, frozenset({"colour"}))
    assert (kept["colour"], kept["evses"][0]["colour"]) == ("green", "blue")


def test_json_outside_the_model_is_taken_to_a_depth_only():
    deep = {}
    for _ in range(2000):
        deep = {"x": deep, "n": 1}
    text = canonical(Tariff.model_validate({**tariff(), "plan": deep}))
    assert 40 < text.count(b'"x"') < 60


def test_what_is_no_json_value_is_refused():
    with pytest.raises(TypeError):
        canonical({"a": object()})
