"""Sessions of an OCPI backend go into the private store, page by page, and are asked for again from where it ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from app.cli import main
from app.clock import ManualClock, parse_time
from app.errors import ConfigError
from app.registry.leases import Lease
from app.registry.private.store import PrivateStore
from app.session_pulling import SessionDuty, pull, session_sources, tried
from app.settings import Private, Settings
from app.sources.ocpi import OcpiSettings
from tests.misbehaving import Defect
from tests.ocpi_sender import Script, Sender
from tests.shared import ROOT

DATA = ROOT / "tests" / "data" / "sessions"
NOW = parse_time("2026-07-03T00:00:00Z")
KEY = Fernet.generate_key().decode()
LEASE = Lease("duty:sessions", "one", 1)


def sender(version: str) -> Sender:
    lists: dict[str, list[Any]] = json.loads((DATA / f"{version}.json").read_text())
    return Sender(sessions=lists["sessions"], cdrs=lists["cdrs"], script=Script(versions=(version,), limit=2))


@pytest.fixture
def backend() -> Iterator[Sender]:
    with sender("2.2.1") as server:
        yield server


@pytest.fixture
def store(tmp_path: Path) -> PrivateStore:
    return PrivateStore.open(f"sqlite:///{tmp_path}/sessions.db", [KEY])


def settings(server: Sender, private: Private | None = None) -> Settings:
    owner = {"country_code": "US", "party_id": "ABC"}
    source = OcpiSettings.model_validate({"name": "hub", "url": server.url, "sessions": True, "timeout": 5, **owner})
    return Settings.model_validate({"operator": {"name": "ABC"}, "sources": (source,), "private": private})


def pulled(server: Sender, store: PrivateStore) -> list[tuple[str | None, str]]:
    (source,) = session_sources(settings(server).sources, ManualClock(NOW))
    pull(source, store, NOW - 30 * 86_400_000)
    return [(record.session_id, str(record.energy_kwh)) for record in store.sessions(0, NOW)]


def test_a_cdr_replaces_its_session_and_the_next_pull_goes_on(backend: Sender, store: PrivateStore) -> None:
    assert pulled(backend, store) == [("S1", "31.5"), ("S3", "7.5")]
    asked = len(backend.requests)
    assert pulled(backend, store) == [("S1", "31.5"), ("S3", "7.5")]
    again = [path for path in backend.paths()[asked:] if "date_from" in path]
    assert [path.partition("date_from=")[2][:20] for path in again if "offset" not in path] == [
        "2026-07-01T12:39:00Z",
        "2026-07-02T10:30:00Z",
    ]


def test_nothing_that_leads_to_a_person_is_kept(backend: Sender, store: PrivateStore) -> None:
    pulled(backend, store)
    assert "TRACE" not in repr(list(store.sessions(0, NOW)))


@pytest.mark.parametrize("relay", [False, True])
def test_what_is_for_partners_too_is_handed_on_as_it_was_said(
    backend: Sender, store: PrivateStore, relay: bool
) -> None:
    handed: list[Any] = []
    given = settings(backend).sources[0].model_copy(update={"relay": relay})
    (source,) = session_sources([given], ManualClock(NOW))
    pull(source, store, NOW - 30 * 86_400_000, lambda _, page: handed.extend(page.relayed))
    assert [each["id"] for each in handed] == (["S1", "S2", "S3", "S4", "C1", "C1-C"] if relay else [])


def test_in_2_1_1_cdrs_alone_are_read(store: PrivateStore) -> None:
    with sender("2.1.1") as server:
        assert pulled(server, store) == [("C1", "31.5")]
        assert not [path for path in server.paths() if "/sessions" in path]


def test_what_is_older_than_the_retention_is_not_kept(backend: Sender, store: PrivateStore) -> None:
    (source,) = session_sources(settings(backend).sources, ManualClock(NOW))
    pull(source, store, parse_time("2026-07-01T11:00:00Z"))
    assert [record.session_id for record in store.sessions(0, NOW)] == ["S3"]


def test_a_failure_is_tried_again_and_ends_nothing(backend: Sender, tmp_path: Path) -> None:
    private = Private.model_validate({"database": f"sqlite:///{tmp_path}/sessions.db", "keys": [KEY]})
    now = 0.0
    sources = session_sources(settings(backend, private).sources, ManualClock(NOW))
    duty = SessionDuty(sources, private, ManualClock(NOW), lambda: now)
    backend.defects = [Defect("3001", "cdrs", 1)]
    duty(LEASE)
    duty(LEASE)
    asked = len(backend.requests)
    now = 301.0
    duty(LEASE)
    assert len(backend.requests) > asked
    store = PrivateStore.open(private.database, [KEY])
    assert [record.session_id for record in store.sessions(0, NOW)] == ["S1", "S3"]


def test_without_a_private_store_the_check_says_what_is_lost(backend: Sender, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="sessions of hub are neither kept nor sent: there is no `private`"):
        tried(settings(backend), ManualClock(NOW))
    private = Private.model_validate({"database": f"sqlite:///{tmp_path}/sessions.db", "keys": [KEY]})
    assert tried(settings(backend, private), ManualClock(NOW)) == "hub: 0 in the last day's first page"


def test_a_file_of_sessions_is_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "operator: {name: ABC}\nsources: [{name: demo, type: demo}]\n"
        f"private: {{database: 'sqlite:///sessions.db', keys: ['{KEY}']}}\n"
    )
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main(["sessions", "import", str(DATA / "table.csv"), "--config", str(config)])
        assert ended.value.code == 1
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == "2 sessions kept, 3 rows left out"
    assert f"{DATA / 'table.csv'}:4 port_id: is blank" in said.err
    store = PrivateStore.open(f"sqlite:///{tmp_path}/sessions.db", [KEY])
    assert len(list(store.sessions(0, NOW))) == 2
