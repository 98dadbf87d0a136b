"""A CitrineOS database on a real PostgreSQL, Hasura's answers, and sources that read either."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from app.clock import ManualClock, parse_time
from app.sources.citrineos import CitrineosSettings, CitrineosSource
from tests.hasura import SECRET, Hasura
from tests.postgres import PostgresServer

DATA = Path(__file__).parents[2] / "data" / "backends" / "citrineos"
NOW = parse_time("2026-11-23T12:00:00Z")


@pytest.fixture(scope="module")
def citrine_url(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.create_database()
    engine = create_engine(url)
    with engine.begin() as connection:
        for name in ("tables.sql", "network.sql"):
            connection.exec_driver_sql((DATA / name).read_text())
        # Few servers are in UTC.
        connection.exec_driver_sql(f"ALTER DATABASE {url.rpartition('/')[2]} SET timezone = 'Asia/Kolkata'")
    engine.dispose()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def hasura() -> Iterator[Hasura]:
    with Hasura(DATA / "hasura") as hasura:
        yield hasura


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def citrine(clock: ManualClock) -> Callable[..., CitrineosSource]:
    """A source that reads a database, or Hasura where `url` is given."""

    def make(database: str | None = None, **settings: Any) -> CitrineosSource:
        given = {"name": "citrine", "retry_wait": 0, "timeout": 5, **settings}
        if database:
            given["database"] = database.replace("postgresql+psycopg", "postgresql")
        return CitrineosSource(CitrineosSettings.model_validate(given), clock)

    return make


@pytest.fixture(params=["sql", "graphql"])
def either(request: pytest.FixtureRequest, citrine: Callable[..., CitrineosSource]) -> Callable[..., CitrineosSource]:
    """A source of both kinds: they have to say the same."""

    def make(**settings: Any) -> CitrineosSource:
        if request.param == "sql":
            return citrine(request.getfixturevalue("citrine_url"), **settings)
        return citrine(url=request.getfixturevalue("hasura").url, secret=SECRET, page=2, **settings)

    return make
