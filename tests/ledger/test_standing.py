"""What the metrics of the ledger are made of."""

from __future__ import annotations

from app.ledger.note import COSIGNATURE, Signer
from app.ledger.standing import read_standing
from tests.registry.backend import connector, evse, location, tariff

WITNESS = Signer.new("witness.example/w1", COSIGNATURE)


def test_what_is_public_and_not_in_the_log_yet_waits(backend, log, clock):
    assert read_standing(log.engine, log.store).sealed_at is None
    log.seal()
    assert read_standing(log.engine, log.store).waiting_since is None
    backend.tariffs(tariff("T1"))
    backend.locations(location("L1", evse("E1", connector(tariff_ids=["T1"]))))
    standing = read_standing(log.engine, log.store)
    assert (standing.entries, standing.waiting_since is not None) == (0, True)
    assert clock.now() <= standing.waiting_since <= clock.now() + 10
    log.seal()
    standing = read_standing(log.engine, log.store)
    assert (standing.entries, standing.waiting_since) == (2, None)
    assert standing.sealed_at == clock.now()


def test_entries_with_a_place_wait_until_they_are_published(backend, log, clock):
    log.seal()
    log.note_manifest("ab" * 32)
    assert read_standing(log.engine, log.store).waiting_since == clock.now()
    log.sealer._sequencer.run(log.lease)
    assert read_standing(log.engine, log.store).waiting_since == clock.now()


def test_cosignatures_of_witnesses_are_counted(log, clock):
    log.note_manifest("ab" * 32)
    log.seal()
    assert read_standing(log.engine, log.store).cosignatures == 0
    log.sealer.cosign(lambda note, read: [WITNESS.line(note.partition(b"\n\n")[0] + b"\n", 1)])
    assert read_standing(log.engine, log.store).cosignatures == 1
