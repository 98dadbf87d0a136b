"""A database of the version before, revision 0006, with a network in it: upgraded while readers read, and then all works on."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, MetaData, func, insert, select, text

from app.cli import main
from app.once import publish_once
from app.registry.database import migrate, newest_revision, open_engine, reading, revision, writing
from app.registry.tables import feed_head, location
from app.settings import Settings, load
from app.web.application import create_app
from tests.layouts import make_tables
from tests.shared import ROOT

BEFORE = "0006"
DATA = ROOT / "tests" / "data"
CONFIG = """
operator: {{name: Stadtwerke}}
database: {database}
store: {{directory: public}}
sources:
  - {{name: files, type: file, country_code: DE, party_id: TST, inventory: inventory.csv, tariffs: tariffs.json}}
"""
PAGES = (
    "/",
    "/prices",
    "/ledger",
    "/compliance",
    "/open/ocpi/2.2.1/locations",
    "/open/changes?since=0",
    "/open/prices.json",
)


def copy_rows(source: Connection, target: Connection) -> None:
    """What the tables of the version before can hold of what this one wrote."""
    new, old = MetaData(), MetaData()
    new.reflect(source)
    old.reflect(target)
    for table in reversed(old.sorted_tables):
        if table.name != "alembic_version":
            target.execute(table.delete())
    for table in old.sorted_tables:
        if table.name == "alembic_version":
            continue
        columns = [new.tables[table.name].c[column.name] for column in table.columns]
        if rows := [row._asdict() for row in source.execute(select(*columns))]:
            target.execute(insert(table), rows)


@pytest.fixture(params=["sqlite", "postgresql"])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """An installation of the version before: its database, and the snapshots and the ledger that it published."""
    url = "sqlite:///before.db" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    for name in ("file/inventory.csv", "ocpi/2.3.0/tariffs.json"):
        shutil.copy(DATA / name, tmp_path)
    (tmp_path / "my.yaml").write_text(CONFIG.format(database="sqlite:///now.db"))
    now = load(tmp_path / "my.yaml")
    publish_once(now, None, lambda _: None)
    (tmp_path / "my.yaml").write_text(CONFIG.format(database=url))
    settings = load(tmp_path / "my.yaml")
    old, new = open_engine(settings.database), open_engine(now.database)
    make_tables(old, BEFORE)
    with reading(new) as source, writing(old) as target:
        copy_rows(source, target)
    old.dispose()
    new.dispose()
    return settings


@contextmanager
def readers(engine: Engine, number: int = 3) -> Iterator[tuple[list[int], list[Exception]]]:
    """Count the locations again and again; yields what they counted and what went wrong."""
    counted: list[int] = []
    wrong: list[Exception] = []
    over = threading.Event()

    def read() -> None:
        while not over.is_set():
            try:
                with reading(engine) as connection:
                    counted.append(connection.execute(select(func.count()).select_from(location)).scalar_one())
            except Exception as error:  # noqa: BLE001  (none may happen)
                wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield counted, wrong
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_it_is_upgraded_under_readers_and_then_all_works(before: Settings, tmp_path: Path) -> None:
    engine = open_engine(before.database)
    assert revision(engine) == BEFORE
    with reading(engine) as connection:
        head = connection.execute(select(feed_head.c.epoch, feed_head.c.seq)).one()
    with readers(engine) as (counted, wrong):
        started = time.monotonic()
        migrate(engine)
        print(f"upgraded in {time.monotonic() - started:.2f} s")  # noqa: T201
        since = len(counted)
        while len(counted) < since + 3:
            time.sleep(0.01)
    assert wrong == []
    assert set(counted) == {2}
    assert revision(engine) == newest_revision()
    with reading(engine) as connection:
        assert connection.execute(select(feed_head.c.epoch, feed_head.c.seq)).one() == head, (
            "no reader has to start again"
        )

    (tmp_path / "inventory.csv").write_text(
        (tmp_path / "inventory.csv").read_text().replace("Rathaus", "Altes Rathaus")
    )
    publish_once(before, None, lambda _: None)
    with reading(engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM location_search")).scalar() == 2, (
            "filled with what was there"
        )
    engine.dispose()
    client = create_app(before).test_client()
    assert {path: client.get(path).status_code for path in PAGES} == dict.fromkeys(PAGES, 200)
    assert "Altes Rathaus" in client.get("/open/ocpi/2.2.1/locations").text
    assert client.get("/open/manifest.json").json["epoch"] == head.epoch

    log = tmp_path / "public" / "ledger"
    key = next(line for line in (log / "keys").read_text().splitlines() if line)
    with pytest.raises(SystemExit) as ended:
        main(["audit", "verify", str(log), "--key", key])
    assert ended.value.code == 0, "the log that was begun before goes on"
