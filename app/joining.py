"""What joins, and what is left over on either side: statuses and prices of some sources, EVSEs of others.

An EVSE is found as the registry finds it (registry/statuses.py): by its EVSE id without separators and case, else by a uid that
only one EVSE has, else by charge point and connector. A near miss is an id that differs by a last (check) character, or else
looks much alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from app.clock import Millis
from app.model.identifiers import compare_key
from app.registry.overlay import Overlay
from app.registry.posts import names_in
from app.registry.price_plans import plan_of
from app.registry.projection import tariff_ids, tariff_key

LISTED = 10
"""Ids named of each kind of left-over; the rest is counted."""
COMPARED = 5000
"""Ids among which near misses are looked for."""


@dataclass(frozen=True, slots=True)
class Point:
    source: str
    uid: str
    evse_id: str | None
    unpriced: bool
    """A connector of it names no tariff."""
    posts: frozenset[str] = frozenset()
    """Charge point and connector, as `registry.posts.names_in` has them."""

    @property
    def name(self) -> str:
        return self.evse_id or self.uid


@dataclass(frozen=True, slots=True)
class LeftOver:
    what: str
    count: int
    named: tuple[tuple[str, tuple[str, ...]], ...]
    """The first ids, each with its near misses on the other side."""
    remedy: str
    bad: bool = True
    """False: it may well be so."""


@dataclass
class Gathered:
    """Ids of all sources, as far as they could be read."""

    points: list[Point] = field(default_factory=list)
    heard: dict[str, set[str]] = field(default_factory=dict)
    """Source → names of the EVSEs it has statuses of."""
    tariffs: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key → source and id."""
    named: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Key of a tariff that connectors name → source of the connectors and id as written."""
    plans: dict[str, str] = field(default_factory=dict)
    """Key of a tariff → key of the plan it is of."""
    overlay: Overlay = field(default_factory=Overlay)
    laid: set[str] = field(default_factory=set)
    """`where` of the overlay's facts that are about something."""
    unread: list[str] = field(default_factory=list)
    """What could not be read whole, so that it is not known what it lacks."""

    def add_location(self, source: str, key: str, body: dict[str, Any], now: Millis) -> None:
        self.laid |= self.overlay.meant(body)
        body = self.overlay.at(now).over(body).body
        posts: dict[str, set[str]] = {}
        for name, uid in names_in(body):
            posts.setdefault(uid, set()).add(name)
        for evse in body.get("evses", ()):
            unpriced = not all(each.get("tariff_ids") or each.get("adhoc_offers") for each in evse["connectors"])
            named = frozenset(posts.get(evse["uid"], ()))
            self.points.append(Point(source, evse["uid"], evse.get("evse_id"), unpriced, named))
        self.named |= {tariff_key(key, id): (source, id) for id in tariff_ids(body)}

    def add_tariff(self, source: str, key: str, body: Mapping[str, Any]) -> None:
        self.tariffs[key] = source, body["id"]
        plan = plan_of(dict(body))
        if plan is not None:
            self.plans[key] = plan

    def left_over(self, of: Collection[str]) -> list[LeftOver]:
        """What concerns these sources; nothing where one could not be read, since it might be what is missing."""
        if self.unread:
            return []
        return [each for each in (*self._statuses(of), *self._prices(of), *self._facts(of)) if each.count]

    def _statuses(self, of: Collection[str]) -> Iterable[LeftOver]:
        if not self.heard:
            return
        found = _Finder(self.points)
        matched: set[int] = set()
        lost: dict[str, str] = {}
        for source, names in self.heard.items():
            for name in names:
                place = found.place(name)
                if place is None:
                    lost[name] = source
                else:
                    matched.add(place)
        silent = [point for place, point in enumerate(self.points) if place not in matched]
        speaks = any(source in of for source in self.heard)
        yield _left(
            "statuses of EVSEs that no inventory has",
            [name for name, source in lost.items() if source in of],
            [point.name for point in silent],
            "Add the EVSEs to the inventory, correct the ids on one side, or say in `evse_ids` of the source which is which",
        )
        yield _left(
            "EVSEs of the inventory of which no source says a status",
            [point.name for point in silent if speaks or point.source in of],
            list(lost),
            "They are published as UNKNOWN. Give their statuses, or correct the ids on one side",
        )

    def _prices(self, of: Collection[str]) -> Iterable[LeftOver]:
        if not (self.tariffs and self.points):
            return
        plans = set(self.plans.values())
        prices = any(source in of for source, _ in self.tariffs.values())
        missing = {key: said for key, said in self.named.items() if key not in self.tariffs and key not in plans}
        unused = {key: said for key, said in self.tariffs.items() if not {key, self.plans.get(key)} & self.named.keys()}
        yield _left(
            "tariffs that connectors name and no source has",
            [id for source, id in missing.values() if prices or source in of],
            [id for _, id in unused.values()],
            "Give the tariffs, or correct `tariff_ids` (in the inventory, or in the overlay)",
        )
        yield _left(
            "tariffs that no connector names",
            [id for source, id in unused.values() if source in of],
            [id for _, id in missing.values()],
            "Name them in `tariff_ids` of connectors: in the inventory, or in a price list of the overlay",
            bad=False,
        )
        yield _left(
            "EVSEs without a price",
            [point.name for point in self.points if point.unpriced and (prices or point.source in of)],
            [],
            "Name a tariff or plan in `tariff_ids`: in the inventory, or in a price list of the overlay",
        )

    def _facts(self, of: Collection[str]) -> Iterable[LeftOver]:
        concerned = {point.source for point in self.points} | {source for source, _ in self.tariffs.values()}
        if not (self.points and concerned.intersection(of)):
            return
        stray = {fact.where: fact.evse for fact in self.overlay.facts if fact.where not in self.laid}
        known = _by_key([point.name for point in self.points])
        named = [(f"{Path(where).name} {evse}", near(evse, known)) for where, evse in list(stray.items())[:LISTED]]
        remedy = "Correct what the line names: party, location, station, EVSE, connector"
        yield LeftOver(
            "facts or prices of the overlay about nothing that an inventory has", len(stray), tuple(named), remedy
        )


class _Finder:
    def __init__(self, points: Iterable[Point]) -> None:
        self._by_id: dict[str, int] = {}
        self._by_uid: dict[str, list[int]] = {}
        self._by_post: dict[str, list[int]] = {}
        for place, point in enumerate(points):
            if point.evse_id:
                self._by_id.setdefault(compare_key(point.evse_id), place)
            self._by_uid.setdefault(point.uid.lower(), []).append(place)
            for post in point.posts:
                self._by_post.setdefault(post, []).append(place)

    def place(self, name: str) -> int | None:
        by_id = self._by_id.get(compare_key(name))
        if by_id is not None:
            return by_id
        places = self._by_uid.get(name.lower()) or self._by_post.get(name.lower(), [])
        return places[0] if len(places) == 1 else None


def _left(what: str, names: Collection[str], others: Collection[str], remedy: str, *, bad: bool = True) -> LeftOver:
    first = sorted(names)[:LISTED]
    known = _by_key(others)
    return LeftOver(what, len(names), tuple((name, near(name, known)) for name in first), remedy, bad)


def _by_key(ids: Collection[str]) -> dict[str, str]:
    return {compare_key(id): id for id in sorted(ids)[:COMPARED]}


def near(name: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Up to two ids that may be meant. `known`: `compare_key` → id."""
    key = compare_key(name)
    alike = [other for other in known if key and other and (other[:-1] == key or key[:-1] == other)]
    return tuple(known[other] for other in (alike or get_close_matches(key, known, 2, 0.85))[:2])
