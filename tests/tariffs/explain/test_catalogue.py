"""The languages say the same things, each in words of its own."""

from __future__ import annotations

import re
from decimal import Decimal
from string import Formatter

import pytest
from babel import Locale

from app.tariffs.explain.catalogue import LANGUAGES, Catalogue, UnknownLanguage, catalogue, spoken

SYMBOLS = ("kWh", "min")
OTHERS = [language for language in LANGUAGES if language != "en"]


def forms(found: Catalogue, key: str) -> list[str]:
    text = found.texts[key]
    return [text] if isinstance(text, str) else list(text.values())


def slots(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def words(text: str) -> list[str]:
    return [word for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"{\w+}", "", text)) if word not in SYMBOLS]


def test_six_languages_have_a_file_each():
    assert set(LANGUAGES) == {"de", "en", "es", "fr", "it", "nl"}


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_key_and_no_other(language):
    assert catalogue(language).texts.keys() == catalogue("en").texts.keys()


@pytest.mark.parametrize("language", OTHERS)
def test_a_text_has_the_slots_of_the_english_one(language):
    english, other = catalogue("en"), catalogue(language)
    for key in english.texts:
        asked = set.union(*map(slots, forms(english, key)))
        for text in forms(other, key):
            # A form for just one number may do without it.
            assert slots(text) <= asked, key
        assert set.union(*map(slots, forms(other, key))) == asked, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_depends_on_a_number_has_a_form_for_any(language):
    for key, text in catalogue(language).texts.items():
        assert isinstance(text, str) or "other" in text, key


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language):
    english, other = catalogue("en"), catalogue(language)
    left = {key for key in english.texts if words(forms(english, key)[0]) and forms(english, key) == forms(other, key)}
    assert left == ({"full.day_included"} if language == "es" else set())


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_ends(language):
    for key, text in catalogue(language).texts.items():
        if key.partition(".")[0] in ("all", "audience") or (
            key.startswith("full.") and forms(catalogue("en"), key)[0].endswith(".")
        ):
            assert isinstance(text, str)
            assert text.endswith("."), key


def test_one_is_said_otherwise_than_many():
    found, locale = spoken("de")
    assert found.say_of(1, locale, "when.minutes_until", high="1") == "in der ersten Minute"
    assert found.say_of(Decimal("1.0"), locale, "when.kwh_until", high="1") == "für die erste kWh"
    assert found.say_of(2, locale, "when.minutes_until", high="2") == "in den ersten 2 Minuten"


@pytest.mark.parametrize(
    ("tag", "country", "locale"),
    [
        ("en", "DE", "en_150"),
        ("en", "GB", "en_GB"),
        ("en", "US", "en_US"),
        ("de", "CH", "de_CH"),
        ("de", "FR", "de"),
        ("nl", "BE", "nl_BE"),
        ("fr_CA", "FR", "fr_CA"),
        ("EN-us", "DE", "en_US"),
        ("it", "", "it"),
    ],
)
def test_numbers_are_written_as_where_the_language_is_official(tag, country, locale):
    assert spoken(tag, country)[1] == Locale.parse(locale)


@pytest.mark.parametrize("tag", ["xx", "", "english", "de-12345"])
def test_a_language_without_texts_is_refused_by_name(tag):
    with pytest.raises(UnknownLanguage, match=r"known are de, en, es, fr, it, nl|no language tag"):
        spoken(tag)
