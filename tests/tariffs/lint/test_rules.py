"""Each rule about tariffs: what breaks it, what keeps it, where it does not hold, and where it cannot be told."""

from __future__ import annotations

from typing import Any

import pytest

from app.model.finding import Finding, Grade
from app.tariffs.lint import RULES, lint_tariff
from app.tariffs.lint.network import NETWORK
from app.tariffs.lint.written import WRITTEN
from tests.tariffs.lint.cases import AT, about, read, tariff

CASES: dict[str, dict[str, Any]] = read("rules")


def flat(kind: str) -> list[Any]:
    return [
        pytest.param(code, case, id=f"{code} {index}")
        for code, cases in CASES.items()
        for index, case in enumerate(cases.get(kind, ()))
    ]


def findings(code: str, case: dict[str, Any], facts: dict[str, Any]) -> list[Finding]:
    return [finding for finding in lint_tariff(tariff(case), about(facts), AT) if finding.rule == code]


def facts_of(code: str) -> dict[str, Any]:
    found: dict[str, Any] = CASES[code].get("about", {})
    return found


def test_every_rule_has_cases() -> None:
    others = {rule.code for rule in (*NETWORK.rules, *WRITTEN.rules)}
    assert set(CASES) == set(RULES) - others
    assert all(cases["breaks"] and cases["keeps"] for cases in CASES.values())


def test_every_rule_that_asks_for_a_fact_has_a_case_where_it_is_missing_and_one_where_it_is_otherwise() -> None:
    for code, cases in CASES.items():
        asked = [requirement for requirement in RULES[code].where if requirement.fields]
        assert bool(asked) == ("unknown" in cases), code
        assert bool(RULES[code].where) == ("elsewhere" in cases), code


@pytest.mark.parametrize(("code", "case"), flat("breaks"))
def test_broken(code: str, case: dict[str, Any]) -> None:
    found = findings(code, case, facts_of(code))
    assert found
    assert {finding.grade for finding in found} == {RULES[code].grade}
    assert {finding.key for finding in found} == {"de*abc/t1"}
    for name, attribute in (("says", "what"), ("paths", "path"), ("remedies", "remedy")):
        if name in case:
            assert [getattr(finding, attribute) for finding in found] == case[name]


@pytest.mark.parametrize(("code", "case"), flat("keeps"))
def test_kept(code: str, case: dict[str, Any]) -> None:
    assert findings(code, case, facts_of(code)) == []


@pytest.mark.parametrize(("code", "other"), flat("elsewhere"))
def test_does_not_hold_there(code: str, other: dict[str, Any]) -> None:
    assert findings(code, CASES[code]["breaks"][0], {**facts_of(code), **other}) == []


@pytest.mark.parametrize(("code", "case"), flat("unknown"))
def test_cannot_be_told(code: str, case: dict[str, Any]) -> None:
    known = {name: value for name, value in facts_of(code).items() if name not in case.get("without", ())}
    facts = {**known, **case.get("with", {})}
    found = findings(code, CASES[code]["breaks"][0], facts)
    assert found
    assert {finding.grade for finding in found} == {Grade.CANNOT_TELL}
    assert {finding.missing for finding in found} == {tuple(case["missing"])}
    assert all(field in finding.remedy for finding in found for field in case["missing"])
    assert findings(code, CASES[code]["keeps"][0], facts) == []


def test_a_rule_reads_as_documentation() -> None:
    for code, rule in RULES.items():
        assert code == rule.code
        assert rule.title
        assert rule.source
        assert rule.remedy
        assert not rule.title.endswith(".")
        assert not rule.remedy.endswith(".")


def test_without_a_time_nothing_is_over() -> None:
    for code in ("ocpi-over", "ocpi-element-over"):
        found = lint_tariff(tariff(CASES[code]["breaks"][0]))
        assert code not in {finding.rule for finding in found}
