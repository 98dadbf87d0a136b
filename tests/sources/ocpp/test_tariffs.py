"""Default tariffs of OCPP 2.1: as OCPI says them, refused where it cannot, and as charge points accept them."""

from __future__ import annotations

import asyncio
import copy
import json
from typing import Any

import pytest
from ocpp.messages import Call, validate_payload

from app.model.batch import Parsed, Raw
from app.sources.ocpp.charge_point import ChargePoint
from app.sources.ocpp.frames import Frame, Type
from app.sources.ocpp.places import Places
from app.sources.ocpp.settings import OcppSettings
from app.sources.ocpp.status import Rules
from app.sources.ocpp.tariffs import parse_tariff
from tests.shared import ROOT

TARIFF: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "ocpp" / "tariff.json").read_text())


def parsed(tariff: dict[str, Any]) -> Parsed:
    return parse_tariff(Raw("de*abc/city-dc", {**tariff, "country_code": "DE", "party_id": "ABC"}))


def test_each_price_is_an_element_in_the_units_of_ocpi() -> None:
    asyncio.run(validate_payload(Call("1", "SetDefaultTariff", {"evseId": 0, "tariff": TARIFF}), "2.1"))
    record = parsed(TARIFF).record
    assert record is not None
    body = json.loads(json.dumps(record.body, default=float))
    assert (body["id"], body["currency"], body["tax_included"]) == ("CITY-DC", "EUR", "NO")
    assert body["start_date_time"].startswith("2026-11-01T00:00:00")
    assert body["min_price"] == {"before_taxes": 1, "after_taxes": 1.19}
    assert body["tariff_alt_text"] == [{"language": "de", "text": "Stadttarif DC"}]
    elements = [
        (*(element["price_components"][0].get(name) for name in ("type", "price", "vat")), element.get("restrictions"))
        for element in body["elements"]
    ]
    day = {"start_time": "08:00", "end_time": "20:00", "day_of_week": ["MONDAY", "FRIDAY"], "max_kwh": 40}
    assert elements == [
        ("ENERGY", 0.45, 19, day),
        ("ENERGY", 0.35, 19, None),
        ("TIME", 3, None, {"min_power": 50}),
        ("PARKING_TIME", 6, 32, None),
        ("FLAT", 1.5, None, None),
        ("FLAT", 2, None, {"reservation": "RESERVATION"}),
    ]


def test_a_condition_that_ocpi_cannot_say_refuses_the_tariff() -> None:
    tariff = copy.deepcopy(TARIFF)
    tariff["idleTime"]["prices"][0]["conditions"] = {"minIdleTime": 3600}
    found = parsed(tariff)
    assert found.record is None
    assert any("minIdleTime" in str(problem) for problem in found.problems)


@pytest.mark.parametrize(
    "change", [{"energy": 5}, {"energy": {"prices": [{}]}}, {"energy": {"prices": [{"priceKwh": "x"}]}}]
)
def test_another_shape_is_refused_and_said(change: dict[str, Any]) -> None:
    found = parsed({**TARIFF, **change})
    assert found.record is None
    assert "is no tariff" in str(found.problems[0])


@pytest.mark.parametrize(
    ("answers", "has"),
    [
        (["Accepted"], {"0": "CITY-DC"}),
        (["Rejected"], {}),
        (["Accepted", "cleared"], {}),
    ],
)
def test_what_a_charge_point_accepts_it_has(answers: list[str], has: dict[str, str]) -> None:
    point = ChargePoint("CP1", "hardware", Places({}), Rules())
    point.connected(0)
    point.to_charge_point(Frame(Type.CALL, "1", "SetDefaultTariff", {"evseId": 0, "tariff": TARIFF}), 1)
    point.from_charge_point("2.1", Frame(Type.RESULT, "1", "", {"status": answers[0]}), 2)
    if "cleared" in answers:
        cleared = {"clearTariffsResult": [{"tariffId": "CITY-DC", "status": "Accepted"}]}
        point.to_charge_point(Frame(Type.CALL, "2", "ClearTariffs", {"tariffIds": ["CITY-DC"]}), 3)
        point.from_charge_point("2.1", Frame(Type.RESULT, "2", "", cleared), 4)
    assert {evse: tariff["tariffId"] for evse, tariff in point.station.tariffs.items()} == has


def test_tariffs_need_an_owner() -> None:
    with pytest.raises(ValueError, match="needs `country_code` and `party_id`"):
        OcppSettings.model_validate({"name": "hardware", "security_profile": 0, "roles": ["status", "price"]})
