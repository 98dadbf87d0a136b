"""SteVe databases in each layout, on a real MariaDB, and sources that read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.clock import ManualClock, parse_time
from app.sources.steve import SteveSettings, SteveSource
from tests.mariadb import MariadbServer

DATA = Path(__file__).parents[2] / "data" / "backends" / "steve"
NOW = parse_time("2026-11-23T12:00:00Z")


@pytest.fixture(scope="module", params=["old", "middle", "new"])
def any_layout(request: pytest.FixtureRequest, mariadb_server: MariadbServer) -> str:
    return mariadb_server.create_database(DATA / f"{request.param}.sql", DATA / "statuses.sql")


@pytest.fixture(scope="module")
def database(mariadb_server: MariadbServer) -> str:
    """In the newest layout."""
    return mariadb_server.create_database(DATA / "new.sql", DATA / "statuses.sql")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def steve(mariadb_server: MariadbServer, clock: ManualClock) -> Callable[..., SteveSource]:
    """A source that reads a database; by root unless `database` is a URL."""

    def make(database: str, **settings: Any) -> SteveSource:
        given = {
            "name": "steve",
            "database": database if "://" in database else mariadb_server.url(database),
            "country_code": "DE",
            "party_id": "ABC",
            "evse_id_pattern": "DE*ABC*E{charger}*{connector}",
            **settings,
        }
        return SteveSource(SteveSettings.model_validate(given), clock)

    return make


@pytest.fixture
def reader(mariadb_server: MariadbServer, database: str) -> tuple[str, str]:
    """Name and password of a user without any right but to see the database."""
    name = f"r{database[-12:]}"
    mariadb_server.execute(
        f"CREATE USER '{name}'@'%' IDENTIFIED BY 'reader'; GRANT SHOW VIEW ON {database}.* TO '{name}'@'%'"
    )
    return name, "reader"
