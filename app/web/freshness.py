"""How fresh each source and the publication are, in words for the front page and as reasons for `/readyz`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.clock import Millis, parse_time
from app.errors import StoreError
from app.model.batch import Kind
from app.registry.database import reading
from app.registry.figures import Figures, read_sources
from app.registry.leases import unwritten
from app.registry.states import SourceState
from app.web.site import Site
from app.wording import Worded, counted, together, worded

ROUNDS = 3
"""Missed, after which a publication is stale; one may just take long."""
SLACK_S = 30
STATES = {"fresh": worded("fresh"), "failing": worded("failing"), "late": worded("late"), "silent": worded("silent")}
KINDS = {Kind.LOCATIONS: worded("locations"), Kind.STATUSES: worded("statuses"), Kind.TARIFFS: worded("tariffs")}


@dataclass(frozen=True, slots=True)
class Freshness:
    name: str
    number: int
    """Of the source in the settings, from 1: everybody is told this, and not its name."""
    kind: str
    state: str
    """fresh; failing: the last pull failed; late: past its time to live; silent: nothing ever came."""
    at: Millis | None
    records: int
    problems: int
    failures: int = 0
    """Pulls in a row that failed."""
    lag: Millis | None = None
    """From a status change at the charger to its receipt; None where the source tells no times."""

    @property
    def wrong(self) -> Worded:
        """In words that anybody may read: no address, nothing of what the backend said."""
        said = {
            "silent": worded("nothing was ever received"),
            "late": worded("no news for too long: what it said last is unknown now"),
            "failing": counted(
                self.failures,
                "%(n)s pull failed; the last good data stands",
                "%(n)s pulls in a row failed; the last good data stands",
            ),
        }
        defects = counted(self.problems, "%(n)s defect in what it sent", "%(n)s defects in what it sent")
        return together(said.get(self.state, ""), defects if self.problems else "")


def freshness(site: Site, figures: Figures, now: Millis) -> list[Freshness]:
    """One line per configured source and kind of data; a source nothing is known of has one line."""
    lines = []
    for number, source in enumerate(site.settings.sources, 1):
        known = [line for line in figures.sources if line.source == source.name]
        for line in known:
            state = state_of(line, now, source.ttl)
            lag = figures.lags.get(source.name) if line.kind is Kind.STATUSES else None
            counts = (line.records, len(line.problems), line.failures)
            lines.append(Freshness(source.name, number, line.kind, state, line.succeeded_at, *counts, lag))
        if not known:
            lines.append(Freshness(source.name, number, "", "silent", None, 0, 0))
    return lines


def quiet_sources(lines: Iterable[Freshness]) -> int:
    """How many are not fresh in all they give."""
    return len({line.number for line in lines if line.state != "fresh"})


def stale_reasons(site: Site) -> list[str]:
    """Why the feed is not fresh, in words that anybody may read; empty where it is."""
    now = site.clock.now()
    return [*_not_written(site), *_silent_sources(site, now), *old_publication(site, now)]


def _not_written(site: Site) -> Iterator[str]:
    with reading(site.engine) as connection:
        since = unwritten(connection)
    if since is not None:
        yield f"no worker has written to the database for {since // 1000} s: none is at work, or it cannot be written"


def _silent_sources(site: Site, now: Millis) -> Iterator[str]:
    figures = read_sources(site.engine)
    for number, source in enumerate(site.settings.sources, 1):
        heard = [line.succeeded_at for line in figures if line.source == source.name and line.succeeded_at is not None]
        if not heard:
            yield f"source {number}: nothing was ever received from it"
        elif now - max(heard) > source.ttl * 1000:
            silent_s = (now - max(heard)) // 1000
            yield f"source {number}: no news for {silent_s} s, its time to live is {source.ttl:g} s"


def old_publication(site: Site, now: Millis, *, inner: bool = False) -> Iterator[str]:
    """Why it is not fresh; with `inner` in words that are not for everybody. The worker writes changes within `status_every`, and
    the manifest at least once in `static_every`."""
    pace, head = site.settings.snapshots, site.feed.index().head
    try:
        manifest = site.files.manifest()
    except StoreError as error:
        yield f"publication: {error if inner else 'the store does not answer'}"
        return
    if manifest is None:
        yield "publication: no snapshot was ever written"
        return
    age_s = (now - parse_time(manifest.generated)) / 1000
    behind = (manifest.epoch, manifest.sequence) != (head.epoch, head.seq)
    if age_s > ROUNDS * (pace.status_every if behind else pace.static_every) + SLACK_S:
        yield f"publication: the snapshots are {age_s:.0f} s old and stand at {manifest.sequence} of {head.seq}"


def state_of(line: SourceState, now: Millis, ttl_s: float) -> str:
    """As `Freshness.state`."""
    if line.succeeded_at is None:
        return "silent"
    if now - line.succeeded_at > ttl_s * 1000 or line.stale:
        return "late"
    return "failing" if line.failures else "fresh"
