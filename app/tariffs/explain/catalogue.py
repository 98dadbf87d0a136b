"""The phrases of each language: one TOML file in `languages/`. A further language is one more file with the same keys."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages

_FOLDER = files("app.tariffs.explain") / "languages"
LANGUAGES = tuple(
    sorted(entry.name.removesuffix(".toml") for entry in _FOLDER.iterdir() if entry.name.endswith(".toml"))
)
"""ISO 639-1."""
Text = str | Mapping[str, str]


class UnknownLanguage(ValueError):
    """There are no phrases in the language, or it is no language tag."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    locale: str
    """How numbers and dates are written where no country says it."""
    texts: Mapping[str, Text]
    """By `section.key`. A text that depends on a number is a mapping of plural categories (CLDR), and `=1` for just that."""

    def say(self, key: str, **values: str) -> str:
        text = self.texts[key]
        if not isinstance(text, str):
            raise TypeError(f"{key} depends on a number")
        return text.format_map(values)

    def say_of(self, number: Decimal | int, locale: Locale, key: str, **values: str) -> str:
        """In the plural form that the number asks for."""
        forms = self.texts[key]
        if isinstance(forms, str):
            return forms.format_map(values)
        form = forms.get(f"={Decimal(number).normalize():f}") or forms.get(locale.plural_form(number)) or forms["other"]
        return form.format_map(values)


@lru_cache
def catalogue(language: str) -> Catalogue:
    """Raises UnknownLanguage, naming those there are."""
    if language not in LANGUAGES:
        raise UnknownLanguage(f"no texts in {language!r}: known are {', '.join(LANGUAGES)}")
    sections: dict[str, Any] = tomllib.loads((_FOLDER / f"{language}.toml").read_text("utf-8"))
    locale = sections.pop("locale")
    texts = {f"{name}.{key}": text for name, section in sections.items() for key, text in section.items()}
    return Catalogue(locale, texts)


@lru_cache
def spoken(tag: str, country: str = "") -> tuple[Catalogue, Locale]:
    """The phrases of a language, and how it writes numbers and dates: as the tag's country does (`en-US`, `de-CH`), else as
    `country` does where the language is an official one, else as the catalogue says. Raises UnknownLanguage.
    """
    language, _, region = tag.replace("_", "-").partition("-")
    found = catalogue(language.lower())
    if not region and language.lower() in get_official_languages(country, de_facto=True):
        region = country
    if not region:
        return found, Locale.parse(found.locale)
    try:
        return found, Locale.parse(f"{language.lower()}_{region.upper()}")
    except (UnknownLocaleError, ValueError):
        raise UnknownLanguage(f"{tag!r} is no language tag: write such as {language.lower()} or en-US") from None
