"""What is relayed is kept sealed, found by its mark under every key, and never changes hands; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from app.registry.private.commands import CommandStore, Pending
from app.registry.private.outbox import Outbox, Record, Taken
from app.registry.private.store import PrivateStore
from app.registry.private.tokens import Claim, TokenStore

KEY = Fernet.generate_key().decode()
BODY = {"uid": "CANARY", "valid": True}
SESSION = Record("sessions", "DE*ABC", "S-1", "emsp", "NL*EMS", 1000, {"kwh": 1.5, "uid": "CANARY"})
CDR = Record("cdrs", "DE*ABC", "C-1", "emsp", "NL*EMS", 1000, {"total_energy": 1.5})


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    there: str = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return there or f"sqlite:///{tmp_path / 'private.db'}"


@pytest.fixture
def store(url: str) -> Iterator[PrivateStore]:
    store = PrivateStore.open(url, [KEY])
    yield store
    store._engine.dispose()


def keep(tokens: TokenStore, party: str, now: int, **fields: object) -> bool:
    return tokens.change(party.lower(), party, "token", now, lambda _: ({**BODY, **fields}, now))


def test_of_two_tokens_the_valid_one_comes_first_then_the_older(store: PrivateStore) -> None:
    tokens = TokenStore(store)
    assert not keep(tokens, "NL*ONE", 1)
    keep(tokens, "NL*TWO", 2)
    assert [kept.party for kept in tokens.find(["token"])] == ["NL*ONE", "NL*TWO"]
    assert keep(tokens, "NL*ONE", 3, valid=False)
    assert [kept.party for kept in tokens.find(["token"])] == ["NL*TWO", "NL*ONE"]
    assert [kept.body["valid"] for kept in tokens.find(["token"], "NL*ONE")] == [False]
    assert tokens.prune(0, ["nl*two"]) == 1
    assert [kept.party for kept in tokens.find(["token"])] == ["NL*TWO"]


def test_a_new_key_finds_what_the_old_one_marked(store: PrivateStore, url: str) -> None:
    keep(TokenStore(store), "NL*ONE", 1)
    newer = PrivateStore.open(url, [Fernet.generate_key().decode(), KEY])
    assert keep(TokenStore(newer), "NL*ONE", 2, valid=False)
    assert [kept.valid for kept in TokenStore(newer).find(["token"])] == [False]
    assert TokenStore(store).find(["token"]) == []  # it is marked by the new key now
    newer._engine.dispose()


def test_a_reference_is_who_gave_it_first(store: PrivateStore) -> None:
    tokens = TokenStore(store)
    first, second = (Claim(name, f"NL*{name.upper()}", at, {}) for at, name in enumerate(("one", "two")))
    assert tokens.claim("reference", first, over=False)
    assert not tokens.claim("reference", second, over=False)
    assert tokens.claimed(["reference"]) == [first]
    assert tokens.claim("reference", second, over=True)
    assert tokens.claimed(["reference", "another"]) == [second]


def test_a_session_is_replaced_by_what_is_newer_and_a_cdr_by_nothing(store: PrivateStore) -> None:
    outbox = Outbox(store)
    newer = Record("sessions", "DE*ABC", "s-1", "emsp", "NL*EMS", 2000, {"kwh": 2})
    assert [outbox.take(record, 1) for record in (SESSION, SESSION, newer, SESSION)] == [
        Taken.NEW,
        Taken.KNOWN,
        Taken.REPLACED,
        Taken.KNOWN,
    ]
    foreign = Record("sessions", "DE*ABC", "S-1", "other", "NL*OTH", 3000, {"kwh": 3})
    assert outbox.take(foreign, 1) is Taken.FOREIGN
    changed = Record("cdrs", "DE*ABC", "C-1", "emsp", "NL*EMS", 2000, {"total_energy": 2})
    assert [outbox.take(record, 1) for record in (CDR, CDR, changed)] == [Taken.NEW, Taken.KNOWN, Taken.FIXED]


def test_what_was_sent_is_due_no_more_unless_newer_came_meanwhile(store: PrivateStore) -> None:
    outbox = Outbox(store)
    outbox.take(SESSION, 1)
    outbox.postpone(SESSION, 5, "no connection")
    assert outbox.due("emsp", 4, 10) == []
    (due,) = outbox.due("emsp", 5, 10)
    assert (due.failures, due.outcome, due.record) == (1, {"error": "no connection"}, SESSION)
    newer = Record("sessions", "DE*ABC", "S-1", "emsp", "NL*EMS", 2000, {"kwh": 2})
    outbox.take(newer, 6)
    outbox.settle(SESSION, {"word": "told"})
    assert [stored.record for stored in outbox.due("emsp", 6, 10)] == [newer]
    outbox.settle(newer, {"word": "told"})
    assert outbox.due("emsp", 6, 10) == []
    assert outbox.has("emsp", "sessions", "S-1", ["NL*XXX", "DE*ABC"])
    assert not outbox.has("other", "sessions", "S-1", ["DE*ABC"])
    assert outbox.prune(3000) == 1


def test_a_command_comes_once_and_again_after_a_time(store: PrivateStore) -> None:
    commands = CommandStore(store)
    pending = Pending(commands.id_of("what"), "emsp", 1000, 2000, 0, {"url": "https://emsp.example/CANARY"})
    assert commands.begin(pending, 0)
    assert not commands.begin(pending, 1000)
    assert commands.begin(pending, 1001)
    assert commands.due("emsp", 2000) == [pending]
    commands.write(pending.id, {"result": "ACCEPTED"}, None)
    assert commands.due("emsp", 9000) == []
    assert commands.prune(1001) == 1


def test_nothing_of_it_can_be_read_in_the_file(tmp_path: Path) -> None:
    store = PrivateStore.open(f"sqlite:///{tmp_path / 'private.db'}", [KEY])
    keep(TokenStore(store), "NL*ONE", 1)
    TokenStore(store).claim("token CANARY", Claim("one", "NL*ONE", 1, {"contract_id": "CANARY"}), over=True)
    Outbox(store).take(SESSION, 1)
    assert not [path for path in tmp_path.iterdir() if b"CANARY" in path.read_bytes()]
