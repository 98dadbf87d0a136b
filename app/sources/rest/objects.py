"""Records as locations and tariffs of OCPI 2.3.0, and what one pull has brought of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import orjson

from app.model.batch import Kind, Parsed, Raw
from app.model.codes import COUNTRIES_ALPHA3
from app.model.enums import Status
from app.model.problem import Problem
from app.sources.records import Owner, double, nameless, read_record, record_key
from app.sources.rest.description import Listing
from app.sources.rest.expression import ExpressionFailed
from app.sources.rest.lists import Found
from app.sources.rest.settings import RestSettings
from app.sources.rest.template import ALL, Each, Filling
from app.sources.rest.words import Words, unknown

VERSION = "2.3.0"
_NOT_DESCRIBED = re.compile(r"(^|\.)(last_updated|time_zone)$")
"""Required in OCPI, but nobody's loss where a backend has none: the registry and the coordinates give them."""
_STATUS = re.compile(r"^evses\[\d+\]\.status$")


@dataclass(frozen=True, slots=True)
class Described(Raw):
    """A record of the backend as OCPI 2.3.0."""

    notes: tuple[Problem, ...] = ()
    """What could not be filled, and words that nobody explained."""


class Objects:
    """Of one kind, in one pull."""

    def __init__(self, kind: Kind, listing: Listing, settings: RestSettings, words: Words) -> None:
        self._kind = kind
        self._listing = listing
        self._settings = settings
        self._owner = Owner(settings.country_code, settings.party_id)
        self._words = words
        self.digests: dict[str, bytes] = {}
        """Key → hash of its object, for each that was taken."""
        self.refused: set[str] = set()
        """Keys of those that the description refuses: seen, so not missing."""
        self.problems: list[Problem] = []
        self.nameless = False
        """Whether there were records that do not say what they are, so that what is absent is not known."""

    def take(self, found: Found) -> Described | None:
        """None where it is refused, or was there before."""
        filling = Filling(found.where)
        body = filling.object(self._listing.fields, found.scope)
        key = record_key(body, self._owner)
        if key is None:
            self.nameless = True
            self.problems += [nameless(body, self._kind, found.where, self._owner), *filling.problems]
            return None
        name = self._name(body)
        why = _refusal(self._listing, found)
        if why:
            if key not in self.refused:
                self.problems.append(Problem(f"left out: {why}", record=name, where=found.where))
            self.refused.add(key)
            return None
        self._complete(body, filling)
        raw = Described(key, body, found.where, tuple(replace(each, record=name) for each in filling.problems))
        return raw if self._is_new(raw) else None

    def read(self, raw: Described) -> Parsed:
        """As every OCPI record is read, without reproaches for what OCPI requires here and is known from elsewhere."""
        parsed = read_record(self._kind, VERSION, self._settings, raw)
        problems = (problem for problem in parsed.problems if problem.value or not self._is_elsewhere(problem))
        return replace(parsed, problems=(*map(_with_remedy, problems), *raw.notes))

    def _name(self, body: dict[str, Any]) -> str:
        country_code = body.get("country_code") or self._owner.country_code
        return f"{country_code}*{body.get('party_id') or self._owner.party_id}/{body['id']}"

    def _is_new(self, raw: Described) -> bool:
        """Whether its key was not there before; another object under the same key is told."""
        digest = blake2b(orjson.dumps(raw.body), digest_size=16).digest()
        before = self.digests.get(raw.key)
        if before is None:
            self.digests[raw.key] = digest
        elif before != digest:
            self.problems.append(double(raw, self._kind))
        return before is None

    def _complete(self, body: dict[str, Any], filling: Filling) -> None:
        """What is the source's to say, and codes and statuses in OCPI's words."""
        if self._kind is Kind.TARIFFS:
            if self._settings.tax_included:
                body.setdefault("tax_included", self._settings.tax_included)
            return
        body.setdefault("publish", True)
        if isinstance(body.get("country"), str):
            body["country"] = COUNTRIES_ALPHA3.repair(body["country"]) or body["country"]
        _write_degrees(body)
        evses = body.get("evses")
        for index, evse in enumerate(evses if isinstance(evses, list) else ()):
            if not isinstance(evse, dict):
                continue
            _write_degrees(evse)
            word = evse.get("status")
            meaning = None if word is None else self._words.meaning(word)
            if word is not None and meaning is None:
                filling.problems.append(unknown(word, "", filling.where, f"evses[{index}].status"))
            if word is not None:
                evse["status"] = meaning or Status.UNKNOWN.value

    def _is_elsewhere(self, problem: Problem) -> bool:
        if _STATUS.search(problem.path):
            return not has_statuses(self._listing)
        return bool(_NOT_DESCRIBED.search(problem.path))


def has_statuses(listing: Listing) -> bool:
    """Whether its locations have statuses in them."""
    evses = listing.fields.get("evses")
    if evses is None:
        return ALL in listing.fields
    return not isinstance(evses, Each) or not evses.fields.keys().isdisjoint({"status", ALL})


def _refusal(listing: Listing, found: Found) -> Any:
    """Why the record cannot be taken; nothing where it can."""
    try:
        return listing.refuse.find(found.scope) if listing.refuse else None
    except ExpressionFailed as failed:
        return failed


def _with_remedy(problem: Problem) -> Problem:
    """Whether prices include tax is the source's to say where the backend does not."""
    missing = problem.path == "tax_included" and not problem.value
    return replace(problem, remedy="Set `tax_included` of the source") if missing else problem


def _write_degrees(part: dict[str, Any]) -> None:
    """Numbers as OCPI has them: text with six decimals (11 cm)."""
    place = part.get("coordinates")
    if isinstance(place, dict):
        place.update({name: f"{value:.6f}" for name, value in place.items() if isinstance(value, int | float)})
