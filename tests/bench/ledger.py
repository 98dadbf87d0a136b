"""What the ledger costs: to log and seal, to prove, and to check what an auditor takes along.

The budgets are for one core: processor time counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from time import process_time
from typing import Any

from app.ledger.asking import Asked, Auditor
from app.ledger.bundle import Bundle, bundled
from app.ledger.checking import check_bundle
from app.ledger.entries import Statement, Times, evse_statements, tariff_statement
from app.ledger.note import Signer
from app.ledger.sealing import Sealer
from app.ledger.sequencing import Sequencer
from app.ledger.tiles import WIDTH, Tile, TileHashes
from app.ledger.tree import HASH_BYTES, inclusion_proof
from app.registry.database import migrate, open_engine
from app.registry.leases import Lease, Leases
from app.store.directory import DirectoryStore
from tests.bench.measure import alternating, seconds
from tests.bench.report import Row
from tests.bench.workbench import AT, CLOCK, Workbench
from tests.registry.backend import connector, evse, location, tariff

ENTRIES, SEAL_S = 100_000, 60
LARGE, PROOFS, PROOF_MS = 10_000_000, 50, 10
ANSWERS, CHECK_S = 1_000, 2
PAGE = 500
KEY = Signer("bench.example/ledger", b"\x01" * 32)


def ledger(bench: Workbench) -> Iterator[Row]:
    yield _sealing(bench)
    yield _proof(bench)
    yield _checking(bench)


class _Log:
    def __init__(self, bench: Workbench, name: str) -> None:
        folder = bench.folder / name
        folder.mkdir()
        self.engine = open_engine(f"sqlite:///{folder}/ledger.db")
        migrate(self.engine)
        self.store = DirectoryStore(folder / "public")
        lease = Leases(self.engine, "bench", 3_600_000).acquire("duty:ledger")
        assert lease is not None
        self.lease: Lease = lease

    def add(self, said: Iterator[Statement]) -> None:
        sequencer = Sequencer(self.engine, CLOCK)
        while page := list(islice(said, PAGE)):
            sequencer.log(self.lease, page)

    def seal(self) -> None:
        Sealer(self.engine, self.store, [KEY], CLOCK)(self.lease)


def _statements(number: int) -> Iterator[Statement]:
    """A tariff, and EVSEs at which it holds."""
    times = Times("bench", 1, CLOCK.now(), CLOCK.now())
    yield tariff_statement("de*abc/t1", tariff("T1"), times)
    for at in range(1, number):
        site: dict[str, Any] = location(f"L{at}", evse(f"E{at}", connector(tariff_ids=["T1"])))
        yield from evse_statements(f"de*abc/l{at}", site, times)


def _sealing(bench: Workbench) -> Row:
    entries = round(ENTRIES * min(bench.evses / AT, 1))
    names = iter(range(bench.runs))

    def run() -> float:
        log = _Log(bench, f"sealed-{next(names)}")
        return seconds(lambda: (log.add(_statements(entries)), log.seal()), process_time)

    (took,) = alternating(bench.runs, run)
    budget = SEAL_S * entries / ENTRIES
    notes = f"{took.median / entries * 1e6:.0f} µs an entry; SQLite, store in a folder"
    what = f"append and seal {entries:,} entries"
    return Row(what, "s", took, budget=f"≤ {budget:g} s", met=took.median <= budget, notes=notes)


def _proof(bench: Workbench) -> Row:
    """Of tiles that are all alike: what they hold does not matter to the time."""

    def read(tile: Tile) -> bytes:
        return bytes(range(WIDTH)) * HASH_BYTES if tile.width == WIDTH else bytes(tile.width * HASH_BYTES)

    def prove() -> None:
        for at in range(PROOFS):
            inclusion_proof(at * LARGE // PROOFS, LARGE, TileHashes(LARGE, read))

    (took,) = alternating(bench.runs, lambda: seconds(prove, process_time) / PROOFS * 1000)
    notes = f"mean of {PROOFS}, no tile remembered between them"
    what = f"an inclusion proof among {LARGE:,} entries"
    return Row(what, "ms", took, budget=f"≤ {PROOF_MS} ms", met=took.median <= PROOF_MS, notes=notes)


def _checking(bench: Workbench) -> Row:
    number = round(ANSWERS * min(bench.evses / AT, 1))
    bundle = _bundle(bench, number)

    def check() -> None:
        assert check_bundle(bundle, [KEY.verifier]).holds

    (took,) = alternating(bench.runs, lambda: seconds(check, process_time))
    budget = CHECK_S * number / ANSWERS
    what = f"check a bundle of {number:,} answers"
    return Row(what, "s", took, budget=f"≤ {budget:g} s", met=took.median <= budget, notes="signature, proofs, prices")


def _bundle(bench: Workbench, number: int) -> Bundle:
    log = _Log(bench, "asked")
    log.add(_statements(number + 1))
    log.seal()
    auditor, now = Auditor(log.engine, log.store), CLOCK.now()
    answers = [auditor.price(Asked(f"DE*ABC*E{at}"), now) for at in range(1, number + 1)]
    entries = {one["index"]: one for answer in answers for one in answer["evidence"]["entries"]}
    return bundled(answers, {**answers[0]["evidence"], "entries": list(entries.values())})
