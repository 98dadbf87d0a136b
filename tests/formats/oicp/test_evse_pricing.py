"""Which products an EVSE has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.formats.oicp.conversion import Conversion, Outcome
from app.formats.oicp.evse_pricing import evse_pricing
from tests.objects import location
from tests.tariffs.adhoc.asking import NOON, Body, body, connector
from tests.tariffs.examples import at, element

SWITCH = "2026-12-01T00:00:00Z"
PEAK = element("ENERGY", "0.7", start_time="17:00", end_time="20:00")


def tariff(id: str, *elements: Body, **changes: Any) -> Body:
    return body(*(elements or (element("ENERGY", "0.5"),)), id=id, **{"type": "REGULAR", **changes})


CONTRACT, OTHER = tariff("contract"), tariff("other")
ADHOC, ANYONE = tariff("adhoc", type="AD_HOC_PAYMENT"), tariff("anyone", type=None)


def assigned(*connectors: list[Body], evse_id: str | None = "DE*ABC*E1", when: str = NOON, **asked: Any) -> Conversion:
    """For an EVSE whose connectors have these tariffs."""
    known = {one["id"]: one for tariffs in connectors for one in tariffs}
    evse = {**location()["evses"][0], "evse_id": evse_id, "connectors": [connector(*tariffs) for tariffs in connectors]}
    return evse_pricing({name: value for name, value in evse.items() if value}, known, at(when), **asked)


def ids(*connectors: list[Body], **asked: Any) -> list[str]:
    (record,) = assigned(*connectors, **asked).records
    return record["EvseIDProductList"]


def test_an_evse_has_all_the_products_of_its_tariff() -> None:
    found = assigned([tariff("contract", PEAK, element("ENERGY", "0.5"))], provider_id="DE-DCB")
    assert found.outcome is Outcome.LOSSY
    assert found.records == (
        {
            "EvseID": "DE*ABC*E1",
            "ProviderID": "DE-DCB",
            "EvseIDProductList": ["contract-MON0000", "contract-MON1700"],
        },
    )


@pytest.mark.parametrize(
    ("tariffs", "product"),
    [([ADHOC, CONTRACT], "contract"), ([ADHOC, ANYONE], "anyone"), ([ANYONE, CONTRACT], "contract")],
)
def test_the_tariff_for_contracts_counts_else_the_one_for_every_session(tariffs: list[Body], product: str) -> None:
    assert ids(tariffs) == [product]


def test_of_tariffs_that_follow_each_other_the_valid_one_counts() -> None:
    both = [{**CONTRACT, "end_date_time": SWITCH}, {**OTHER, "start_date_time": SWITCH}]
    assert ids(both) == ["contract"]
    assert ids(both, when="2026-12-01T01:00") == ["other"]


def test_connectors_with_the_same_tariff_are_one() -> None:
    assert ids([CONTRACT], [CONTRACT, ADHOC]) == ["contract"]


@pytest.mark.parametrize(
    ("connectors", "reason"),
    [
        ([[CONTRACT], [OTHER]], "connectors with different tariffs"),
        ([[CONTRACT], [ADHOC]], "connectors with different tariffs"),
        ([[CONTRACT, OTHER]], "several tariffs for roaming"),
        ([[ADHOC]], "no tariff for roaming"),
        ([[]], "no tariff for roaming"),
        ([[tariff("contract", element("ENERGY", "0.5"), element("TIME", "3"))]], "one base price"),
    ],
)
def test_what_no_single_list_of_products_says_is_refused(connectors: list[list[Body]], reason: str) -> None:
    found = assigned(*connectors)
    assert (found.outcome, found.records) == (Outcome.REFUSED, ())
    assert reason in found.refusals[0].reason


@pytest.mark.parametrize("evse_id", [None, "DE-ABC-E1", "DE*ABC*1"])
def test_an_evse_without_an_id_of_oicp_is_refused(evse_id: str | None) -> None:
    assert assigned([CONTRACT], evse_id=evse_id).refusals[0].path == "evses[].evse_id"


def test_prices_of_a_customer_group_go_to_the_provider_that_serves_it_alone() -> None:
    group = tariff("fleet", audience="group")
    assert assigned([group]).outcome is Outcome.REFUSED
    assert ids([group], provider_id="DE-DCB") == ["fleet"]


def test_the_record_is_what_the_official_description_asks_for(faults: Callable[[str, Any], list[str]]) -> None:
    records = [*assigned([CONTRACT]).records, *assigned([CONTRACT], evse_id="+49*810*000*438").records]
    assert faults("eRoamingPushEVSEPricing", {"ActionType": "insert", "EVSEPricing": records}) == []
    assert faults("eRoamingPushEVSEPricing", {"ActionType": "insert", "EVSEPricing": [{"EvseID": "DE*ABC*E1"}]})
