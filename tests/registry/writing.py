"""A worker that writes as fast as it can, as a process of its own.

python -m tests.registry.writing URL SOURCE BATCHES [stall|back|jitter]

Each batch adds a location and changes the status in an earlier one; each location is touched twice in all, so that a change a
reader misses is never made up for by a later one. `stall` stops the process (SIGSTOP) inside the transaction of its middle
batch, just before the commit; `back` has its clock step back an hour there; `jitter` has it wrong by up to five seconds,
otherwise at every look.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from typing import Any

from sqlalchemy import Connection, Engine, event

from app.clock import Millis, SystemClock
from app.model.identifiers import party
from app.registry.apply import Registry
from app.registry.database import open_engine
from tests.registry.backend import HOUR, Body, evse, location, locations_batch


class SteppingClock(SystemClock):
    def __init__(self) -> None:
        self.behind: Millis = 0
        self.jitter: Millis = 0
        self._chance = random.Random(1)

    def now(self) -> Millis:
        return super().now() - self.behind + self._chance.randint(-self.jitter, self.jitter)


def site(source: str, number: int, status: str) -> Body:
    point = evse(f"E{number}", evse_id=f"DE*{source}*E{number}", status=status)
    return location(f"L{number}", point, party_id=source)


def stop_before_commit(engine: Engine) -> None:
    def stop(connection: Connection) -> None:
        if connection.get_execution_options().get("writes") and not stopped:
            stopped.append(True)
            say(stopped=True)
            os.kill(os.getpid(), signal.SIGSTOP)

    stopped: list[bool] = []
    event.listen(engine, "commit", stop)


def say(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def main() -> None:
    url, source, batches, *how = sys.argv[1:]
    engine, clock = open_engine(url), SteppingClock()
    registry = Registry(engine, clock)
    clock.jitter = 5000 if "jitter" in how else 0
    say(ready=party("DE", source))
    sys.stdin.readline()
    for number in range(int(batches)):
        if number == int(batches) // 2:
            if "stall" in how:
                stop_before_commit(engine)
            if "back" in how:
                clock.behind = HOUR
        bodies = [site(source, number, "AVAILABLE")]
        if number > 1:
            bodies.append(site(source, number - 2, "CHARGING"))
        applied = registry.apply(locations_batch(source, clock.now(), bodies, complete=False))
        say(seq=applied.seq, published_at=applied.published_at, changes=applied.changes)
    say(done=True)
    engine.dispose()


if __name__ == "__main__":
    main()
