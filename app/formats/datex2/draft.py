"""A location on its way into a document: what it is said in, and what was lost on the way.

Trees are JSON as CEN/TS 16157-15 writes it, members in the order of the XML schema.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import iso3166
import orjson
from babel.languages import get_official_languages

from app.clock import Millis
from app.formats.base import Context
from app.formats.datex2.dialect import Dialect
from app.formats.datex2.encoding import Encoding
from app.formats.datex2.rates import joined
from app.formats.datex2.shared import Shared
from app.formats.datex2.write_json import texts_json
from app.model.loss import Loss

Body = Mapping[str, Any]
Tree = dict[str, Any]
_ANY_LANGUAGE = "en"
_MOST = 2000
_known: dict[Any, tuple[Tree, dict[tuple[str, str, str], None]]] = {}
_EMPTY: tuple[Any, ...] = (None, [], {})


@dataclass(slots=True)
class Draft:
    body: Body
    """The location."""
    dialect: Dialect
    encoding: Encoding
    context: Context
    language: str = ""
    """Of texts of which OCPI does not tell it: names, cities."""
    lost: dict[tuple[str, str, str], None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.language = language_of(alpha2(self.body["country"]))

    @property
    def at(self) -> Millis:
        return self.context.at

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.body["time_zone"])

    def lose(self, path: str, reason: str, value: object = "") -> None:
        self.lost[path, reason, str(value)] = None

    def losses(self) -> tuple[Loss, ...]:
        return tuple(Loss(*lost) for lost in self.lost)

    def has(self, member: str, path: str) -> bool:
        """Whether the dialect has the member; if not, what stands at `path` is lost."""
        if member not in self.dialect.lacks:
            return True
        self.lose(path, f"{self.dialect.name} has no {member}: left out")
        return False

    def put(self, tree: Tree, member: str, value: Any, path: str) -> None:
        """Into the tree; not what is empty, and not what the dialect has no place for."""
        if (value or value not in _EMPTY) and self.has(member, path):
            tree[member] = value

    def alike(self, build: Callable[[Draft, Body], Tree], facts: Body) -> Tree:
        """What `build` makes of the facts, worked out once for all that are alike. It reads nothing else of the location."""
        key = (build, self.encoding.name, self.language, orjson.dumps(facts))
        known = _known.get(key)
        if known is None:
            draft = replace(self, lost={})
            known = Shared(build(draft, facts)), draft.lost
            if len(_known) >= _MOST:
                _known.clear()
            _known[key] = known
        tree, lost = known
        self.lost |= lost
        return tree

    def text(self, text: str) -> Tree:
        """A text in the language of the place."""
        return {"values": [{"lang": self.language, "value": text}]}

    def facility_class(self, name: str) -> str:
        """The key that tells the class of a polymorphic object."""
        return f"{self.dialect.facility}{name}"


@lru_cache(_MOST)
def code(value: object) -> Tree:
    """A value of an enumeration."""
    return Shared({"value": str(value)})


@lru_cache(_MOST)
def extended(value: str) -> Tree:
    """A value that an enumeration has not."""
    return Shared({"value": "extendedG", "extendedValueG": value})


def codes(values: Iterable[object]) -> list[Tree]:
    return [code(value) for value in dict.fromkeys(values)]


def display_texts(texts: Iterable[Body]) -> Tree | None:
    """DisplayTexts as one multilingual text."""
    return texts_json(joined((), tuple((one["language"], one["text"]) for one in texts)))


def link(url: str, kind: str = "") -> Tree:
    return {"urlLinkAddress": url, **({"urlLinkType": code(kind)} if kind else {})}


def photos(images: Iterable[Body]) -> list[Tree]:
    return [link(image["url"], "image") for image in images]


@cache
def alpha2(alpha3: str) -> str:
    country = iso3166.countries_by_alpha3.get(alpha3)
    return country.alpha2 if country else ""


@cache
def language_of(country: str) -> str:
    """The first official language of a country (alpha-2; CLDR), which need not be that of the place; English where unknown."""
    found = get_official_languages(country, de_facto=True) if country else ()
    return next((language for language in found if len(language) == 2), _ANY_LANGUAGE)
