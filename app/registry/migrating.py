"""Bringing the tables of a database to this version."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select

from app.errors import RegistryError
from app.registry.database import MIGRATIONS, writing

LOCK = 0x63666565  # two processes that start together migrate one after the other


def upgrade(engine: Engine) -> None:
    """Raises RegistryError where the database is from a newer version."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        current = MigrationContext.configure(connection).get_current_revision()
        if current == scripts.get_current_head():
            return
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise RegistryError(
                f"the database is at migration {current}, which this version does not know",
                remedy="start the newer version of chargefeed that wrote it, or restore a backup",
            )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
