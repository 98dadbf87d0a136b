"""What the feeds say beyond the versions' own rules: British prices in pence, in OCPI 2.2.1."""

from __future__ import annotations

from typing import Any

import orjson

from app.formats.base import Context, formats
from app.model.loss import Loss
from app.tariffs.flatten.text import AMOUNTS
from tests.objects import tariff

BRITISH = {
    "country_code": "GB",
    "currency": "GBP",
    "tax_included": "YES",
    "tariff_alt_text": [{"language": "en", "text": "Day"}],
}


def of_price(**changes: Any) -> tuple[dict[str, Any], tuple[Loss, ...]]:
    element = {"price_components": [{"type": "ENERGY", "price": 0.79, "vat": 20, "step_size": 1}]}
    body = {**tariff(), "elements": [element], **BRITISH, **changes}
    rendered = formats()["ocpi-2.2.1"].tariff(body, Context(at=0, tariffs={}))
    assert rendered.body is not None
    return orjson.loads(rendered.body), rendered.losses


def test_a_british_tariff_says_its_price_in_pence_too() -> None:
    converted, losses = of_price()
    assert converted["tariff_alt_text"] == [
        {"language": "en", "text": "Day 79p/kWh, plus at least £1 per session, at most £50 per session."}
    ]
    assert Loss("tariff_alt_text", AMOUNTS) in losses
    converted, losses = of_price(currency="EUR")
    assert converted["tariff_alt_text"] == [{"language": "en", "text": "Day"}]
    assert any(loss.value == "EUR" for loss in losses), "why there is none is said"


def test_other_tariffs_state_no_amounts() -> None:
    converted, losses = of_price(country_code="IE")
    assert converted["tariff_alt_text"] == [{"language": "en", "text": "Day"}]
    assert Loss("tariff_alt_text", AMOUNTS) not in losses
