"""The rules about uptime beside those about data: counted by port and network, findings with a life, evaluated again when due."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.clock import ManualClock, parse_time
from app.compliance.evaluation import Evaluator
from app.compliance.judging import RuleBook
from app.compliance.uptime.evaluation import UptimeEvaluator
from app.registry.apply import Registry
from app.registry.database import open_engine, reading, writing
from app.registry.downtime import follow
from app.registry.evaluation import reading as known
from app.registry.evaluation.record import Counts, Life, Which
from app.registry.exclusions import Level, Place, Statement, enter, revoke
from tests.compliance.uptime.year import DATA, NOW
from tests.registry.backend import DAY, Backend

BOOK = RuleBook([])
ALL = Which()


@pytest.fixture
def clock() -> ManualClock:
    """The year is over, and so is 2028-12."""
    return ManualClock(NOW)


@pytest.fixture
def engine(year: Engine, tmp_path: Path) -> Engine:
    shutil.copy(str(year.url.database), tmp_path / "feed.db")
    return open_engine(f"sqlite:///{tmp_path}/feed.db")


@pytest.fixture
def evaluate(engine: Engine, clock: ManualClock) -> Callable[[], int]:
    """Data, a minute later uptime until nothing is due; how many steps that took."""
    data, uptime = Evaluator(engine, BOOK, clock), UptimeEvaluator(engine, BOOK, clock)

    def whole() -> int:
        clock.advance(seconds=60)
        while data.step().finished is None:
            pass
        clock.advance(seconds=60)
        number = 0
        while uptime.step():
            number += 1
        return number

    return whole


def sums(engine: Engine, which: Which = ALL) -> dict[str, Counts]:
    with reading(engine) as connection:
        every = {one.rule.code: known.counted(connection, one.rule.code, which) for one in BOOK.uptimes}
    return {code: groups[0].counts for code, groups in every.items() if groups}


def lives(engine: Engine, rule: str) -> dict[str, Life]:
    with reading(engine) as connection:
        return {f"{one.key} {one.places}".strip(): one for one in known.lives(connection) if one.rule == rule}


def test_tmp(engine, evaluate, clock):
    print(evaluate(), sums(engine))
    for r in ("nevi-uptime","california-uptime","uk-reliability"):
        for k,v in lives(engine,r).items(): print(k, v)
    assert 0
