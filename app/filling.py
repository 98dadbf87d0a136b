"""The duty that fills what an upgrade left open (`registry.filling`): once in the life of a worker, a few seconds at a time."""

from __future__ import annotations

import time
from functools import partial

import structlog

from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.filling import PublicSince, plan_filling
from app.registry.leases import Lease

AT_ONCE_S = 4.0
"""Then whoever stops the worker need not wait."""

log = structlog.get_logger()


class FillingDuty:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._publicity: PublicSince | None = None
        self._after = -1
        self._filled = 0
        self.done = False

    def __call__(self, lease: Lease | None = None) -> None:
        if self.done:
            return
        if self._publicity is None:
            with reading(self._registry.engine) as connection:
                self._publicity = PublicSince.read(connection)
        until = time.monotonic() + AT_ONCE_S
        while not self.done and time.monotonic() < until:
            plan = partial(plan_filling, after=self._after, publicity=self._publicity)
            portion = self._registry.portion(plan, lease)
            self._after, self.done = portion.after, portion.done
            self._filled += len(portion.rows)
        if self.done and self._filled:
            log.info("what the upgrade left open is filled", locations=self._filled)
