"""Sessions and CDRs of 2.2.1 in 2.3.0 and back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.formats.ocpi.charged_versions import downgraded, upgraded
from app.model.session import CDR, Session
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "relay"


def body(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text())
    return found


@pytest.mark.parametrize(("name", "model"), [("session", Session), ("cdr", CDR)])
def test_there_and_back_nothing_changes(name: str, model: type[Session | CDR]) -> None:
    newer = upgraded(body(name), "2.2.1")
    model.model_validate(newer)
    assert newer != body(name)
    assert downgraded(newer, "2.2.1", 0) == (body(name), ())
    assert upgraded(newer, "2.3.0") == newer
    assert downgraded(newer, "2.3.0", 0) == (newer, ())


def test_taxes_are_added_to_the_cent() -> None:
    taxes = [{"name": "VAT", "amount": 0.1}, {"name": "city", "amount": 0.2}]
    older, _ = downgraded({"total_cost": {"before_taxes": 0.3, "taxes": taxes}}, "2.2.1", 0)
    assert older["total_cost"] == {"excl_vat": 0.3, "incl_vat": 0.6}
    assert downgraded({"total_cost": {"before_taxes": 0.3}}, "2.2.1", 0)[0]["total_cost"] == {"excl_vat": 0.3}


def test_what_2_2_1_has_no_word_for_is_said_as_it_can() -> None:
    newer = {"cdr_token": {"uid": "x", "type": "EMAID"}, "cdr_location": {"connector_standard": "SAE_J3400"}}
    older, _ = downgraded(newer, "2.2.1", 0)
    assert older["cdr_token"]["type"] == "OTHER"
    assert older["cdr_location"]["connector_standard"] == "TESLA_S"


def test_what_a_tariff_cannot_say_is_a_loss() -> None:
    newer = upgraded(body("cdr"), "2.2.1")
    tariff = newer["tariffs"][0]
    tariff["tax_included"] = "YES"
    del tariff["elements"][0]["price_components"][0]["vat"]
    _, losses = downgraded(newer, "2.2.1", 0)
    assert [loss.path for loss in losses] == ["tax_included"]
