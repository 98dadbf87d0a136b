"""Threads of one process that write to SQLite take turns by themselves, and none waits for what another holds meanwhile."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.registry import database
from app.registry.database import open_engine, reading, writing
from tests.processes import wait_for


def test_who_waits_for_its_turn_takes_no_connection_and_misses_nothing(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'turns.db'}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE one (number INTEGER)"))
    ready = threading.Semaphore(0)

    def write(number: int) -> None:
        ready.release()
        with writing(engine) as connection:
            connection.execute(text("INSERT INTO one VALUES (:number)"), {"number": number})

    threads = [threading.Thread(target=write, args=(number,)) for number in range(40)]
    with writing(engine):
        for thread in threads:
            thread.start()
            ready.acquire()
        assert engine.pool.checkedout() == 1
    wait_for(lambda: not any(thread.is_alive() for thread in threads), 30)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM one")).scalar() == 40
    engine.dispose()


def test_any_number_may_write_while_they_read(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'turns.db'}")
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE one (number INTEGER)"))
    all_read = threading.Barrier(40)

    def write() -> None:
        with reading(engine) as connection:
            connection.execute(text("SELECT count(*) FROM one")).all()
            all_read.wait(30)
            with writing(engine) as writer:
                writer.execute(text("INSERT INTO one VALUES (1)"))

    threads = [threading.Thread(target=write) for _ in range(40)]
    for thread in threads:
        thread.start()
    wait_for(lambda: not any(thread.is_alive() for thread in threads), 20)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM one")).scalar() == 40
    engine.dispose()


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'turns.db'}")
    monkeypatch.setattr(database, "BUSY_TIMEOUT_S", 0.1)
    said: list[str] = []

    def write() -> None:
        try:
            with writing(engine):
                pass
        except OperationalError as error:
            said.append(str(error.orig))

    with writing(engine):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join(10)
    assert said == ["another thread is writing"]
    with writing(engine):
        pass
    engine.dispose()
