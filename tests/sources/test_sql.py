"""Other systems' databases: what goes wrong in the middle is said, and the next reading works again."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.errors import SourceAnswerError, SourceUnreachable
from app.sources.sql import Database, Wanted

KILL = {"mysql": "KILL CONNECTION_ID()", "postgresql": "SELECT pg_terminate_backend(pg_backend_pid())"}
SLEEP = {"mysql": "SELECT SLEEP(20)", "postgresql": "SELECT pg_sleep(20)"}
ZONE = {"mysql": "SELECT @@session.time_zone", "postgresql": "SHOW timezone"}


@pytest.fixture(params=["mysql", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest) -> Database:
    if kind == "mysql":
        server = request.getfixturevalue("mariadb_server")
        url = server.url("mysql")
    else:
        url = request.getfixturevalue("postgres_url")
    return Database("backend", SecretStr(url), 0.5, Wanted({}))


def test_a_database_that_disappears_in_the_middle_is_unreachable_and_then_back(database, kind):
    with pytest.raises(SourceUnreachable, match="source backend"):
        _read(database, KILL[kind], "SELECT 1")
    assert _read(database, "SELECT 1") == 1


def test_a_statement_that_takes_too_long_is_ended_by_the_database(database, kind):
    with pytest.raises(SourceAnswerError, match=r"ended after `timeout` \(0.5 s\)"):
        _read(database, SLEEP[kind])


def test_the_session_is_in_utc(database, kind):
    assert _read(database, ZONE[kind]) in ("+00:00", "UTC")


def test_the_password_is_in_no_message(kind):
    database = Database("backend", SecretStr(f"{kind}://user:hunter2@127.0.0.1:1/name"), 1, Wanted({}))
    with pytest.raises(SourceUnreachable, match=f"{kind}.*user:\\*\\*\\*@") as raised:
        _read(database, "SELECT 1")
    assert "hunter2" not in str(raised.value)


def _read(database: Database, *statements: str) -> Any:
    """What the last one answers."""
    with database.reading() as connection:
        return [connection.execute(text(statement)).scalar() for statement in statements][-1]
