"""Texts as they were reviewed, in every language; and what holds for all of them."""

from __future__ import annotations

import re

import pytest

from app.model.tariff import Tariff
from app.session_file import documents, tariffs_of
from app.tariffs.explain import LANGUAGES, explain, in_short
from app.tariffs.explain.catalogue import catalogue
from tests.shared import data_folder
from tests.tariffs.explain.told import DATA, by_id, lines, planned, written

TARIFFS = by_id()
EXAMPLES = data_folder() / "ocpi-examples"
NAMES = re.compile(r"“.*”|„.*“|«.*»|‘.*’|\(\w+/\w+\)|https?://\S+|\bUTC\b|Bayern")
"""What is in no language, or in the operator's."""


def reviewed(language: str) -> dict[str, list[str]]:
    sections = (DATA / f"{language}.txt").read_text().strip().split("\n\n")
    return {name.removeprefix("# "): told for name, *told in (section.split("\n") for section in sections)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_stay_as_they_were_reviewed(language):
    for name, told in reviewed(language).items():
        assert lines(TARIFFS[name], language) == told, name


def test_every_language_was_reviewed_on_the_same_tariffs():
    assert len({tuple(reviewed(language)) for language in LANGUAGES}) == 1


def examples() -> list[Tariff]:
    paths = sorted(EXAMPLES.glob("*/tariff*.json"))
    if not paths:
        pytest.skip(f"no OCPI examples in {EXAMPLES}; set CHARGEFEED_SHARED to where they are")
    return [tariff for path in paths for tariff in tariffs_of(documents(path), str(path)).tariffs]


def english_words() -> set[str]:
    texts = catalogue("en").texts.values()
    forms = " ".join(form for text in texts for form in ([text] if isinstance(text, str) else text.values()))
    days = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March December hours"
    return set(re.findall(r"[^\W\d_]{3,}", re.sub(r"{\w+}", "", f"{forms} {days}").lower()))


def own_words(language: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]{3,}", (DATA / f"{language}.txt").read_text().lower()))


def checked(tariffs: list[Tariff], language: str) -> None:
    foreign = english_words() - own_words(language) if language != "en" else set()
    for tariff in tariffs:
        for line in lines(tariff, language):
            assert line.strip() == line != ""
            assert not re.search(r"[{}]|  |None|\.\.|\( | [,;.]", line.replace(" ;", ";")), line
            said = re.findall(r"[^\W\d_]{3,}", NAMES.sub("", line).lower())
            assert not foreign.intersection(said), line


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plan_and_tariff_is_told_whole_in_its_language(language):
    checked([*planned(), *written()], language)
    checked([tariff.model_copy(update={"plan": None}) for tariff in planned()], language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_ocpi_example_is_told_whole_in_its_language(language):
    checked(examples(), language)


def test_amounts_do_not_break():
    tariff = TARIFFS["city-occupancy"]
    assert in_short(tariff, "de").startswith("0,50\xa0€/kWh")
    assert "\u202f" not in "".join(explain(TARIFFS["corridor"], "en-US"))


def test_components_come_in_the_order_of_the_law():
    told = explain(TARIFFS["by-current"], "en")
    names = [line.partition(":")[0].partition(",")[0] for line in told]
    assert names[1:4] == ["Charging time", "Session fee", "Idle fee"]
    assert [line.partition(":")[0] for line in explain(TARIFFS["plus-tax"], "en")][1:3] == ["Energy", "Charging time"]
