"""What an encoding cannot write is rounded, and never misleading."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.formats.datex2.encoding import V37_JSON, V37_XML
from app.formats.datex2.rates import EnergyPrice, PriceType
from app.formats.datex2.rounding import rounded_price


@pytest.mark.parametrize(
    ("value", "encoding", "written", "kind", "text"),
    [
        ("0.59", V37_XML, "0.59", PriceType.PER_MINUTE, ""),
        ("0.595", V37_JSON, "0.595", PriceType.PER_MINUTE, ""),
        ("0.595", V37_XML, "0.60", PriceType.PER_MINUTE, "Exactly 0.595 EUR per minute."),
        ("0.0053333333", V37_JSON, "0.005333", PriceType.PER_MINUTE, ""),
        ("0.0053333333", V37_XML, "0.01", PriceType.OTHER, "Exactly 0.005333 EUR per minute."),
        ("0.004", V37_XML, "0.00", PriceType.OTHER, "Exactly 0.004 EUR per minute."),
    ],
)
def test_a_price_is_rounded_with_the_exact_one_in_words_or_said_in_words_alone(value, encoding, written, kind, text):
    found, losses = rounded_price(EnergyPrice(PriceType.PER_MINUTE, Decimal(value)), "EUR", encoding)
    assert (found.value, found.price_type) == (Decimal(written), kind)
    assert found.additional_information == ((("en", text),) if text else ())
    assert bool(losses) == (Decimal(value) != found.value)
