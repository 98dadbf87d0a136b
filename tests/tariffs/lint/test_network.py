"""Connectors and their tariffs: what breaks each rule and what keeps it; laws by what is known of each connector."""

from __future__ import annotations

from typing import Any

import pytest

from app.model.finding import Finding, Grade
from app.model.location import Location
from app.tariffs.lint import About, lint_network
from app.tariffs.lint.about import NOTHING_KNOWN
from app.tariffs.lint.network import NETWORK
from tests.tariffs.lint.cases import AT, body, location, read

CASES: dict[str, dict[str, Any]] = read("network")


def tariffs(case: dict[str, Any]) -> list[dict[str, Any]]:
    return [body({"elements": [{"ENERGY": 0.5}], **tariff}) for tariff in case.get("tariffs", ())]


def flat(kind: str) -> list[Any]:
    return [
        pytest.param(code, case, id=f"{code} {at}")
        for code, cases in CASES.items()
        for at, case in enumerate(cases[kind])
    ]


def findings(code: str, case: dict[str, Any]) -> list[Finding]:
    place = location(case["connectors"])
    Location.model_validate(place)
    return [finding for finding in lint_network([place], tariffs(case), AT) if finding.rule == code]


def test_every_rule_of_the_network_has_cases() -> None:
    assert set(CASES) == {rule.code for rule in NETWORK.rules}


@pytest.mark.parametrize(("code", "case"), flat("breaks"))
def test_broken(code: str, case: dict[str, Any]) -> None:
    found = findings(code, case)
    assert [finding.what for finding in found] == case["says"]
    for name, attribute in (("keys", "key"), ("paths", "path")):
        if name in case:
            assert [getattr(finding, attribute) for finding in found] == case[name]
    if "connectors_named" in case:
        assert list(found[0].connectors) == case["connectors_named"]


@pytest.mark.parametrize(("code", "case"), flat("keeps"))
def test_kept(code: str, case: dict[str, Any]) -> None:
    assert findings(code, case) == []


WITH_A_FEE = [body({"id": "A", "elements": [{"ENERGY": 0.5}, {"FLAT": 1}]})]


def laws(
    place: dict[str, Any], *prices: dict[str, Any], known: About = NOTHING_KNOWN
) -> list[tuple[str, Grade, tuple[str, ...]]]:
    found = lint_network([place], prices or WITH_A_FEE, AT, known)
    return [(one.rule, one.grade, one.connectors) for one in found if not one.rule.startswith(("ocpi", "network"))]


def test_a_law_comes_once_for_all_connectors_at_which_it_is_the_same() -> None:
    new, unknown, old = (
        {"evse": {"commissioned_on": day} if day else {}} for day in ("2025-01-01", None, "2020-01-01")
    )
    connectors = [{**one, "tariff_ids": ["A"]} for one in (new, unknown, old, new, {**new, "watts": 22_000})]
    assert laws(location(connectors)) == [
        ("afir-5-4-session-fee", Grade.BREACH, ("DE*ABC/LOC/E0/1", "DE*ABC/LOC/E3/1")),
        ("afir-5-4-session-fee", Grade.CANNOT_TELL, ("DE*ABC/LOC/E1/1",)),
    ]


def test_a_law_is_that_of_the_country_in_which_the_connector_stands() -> None:
    assert {rule for rule, _, _ in laws(location([["A"]], country="GBR"))} == {"uk-11-currency", "uk-11-other-fees"}


def test_what_is_known_besides_holds_where_the_location_is_silent() -> None:
    silent, told = ({"tariff_ids": ["A"]}, {"tariff_ids": ["A"], "evse": {"federally_funded": False}})
    place = location([silent, told], country="USA")
    usd = body({"id": "A", "currency": "USD", "elements": [{"ENERGY": 0.5}, {"FLAT": 1}]})
    fees, where = "nevi-680-116-other-fees", ("DE*ABC/LOC/E0/1",)
    assert laws(place, usd) == [(fees, Grade.CANNOT_TELL, where)]
    assert laws(place, usd, known=About(federally_funded=True)) == [(fees, Grade.WARNING, where)]


def test_funding_and_state_of_a_location_are_facts() -> None:
    place = location(
        [{"tariff_ids": ["A"], "evse": {"installed_on": "2024-01-01"}}],
        country="USA",
        state="California",
        funding=["NEVI"],
    )
    by_time = body({"id": "A", "currency": "USD", "elements": [{"TIME": 12}]})
    assert {(rule, grade) for rule, grade, _ in laws(place, by_time)} == {
        ("ca-4002-11-time", Grade.BREACH),
        ("ca-4002-11-energy", Grade.BREACH),
        ("nevi-680-116-energy", Grade.BREACH),
        ("nevi-680-116-other-fees", Grade.WARNING),
    }


def test_a_tariff_without_a_type_is_no_ad_hoc_price_beside_one_that_is() -> None:
    by_time = body({"id": "A", "type": None, "elements": [{"TIME": 12}]})
    by_energy = body({"id": "B", "elements": [{"ENERGY": 0.5}]})
    point = {"evse": {"commissioned_on": "2025-01-01"}}
    alone = laws(location([{**point, "tariff_ids": ["A"]}]), by_time, by_energy)
    assert [rule for rule, _, _ in alone] == ["afir-5-4-energy", "afir-5-4-time-fee"]
    assert laws(location([{**point, "tariff_ids": ["A", "B"]}]), by_time, by_energy) == []
    offered = location([{**point, "adhoc_offers": ["A"], "tariff_ids": ["B"]}])
    assert [rule for rule, _, _ in laws(offered, by_time, by_energy)] == ["afir-5-4-energy", "afir-5-4-time-fee"]


def test_a_tariff_no_connector_uses_is_asked_by_no_law_but_by_ocpi() -> None:
    wrong = body({"id": "A", "elements": [{"TIME": 12, "vat": 0.19}]})
    found = lint_network([], [wrong], AT)
    assert [finding.rule for finding in found] == ["network-unused-tariff", "ocpi-vat-fraction"]
