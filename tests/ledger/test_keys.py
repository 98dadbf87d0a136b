"""The key file: read by its owner alone, and never repeated in an error."""

from __future__ import annotations

import pytest

from app.errors import LedgerError
from app.ledger.keys import add_key, make_key, read_keys


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "data" / "ledger.key"
    make_key(path, "charging.example/ledger")
    return path


def test_a_new_key_is_for_its_owner_alone(path):
    assert path.stat().st_mode & 0o777 == 0o600
    assert [key.name for key in read_keys(path)] == ["charging.example/ledger"]


def test_a_key_is_never_overwritten(path):
    before = path.read_text()
    with pytest.raises(LedgerError, match="a key already"):
        make_key(path, "charging.example/ledger")
    assert path.read_text() == before


def test_a_rotation_puts_the_new_key_in_front(path):
    (old,) = read_keys(path)
    new = add_key(path)
    assert read_keys(path) == (new, old)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_others_may_read_is_refused(path):
    path.chmod(0o640)
    with pytest.raises(LedgerError, match=r"mode 640.*chmod 600"):
        read_keys(path)


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(LedgerError, match="restore the backup"):
        read_keys(tmp_path / "none.key")


def test_a_broken_line_is_named_by_its_number_only(path):
    secret = path.read_text().splitlines()[1]
    path.write_text(f"{secret}\n{secret[:-4]}AAAA\n")
    with pytest.raises(LedgerError, match=r"ledger.key:2: not a secret key") as error:
        read_keys(path)
    assert secret[-20:] not in str(error.value)


def test_a_name_that_cannot_name_a_key_is_refused(tmp_path):
    with pytest.raises(LedgerError, match="no spaces"):
        make_key(tmp_path / "new.key", "two words")
