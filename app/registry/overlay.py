"""Facts an operator supplies because no backend has them: merged over what the sources say, each with the file and
line it came from.

1. A fact fills a gap; with `override` it replaces what a source says.
2. Facts of one object are read in the order of the files; the first that fills a gap wins, the last that overrides.
3. Nested objects (`operator`) are merged field by field; lists are taken whole.
4. What would leave a nested object without a field it needs is left out and reported.
5. A fact may hold from a time on (a price list with tomorrow's prices): of several the one that began last counts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from hashlib import blake2b
from typing import Any

import orjson

from app.clock import Millis
from app.model.connector import Connector
from app.model.evse import EVSE
from app.model.identifiers import compare_key
from app.model.location import Location
from app.model.problem import Problem, Severity
from app.model.shape import fields
from app.model.station import Station
from app.model.stations import stations_of
from app.model.types import Model

Body = dict[str, Any]

LEVELS: dict[str, type[Model]] = {"location": Location, "station": Station, "evse": EVSE, "connector": Connector}
ANY = "*"


@dataclass(frozen=True, slots=True)
class Fact:
    """What one entry says of the objects it names. A level that is not named matches all."""

    where: str
    """`overlay.csv:12`."""
    level: str
    """Of `LEVELS`: what `body` are fields of."""
    body: Body
    override: bool = False
    party: str = ANY
    location: str = ANY
    """Location id, without case; `*` and `?` as in file names."""
    station: str = ANY
    evse: str = ANY
    """EVSE id (without separators and case) or uid; a `*` at the end stands for any ending."""
    connector: str = ANY
    since: Millis | None = None
    """From when on it holds; None: always."""

    def names_location(self, body: Body) -> bool:
        owner = f"{body['country_code']}*{body['party_id']}"
        return (self.party == ANY or compare_key(self.party) == compare_key(owner)) and _like(self.location, body["id"])

    def names_evse(self, evse: Body) -> bool:
        if self.evse == ANY:
            return True
        wanted, ids = compare_key(self.evse), (compare_key(evse.get("evse_id", "")), compare_key(evse["uid"]))
        if self.evse.endswith("*"):
            return any(id.startswith(wanted) for id in ids)
        return wanted in ids


def _like(pattern: str, id: str) -> bool:
    return pattern == ANY or fnmatchcase(id.lower(), pattern.lower())


@dataclass(frozen=True, slots=True)
class Overlaid:
    body: Body
    provenance: dict[str, str] = field(default_factory=dict)
    """Path of each field that came from the overlay → file:line of its fact."""
    problems: tuple[Problem, ...] = ()


class Overlay:
    """All facts, found by the ids they name; `problems` are those of the files."""

    def __init__(self, facts: Sequence[Fact] = (), problems: Sequence[Problem] = ()) -> None:
        self.facts = tuple(facts)
        self.problems = tuple(problems)
        self._by_location: dict[str, list[int]] = {}
        self._by_evse: dict[str, list[int]] = {}
        self._everywhere: list[int] = []
        for index, fact in enumerate(self.facts):
            self._find_by(fact).append(index)

        self._begins = sorted(fact.since for fact in self.facts if fact.since is not None)
        self._begun: dict[int, Overlay] = {}

    def at(self, now: Millis) -> Overlay:
        """The facts that hold at a time."""
        if not self._begins:
            return self
        begun = bisect_right(self._begins, now)
        known = self._begun.get(begun)
        if known is None:
            facts = [fact for fact in self.facts if fact.since is None or fact.since <= now]
            # The first that fills a gap counts, the last that overrides.
            facts.sort(key=lambda fact: (fact.since or 0) * (1 if fact.override else -1))
            known = Overlay(facts, self.problems)
            self._begun = {begun: known}
        return known

    def meant(self, body: Body) -> set[str]:
        """`where` of the facts that are about something in a location."""
        laying = _Laying({**body, "stations": stations_of(body)})
        return {fact.where for fact in self._facts(body) if any(True for _ in laying.targets(fact))}

    def _find_by(self, fact: Fact) -> list[int]:
        if not set(fact.location) & set("*?["):
            return self._by_location.setdefault(fact.location.lower(), [])
        if fact.evse != ANY and not fact.evse.endswith("*"):
            return self._by_evse.setdefault(compare_key(fact.evse), [])
        return self._everywhere

    @cached_property
    def fingerprint(self) -> str:
        """Changes with any fact."""
        digest = blake2b(digest_size=16)
        for fact in self.facts:
            digest.update(repr(fact).encode())
        return digest.hexdigest()

    def concerns(self, body: Body) -> bool:
        return any(True for _ in self._facts(body))

    def over(self, body: Body) -> Overlaid:
        """The location with its facts; the input is not changed."""
        facts = list(self._facts(body))
        if not facts:
            return Overlaid(body)
        result = _Laying(orjson.loads(orjson.dumps(body)))
        for fact in facts:
            result.lay(fact)
        return Overlaid(result.body, result.provenance, tuple(result.problems))

    def _facts(self, body: Body) -> Iterator[Fact]:
        found = set(self._everywhere)
        found.update(self._by_location.get(body["id"].lower(), ()))
        if self._by_evse:
            for evse in body.get("evses", ()):
                for id in (evse["uid"], evse.get("evse_id", "")):
                    found.update(self._by_evse.get(compare_key(id), ()))
        return (self.facts[index] for index in sorted(found) if self.facts[index].names_location(body))


class _Laying:
    """One location while facts are laid over it."""

    def __init__(self, body: Body) -> None:
        self.body = body
        self.provenance: dict[str, str] = {}
        self.problems: list[Problem] = []

    def lay(self, fact: Fact) -> None:
        for path, target in self.targets(fact):
            self._merge(fact, target, fact.body, LEVELS[fact.level], path)

    def targets(self, fact: Fact) -> Iterator[tuple[str, Body]]:
        if fact.level == "location":
            yield "", self.body
        elif fact.level == "station":
            stations = stations_of(self.body)
            meant = [station for station in stations if _like(fact.station, station["id"])]
            if meant:
                self.body["stations"] = stations
            for station in meant:
                yield f"stations[{station['id']}].", station
        else:
            for evse in filter(fact.names_evse, self.body.get("evses", ())):
                path = f"evses[{evse['uid']}]."
                if fact.level == "evse":
                    yield path, evse
                    continue
                for connector in evse["connectors"]:
                    if _like(fact.connector, connector["id"]):
                        yield f"{path}connectors[{connector['id']}].", connector

    def _merge(self, fact: Fact, target: Body, facts: Body, model: type[Model], path: str) -> None:
        known = fields(model)
        for name, value in facts.items():
            child = known[name].child
            if (
                child is not None
                and isinstance(value, dict)
                and (name in target or self._complete(fact, child, value, path + name))
            ):
                self._merge(fact, target.setdefault(name, {}), value, child, f"{path}{name}.")
            elif not (child is not None and isinstance(value, dict)) and (fact.override or name not in target):
                target[name] = value
                self.provenance[path + name] = fact.where

    def _complete(self, fact: Fact, model: type[Model], value: Body, path: str) -> bool:
        lacking = [name for name, known in fields(model).items() if known.required and name not in value]
        if lacking:
            self.problems.append(
                Problem(
                    f"{path} needs {', '.join(lacking)} as well, which neither the source nor the overlay has",
                    Severity.PARTLY,
                    "overlay",
                    f"{self.body['country_code']}*{self.body['party_id']}/{self.body['id']}",
                    path,
                    fact.where,
                    remedy=f"add {path}.{lacking[0]} to the overlay",
                )
            )
        return not lacking
