"""The simulated year of `tests/data/compliance/uptime`, told to a real registry as its backend would."""

from __future__ import annotations

import csv
import json
from itertools import groupby
from typing import Any

from app.clock import ManualClock, Millis, parse_time
from app.model.batch import Origin, StatusRecord
from app.registry.apply import Registry
from app.registry.policy import SourcePolicy
from tests.registry.backend import DAY, Backend
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "compliance" / "uptime"
FIRST, NOW = parse_time("2026-06-01T00:00:00Z"), parse_time("2029-01-02T00:00:00Z")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


def body(name: str) -> Any:
    return json.loads((DATA / name).read_text())


class Year:
    def __init__(self, url: str) -> None:
        self.clock = ManualClock(FIRST)
        self.registry = Registry.open(url, clock=self.clock, policies={"abc": SourcePolicy(ttl=10_000 * DAY)})
        self._timer = Registry(self.registry.engine, self.clock, {"abc": SourcePolicy()})
        """Takes the source for silent where the year says so, and only there."""
        self.backend = Backend(self.registry, self.clock)
        self.network = body("network.json")
        self._said: dict[str, str] = {}

    def run(self, until: Millis = NOW) -> None:
        """What the backend says before a time."""
        self.backend.locations(*self.network)
        for at, told in groupby(rows("statuses.csv"), lambda row: parse_time(row["at"])):
            if at < until:
                self.clock.set(at)
                for row in told:
                    self._tell(row)
        self.clock.set(until)

    def _tell(self, row: dict[str, str]) -> None:
        port, status = row["port"], row["status"]
        if status == "silent":
            self._timer.tick()
        elif status == "back":
            uids = [point["uid"] for place in self.network for point in place["evses"]]
            self.backend.statuses(*((uid, self._said.get(uid, "AVAILABLE")) for uid in uids))
        elif status == "moved":
            self.backend.locations(body("moved.json"), complete=False)
        elif row["occurred_at"]:
            late = StatusRecord(port, status, parse_time(row["occurred_at"]), Origin.CHARGER, queued=True)
            self.backend.events(late)
        else:
            self._said[port] = status
            self.backend.statuses((port, status), complete=False)
