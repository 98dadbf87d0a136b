"""Bringing a database to this version's tables, on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text

import app.delivery.tables
import app.ledger.tables
import app.registry.evaluation.tables
import app.roaming.tables  # noqa: F401  (they are all in the same metadata)
from app.clock import ManualClock
from app.errors import RegistryError
from app.registry.apply import Registry
from app.registry.database import MIGRATIONS, migrate, newest_revision, open_engine, reading, writing
from app.registry.tables import feed_head, metadata
from tests.registry.backend import Backend, location
from tests.shared import ROOT

MIGRATE = "import sys; from app.registry.database import migrate, open_engine; migrate(open_engine(sys.argv[1]))"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a database that has no tables, on SQLite not even a file."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'feed.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def test_the_newest_file_is_the_newest_revision() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert newest_revision() == ScriptDirectory.from_config(config).get_current_head()


def test_the_migrations_make_the_tables_of_this_version(empty: Engine) -> None:
    migrate(empty)
    with empty.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        assert set(inspect(connection).get_table_names()) == {*metadata.tables, "alembic_version"}


def test_migrations_stand_by_themselves() -> None:
    """What they would import changes after them."""
    files = MIGRATIONS.rglob("*.py")
    assert {(file.name, line) for file in files for line in file.read_text().splitlines() if "app." in line} == {
        ("env.py", "from app.registry.tables import metadata")
    }


def test_a_new_database_begins_a_life_of_its_own(empty: Engine) -> None:
    migrate(empty)
    with reading(empty) as connection:
        (head,) = connection.execute(select(feed_head)).all()
    assert (head.seq, head.revision, head.oldest, len(head.epoch)) == (0, 0, 1, 32)
    migrate(empty)
    with reading(empty) as connection:
        assert connection.execute(select(feed_head)).all() == [head]


def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    processes = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, empty_url], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    errors = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], errors
    engine = open_engine(empty_url)
    with reading(engine) as connection:
        assert len(connection.execute(select(feed_head.c.epoch)).all()) == 1
    engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(empty: Engine) -> None:
    migrate(empty)
    with writing(empty) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RegistryError, match=r"9999.*newer version"):
        migrate(empty)


def test_a_process_writes_no_more_when_a_newer_version_has_upgraded_its_database(empty: Engine) -> None:
    migrate(empty)
    backend = Backend(Registry(empty, clock := ManualClock()), clock)
    backend.locations(location("L1"))
    with writing(empty) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RegistryError, match=r"9999.*restart it"):
        backend.locations(location("L2"))
    with reading(empty) as connection:
        assert connection.execute(select(feed_head.c.seq)).scalar_one() == 1
