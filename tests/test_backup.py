"""After a restore the feed begins a new life, the ledger goes on where it was published, and nothing is said twice."""

from __future__ import annotations

import base64
import json
import shutil
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.schema import CreateSchema

from app.backup import ABOUT, KEYS, STORE, back_up, read_backup, restore
from app.clock import SystemClock
from app.errors import BackupError, LeaseLost
from app.ledger.checkpoint import Checkpoint, open_checkpoint
from app.ledger.keys import read_keys
from app.ledger.shelf import Shelf
from app.ledger.verifying import verified_entries
from app.listening import open_private
from app.model.session import SessionRecord
from app.once import publish_once
from app.registry.database import open_engine, reading, writing
from app.registry.leases import Leases
from app.registry.tables import feed_head
from app.settings import Settings, load
from tests.shared import ROOT

DATA = ROOT / "tests" / "data"
SESSION = SessionRecord("hub", "P1", 1_700_000_000_000, 1_700_003_600_000, Decimal("12.5"), session_id="S1")
KEY = base64.b64encode(b"k" * 32).decode()
CONFIG = """
operator: {{name: Stadtwerke}}
database: {database}
store: {{directory: public}}
private: {{{private}, keys: ["{key}"]}}
sources:
  - {{name: files, type: file, country_code: DE, party_id: TST, inventory: inventory.csv, tariffs: tariffs.json}}
"""


@dataclass
class Installation:
    folder: Path
    settings: Settings

    @property
    def config(self) -> Path:
        return self.folder / "my.yaml"

    def publish(self, price: float) -> None:
        """After the tariff AC was given this price."""
        file = self.folder / "tariffs.json"
        tariffs = json.loads(file.read_text())
        tariff = next(tariff for tariff in tariffs["data"] if tariff["id"] == "AC")
        tariff["elements"][0]["price_components"][0]["price"] = price
        file.write_text(json.dumps(tariffs))
        publish_once(self.settings, None, lambda _: None)

    def back_up(self) -> Path:
        return back_up(self.settings, self.config, self.folder / "backups", SystemClock().now())

    def epoch(self) -> str:
        engine = open_engine(self.settings.database)
        with reading(engine) as connection:
            found = connection.execute(select(feed_head.c.epoch)).scalar_one()
        engine.dispose()
        return str(found)

    def checkpoint(self) -> Checkpoint:
        found = Shelf(self.settings.store.open()).read_checkpoint()
        assert found is not None
        return open_checkpoint(found[0], [key.verifier for key in read_keys(self.settings.ledger.key)])[0]

    def entries(self, since: Checkpoint | None = None) -> list[dict[str, Any]]:
        """Verified; raises ProofFailed where the log is not the continuation of `since`."""
        shelf = Shelf(self.settings.store.open())
        return [entry.content for entry in verified_entries(self.checkpoint(), shelf.read, since)]


@pytest.fixture
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    """On PostgreSQL the sessions have a schema of their own in the same database."""
    database, private = "sqlite:///feed.db", "database: sqlite:///sessions.db"
    if getattr(request, "param", ""):
        database = request.getfixturevalue("postgres_url")
        private = f"database: {database}, postgres_schema: sessions"
        engine = open_engine(database)
        with writing(engine) as connection:
            connection.execute(CreateSchema("sessions"))
        engine.dispose()
    (tmp_path / "my.yaml").write_text(CONFIG.format(database=database, private=private, key=KEY))
    shutil.copy(DATA / "file" / "inventory.csv", tmp_path)
    shutil.copy(DATA / "ocpi" / "2.3.0" / "tariffs.json", tmp_path)
    return Installation(tmp_path, load(tmp_path / "my.yaml"))


def price_of(entry: dict[str, Any]) -> float | None:
    found = entry["tariff"]["elements"][0]["price_components"][0]["price"] if "tariff" in entry else None
    return None if found is None else float(found)


@pytest.mark.parametrize("installation", ["", "postgresql"], ids=["sqlite", "postgresql"], indirect=True)
def test_the_feed_begins_anew_the_ledger_goes_on_and_nothing_is_said_twice(installation: Installation) -> None:
    open_private(installation.settings.private).put([SESSION])
    installation.publish(0.41)
    backup = installation.back_up()
    installation.publish(0.42)
    before, epoch, known = installation.checkpoint(), installation.epoch(), installation.entries()
    with pytest.raises(BackupError, match="there is a database already"):
        restore(installation.settings, backup)

    open_private(installation.settings.private).prune(SystemClock().now())
    installation.settings.ledger.key.unlink()
    restore(installation.settings, backup, force=True)

    assert installation.epoch() != epoch
    assert len(list(open_private(installation.settings.private).sessions(0, SystemClock().now()))) == 1
    assert installation.settings.ledger.key.stat().st_mode & 0o777 == 0o600
    installation.publish(0.42)
    assert installation.entries()[: len(known)] == known
    # The price that the backup is too old for is a new version to readers: its last_updated is that of the new life.
    assert [(entry["kind"], entry.get("id")) for entry in installation.entries(before)] == [
        ("tariff", "AC"),
        ("manifest", None),
    ]
    said = Counter((entry.get("id") or entry.get("evse_uid"), price_of(entry)) for entry in installation.entries())
    assert {what: number for what, number in said.items() if number > 1 and what[0]} == {("AC", 0.42): 2}


def test_workers_must_be_stopped_first(installation: Installation) -> None:
    installation.publish(0.41)
    backup = installation.back_up()
    engine = open_engine(installation.settings.database)
    Leases(engine, "host/1").acquire("worker:host/1")
    engine.dispose()
    with pytest.raises(LeaseLost, match="Stop them all first"):
        restore(installation.settings, backup, force=True)


def test_a_backup_is_for_its_owner_and_one_that_was_changed_is_refused(installation: Installation) -> None:
    installation.publish(0.41)
    backup = installation.back_up()
    assert backup.stat().st_mode & 0o777 == 0o700
    assert len(read_backup(backup).keys) == len(list((backup / KEYS).iterdir())) == 1
    assert "open/manifest.json\t" in (backup / STORE).read_text()
    (backup / "database").write_bytes(b"half")
    with pytest.raises(BackupError, match="not as it was written"):
        restore(installation.settings, backup, force=True)
    with pytest.raises(BackupError, match="there is no database"):
        back_up(
            installation.settings.model_copy(update={"database": "sqlite:////nowhere.db"}),
            installation.config,
            backup,
            0,
        )
    (backup / ABOUT).unlink()
    with pytest.raises(BackupError, match="no whole backup"):
        read_backup(backup)
