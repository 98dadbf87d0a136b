from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.identifiers import (
    IdentifierError,
    compare_key,
    object_key,
    parse_evse_id,
    parse_operator_id,
    parse_point_id,
    party,
)


@pytest.mark.parametrize("text", ["DE*ABC*E123*4", "DEABCE123*4", "de*abc*e123*4", " DE*ABC*E123*4 "])
def test_an_evse_id_is_read_with_and_without_separators_in_any_case(text):
    evse = parse_evse_id(text)
    assert evse.with_separators == "DE*ABC*E123*4"
    assert evse.without_separators == "DEABCE1234"
    assert evse.operator_id.with_separators == "DE*ABC"
    assert not evse.irregular
    assert not evse.din


def test_the_old_din_form_is_read():
    evse = parse_evse_id("+49*810*000*438")
    assert evse.din
    assert evse.with_separators == "+49*810*000*438"
    assert evse.without_separators == "+49810000438"
    assert evse.operator_id.with_separators == "+49*810"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("BE-BEC-E041503001", "- instead of * as separator"),
        ("GB*CGY*E*00022", "a separator right after E"),
    ],
)
def test_a_stray_writing_is_read_and_marked(text, why):
    assert parse_evse_id(text).irregular == why


@pytest.mark.parametrize(
    "text",
    ["", "DE", "DE*ABC", "DE*ABC*X1", "DE*ABCD*E1", "DE*ABC*E", "D1*ABC*E1", "DE*ABC*E" + "1" * 31, "DE*ABC*E1 2"],
)
def test_what_is_no_evse_id_is_refused_with_a_remedy(text):
    with pytest.raises(IdentifierError) as caught:
        parse_evse_id(text)
    assert caught.value.remedy


def test_a_station_id_is_no_evse_id():
    assert parse_point_id("FR*XXX*P68021", "P").without_separators == "FRXXXP68021"
    with pytest.raises(IdentifierError, match="an EVSE"):
        parse_evse_id("FR*XXX*P68021")


@pytest.mark.parametrize("text", ["DE*ABC", "deabc", "DE-ABC"])
def test_an_operator_id_is_read_in_its_forms(text):
    assert parse_operator_id(text).with_separators == "DE*ABC"
    assert parse_operator_id(text).without_separators == "DEABC"


def test_an_operator_id_in_the_old_din_form_is_read():
    assert parse_operator_id("+49*810").din


@pytest.mark.parametrize("text", ["", "DE", "DE*ABCD", "D*ABC", "DE**ABC"])
def test_what_is_no_operator_id_is_refused(text):
    with pytest.raises(IdentifierError):
        parse_operator_id(text)


@given(
    country=st.from_regex(r"[A-Z]{2}", fullmatch=True),
    operator=st.from_regex(r"[A-Z0-9]{3}", fullmatch=True),
    outlet=st.from_regex(r"[A-Z0-9]([A-Z0-9*]{0,28}[A-Z0-9])?", fullmatch=True),
)
def test_every_writing_of_an_id_has_the_same_key(country, operator, outlet):
    evse = parse_evse_id(f"{country}*{operator}*E{outlet}")
    writings = {evse.with_separators, evse.without_separators, evse.with_separators.lower()}
    assert len({compare_key(writing) for writing in writings}) == 1
    assert {parse_evse_id(writing).without_separators for writing in writings} == {evse.without_separators}


def test_object_keys_ignore_case():
    assert object_key("DE", "ABC", "LOC1") == object_key("de", "abc", "loc1") == "de*abc/loc1"
    assert party("de", "abc") == "DE*ABC"
