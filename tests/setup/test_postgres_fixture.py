"""The PostgreSQL of the tests is real, and every test has a database of its own."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_gets_an_empty_database_on_postgresql_15_or_later(postgres_url: str, turn: int) -> None:
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        version = connection.scalar(text("SHOW server_version_num"))
        connection.execute(text("CREATE TABLE only_once (turn integer)"))
    engine.dispose()
    assert int(version) >= 150000
