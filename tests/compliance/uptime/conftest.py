"""The simulated year, told once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from app.compliance.uptime.counting import OUTAGE, UP
from app.compliance.uptime.entering import read_file
from app.compliance.uptime.figures import Cause
from app.registry.database import reading, writing
from app.registry.downtime import follow
from app.registry.exclusions import enter
from tests.compliance.uptime.year import DATA, NOW, Year


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The registry at its end, with the operator's exclusions; not to be changed."""
    year = Year(f"sqlite:///{tmp_path_factory.mktemp('year')}/feed.db")
    year.run()
    engine = year.registry.engine
    with reading(engine) as connection:
        entries = read_file(DATA / "exclusions.csv", connection, [*Cause, UP, OUTAGE])
    assert entries.refused == []
    with writing(engine) as connection:
        enter(connection, [statement for _, statement in entries.statements], NOW)
    follow(engine)
    yield engine
    engine.dispose()
