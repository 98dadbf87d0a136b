"""Go's own `note` and `tlog` find the log whole, at many sizes, and find whatever was changed."""

from __future__ import annotations

import random

import pytest

from app.ledger.checkpoint import Checkpoint
from app.ledger.note import Signer
from app.ledger.shelf import CHECKPOINT
from app.ledger.tiles import TileHashes
from app.ledger.tree import EMPTY_ROOT, root_hash
from tests.ledger.growing import Grown

KEY = Signer("charging.example/ledger", b"\x01" * 32)
LAST = 66_321
SIZES = [0, 1, 2, 3, 7, 8, 255, 256, 257, 1000, 65_535, 65_536, 65_537, LAST]


@pytest.fixture(scope="module")
def grown():
    return Grown(LAST)


@pytest.fixture(scope="module")
def published(grown, tmp_path_factory):
    """The folder of a log, and a checkpoint of each size."""
    folder = tmp_path_factory.mktemp("log")
    for path, body in grown.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(body)
    hashes = TileHashes(LAST, grown.read)
    roots = {0: EMPTY_ROOT} | {size: root_hash(size, hashes) for size in SIZES if size}
    known = [Checkpoint(KEY.name, size, root) for size, root in roots.items()]
    (folder / "checkpoint").write_bytes(known[-1].signed([KEY]))
    return folder, known


def test_every_entry_and_every_older_tree_is_proved(published, go_verifier):
    folder, known = published
    told = go_verifier(KEY.verifier.text, str(folder), known)
    assert (told.returncode, told.stdout) == (0, f"{LAST} entries, {len(SIZES)} older trees\n"), told.stderr


def test_a_flipped_bit_is_found(published, go_verifier):
    folder, known = published
    chosen = random.Random(6962)
    for path in ("checkpoint", "tile/0/017", "tile/entries/200", "tile/1/001.p/3"):
        file = folder / path
        whole = file.read_bytes()
        changed = bytearray(whole)
        changed[chosen.randrange(len(changed))] ^= 1 << chosen.randrange(8)
        file.write_bytes(changed)
        assert go_verifier(KEY.verifier.text, str(folder), known).returncode == 1, path
        file.write_bytes(whole)


def test_another_key_or_another_history_is_found(published, go_verifier):
    folder, known = published
    assert go_verifier(Signer(KEY.name, b"\x02" * 32).verifier.text, str(folder), known).returncode == 1
    other = Checkpoint(KEY.name, 1000, known[3].root)
    assert go_verifier(KEY.verifier.text, str(folder), [other]).returncode == 1


def test_what_is_sealed_is_verified_as_it_is_published(backend, log, tmp_path, go_verifier):
    from tests.ledger.test_sealing import add, publish

    known = []
    for count in (1, 260, 300):
        publish(backend, count)
        add(log, count)
        log.seal()
        known.append(log.checkpoint())
    told = go_verifier(KEY.verifier.text, str(tmp_path / "public" / CHECKPOINT.rpartition("/")[0]), known)
    assert told.returncode == 0, told.stderr
