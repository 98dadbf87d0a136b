"""A worker is killed between any two statements: what was acknowledged is there, nothing is there twice, and the next worker
ends where one that was never killed would."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.registry.database import open_engine, reading
from app.registry.replay import current, replay
from app.registry.tables import evse, history, journal, source_state
from tests.registry.conftest import emptied
from tests.registry.crashing import story, tell
from tests.shared import ROOT

PULL = 5
"""The step with most in it: a complete pull that changes, adds, drops and loses."""
LAST = len(story())


class Worker:
    """The process of tests/registry/crashing.py."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-m", "tests.registry.crashing", url]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT)
        assert self._read() == {"ready": True}

    def run(self, first: int, last: int, statement: int) -> tuple[int, bool]:
        """The last step that was acknowledged, and whether it was killed before that statement."""
        assert self._process.stdin
        self._process.stdin.write(f"{first} {last} {statement}\n")
        self._process.stdin.flush()
        done = first - 1
        while "step" in (line := self._read()):
            done = line["step"]
        assert not line["failed"]
        return done, line["killed"]

    def stop(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        assert self._process.wait(30) == 0

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found


def journaled(engine: Engine) -> list[tuple[Any, ...]]:
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(journal).order_by(journal.c.seq))]


def everything(engine: Engine) -> dict[str, Any]:
    """All that matters, without the numbers that a database gives rows by itself."""
    facts = [column for column in history.c if column.name not in ("id", "evse")]
    with reading(engine) as connection:
        kept = connection.execute(select(evse.c.uid, *facts).join(evse, evse.c.id == history.c.evse)).all()
        points = connection.execute(select(*(column for column in evse.c if column.name not in ("id", "held")))).all()
        return {
            "journal": journaled(engine),
            "state": current(connection),
            "evses": sorted(map(tuple, points), key=repr),
            "history": sorted(map(tuple, kept), key=repr),
            "sources": sorted(map(tuple, connection.execute(select(source_state)).all()), key=repr),
        }


def kill_everywhere(
    engine: Engine, worker: Worker, reset: Callable[[], None], first: int, last: int, stride: int = 1
) -> int:
    """Has the worker killed before every statement of these steps; returns how many statements there are."""
    reset()
    ends = {first - 1: len(journaled(engine))}
    tell(engine, first, last, lambda step: ends.update({step: len(journaled(engine))}))
    whole = everything(engine)
    for statement in count(1, stride):
        reset()
        done, killed = worker.run(first, last, statement)
        left = journaled(engine)
        assert left == whole["journal"][: len(left)], "a part of what would have been written, in the same order"
        assert len(left) >= ends[done], "what was acknowledged is there"
        with reading(engine) as connection:
            assert replay(connection) == current(connection)
        tell(engine, done + 1, last)
        assert everything(engine) == whole, "applied again it ends where a run without a kill does"
        if not killed:
            return statement
    raise AssertionError


def test_a_pull_that_is_killed_before_any_statement_on_sqlite(migrated_file: Path, tmp_path: Path) -> None:
    before, path = tmp_path / "before.db", tmp_path / "registry.db"
    shutil.copy(migrated_file, before)
    prepared = open_engine(f"sqlite:///{before}")
    tell(prepared, 1, PULL - 1)
    prepared.dispose()
    shutil.copy(before, path)
    engine, worker = open_engine(f"sqlite:///{path}"), Worker(f"sqlite:///{path}")

    def reset() -> None:
        engine.dispose()
        for file in tmp_path.glob("registry.db*"):
            file.unlink()
        shutil.copy(before, path)

    assert kill_everywhere(engine, worker, reset, PULL, PULL) > 50
    worker.stop()
    engine.dispose()


@pytest.fixture
def worked(database_url: str) -> Iterator[tuple[Engine, Worker]]:
    engine, worker = open_engine(database_url), Worker(database_url)
    yield engine, worker
    worker.stop()
    engine.dispose()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_story_that_is_killed_before_some_statements_on_postgresql(worked: tuple[Engine, Worker]) -> None:
    engine, worker = worked
    assert kill_everywhere(engine, worker, lambda: emptied(engine), 1, LAST, stride=53) > 200


@pytest.mark.slow
def test_a_story_that_is_killed_before_any_statement(worked: tuple[Engine, Worker]) -> None:
    engine, worker = worked
    assert kill_everywhere(engine, worker, lambda: emptied(engine), 1, LAST) > 200


@pytest.mark.slow
def test_a_worker_that_is_killed_again_and_again_gets_to_the_end(worked: tuple[Engine, Worker]) -> None:
    """Each one goes on behind the last step that was acknowledged, and is killed at a statement nobody has chosen."""
    engine, worker = worked
    chance = random.Random(1)
    emptied(engine)
    tell(engine)
    whole = everything(engine)
    for _ in range(20):
        emptied(engine)
        done = 0
        while done < LAST:
            done, _ = worker.run(done + 1, LAST, chance.randrange(1, 150))
        assert everything(engine) == whole
