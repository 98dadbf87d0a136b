"""Connections to a database that was read-only when they were opened."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.registry.database import open_engine, writing

WRITE = text("UPDATE feed_head SET revision = revision + 1")


def test_a_file_that_can_be_written_again_is_written(sqlite_copy_url: str) -> None:
    engine = open_engine(sqlite_copy_url)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")  # SQLite says the same of a disk that is read-only
        connection.rollback()
    with pytest.raises(OperationalError, match="readonly"), writing(engine) as connection:
        connection.execute(WRITE)
    with writing(engine) as connection:
        connection.execute(WRITE)
    engine.dispose()
