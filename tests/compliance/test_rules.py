"""Every rule finds what is there, misses what is not, and doubts what cannot be."""

from __future__ import annotations

from collections import Counter

import pytest

from app.compliance.catalogue import catalogue
from app.compliance.profile import read_profiles
from app.compliance.rule import Level, Rule, State
from app.compliance.site import Site
from app.model.shape import fields
from app.registry.overlay import LEVELS
from tests.compliance.sites import federal, federal_tariff, location, read, seen, site
from tests.shared import ROOT

PROFILES = read_profiles(ROOT / "config" / "profiles")
AFIR = catalogue().rules("afir")
ALL = [rule for name in catalogue().regimes for rule in catalogue().rules(name)]
RULES = {rule.code: rule for rule in (*ALL, *(rule for profile in PROFILES for rule in profile.rules()))}
_AMERICAN = read("american-cases.json")
AMERICAN = {code: _AMERICAN[case] if isinstance(case, str) else case for code, case in _AMERICAN.items()}
"""A text names the rule whose cases are the same."""
CASES = read("cases.json") | AMERICAN


def there(code: str, found: str = "") -> Site:
    """A site where nothing is lacking but for the changes that stand in the case under `found`."""
    case, american = CASES[code], code in AMERICAN
    body = location(case.get("there"), federal() if american else None)
    tariff = federal_tariff() if american else read("tariff.json")
    changes = case.get(f"tariff {found}".strip(), {})
    return site(location(case.get(found), body), tariffs={tariff["id"]: tariff | changes})


def test_every_rule_has_its_cases() -> None:
    assert set(CASES) == set(RULES)
    assert {code for code, case in CASES.items() if "missing" not in case} == {
        *(
            "afir-a3",
            "afir-b6",
            "nevi-station-id",
            "nevi-port-id",
            "nevi-power",
            "california-roaming",
            "california-unit",
        ),
        *("afdc-station-id", "afdc-power"),
    }


def test_the_elements_are_those_of_the_annex() -> None:
    numbers = [rule.code.removeprefix("afir-").upper() for rule in AFIR]
    assert numbers == [
        *(f"A{number}" for number in range(1, 25)),
        *(f"B{number}" for number in range(1, 11)),
        "F1",
        "F2",
        "F3",
    ]
    levels = Counter(rule.level for rule in AFIR)
    assert levels == {Level.STATION: 28, Level.POINT: 9}
    assert {rule.code: rule.within_s for rule in AFIR if rule.within_s != 86_400} == {
        "afir-f1": 60,
        "afir-f2": 60,
        "afir-f3": 60,
    }


@pytest.mark.parametrize("code", RULES)
def test_what_is_said_is_found_with_its_place(code: str) -> None:
    found = seen(RULES[code], there(code))
    assert found
    for one in found:
        assert one.state is State.PRESENT, one
        assert one.derived or one.path


@pytest.mark.parametrize("code", [code for code in CASES if "missing" in CASES[code]])
def test_what_is_not_said_is_missed(code: str) -> None:
    case = CASES[code]
    states = {one.state: one.what for one in seen(RULES[code], there(code, "missing"))}
    assert State.MISSING in states
    assert case.get("says missing", "") in states[State.MISSING]
    assert State.IMPLAUSIBLE not in states


@pytest.mark.parametrize("code", [code for code in CASES if "implausible" in CASES[code]])
def test_what_cannot_be_is_doubted_with_the_reason(code: str) -> None:
    case = CASES[code]
    doubts = [one for one in seen(RULES[code], there(code, "implausible")) if one.state is State.IMPLAUSIBLE]
    assert doubts
    assert case["says"] in doubts[0].what


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_remedy_is_a_field_that_an_overlay_can_say_or_a_sentence(rule: Rule) -> None:
    assert rule.cells or rule.remedy
    for cell in rule.cells:
        model = LEVELS["location" if cell.level == "party" else cell.level]
        *above, last = cell.field.split(".")
        for name in above:
            child = fields(model)[name].child
            assert child is not None
            model = child
        assert last in fields(model)
