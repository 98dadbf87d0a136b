"""Bringing the tables of a database to this version, while others read it.

Each migration is a transaction of its own, and short: it makes tables and columns, and what takes longer is left to the running
worker (`filling`). On PostgreSQL one that alters a table waits for whoever is reading it; since all who come later would wait
behind it, it gives up after LOCK_MS, lets them through, and tries again.
Whoever is cut off goes on where the last migration ended.
"""

from __future__ import annotations

import time

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import OperationalError

from app.errors import RegistryError
from app.registry.database import MIGRATIONS, writing

LOCK = 0x63666565  # two processes that start together migrate one after the other
LOCK_MS = 500
"""Less than `deadlock_timeout` (1 s): of two who wait for each other it is never the reader who loses."""
AGAIN_S = 2.0
LONGEST_S = 600.0
"""Then somebody has to look who reads for so long."""
_LOCKED = "55P03"

log = structlog.get_logger()


def upgrade(engine: Engine) -> None:
    """Raises RegistryError where the database is from a newer version, or a table stays locked."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    deadline = time.monotonic() + LONGEST_S
    more = True
    while more:
        try:
            more = _step(engine, config)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != _LOCKED:
                raise
            if time.monotonic() > deadline:
                raise RegistryError(
                    "the database cannot be upgraded: a table is read in one transaction for more than ten minutes",
                    remedy="wait for that backup or report, or end it (pg_stat_activity names it), and start again",
                ) from error
            log.warning("the upgrade waits until a table is no longer read")
            time.sleep(AGAIN_S)


def _step(engine: Engine, config: Config) -> bool:
    """The next migration; False where there is none."""
    scripts = ScriptDirectory.from_config(config)
    with writing(engine) as connection:
        postgresql = engine.dialect.name == "postgresql"
        if postgresql:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_MS}ms'"))
        current = MigrationContext.configure(connection).get_current_revision()
        if current == scripts.get_current_head():
            return False
        if current is not None and current not in {script.revision for script in scripts.walk_revisions()}:
            raise RegistryError(
                f"the database is at migration {current}, which this version does not know",
                remedy="Start the newer version of chargefeed that wrote it, or restore a backup",
            )
        if postgresql and current is not None:
            connection.execute(text("LOCK TABLE feed_head IN EXCLUSIVE MODE"))  # after whoever is committing
        config.attributes["connection"] = connection
        command.upgrade(config, "+1")
    return True
