"""Tiles stand where C2SP tlog-tiles says, hold what it says, and give every hash of the tree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ProofFailed
from app.ledger.tiles import (
    ENTRIES,
    Edge,
    Tile,
    TileHashes,
    covering,
    join_entries,
    partial_tiles,
    split_entries,
    tile_at,
)
from app.ledger.tree import (
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.ledger.growing import Grown, entry

SIZES = (1, 2, 255, 256, 257, 511, 700, 65_536, 66_000)


@pytest.fixture(scope="module")
def grown() -> Grown:
    return Grown(*SIZES)


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(1, 999, 5), "tile/1/999.p/5"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),
        (Tile(ENTRIES, 1_234_067, 255), "tile/entries/x001/x234/067.p/255"),
    ],
)
def test_paths_are_those_of_the_specification(tile, path):
    assert tile.path == path
    assert tile_at(path) == tile


@pytest.mark.parametrize(
    "path", ["tile/64/000", "tile/00/000", "tile/0/0", "tile/0/001/000", "tile/0/000.p/256", "tile/0/../0"]
)
def test_what_is_no_path_of_a_tile_names_none(path):
    assert tile_at(path) is None


def test_partial_tiles_of_the_examples_of_the_specification():
    assert list(partial_tiles(70_000)) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(partial_tiles(256)) == [Tile(1, 0, 1)]


def test_the_files_are_just_those_of_the_published_sizes():
    found = Grown(300, 600).files.keys()
    full = {"tile/0/000", "tile/0/001", "tile/entries/000", "tile/entries/001"}
    partial = {"tile/0/001.p/44", "tile/0/002.p/88", "tile/1/000.p/1", "tile/1/000.p/2"}
    assert found == full | partial | {"tile/entries/001.p/44", "tile/entries/002.p/88"}


@pytest.mark.parametrize("size", SIZES)
def test_the_tiles_of_each_published_size_give_its_root(grown, size):
    hashes = TileHashes(size, grown.read)
    assert root_hash(size, hashes) == grown.roots[size]
    for index in {0, size // 2, size - 1}:
        verify_inclusion(leaf_hash(entry(index)), index, size, inclusion_proof(index, size, hashes), grown.roots[size])


@pytest.mark.parametrize("old", SIZES)
def test_each_published_size_is_the_beginning_of_the_last(grown, old):
    new = SIZES[-1]
    proof = consistency_proof(old, new, TileHashes(new, grown.read))
    verify_consistency(old, new, grown.roots[old], grown.roots[new], proof)


@pytest.mark.parametrize("size", [0, 1, 256, 300, 65_536, 65_999])
def test_an_edge_is_read_from_a_larger_tree(grown, size):
    edge = Edge.of(size, grown.read, SIZES[-1])
    while edge.size < SIZES[-1]:
        edge.add(leaf_hash(entry(edge.size)))
    assert edge.root() == grown.roots[SIZES[-1]]


def test_a_tile_that_is_cut_off_is_named(grown):
    with pytest.raises(ProofFailed, match=r"tile/0/000: the tile has 100 bytes, not 8192"):
        TileHashes(300, lambda tile: grown.read(tile)[:100])(0, 0)


def test_a_partial_tile_is_the_beginning_of_the_full_one(grown):
    for tile in (Tile(0, 1, 1), Tile(0, 1, 255), Tile(ENTRIES, 1, 255)):
        assert tile.cut(grown.read(tile.full)) == grown.read(tile)


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256), st.data())
def test_bundles_give_back_their_entries_and_tell_when_they_are_cut(entries, data):
    tile, body = covering(ENTRIES, len(entries) - 1, len(entries)), join_entries(entries)
    assert split_entries(tile, body) == entries
    with pytest.raises(ProofFailed):
        split_entries(tile, body[: data.draw(st.integers(0, len(body) - 1))])
