"""The catalogue says of every rule what it means, where it stands in the law and what to do; and where each regime holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.compliance.catalogue import catalogue, read_catalogue
from app.compliance.docs import markdown, records, rule_book_sections
from app.compliance.judging import RuleBook
from app.compliance.names import FILE, regime_names
from app.compliance.profile import read_profiles
from app.compliance.rule import Rule
from app.errors import ConfigError
from app.formats.ocpi.render import IN_PENCE
from tests.shared import ROOT

RULES = [rule for name in catalogue().regimes for rule in catalogue().rules(name)]
PROFILES = read_profiles(ROOT / "config" / "profiles")
SECTIONS = rule_book_sections(catalogue(), RuleBook(PROFILES).all())


@pytest.mark.parametrize("rule", RULES, ids=[rule.code for rule in RULES])
def test_a_rule_says_what_it_means_where_it_stands_and_what_to_do(rule: Rule) -> None:
    assert rule.means.endswith(".")
    assert rule.means.count(". ") == 0, "one sentence"
    assert rule.link.startswith("https://")
    assert rule.cells or rule.remedy
    assert rule.advice


def test_the_names_are_those_of_the_file() -> None:
    assert regime_names() == tuple(catalogue().regimes)


@pytest.mark.parametrize(
    ("country", "region", "names"),
    [("DE", None, {"afir"}), ("RE", None, {"afir"}), ("GB", None, {"uk"}), ("NO", None, set()), ("AX", None, {"afir"})],
)
def test_a_regime_holds_where_it_says(country: str, region: str | None, names: set[str]) -> None:
    assert set(catalogue().holding(country, region)) & {"afir", "uk"} == names


def test_a_region_narrows_a_country(tmp_path: Path) -> None:
    text = FILE.read_text().replace("  countries: [GB]\n", "  countries: [GB]\n  region: SCT\n")
    (tmp_path / "rules.yaml").write_text(text)
    found = read_catalogue(tmp_path / "rules.yaml")
    assert "uk" in found.holding("GB", "SCT")
    assert "uk" not in found.holding("GB", "ENG")
    assert "uk" not in found.holding("GB")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("check: coordinates, ", "check: compass, ", r"rules\.yaml:\d+: `rules\.\d+`: compass is none of"),
        (
            "  link: https://www.legis",
            "  lnk: https://www.legis",
            r"rules\.yaml:\d+: unknown setting `lnk`; Did you mean `link`",
        ),
        ("code: price-text", "code: price", r"`uk` has two rules price"),
    ],
)
def test_a_defect_names_file_and_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = FILE.read_text()
    assert old in text
    (tmp_path / "rules.yaml").write_text(text.replace(old, new))
    with pytest.raises(ConfigError, match=says.replace("; Did", ". Did")):
        read_catalogue(tmp_path / "rules.yaml")


def test_the_page_of_the_catalogue_has_every_rule_once() -> None:
    text = "\n".join(markdown(SECTIONS))
    every = RuleBook(PROFILES).all()
    assert all(text.count(f"| `{rule.code}` ") == 1 for rule in every)
    assert len(every) == sum(len(one["rules"]) for one in records(SECTIONS))
    assert "[reg" not in text, "paragraphs name their act"


def test_prices_are_told_in_pence_where_a_profile_asks_for_it() -> None:
    assert {profile.country for profile in PROFILES if profile.price_text} == IN_PENCE
