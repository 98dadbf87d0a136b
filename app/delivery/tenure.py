"""Acting for a destination, as long as its lease is ours."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from app.errors import LeaseLost
from app.registry.database import writing
from app.registry.leases import Lease, check_lease, still_leads

TRUSTED_S = 1.0
"""So long a look at the lease holds; a process that was stopped looks again."""
MARGIN_MS = 3000
"""So long nobody else may be able to take it: what a request needs to leave, and TRUSTED_S."""
HANDED_ON_S = 10.0


class Tenure:
    """Of one lease. For all threads that act under it."""

    def __init__(self, engine: Engine, lease: Lease, stopped: threading.Event) -> None:
        self.lease = lease
        self._engine = engine
        self._stopped = stopped
        self._handed_on_until = float("-inf")
        self._looking = threading.Lock()
        self._looked = float("-inf")

    @property
    def over(self) -> bool:
        """Nothing more is to be begun."""
        return self._stopped.is_set() or time.monotonic() < self._handed_on_until

    def hand_on(self) -> None:
        """Another is to take the lease, unless it stays ours for HANDED_ON_S."""
        self._handed_on_until = time.monotonic() + HANDED_ON_S

    def ensure(self) -> None:
        """Before each request. Raises LeaseLost where another may act for the destination already."""
        with self._looking:
            looked = time.monotonic()
            if looked - self._looked < TRUSTED_S:
                return
            if not still_leads(self._engine, self.lease, MARGIN_MS):
                raise LeaseLost(
                    f"the lease `{self.lease.name}` may have gone to another worker", where=self.lease.holder
                )
            self._looked = looked

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A write transaction that only the holder of the lease can commit. Raises LeaseLost."""
        with writing(self._engine) as connection:
            check_lease(connection, self.lease)
            yield connection
