"""A database of the first layout is upgraded while its processes read and write it: nobody waits for long, and nothing is lost.

`CHARGEFEED_UPGRADED` is how many locations it has."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest
from sqlalchemy import Connection, Engine, MetaData, Table, func, insert, select, text, update
from structlog.testing import capture_logs

from app.clock import ManualClock
from app.filling import FillingDuty
from app.registry.apply import Registry
from app.registry.database import migrate, newest_revision, open_engine, reading, revision, writing
from tests.layouts import make_tables
from tests.processes import wait_for
from tests.registry.backend import evse, location

LOCATIONS = int(os.environ.get("CHARGEFEED_UPGRADED", "300"))
LONGEST_S = 10
"""That a reader may wait on a busy machine; of it the upgrade takes half a second at a time."""
AT = 1_700_000_000_000


class Old:
    """A process of the first version, at its database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.tables = MetaData()
        with reading(engine) as connection:
            self.tables.reflect(connection)
        self.counted: set[tuple[int, int]] = set()
        self.longest_s = 0.0
        self.reads = 0
        self.written: list[int] = []
        self.wrong: list[Exception] = []

    def __getitem__(self, name: str) -> Table:
        return self.tables.tables[name]

    def build(self) -> None:
        with writing(self.engine) as connection:
            for number in range(LOCATIONS):
                self._build(connection, number)

    def _build(self, connection: Connection, number: int) -> None:
        body = location(f"L{number}", evse(f"E{number}"), last_updated="2026-01-01T00:00:00Z")
        facts = {name: body[name] for name in ("country_code", "party_id", "id", "country", "time_zone")}
        facts |= {"ordinal": number, "key": f"de*abc/l{number}", "source": "abc", "public": True}
        connection.execute(insert(self["location"]).values(**facts, version=0, last_updated=AT))
        connection.execute(insert(self["location_body"]).values(location=number, body=orjson.dumps(body)))
        point = {"location": number, "uid": f"E{number}", "key": f"de*abc/e{number}", "uid_key": f"e{number}"}
        connection.execute(insert(self["evse"]).values(**point, status="AVAILABLE", part=b"{}", stamp=AT))

    def read(self) -> None:
        started = time.monotonic()
        places, points = self["location"], self["evse"]
        query = select(func.count(places.c.ordinal.distinct()), func.count(points.c.id))
        with reading(self.engine) as connection:
            row = connection.execute(
                query.select_from(places.join(points, points.c.location == places.c.ordinal))
            ).one()
        self.counted.add((row[0], row[1]))
        self.reads += 1
        self.longest_s = max(self.longest_s, time.monotonic() - started)

    def write(self) -> None:
        """A commit."""
        head, journal, places = self["feed_head"], self["journal"], self["location"]
        with writing(self.engine) as connection:
            seq: int = connection.execute(select(head.c.seq).with_for_update()).scalar_one() + 1
            number = seq % LOCATIONS
            entry: dict[str, Any] = {"seq": seq, "what": "location", "key": f"de*abc/l{number}", "ordinal": number}
            entry |= {
                "source": "abc",
                "was_public": seq > 1,
                "public": True,
                "received_at": AT,
                "published_at": AT + seq,
            }
            connection.execute(insert(journal).values(**entry))
            connection.execute(update(places).where(places.c.ordinal == number).values(version=seq))
            connection.execute(update(head).values(seq=seq, locations=LOCATIONS))
        self.written.append(seq)


@contextmanager
def at_work(old: Old) -> Iterator[None]:
    """Three read and one writes, until the end of the block and a little longer."""
    over = threading.Event()

    def again(do: Callable[[], None]) -> None:
        while not over.is_set():
            try:
                do()
            except Exception as error:  # noqa: BLE001  (none may happen)
                old.wrong.append(error)
                return

    threads = [threading.Thread(target=again, args=(do,)) for do in (old.read, old.read, old.read, old.write)]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: bool(old.reads and old.written) or bool(old.wrong))
        yield
        reads, written = old.reads, len(old.written)
        wait_for(lambda: (old.reads > reads and len(old.written) > written) or bool(old.wrong))
    finally:
        over.set()
        for thread in threads:
            thread.join()


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Old]:
    of_file = f"sqlite:///{tmp_path / 'old.db'}"
    engine = open_engine(of_file if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    make_tables(engine, "0001")
    yield Old(engine)
    engine.dispose()


def test_it_is_read_and_written_meanwhile_and_nothing_is_lost(old: Old) -> None:
    old.build()
    with at_work(old):
        started = time.monotonic()
        migrate(old.engine)
        took = time.monotonic() - started
    print(f"{LOCATIONS} locations: {took:.1f} s; longest read {old.longest_s:.2f} s of {old.reads}")  # noqa: T201
    assert old.wrong == []
    assert revision(old.engine) == newest_revision()
    assert old.counted == {(LOCATIONS, LOCATIONS)}
    assert old.longest_s < LONGEST_S
    duty = FillingDuty(Registry(old.engine, ManualClock()))
    while not duty.done:
        duty()
    with reading(old.engine) as connection:
        journaled = connection.execute(text("SELECT seq FROM journal ORDER BY seq")).scalars().all()
        assert journaled == old.written == [*range(1, len(old.written) + 1)]
        for table, there in (
            ("location_search", "true"),
            ("evse", "offer IS NOT NULL"),
            ("location", "public_since > 0"),
        ):
            count = connection.execute(text(f"SELECT count(*) FROM {table} WHERE {there}")).scalar()
            assert count == LOCATIONS, table


@pytest.mark.parametrize("old", ["postgresql"], indirect=True)
def test_who_reads_for_long_delays_the_upgrade_but_no_other_reader(old: Old) -> None:
    old.build()
    with capture_logs() as logged, reading(old.engine) as long:
        long.execute(select(old["tariff"])).all()  # which the first migration alters
        upgrade = threading.Thread(target=migrate, args=(old.engine,))
        upgrade.start()
        wait_for(lambda: any("upgrade waits" in line["event"] for line in logged))
        with reading(old.engine) as other:
            other.execute(text("SET LOCAL lock_timeout = '5s'"))
            other.execute(select(old["tariff"])).all()
        assert revision(old.engine) == "0001"
    upgrade.join()
    assert revision(old.engine) == newest_revision()
