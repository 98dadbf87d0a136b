from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from app.errors import LeaseLost
from app.registry.leases import Lease, Leases, check_lease, database_now, still_leads
from app.registry.tables import lease as table

LONG_AGO = 1


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'leases.db'}" if is_sqlite else request.getfixturevalue("postgres_url")
    engine = create_engine(url)
    table.create(engine)
    yield engine
    engine.dispose()


def expire(engine: Engine, name: str) -> None:
    with engine.begin() as connection:
        connection.execute(table.update().where(table.c.name == name).values(expires_at=LONG_AGO))


def test_database_time_is_the_time(engine: Engine) -> None:
    with engine.connect() as connection:
        said = connection.execute(database_now().select()).scalar_one()
    assert abs(said - time.time() * 1000) < 5000


def test_one_holder_at_a_time(engine: Engine) -> None:
    first, second = Leases(engine, "first"), Leases(engine, "second")
    assert first.acquire("source:a") == Lease("source:a", "first", 1)
    assert second.acquire("source:a") is None
    assert first.acquire("source:a") == Lease("source:a", "first", 1), "one's own lease is kept, with its epoch"
    assert second.held("source:") == {"source:a": "first"}


def test_many_at_once_and_one_gets_it(engine: Engine) -> None:
    got: list[Lease | None] = []
    started = threading.Barrier(6)

    def try_it(holder: str) -> None:
        started.wait()
        got.append(Leases(engine, holder).acquire("source:a"))

    threads = [threading.Thread(target=try_it, args=(f"worker {number}",)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([lease for lease in got if lease]) == 1


def test_an_expired_lease_is_taken_and_its_epoch_rises(engine: Engine) -> None:
    first, second = Leases(engine, "first"), Leases(engine, "second")
    lost = first.acquire("source:a")
    assert lost
    expire(engine, "source:a")
    assert first.held("source:") == {}
    taken = second.acquire("source:a")
    assert taken == Lease("source:a", "second", 2)
    assert first.renew([lost]) == []
    expire(engine, "source:a")
    assert first.acquire("source:a") == Lease("source:a", "first", 3), "a former holder comes back as a new one"


def test_a_holder_that_was_late_may_renew_until_another_has_taken(engine: Engine) -> None:
    first = Leases(engine, "first")
    lease = first.acquire("source:a")
    assert lease
    expire(engine, "source:a")
    assert first.renew([lease]) == [lease]
    assert Leases(engine, "second").acquire("source:a") is None


def test_a_released_lease_is_free_at_once(engine: Engine) -> None:
    first, second = Leases(engine, "first"), Leases(engine, "second")
    lease = first.acquire("source:a")
    assert lease
    first.release(lease)
    taken = second.acquire("source:a")
    assert taken == Lease("source:a", "second", 2)
    first.release(lease)
    assert second.renew([taken]) == [taken], "releasing a lost lease takes nothing from the new holder"


def test_names_that_are_used_once_are_forgotten_an_hour_later(engine: Engine) -> None:
    leases = Leases(engine, "first")
    for name in ("worker:gone", "worker:alive", "source:a"):
        leases.acquire(name)
    for name in ("worker:gone", "source:a"):
        expire(engine, name)
    leases.forget("worker:")
    with engine.connect() as connection:
        assert sorted(connection.execute(table.select()).scalars()) == ["source:a", "worker:alive"]


def test_a_lease_lives_by_the_databases_clock(engine: Engine) -> None:
    first, second = Leases(engine, "first", life=300), Leases(engine, "second")
    assert first.acquire("source:a")
    assert second.acquire("source:a") is None
    time.sleep(0.4)
    assert second.acquire("source:a")


def test_a_write_of_a_former_holder_is_refused(engine: Engine) -> None:
    first, second = Leases(engine, "first"), Leases(engine, "second")
    lease = first.acquire("source:a")
    assert lease
    with engine.begin() as connection:
        check_lease(connection, lease)
    expire(engine, "source:a")
    with engine.begin() as connection:
        check_lease(connection, lease)
    second.acquire("source:a")
    with pytest.raises(LeaseLost, match="source:a"), engine.begin() as connection:
        check_lease(connection, lease)


def test_nobody_takes_a_lease_between_check_and_commit(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    table.create(engine)
    lease = Leases(engine, "first").acquire("source:a")
    assert lease
    expire(engine, "source:a")
    taken: list[Lease | None] = []
    other = threading.Thread(target=lambda: taken.append(Leases(engine, "second").acquire("source:a")))
    with engine.begin() as connection:
        check_lease(connection, lease)
        other.start()
        other.join(0.5)
        assert taken == []
    other.join()
    assert taken == [Lease("source:a", "second", 2)]
    engine.dispose()


STOPPED_IN_ITS_TRANSACTION = """
import sys, time
from sqlalchemy import create_engine, text
from app.registry.leases import Leases, check_lease
engine = create_engine(sys.argv[1])
lease = Leases(engine, "stopped", life=1).acquire("source:a")
with engine.begin() as connection:
    check_lease(connection, lease)
    connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 500"))
    print("inside", flush=True)
    time.sleep(1)
    connection.execute(text("CREATE TABLE written (id int)"))
"""


def test_a_process_stopped_inside_its_transaction_neither_blocks_nor_writes(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    table.create(engine)
    command = [sys.executable, "-c", STOPPED_IN_ITS_TRANSACTION, postgres_url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "inside\n"
    os.kill(process.pid, signal.SIGSTOP)
    taken = Leases(engine, "other").acquire("source:a")
    assert taken == Lease("source:a", "other", 2)
    os.kill(process.pid, signal.SIGCONT)
    _, said = process.communicate(timeout=20)
    assert process.returncode != 0
    assert "idle-in-transaction" in said
    with engine.connect() as connection:
        assert connection.execute(text("SELECT to_regclass('written')")).scalar_one() is None
    engine.dispose()


def test_a_lease_that_ends_later_than_any_can_was_of_another_time(engine: Engine) -> None:
    """The database's clock has been set back by hours, and its holder has ended."""
    first, second = Leases(engine, "first"), Leases(engine, "second")
    lease = first.acquire("source:a")
    assert lease
    with engine.begin() as connection:
        connection.execute(table.update().values(expires_at=table.c.expires_at + 3 * 3_600_000))
    assert second.held("") == {}
    assert not still_leads(engine, lease, 0)
    assert second.acquire("source:a") == Lease("source:a", "second", 2)
