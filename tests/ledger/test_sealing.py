"""Whatever ends the one who seals, the log stays one log: nothing lost, nothing doubled, never two trees of one size."""

from __future__ import annotations

import shutil
from contextlib import suppress

import pytest
from sqlalchemy import delete

from app.errors import LeaseLost, ProofFailed, StoreConflict, StoreError
from app.ledger import sealing
from app.ledger.entries import columns_of
from app.ledger.note import Signer
from app.ledger.rows import add_entries, size
from app.ledger.tables import entry, state
from app.registry.database import writing
from app.registry.leases import Leases
from app.registry.tables import feed_head
from tests.ledger.conftest import KEY, Log
from tests.publish.stores import FailingStore
from tests.registry.backend import connector, evse, location, tariff


def publish(backend, *numbers):
    """Tariffs, each at an EVSE of its own."""
    backend.tariffs(*(tariff(f"T{number}") for number in numbers), complete=False)
    for number in numbers:
        point = evse(f"E{number}", connector(tariff_ids=[f"T{number}"]))
        backend.locations(location(f"L{number}", point), complete=False)


def add(log, count):
    """Entries as only the log itself needs them."""
    bodies = [
        b'{"kind":"manifest","published_at":"2026-01-01T00:00:00.000Z","seq":%d,"sha256":"%064d"}' % (number, number)
        for number in range(count)
    ]
    with writing(log.engine) as connection:
        add_entries(connection, size(connection), [columns_of(body) for body in bodies])


def test_an_empty_log_is_published_at_once(log):
    assert log.seal() == 0
    assert log.checkpoint().size == 0


def test_it_grows_and_each_checkpoint_continues_the_one_before(backend, log):
    publish(backend, 1, 2)
    log.seal()
    first = log.checkpoint()
    publish(backend, 3)
    assert log.seal() == 2
    assert len(log.entries()) == 6
    assert [one["kind"] for one in log.entries(known=first)] == ["tariff", "connectors"]


def test_many_entries_are_sealed_in_parts_and_old_partial_tiles_go(log, store, monkeypatch):
    monkeypatch.setattr(sealing, "AT_ONCE", 500)
    add(log, 100)
    log.seal()
    add(log, 1100)
    log.seal()
    assert len(log.entries()) == 1200
    left = {item.key.removeprefix("ledger/tile/") for item in store.list("ledger/tile/") if ".p/" in item.key}
    assert left == {"1/000.p/2", "1/000.p/4"} | {
        f"{level}/004.p/{width}" for level in (0, "entries") for width in (76, 176)
    }


@pytest.mark.parametrize("late", [False, True])
def test_a_crash_between_any_two_writes_leaves_one_log(backend, engine, store, clock, late):
    """Each attempt gets one write further; a process of its own goes on after it."""
    log = Log(engine, store, clock)
    log.seal()
    seen = {}
    for writes in range(24):
        if writes % 3 == 0:
            publish(backend, 100 + writes)
        failing = Log(engine, FailingStore(store, writes % 6, late=late), clock)
        with suppress(StoreError):
            failing.seal()
        checkpoint = log.checkpoint()
        assert seen.setdefault(checkpoint.size, checkpoint.root) == checkpoint.root
        log.entries()
    log.restart()
    log.seal()
    said = log.said()
    assert len(said) == len(set(said)) == 16


def test_a_crash_after_entries_got_their_places_doubles_nothing(backend, log, monkeypatch):
    publish(backend, 1)
    monkeypatch.setattr(log.sealer, "_extend", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        log.seal()
    log.restart()
    assert log.seal() == 2
    assert len(set(log.said())) == len(log.said()) == 2


def test_a_database_that_lost_its_last_entries_gets_them_back(backend, log):
    """A power cut under `synchronous=NORMAL`, or an older backup."""
    publish(backend, 1)
    add(log, 300)
    log.seal()
    before = log.said()
    with writing(log.engine) as connection:
        connection.execute(delete(entry).where(entry.c.place >= 1))
        connection.execute(delete(state))
    log.restart()
    publish(backend, 2)
    log.seal()
    assert log.said() == [*before, ("tariff", "T2"), ("connectors", "E2")]


def test_a_lost_database_goes_on_with_its_log(backend, log):
    publish(backend, 1, 2)
    log.seal()
    with writing(log.engine) as connection:
        connection.execute(delete(entry))
        connection.execute(feed_head.update().values(epoch="another"))
    backend.locations(location("L2", evse("E2", connector(tariff_ids=["T2"])), publish=False), complete=False)
    log.restart()
    log.seal()
    assert log.said()[4:] == [("ended", "E2")]


def test_a_lost_store_is_written_again_from_the_database(backend, log, tmp_path):
    publish(backend, 1, 2)
    log.seal()
    before = log.checkpoint()
    shutil.rmtree(tmp_path / "public" / "ledger")
    log.restart()
    log.seal()
    assert log.checkpoint() == before
    assert len(log.entries()) == 4


def test_another_history_is_never_published(backend, log):
    publish(backend, 1)
    log.seal()
    with writing(log.engine) as connection:
        connection.execute(entry.update().where(entry.c.place == 1).values(body=b"{}"))
    publish(backend, 2)
    before = log.checkpoint()
    with pytest.raises(ProofFailed, match="other entries"):
        log.seal()
    assert log.checkpoint() == before


@pytest.mark.parametrize("path", ["tile/0/000.p/2", "checkpoint"])
def test_a_changed_file_stops_the_log_and_is_named(backend, log, tmp_path, path):
    publish(backend, 1)
    log.seal()
    file = tmp_path / "public" / "ledger" / path
    changed = bytearray(file.read_bytes())
    changed[40] ^= 1
    file.write_bytes(changed)
    log.restart()
    with pytest.raises(ProofFailed):
        log.seal()


def test_a_leader_that_slept_changes_nothing(backend, engine, store, clock):
    old = Log(engine, store, clock)
    publish(backend, 1)
    old.seal()
    Leases(engine, "one").release(old.lease)
    new = Log(engine, store, clock, holder="two")
    publish(backend, 2)
    new.seal()
    before = new.checkpoint()
    publish(backend, 3)
    with pytest.raises((LeaseLost, StoreConflict)):
        old.seal()
    assert new.checkpoint() == before
    new.seal()
    assert len(new.entries()) == 6


def test_a_checkpoint_written_meanwhile_is_not_overwritten(backend, engine, store, clock, monkeypatch):
    log, other = Log(engine, store, clock), Log(engine, store, clock)
    publish(backend, 1)
    monkeypatch.setattr(log.sealer, "_extend", lambda edge, size: (other.seal(), [])[1])
    with pytest.raises(StoreConflict):
        log.seal()
    assert log.checkpoint().size == 2


def test_after_a_rotation_both_keys_sign_and_later_the_new_one_alone(backend, engine, store, clock):
    publish(backend, 1)
    new = Signer(KEY.name, b"\x02" * 32)
    for keys in ((KEY,), (new, KEY), (new,)):
        log = Log(engine, store, clock, keys)
        log.seal()
        assert log.checkpoint().size == 2
        assert log.shelf.read_keys() == tuple(key.verifier for key in keys)
    with pytest.raises(ProofFailed, match="not by a trusted key"):
        Log(engine, store, clock, (Signer(KEY.name, b"\x04" * 32),)).seal()


def test_the_key_of_another_log_is_refused(backend, engine, store, clock):
    Log(engine, store, clock).seal()
    with pytest.raises(ProofFailed):
        Log(engine, store, clock, (Signer("other.example/ledger", KEY.seed),)).seal()
