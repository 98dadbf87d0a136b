"""The statuses of all demo points at a time, cheap enough to ask every second: only what is due is computed anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heapreplace

from app.clock import Millis, format_time
from app.model.batch import StatusRow
from app.sources.demo.evses import is_reservable
from app.sources.demo.sites import Site, Spot
from app.sources.demo.story import OPEN, PROFILES, Point, Spell, status_at


@dataclass(frozen=True, slots=True)
class Pace:
    """How story time runs: at `epoch` both clocks agree, from there it runs `speed` times as fast."""

    epoch: Millis
    speed: float

    def story(self, at: Millis) -> Millis:
        return self.epoch + math.floor((at - self.epoch) * self.speed)

    def real(self, story: Millis) -> Millis:
        return self.epoch + math.floor((story - self.epoch) / self.speed)


def point(site: Site, spot: Spot) -> Point:
    always = "PLANNED" if site.planned else "REMOVED" if spot.uid == site.removed else ""
    return Point(
        number=site.number * 100 + spot.number,
        profile=PROFILES[spot.type.profile],
        time_zone=site.town.time_zone,
        open=OPEN[site.kind.hours],
        demand=site.demand,
        reservable=is_reservable(site, spot),
        always=always,
    )


class Live:
    """What it keeps is a cache of `status_at`: a new one gives the same rows."""

    def __init__(self, seed: int, pace: Pace, points: Sequence[tuple[str, Point]]) -> None:
        """`points`: uid and point, in the order of the rows."""
        self._seed = seed
        self._pace = pace
        self._points = points
        self._rows: list[StatusRow] = []
        self._due: list[tuple[Millis, int]] = []
        self._told: Millis = 0

    def rows(self, at: Millis) -> list[StatusRow]:
        """One row per point; the list is the caller's."""
        story = self._pace.story(at)
        if not self._rows or story < self._told:
            self._begin(story)
        while self._due and self._due[0][0] <= story:
            self._go_on(story)
        self._told = story
        return self._rows.copy()

    def _begin(self, story: Millis) -> None:
        spells = [status_at(self._seed, point, story) for _, point in self._points]
        self._rows = [self._row(uid, spell) for (uid, _), spell in zip(self._points, spells, strict=True)]
        self._due = [(spell.until, index) for index, spell in enumerate(spells)]
        heapify(self._due)

    def _go_on(self, story: Millis) -> None:
        index = self._due[0][1]
        uid, point = self._points[index]
        spell = status_at(self._seed, point, story)
        row = self._row(uid, spell)
        if row != self._rows[index]:
            self._rows[index] = row
        heapreplace(self._due, (spell.until, index))

    def _row(self, uid: str, spell: Spell) -> StatusRow:
        return StatusRow(uid, spell.status, format_time(self._pace.real(spell.since)))
