"""The pruning of a worker: changes, statuses and findings that have been kept for long enough, a moment's worth at a time."""

from __future__ import annotations

import time
from functools import partial

import structlog
from sqlalchemy import select

from app.archiving import downtime_files, missing, written_until
from app.clock import Millis
from app.publish.files import Files
from app.registry import pruning
from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.downtime import follow
from app.registry.leases import Lease
from app.registry.tables import downtime_head
from app.registry.views import read_head
from app.retention import Hold, holds, last_before
from app.settings import Settings
from app.store.base import Store

PRUNE_EVERY = 60.0
AT_ONCE_S = 5.0
"""Then others have as long to write."""
STATUSES_EVERY: Millis = 3_600_000
"""At most: a pass over those of every EVSE, and over offers."""
DAY: Millis = 86_400_000

log = structlog.get_logger()


class PruningDuty:
    def __init__(self, settings: Settings, registry: Registry, store: Store) -> None:
        self._settings = settings
        self._retention = settings.retention
        self._registry = registry
        self._store = store
        self._files = Files(store, every=0)
        self._due = self._statuses_due = self._rest_due = float("-inf")
        self._after: int | None = None
        """Behind which EVSE a pass over the statuses goes on; None: none is under way."""
        self._passed: Millis = 0
        """Before which time this process has gone, or goes, through the statuses."""
        self._holding: tuple[str, ...] = ()

    def __call__(self, lease: Lease) -> None:
        if time.monotonic() < self._due:
            return
        began = time.monotonic()
        # Changes that come faster than they are forgotten must not keep the statuses from their turn.
        changes = self._changes(lease, began + AT_ONCE_S / 2)
        statuses = self._statuses(lease, began + AT_ONCE_S)
        done = all((self._findings(lease), self._rest(lease), changes, statuses))
        self._due = time.monotonic() + (min(PRUNE_EVERY, self._retention.changes / 4) if done else AT_ONCE_S)

    def _ago(self, seconds: float) -> Millis:
        return self._registry.clock.now() - round(seconds * 1000)

    # changes

    def _changes(self, lease: Lease, until: float) -> bool:
        """False where there is more to do at once."""
        upto = self._upto()
        forgotten, done = 0, False
        plan = partial(pruning.plan_changes, before=self._ago(self._retention.changes), last=upto)
        while not done and time.monotonic() < until:
            portion = self._registry.portion(plan, lease)
            forgotten, done = forgotten + portion.number, portion.done
        if forgotten:
            log.info("changes forgotten", changes=forgotten, upto=upto)
        return done

    def _upto(self) -> int:
        """The last that nobody needs any more."""
        with reading(self._registry.engine) as connection:
            due = last_before(connection, self._ago(self._retention.changes))
            at_most = last_before(connection, self._ago(self._retention.changes + self._retention.behind))
            found = list(holds(connection, self._settings, self._files.manifest()))
        self._tell(tuple(hold.by for hold in found if hold.seq < due))
        return min([due, *(_up_to(hold, at_most) for hold in found)])

    def _tell(self, holding: tuple[str, ...]) -> None:
        """Once who holds back, and once that nobody does."""
        if holding and holding != self._holding:
            log.warning("changes are kept for longer", held_by=list(holding))
        elif self._holding and not holding:
            log.info("changes are kept as set")
        self._holding = holding

    # statuses

    def _statuses(self, lease: Lease, until: float) -> bool:
        if self._after is None and not self._begins_anew(lease):
            return True
        while self._after is not None and time.monotonic() < until:
            portion = self._registry.portion(partial(pruning.plan_statuses, after=self._after), lease)
            self._after = None if portion.done else portion.after
        return self._after is None

    def _begins_anew(self, lease: Lease) -> bool:
        """Moves the beginning of the history; False where it is not due, or cannot be moved yet."""
        now = self._registry.clock.now()
        if now < self._statuses_due:
            return False
        self._statuses_due = now + min(STATUSES_EVERY, round(self._settings.history.keep_status * 250))
        follow(self._registry.engine, lambda: downtime_files(self._settings))
        before, followed = self._boundary()
        if before <= self._passed:
            return False
        moved = self._registry.portion(partial(pruning.plan_boundary, before=before, followed=followed), lease)
        if not moved.done:
            log.warning("statuses are kept for longer", held_by="late messages that the history has not taken up")
            return False
        self._after, self._passed = -1, before
        return True

    def _boundary(self) -> tuple[Millis, int]:
        """Before which statuses may go, and up to which row of `history` all of them are taken up elsewhere."""
        with reading(self._registry.engine) as connection:
            followed = connection.execute(select(downtime_head.c.followed)).scalar() or 0
            epoch = read_head(connection).epoch
        if missing():
            return self._ago(self._settings.history.keep_status), followed
        end, taken = written_until(self._store, epoch)
        return min(end, self._ago(self._retention.statuses) // DAY * DAY), min(followed, taken)

    def _rest(self, lease: Lease) -> bool:
        """Offers that no EVSE has, and silences of times of which there are no statuses any more."""
        now = self._registry.clock.now()
        if now < self._rest_due:
            return True
        silences = partial(pruning.plan_silences, before=self._ago(self._settings.history.keep_status))
        if not all(self._registry.portion(plan, lease).done for plan in (pruning.plan_offers, silences)):
            return False
        self._rest_due = now + STATUSES_EVERY
        return True

    def _findings(self, lease: Lease) -> bool:
        plan = partial(pruning.plan_findings, before=self._ago(self._retention.findings))
        return self._registry.portion(plan, lease).done


def _up_to(hold: Hold, at_most: int) -> int:
    return hold.seq if hold.for_ever else max(hold.seq, at_most)
