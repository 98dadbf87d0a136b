"""All prices switch at one moment, and every place shows it: changes, every 2.1.1 page, every snapshot."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import orjson
import requests

from app.clock import Millis, format_time
from tests.bench.measure import Sample
from tests.bench.network import NEXT
from tests.bench.report import Row
from tests.bench.servers import CORES, Servers, chargefeed
from tests.bench.workbench import CLOCK, SOURCE, Workbench

SPARE = 1.5
"""The moment is announced so many times as long before as it takes until everybody has the announcement."""
LOOK_S = 0.1
GIVE_UP_S = 600.0
BUDGET_S = 60.0
CHOICES: dict[str, list[str]] = {
    "every document": [],
    "one dialect of DATEX II, OCPI, prices, GeoJSON": [
        *("datex2/de-*", "datex2/v3.5/*", "datex2/v3.6/*", "irve/*", "oicp/*", "nevi/*", "afdc.csv")
    ],
}
"""Which documents there are → what is left out for it."""


def switch(bench: Workbench) -> Iterator[Row]:
    for what, leave_out in CHOICES.items():
        runs = _switched(bench, leave_out)
        last = Sample(tuple(max(run.values()) for run in runs))
        parts = ", ".join(f"{where} {Sample(tuple(run[where] for run in runs)).median:.1f} s" for where in runs[0])
        yield Row(
            f"all {bench.network.evses:,} prices switch at one moment; {what}",
            "s",
            last,
            budget="visible everywhere within 60 s",
            met=last.high <= BUDGET_S,
            notes=parts,
        )


def _switched(bench: Workbench, leave_out: list[str]) -> list[dict[str, float]]:
    """Of each run the seconds until each place shows it."""
    tariffs = bench.folder / "tariffs.json"
    source = {"name": SOURCE, "type": "file", "tariffs": str(tariffs), "tariffs_every": 1, "ttl": 86400}
    runs: list[dict[str, float]] = []
    _announce(bench, tariffs, CLOCK.now() + 86_400_000)
    snapshots = {"leave_out": leave_out}
    with chargefeed(bench.folder, bench.copy("switch"), ("web", "worker"), [source], snapshots=snapshots) as servers:
        reader = Reader(servers)
        reader.settle()
        begin = CLOCK.now()
        _announce(bench, tariffs, begin + 43_200_000)
        reader.settle(begin + 43_200_000)
        ahead = round((CLOCK.now() - begin) * SPARE)
        for _ in range(bench.runs):
            at = _announce_in_time(bench, tariffs, reader, ahead)
            time.sleep(max(0, at - CLOCK.now()) / 1000)
            runs.append(reader.seen_after(at))
    return runs


def _announce_in_time(bench: Workbench, file: Path, reader: Reader, ahead: Millis) -> Millis:
    """The moment of a switch that everybody has before it comes: a lead that proves too short is doubled."""
    while True:
        at = CLOCK.now() + ahead
        _announce(bench, file, at)
        reader.settle(at)
        if CLOCK.now() < at:
            return at
        ahead *= 2


def _announce(bench: Workbench, file: Path, at: Millis) -> None:
    aside = file.with_suffix(".new")
    aside.write_bytes(orjson.dumps(bench.network.tariffs(at)))
    aside.rename(file)


class Reader:
    """Looks from outside."""

    def __init__(self, servers: Servers) -> None:
        self._url = servers.url
        self._session = requests.Session()
        parties = {f"{item['country_code']}-{item['party_id']}" for item in self._tariffs()}
        self._lists = [f"{self._url}/open/party/{party}/ocpi/2.1.1/locations" for party in sorted(parties)]

    def head(self) -> int:
        return int(self._get(f"{self._url}/open/changes?limit=1")["head"])

    def settle(self, switch_at: Millis | None = None) -> None:
        """Until the tariffs that switch then (None: whatever there is) have reached every page and snapshot."""
        wanted = format_time(switch_at)[:19] if switch_at else ""
        deadline = time.monotonic() + GIVE_UP_S
        while not all(tariff.get("end_date_time", wanted).startswith(wanted) for tariff in self._tariffs()):
            assert time.monotonic() < deadline, "the tariffs were not published"
            time.sleep(LOOK_S)
        self.crawl(ready=None)
        self.wait_for_snapshots(self.head())

    def seen_after(self, at: Millis) -> dict[str, float]:
        """Seconds from the moment until each place shows it."""
        with ThreadPoolExecutor(1) as pool:
            pages = pool.submit(self.crawl, NEXT.encode())
            head = self._last_boundary(at)
            seen = {"changes": (CLOCK.now() - at) / 1000}
            self.wait_for_snapshots(head)
            seen["snapshots"] = (CLOCK.now() - at) / 1000
            seen["pages"] = (pages.result() - at) / 1000
        return seen

    def crawl(self, ready: bytes | None) -> Millis:
        """Reads every page, again and again until all its tariff ids end in `ready` (None: once); when it was through."""
        with ThreadPoolExecutor(CORES) as pool:
            list(pool.map(lambda url: self._crawl(url, ready), self._lists))
        return CLOCK.now()

    def _crawl(self, url: str, ready: bytes | None) -> None:
        deadline, session = time.monotonic() + GIVE_UP_S, requests.Session()
        while url:
            answer = session.get(url, timeout=GIVE_UP_S)
            named = answer.content.count(b'"tariff_id":')
            if ready is not None and answer.content.count(ready + b'"') < named:
                assert time.monotonic() < deadline, f"{url} still shows the old prices"
                time.sleep(LOOK_S)
                continue
            url = answer.links.get("next", {}).get("url", "")

    def wait_for_snapshots(self, sequence: int) -> None:
        """Until each file tells of everything up to there."""
        deadline = time.monotonic() + GIVE_UP_S
        while True:
            answer = self._session.get(f"{self._url}/open/manifest.json", timeout=60)
            if answer.ok and answer.json()["sequence"] >= sequence:
                return
            assert time.monotonic() < deadline, "the snapshots were not written"
            time.sleep(LOOK_S)

    def _last_boundary(self, at: Millis) -> int:
        """Sequence of the last change by time after the moment, once no more come."""
        deadline, before = time.monotonic() + GIVE_UP_S, -1
        while True:
            found = self._get(f"{self._url}/open/changes?limit=1")
            if int(found["head"]) == before and CLOCK.now() > at + 2000:
                return before
            before = int(found["head"])
            assert time.monotonic() < deadline
            time.sleep(1.0)

    def _tariffs(self) -> list[dict[str, Any]]:
        return list(self._get(f"{self._url}/open/ocpi/2.3.0/tariffs?limit=1000")["data"])

    def _get(self, url: str) -> Any:
        return orjson.loads(self._session.get(url, timeout=60).content)
