"""A registry on SQLite and on a real PostgreSQL, with a clock that stands until it is moved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, insert, select

from app.clock import ManualClock
from app.registry.apply import Registry
from app.registry.database import migrate, open_engine, writing
from app.registry.policy import SourcePolicy
from app.registry.tables import feed_head, metadata
from tests.postgres import PostgresServer
from tests.registry.backend import Backend

SOURCES = ("abc", "other")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with this version's tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    _migrated(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture(scope="session")
def migrated_url(postgres_server: PostgresServer) -> str:
    """A PostgreSQL database with this version's tables, to be copied."""
    url = postgres_server.create_database()
    _migrated(url).dispose()
    return url


@pytest.fixture(scope="session")
def postgres_engine(postgres_server: PostgresServer, migrated_url: str) -> Iterator[Engine]:
    """One for all tests: to empty a database is much faster than to make one."""
    url = postgres_server.create_database(template=migrated_url)
    engine = open_engine(url)
    yield engine
    engine.dispose()
    postgres_server.drop_database(url)


def _migrated(url: str) -> Engine:
    engine = open_engine(url)
    migrate(engine)
    return engine


@pytest.fixture
def sqlite_copy_url(migrated_file: Path, tmp_path: Path) -> str:
    path = tmp_path / "registry.db"
    shutil.copy(migrated_file, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgres_copy_url(postgres_server: PostgresServer, migrated_url: str) -> Iterator[str]:
    url = postgres_server.create_database(template=migrated_url)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of its own, for tests with several processes."""
    fixture = "sqlite_copy_url" if request.param == "sqlite" else "postgres_copy_url"
    return str(request.getfixturevalue(fixture))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database."""
    if request.param == "postgresql":
        engine: Engine = request.getfixturevalue("postgres_engine")
        emptied(engine)
        yield engine
        return
    engine = open_engine(request.getfixturevalue("sqlite_copy_url"))
    yield engine
    engine.dispose()


def emptied(engine: Engine) -> None:
    """Takes everything out of a migrated database, as if it were new."""
    with writing(engine) as connection:
        epoch = connection.execute(select(feed_head.c.epoch)).scalar_one()
        for table in reversed(metadata.sorted_tables):
            connection.execute(delete(table))
        new = {"id": 1, "epoch": epoch, "revision": 0, "seq": 0, "published_at": 0, "oldest": 1}
        connection.execute(insert(feed_head).values(**new, locations=0, tariffs=0))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def registry(engine: Engine, clock: ManualClock) -> Registry:
    return Registry(engine, clock, {name: SourcePolicy() for name in SOURCES})


@pytest.fixture
def backend(registry: Registry, clock: ManualClock) -> Backend:
    return Backend(registry, clock)


@pytest.fixture
def other(registry: Registry, clock: ManualClock) -> Backend:
    """A second source."""
    return Backend(registry, clock, "other")
