"""A worker that is killed before its n-th statement. Run as a process: `python -m tests.registry.crashing URL`.

It reads lines of three numbers: the first and the last step of a story to tell, and n. For each it forks, and the child is
killed by SIGKILL before its n-th statement (commits count), or lives to the end of its steps. One line of JSON per step that
was acknowledged, then one that says how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

from sqlalchemy import Engine, event

from app.clock import ManualClock
from app.model.batch import Batch, StatusRecord
from app.registry.apply import Registry
from app.registry.database import open_engine
from app.registry.policy import SourcePolicy
from tests.registry.backend import (
    DAY,
    HOUR,
    Body,
    connector,
    events_batch,
    evse,
    location,
    locations_batch,
    statuses_batch,
    tariff,
    tariffs_batch,
)

START = ManualClock().now()
POLICIES = {"abc": SourcePolicy(removal_pulls=2, removal_after=HOUR), "other": SourcePolicy()}

Step = Callable[[Registry], Any]


def _sites(*evses: Body, **fields: Any) -> list[Body]:
    plain = [evse(f"E{number}") for number in range(2, 14)]
    return [
        location("L1", *evses, *plain, **fields),
        location("L2", evse("E20", connector(tariff_ids=["T1", "T2"]), status="CHARGING")),
    ]


def _apply(batch: Batch) -> tuple[int, Step]:
    return batch.received_at, lambda registry: registry.apply(batch)


def story() -> list[tuple[int, Step]]:
    """(time, step): all that writes, in small."""
    hour = iter(START + number * HOUR for number in count())
    rows = [(f"DE*ABC*E{number}", "AVAILABLE") for number in range(1, 14)]
    return [
        _apply(locations_batch("abc", next(hour), _sites(evse("E1", status=None)))),
        _apply(tariffs_batch("abc", next(hour), [tariff("T1", end_date_time="2026-01-01T05:30:00Z"), tariff("T2")])),
        _apply(statuses_batch("other", next(hour), rows)),
        _apply(events_batch("other", next(hour), [StatusRecord("E20", "OUTOFORDER", START, queued=True)])),
        _apply(locations_batch("abc", next(hour), [*_sites(evse("E30"), name="Markt")[:1], location("L3")])),
        (next(hour), lambda registry: registry.tick()),
        (next(hour), _release),
        _apply(locations_batch("abc", next(hour), [*_sites(evse("E30"), publish=False)[:1], location("L3")])),
        _apply(tariffs_batch("abc", next(hour), [tariff("T2", currency="SEK")], complete=False, deleted=["de*abc/t1"])),
        _apply(statuses_batch("other", next(hour), rows[1:])),
        (next(hour) + 2 * DAY, lambda registry: registry.tick()),
    ]


def _release(registry: Registry) -> None:
    for held in registry.held():
        registry.release(held.id)


def tell(engine: Engine, first: int = 1, last: int = 99, acknowledge: Callable[[int], None] = lambda _: None) -> None:
    """Some steps of the story, by a process that knows only what is in the database."""
    clock = ManualClock()
    registry = Registry(engine, clock, POLICIES)
    for number, (at, step) in list(enumerate(story(), 1))[first - 1 : last]:
        clock.set(at)
        step(registry)
        acknowledge(number)


def kill_before(engine: Engine, statement: int) -> None:
    """Has this process killed before the n-th statement that the engine is given, commits included."""
    left = iter(range(statement - 1))

    def dies(*_: Any) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", dies)
    event.listen(engine, "commit", dies)


def say(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def _child(url: str, first: int, last: int, statement: int) -> None:
    engine = open_engine(url)
    kill_before(engine, statement)
    tell(engine, first, last, lambda number: say(step=number))
    engine.dispose()


def main() -> None:
    url = sys.argv[1]
    open_engine(url)  # whatever is imported late
    say(ready=True)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _child(url, *map(int, line.split()))
            os._exit(0)
        _, how = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGKILL
        say(killed=killed, failed=not killed and how != 0)


if __name__ == "__main__":
    main()
