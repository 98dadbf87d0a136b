"""Two `chargefeed worker` processes that deliver from one real PostgreSQL: a kill, and a pause longer than the lease."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.delivery.reading import said, unstamped
from tests.e2e.workers import Workers
from tests.ocpi_receiver import Receiver
from tests.processes import wait_for

pytestmark = pytest.mark.slow

POINTS = 30
TAKEN_OVER_WITHIN = 40.0


class Delivered:
    """A board of many points, two workers, one receiver that takes its time."""

    def __init__(self, folder: Path, url: str, receiver: Receiver) -> None:
        self.folder, self.receiver = folder, receiver
        self.show(free=True)
        board = "{name: board, type: board, board: board.json, inventory_every: 500ms, status_every: 500ms}"
        pushed = json.dumps({**receiver.settings, "parallel": 1})
        config = f"operator: {{name: x}}\ndatabase: {url}\nstore: {{directory: public}}\nsources: [{board}]\n"
        (folder / "config.yaml").write_text(f"{config}destinations: [{pushed}]\n")
        self.workers = Workers(folder, url)
        self.registry = self.workers.registry

    def show(self, *, free: bool) -> None:
        points = [
            {"id": f"P{number}", "place": "Market", "lat": 52.5, "lon": 13.4, "free": free} for number in range(POINTS)
        ]
        (self.folder / "board.new").write_text(json.dumps(points))
        (self.folder / "board.new").replace(self.folder / "board.json")

    def leader(self) -> subprocess.Popen[bytes] | None:
        """Who holds the destination's lease."""
        return next((one for one in self.workers.all if self.workers.leases_of(one, "destination:")), None)

    def is_level(self) -> bool:
        return unstamped(self.receiver.shown()) == said(self.registry)

    def statuses(self) -> set[str]:
        return {evse["status"] for body in self.receiver.shown().values() for evse in body["evses"]}


@pytest.fixture
def delivered(tmp_path: Path, postgres_url: str) -> Iterator[Delivered]:
    """Both workers run, and everything is delivered; from now on each request takes a tenth of a second."""
    with Receiver() as receiver:
        found = Delivered(tmp_path, postgres_url, receiver)
        found.workers.start()
        found.workers.start()
        try:
            wait_for(lambda: found.leader() is not None and len(receiver.objects) == POINTS and found.is_level(), 90)
            receiver.delay = 0.1
            receiver.requests.clear()
            yield found
        finally:
            receiver.delay = 0
            found.workers.close()


def half_way(delivered: Delivered, before: int = 0) -> None:
    wait_for(lambda: len(delivered.receiver.requests) - before > POINTS // 3, every=0.005)


def test_what_a_killed_worker_was_sending_is_sent_by_the_other(delivered: Delivered) -> None:
    leader = delivered.leader()
    assert leader
    delivered.show(free=False)
    half_way(delivered)
    leader.kill()
    leader.wait()
    killed = time.monotonic()
    wait_for(lambda: delivered.statuses() == {"CHARGING"}, TAKEN_OVER_WITHIN)
    print(f"there after {time.monotonic() - killed:.1f} s")  # noqa: T201
    assert delivered.is_level()
    assert delivered.receiver.violations == []
    wait_for(lambda: delivered.leader() not in (None, leader))


def test_a_worker_paused_while_sending_sends_nothing_old_when_it_wakes(delivered: Delivered) -> None:
    leader = delivered.leader()
    assert leader
    delivered.show(free=False)
    half_way(delivered)
    leader.send_signal(signal.SIGSTOP)
    wait_for(lambda: delivered.leader() not in (None, leader), TAKEN_OVER_WITHIN)
    wait_for(lambda: delivered.statuses() == {"CHARGING"}, TAKEN_OVER_WITHIN)
    delivered.show(free=True)
    wait_for(lambda: delivered.statuses() == {"AVAILABLE"}, TAKEN_OVER_WITHIN)
    sent = len(delivered.receiver.requests)
    leader.send_signal(signal.SIGCONT)
    time.sleep(4)
    assert len(delivered.receiver.requests) - sent <= 1, "one may have been on its way"
    assert delivered.is_level()
    assert delivered.receiver.violations == []
