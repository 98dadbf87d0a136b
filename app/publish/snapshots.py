"""Snapshots: every publication as a file, all from one read of the database, made visible all at once.

What is written, in this order:

1. *versions* under `/open/snapshots/`, named after their content, and closed journal segments. Nobody knows of them yet.
2. `manifest.json`, if it is still the one that was read (`put_if_match`). This is the moment: it names the versions, so whoever
   follows it sees all new files or all old ones. Another worker that still believes it leads fails here and changes nothing.
3. the *stable addresses* (`/open/ocpi/2.2.1/locations.json` …), each a copy of its version made inside the store, tariffs before
   the locations that name them. Each is replaced whole. For the moment this takes, a stable address may be one version behind the
   manifest (whose hashes are those of `version`), never ahead of it and never in parts.

A crash before 2 leaves the old manifest, all files it names and all stable addresses; files of 1 that no manifest names are
removed an hour later. A crash inside 3 is made good by the next run, of whatever worker. Versions stay for `keep` seconds after
their successor came, for those who are still reading; then they, and addresses of parties that no longer publish, are deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.clock import Clock, Millis, format_time, parse_time
from app.errors import LeaseLost
from app.publish.feed import Feed
from app.publish.judge import Flaws
from app.publish.manifest import PATH, Changes, Manifest, Superseded
from app.publish.plan import Catalogue, Plan, Planner
from app.publish.publications import Publication
from app.publish.shelf import USUAL, Pace, Shelf
from app.store.base import Store

_EARLY = 0.9  # of its interval: a run that starts a little early still counts


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did."""

    previous: int
    """The snapshots told of everything up to this sequence …"""
    sequence: int
    """… and now of everything up to this one: the commits in between became visible."""
    visible_at: Millis
    """When the new files could be read at their stable addresses."""
    written: tuple[str, ...]
    """Paths of the files that are new."""
    unchanged: int
    """Files that were looked at and had not changed."""
    rendered: int
    """Blocks rendered or brought up to date."""
    uploaded: int
    """Bytes of new files and segments."""
    segments: int
    """Journal segments closed."""
    withheld: Mapping[str, Flaws]
    """Path → what is not valid in the document; the last good one stays."""


class Snapshots:
    """Writes them: one object per process, one run at a time."""

    def __init__(
        self,
        feed: Feed,
        store: Store,
        catalogue: Catalogue,
        clock: Clock,
        pace: Pace = USUAL,
        about: dict[str, Any] | None = None,
    ) -> None:
        """`about` (operator, licence) is shown in the manifest."""
        self._feed = feed
        self._shelf = Shelf(store, pace)
        self._clock = clock
        self._pace = pace
        self._about = about or {}
        self._planner = Planner(feed, catalogue)
        self._looked: dict[str, Millis] = {}

    def run(self, lease_epoch: int = 0, *, everything: bool = False) -> Report:
        """Writes what is due and has changed; with `everything`, all is due.

        Raises LeaseLost where another worker leads meanwhile, StoreConflict where one wrote between our reading and writing,
        StoreError where the store fails; what the manifest names is whole in every case, and the next run goes on.
        """
        now, rendered = self._clock.now(), self._feed.rendered
        found, etag = self._shelf.read()
        # Leases are counted by the database: a feed that began a new life, on a new database, counts from 1 again.
        same_feed = found is not None and found.epoch == self._feed.index().head.epoch
        if found is not None and same_feed and found.lease_epoch > lease_epoch:
            raise LeaseLost(f"a worker with the later lease {found.lease_epoch} writes the snapshots", where=PATH)
        old = self._shelf.tidied(found or NOTHING, now)
        self._shelf.place(old, etag)
        # Who asks by date (If-Modified-Since) would miss what is written after the clock was set back.
        generated = max(now, parse_time(old.generated))
        with closing(self._planner.plan(old, partial(self._is_due, now=now, everything=everything), generated)) as plan:
            if self._is_worth_it(plan, old, now):
                manifest = self._successor(plan, old, lease_epoch, now, generated)
                self._shelf.upload(plan)
                etag = self._shelf.publish(manifest, etag)
                self._shelf.place(manifest, etag)
            self._looked |= dict.fromkeys(plan.looked_at, now)
            self._planner.verified.update(new.file.path for new in plan.new)
            return Report(
                previous=old.sequence if old.epoch == plan.head.epoch else 0,
                sequence=plan.head.seq,
                visible_at=self._clock.now(),
                written=tuple(new.file.path for new in plan.new),
                unchanged=len(plan.looked_at) - len(plan.new),
                rendered=self._feed.rendered - rendered,
                uploaded=plan.size,
                segments=len(plan.segments),
                withheld=plan.withheld,
            )

    def _is_due(self, publication: Publication, *, now: Millis, everything: bool) -> bool:
        looked = self._looked.get(publication.path)
        every = self._pace.of(publication.cadence) * 1000 * _EARLY
        return everything or looked is None or not looked <= now < looked + every

    def _is_worth_it(self, plan: Plan, old: Manifest, now: Millis) -> bool:
        """Something is new or gone, or the manifest has grown so old that a reader might think nobody writes it."""
        grown_old = now - parse_time(old.generated) >= self._pace.static_every * 1000
        return bool(
            plan.new
            or plan.segments
            or grown_old
            or (old.epoch, old.sequence) != (plan.head.epoch, plan.head.seq)
            or len(plan.files) != len(old.files)
            or any(parse_time(gone.until) <= now for gone in old.superseded)
        )

    def _successor(self, plan: Plan, old: Manifest, lease_epoch: int, now: Millis, generated: Millis) -> Manifest:
        known = [
            part for part in old.changes.segments if old.epoch == plan.head.epoch and part.last >= plan.head.oldest
        ]
        manifest = Manifest(
            about=self._about,
            epoch=plan.head.epoch,
            lease_epoch=lease_epoch,
            sequence=plan.head.seq,
            next_date_from=format_time(plan.head.published_at),
            generated=format_time(generated),
            files=tuple(plan.files),
            changes=Changes(segments=(*known, *(segment for segment, _ in plan.segments))),
        )
        superseded = self._superseded(manifest, old, now)
        return manifest.model_copy(update={"superseded": superseded})

    def _superseded(self, manifest: Manifest, old: Manifest, now: Millis) -> tuple[Superseded, ...]:
        """What was named until now: versions stay for a while, addresses of what is no longer published go at once."""
        alive = manifest.paths()
        until = format_time(now + round(self._pace.keep * 1000))
        gone = {part.path: part.until for part in old.superseded if parse_time(part.until) > now}
        gone |= dict.fromkeys(sorted(old.paths()), until)
        gone |= {file.path: format_time(now) for file in old.files}
        return tuple(Superseded(path=path, until=time) for path, time in gone.items() if path not in alive)


NOTHING = Manifest(epoch="", sequence=0, next_date_from=format_time(0), generated=format_time(0))
"""Where there is no manifest yet."""
