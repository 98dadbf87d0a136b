"""The private store: what is written cannot be read without the key, comes once, and goes in time."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, text

from app.errors import ConfigError, RegistryError
from app.model.session import SessionRecord
from app.registry.database import open_engine, writing
from app.registry.private.store import PrivateStore
from app.registry.private.tables import session
from tests.postgres import PostgresServer

KEY = Fernet.generate_key().decode()
DAY = 86_400_000
SESSION = SessionRecord("hardware", "DE*ABC*E1", 10 * DAY, 10 * DAY + 3_600_000, Decimal("12.345"), "Local", True)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'private' / 'sessions.db'}"


@pytest.fixture
def store(url: str) -> PrivateStore:
    return PrivateStore.open(url, [KEY])


def test_a_session_comes_back_as_it_was(store: PrivateStore) -> None:
    unknown = replace(SESSION, started_at=11 * DAY, energy_kwh=None)
    store.put([unknown, SESSION])
    assert list(store.sessions(0, 20 * DAY)) == [SESSION, unknown]
    assert list(store.sessions(11 * DAY, 20 * DAY)) == [unknown]


def test_a_session_that_comes_again_is_one(store: PrivateStore) -> None:
    store.put([SESSION])
    store.put([replace(SESSION, energy_kwh=Decimal(13))])
    assert [found.energy_kwh for found in store.sessions(0, 20 * DAY)] == [Decimal(13)]


def test_the_file_says_nothing_without_the_key_and_is_its_owners_alone(store: PrivateStore, url: str) -> None:
    store.put([SESSION])
    files = list(Path(url.removeprefix("sqlite:///")).parent.iterdir())
    written = b"".join(file.read_bytes() for file in files)
    assert b"private_session" in written
    assert b"DE*ABC" not in written
    assert b"12.345" not in written
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    with pytest.raises(RegistryError, match="cannot be decrypted"):
        list(PrivateStore.open(url, [Fernet.generate_key().decode()]).sessions(0, 20 * DAY))


def test_a_new_key_closes_and_the_old_one_still_opens(store: PrivateStore, url: str) -> None:
    store.put([SESSION])
    newer = PrivateStore.open(url, [Fernet.generate_key().decode(), KEY])
    newer.put([replace(SESSION, started_at=11 * DAY)])
    assert len(list(newer.sessions(0, 20 * DAY))) == 2


def test_a_key_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="32 bytes in base64"):
        PrivateStore.open(url, ["secret"])


def test_what_is_old_goes(store: PrivateStore) -> None:
    store.put([SESSION, replace(SESSION, started_at=12 * DAY)])
    assert store.prune(12 * DAY) == 1
    assert [found.started_at for found in store.sessions(0, 20 * DAY)] == [12 * DAY]


def test_there_is_no_field_that_could_lead_to_a_person() -> None:
    first = {"source", "evse", "started_at", "ended_at", "energy_kwh", "stop_reason", "offline"}
    more = {"session_id", "location_id", "connector", "charger", "peak_kw", "errors", "payment"}
    assert {field.name for field in fields(SessionRecord)} == first | more


def test_a_session_that_an_earlier_release_kept_is_read(store: PrivateStore) -> None:
    """Bodies had seven fields then."""
    then = ("source", "evse", "started_at", "ended_at", "energy_kwh", "stop_reason", "offline")
    old = {name: said for name, said in asdict(SESSION).items() if name in then}
    with writing(store._engine) as connection:
        row = {
            "id": b"0" * 16,
            "started_at": SESSION.started_at,
            "body": Fernet(KEY).encrypt(orjson.dumps(old, default=str)),
        }
        connection.execute(insert(session), row)
    assert list(store.sessions(0, 20 * DAY)) == [SESSION]


def test_a_record_of_what_a_session_cost_replaces_the_session(store: PrivateStore) -> None:
    running = replace(SESSION, session_id="S1", energy_kwh=None, peak_kw=Decimal("50.5"), errors=("CX001",))
    store.put([running])
    final = replace(running, started_at=SESSION.started_at + 1000, energy_kwh=Decimal(9))
    store.put([final])
    assert list(store.sessions(0, 20 * DAY)) == [final]


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> Iterator[str]:
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


def test_a_schema_of_its_own_in_postgresql(postgres: str) -> None:
    with writing(open_engine(postgres)) as connection:
        connection.execute(text("CREATE SCHEMA sessions"))
    store = PrivateStore.open(postgres, [KEY], "sessions")
    store.put([SESSION])
    store.put([SESSION])
    assert list(store.sessions(0, 20 * DAY)) == [SESSION]
    with writing(open_engine(postgres)) as connection:
        assert connection.execute(text("SELECT count(*) FROM sessions.private_session")).scalar_one() == 1
    store._engine.dispose()
