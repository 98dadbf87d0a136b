"""Databases as earlier versions had them."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine

from app.registry.database import MIGRATIONS, writing


def make_tables(engine: Engine, wanted: str) -> None:
    """Those of a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, wanted)
