"""How registrations are kept, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine

from app.clock import ManualClock
from app.errors import ConfigError
from app.model.token import hash_shown
from app.roaming.key import open_key
from app.roaming.partners import Counterparty, Partners, Stage
from tests.registry.conftest import engine, migrated_file, migrated_url, postgres_engine, sqlite_copy_url

__all__ = ["engine", "migrated_file", "migrated_url", "postgres_engine", "sqlite_copy_url"]

FOUND = Counterparty(
    "2.2.1", "https://x/versions", {"credentials": "https://x/c"}, "ours", "raw", ("NL*EMS",), "NL*HUB"
)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def partners(engine: Engine, tmp_path: Path, clock: ManualClock) -> Partners:
    return Partners(engine, open_key(tmp_path / "partners.key"), clock)


def test_a_token_registers_once(partners: Partners):
    token = partners.invite("emsp")
    assert partners.bearer([token], ["emsp"]) == ("emsp", Stage.INVITED, hash_shown(token))
    assert partners.accept("emsp", FOUND, hash_shown(token), "second")
    assert not partners.accept("emsp", FOUND, hash_shown(token), "third")
    assert partners.bearer([token], ["emsp"]) is None
    assert partners.bearer(["second"], ["emsp"]) == ("emsp", Stage.REGISTERED, hash_shown("second"))
    assert partners.read("emsp").counterparty == FOUND


def test_a_handshake_that_we_begin_leaves_the_old_token_good_until_it_is_over(partners: Partners):
    partners.confirm("emsp", FOUND, "old")
    new = partners.expect("emsp")
    assert partners.bearer(["old"], ["emsp"])[1] is Stage.REGISTERED
    assert partners.bearer([new], ["emsp"])[1] is Stage.EXPECTED
    partners.confirm("emsp", FOUND, new)
    assert partners.bearer(["old"], ["emsp"]) is None
    assert partners.bearer([new], ["emsp"])[1] is Stage.REGISTERED


def test_whoever_is_no_longer_in_the_settings_is_nobody(partners: Partners):
    partners.confirm("emsp", FOUND, "token")
    assert partners.bearer(["token"], ["other"]) is None


def test_a_registration_keeps_the_time_it_began_through_exchanges(partners: Partners, clock: ManualClock):
    partners.confirm("emsp", FOUND, "one")
    began = clock.now()
    clock.advance(seconds=100)
    assert partners.accept("emsp", FOUND, hash_shown("one"), "two")
    known = partners.read("emsp")
    assert (known.registered_at, known.rotated_at) == (began, clock.now())
    assert partners.forget("emsp", hash_shown("two"))
    assert partners.read("emsp").registered_at is None


def test_contacts_are_noted_to_the_minute(partners: Partners, clock: ManualClock):
    partners.confirm("emsp", FOUND, "one")
    partners.note_contact("emsp")
    first = clock.now()
    clock.advance(seconds=30)
    partners.note_contact("emsp")
    assert partners.read("emsp").contacted_at == first
    clock.advance(seconds=31)
    partners.note_contact("emsp")
    assert partners.read("emsp").contacted_at == clock.now()


def test_a_new_key_in_front_opens_what_the_old_one_closed(engine: Engine, tmp_path: Path, clock: ManualClock):
    file = tmp_path / "partners.key"
    Partners(engine, open_key(file), clock).confirm("emsp", FOUND, "one")
    old = file.read_text()
    file.write_text(Fernet.generate_key().decode() + "\n" + old)
    assert Partners(engine, open_key(file), clock).read("emsp").counterparty == FOUND
    file.write_text(Fernet.generate_key().decode() + "\n")
    with pytest.raises(ConfigError, match="cannot be decrypted"):
        Partners(engine, open_key(file), clock).read("emsp")
