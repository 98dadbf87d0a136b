"""Hashes and proofs are those of RFC 6962, and what was changed anywhere no longer proves anything."""

from __future__ import annotations

import json
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.errors import ProofFailed
from app.ledger.tree import (
    complete_hash,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_hash,
    verify_consistency,
    verify_inclusion,
)
from tests.shared import ROOT

KNOWN = json.loads((ROOT / "tests/data/ledger/rfc6962.json").read_text())
LEAVES = [leaf_hash(bytes.fromhex(leaf)) for leaf in KNOWN["leaves"]]
MOST = 300
MANY = [leaf_hash(b"%d" % number) for number in range(MOST)]


def hash_in(leaves):
    return lambda level, index: complete_hash(leaves[index << level : (index + 1) << level])


@cache
def naive_root(start, end):
    """MTH(D[start:end]) as section 2.1 writes it."""
    if end - start == 1:
        return MANY[start]
    split = 1
    while split * 2 < end - start:
        split *= 2
    return node_hash(naive_root(start, start + split), naive_root(start + split, end))


@pytest.mark.parametrize("size", range(9))
def test_roots_of_the_reference_tree(size):
    assert root_hash(size, hash_in(LEAVES)).hex() == KNOWN["roots"][size]


@pytest.mark.parametrize("case", KNOWN["inclusion"])
def test_inclusion_proofs_of_the_reference_tree(case):
    proof = inclusion_proof(case["index"], case["size"], hash_in(LEAVES))
    assert [part.hex() for part in proof] == case["proof"]


@pytest.mark.parametrize("case", KNOWN["consistency"])
def test_consistency_proofs_of_the_reference_tree(case):
    proof = consistency_proof(case["old"], case["new"], hash_in(LEAVES))
    assert [part.hex() for part in proof] == case["proof"]


def test_every_proof_of_every_small_tree_holds():
    for size in range(1, 70):
        for index in range(size):
            proof = inclusion_proof(index, size, hash_in(MANY))
            verify_inclusion(MANY[index], index, size, proof, naive_root(0, size))
            old_root = root_hash(index, hash_in(MANY))
            verify_consistency(
                index, size, old_root, naive_root(0, size), consistency_proof(index, size, hash_in(MANY))
            )


def flipped(parts, at):
    """The bit `at` of all parts in a row, the other way round."""
    part, bit = divmod(at % (len(parts) * 256), 256)
    changed = bytearray(parts[part])
    changed[bit // 8] ^= 1 << bit % 8
    return [*parts[:part], bytes(changed), *parts[part + 1 :]]


@given(
    st.integers(1, MOST).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))), st.integers(0, 10**6)
)
def test_a_flipped_bit_breaks_an_inclusion_proof(place, at):
    size, index = place
    proof, root = inclusion_proof(index, size, hash_in(MANY)), naive_root(0, size)
    verify_inclusion(MANY[index], index, size, proof, root)
    leaf, changed_root, *changed = flipped([MANY[index], root, *proof], at)
    with pytest.raises(ProofFailed):
        verify_inclusion(leaf, index, size, changed, changed_root)


@given(
    st.integers(2, MOST).flatmap(lambda size: st.tuples(st.just(size), st.integers(1, size - 1))), st.integers(0, 10**6)
)
def test_a_flipped_bit_breaks_a_consistency_proof(place, at):
    new, old = place
    proof = consistency_proof(old, new, hash_in(MANY))
    verify_consistency(old, new, naive_root(0, old), naive_root(0, new), proof)
    old_root, new_root, *changed = flipped([naive_root(0, old), naive_root(0, new), *proof], at)
    with pytest.raises(ProofFailed):
        verify_consistency(old, new, old_root, new_root, changed)


@settings(max_examples=20)
@given(st.integers(2, MOST), st.data())
def test_a_proof_holds_for_its_own_place_only(size, data):
    index, other = (data.draw(st.integers(0, size - 1)) for _ in range(2))
    proof = inclusion_proof(index, size, hash_in(MANY))
    for at in {other, size, -1} - {index}:
        with pytest.raises(ProofFailed):
            verify_inclusion(MANY[index], at, size, proof, naive_root(0, size))


def test_two_trees_of_one_size_are_not_consistent():
    with pytest.raises(ProofFailed, match="two different trees"):
        verify_consistency(5, 5, naive_root(0, 5), naive_root(0, 6), [])
