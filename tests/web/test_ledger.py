"""The log's files are served as they stand in the store, and anyone can verify them from there."""

from __future__ import annotations

import pytest

from app.ledger.keys import read_keys


@pytest.fixture(scope="module")
def sealed(network):
    """The store, once the network's log is published."""
    network.seal()
    return network.settings.store.open()


def test_the_checkpoint_is_short_lived_and_the_tiles_are_for_ever(sealed, reader):
    checkpoint = reader.get("/ledger/checkpoint")
    assert checkpoint.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert checkpoint.headers["Cache-Control"] == "public, max-age=2"
    for path in ("tile/0/000", "tile/entries/000"):
        tile = reader.get(f"/ledger/{path}")
        assert tile.headers["Content-Type"] == "application/octet-stream"
        assert "immutable" in tile.headers["Cache-Control"]
        assert tile.content == b"".join(sealed.get(f"ledger/{path}"))


def test_a_partial_tile_that_became_full_is_still_served(sealed, reader):
    assert reader.get("/ledger/tile/0/000.p/5").content == reader.get("/ledger/tile/0/000").content[: 5 * 32]


@pytest.mark.parametrize("path", ["0/999", "64/000", "x/000", "0/000.p/256"])
def test_what_is_no_tile_is_not_found(sealed, reader, path):
    assert reader.get(f"/ledger/tile/{path}").status_code == 404


def test_a_program_of_others_verifies_what_is_served(network, sealed, reader, go_verifier):
    (key,) = read_keys(network.settings.ledger.key)
    assert reader.get("/ledger/keys").text == f"{key.verifier.text}\n"
    told = go_verifier(key.verifier.text, f"{reader.url}/ledger", [])
    assert told.returncode == 0, told.stderr
