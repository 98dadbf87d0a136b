"""The time of the database, as all machines have it that share one: whatever becomes of the clock of one of them, what it writes
bears the time that the others go by, and leases too."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError

from app.clock import Clock, Millis, SystemClock
from app.registry.leases import database_now

EVERY_S = 5.0
WRONG: Millis = 1000
"""So far a machine's clock may be from the database's before it is worth a line."""

log = structlog.get_logger()


class DatabaseClock(SystemClock):
    """Asks now and then, in a thread that nobody waits for. In between, and while the database does not answer, time goes on by
    the monotonic clock; until it has answered once, the machine's counts."""

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._began: Millis | None = None
        """What the database's clock showed when the monotonic one began."""
        self._due = float("-inf")
        self._asking = threading.Lock()
        self._said_wrong = False

    def now(self) -> Millis:
        if self._monotonic() >= self._due and self._asking.acquire(blocking=False):
            self._due = self._monotonic() + EVERY_S
            asking = threading.Thread(target=self._ask, name="clock", daemon=True)
            asking.start()
            if self._began is None:
                asking.join(EVERY_S)
        return super().now() if self._began is None else self._began + self._elapsed()

    def _elapsed(self) -> Millis:
        return round(self._monotonic() * 1000)

    def _ask(self) -> None:
        try:
            with self._engine.connect() as connection:
                asked = self._elapsed()
                told = connection.execute(select(database_now())).scalar_one()
            took = self._elapsed() - asked
            self._take(told - asked - took // 2, took)
            self._compare(told + self._elapsed() - asked)
        except SQLAlchemyError as error:
            log.debug("the database does not tell the time", error=str(error))
        finally:
            self._asking.release()

    def _take(self, began: Millis, took: Millis) -> None:
        """An answer is right to within the time it took: what differs less is no news, and time does not tremble."""
        if self._began is None or abs(began - self._began) > took:
            self._began = began

    def _compare(self, now: Millis) -> None:
        ahead = super().now() - now
        wrong = abs(ahead) > WRONG
        if wrong and not self._said_wrong:
            log.warning("the clock of this machine is wrong; the database's counts", ahead_s=round(ahead / 1000, 1))
        self._said_wrong = wrong


def clock_of(engine: Engine) -> Clock:
    """Of those who share a server, the server's; a file has none but the machine's."""
    return SystemClock() if engine.dialect.name == "sqlite" else DatabaseClock(engine)
