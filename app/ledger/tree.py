"""Merkle trees of RFC 6962, section 2.1: hashes, proofs, and what a proof proves.

A tree is read through a function that gives the hash of any complete subtree; where those hashes stand is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from app.errors import ProofFailed

HashOf = Callable[[int, int], bytes]
"""(level, index) → hash of the complete subtree over the entries from `index << level` to before `(index + 1) << level`."""

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def complete_hash(hashes: Sequence[bytes]) -> bytes:
    """Of the subtree over 1, 2, 4, 8 … hashes."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def root_hash(size: int, hash_of: HashOf) -> bytes:
    """MTH(D[n])."""
    return _span_hash(0, size, hash_of) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, hash_of: HashOf) -> list[bytes]:
    """PATH(m, D[n]), section 2.1.1; 0 <= index < size."""
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_span_hash(middle, end, hash_of))
            end = middle
        else:
            path.append(_span_hash(start, middle, hash_of))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, hash_of: HashOf) -> list[bytes]:
    """PROOF(m, D[n]), section 2.1.2; 0 <= old <= new. Empty for an empty or an equal tree."""
    if old in (0, new):
        return []
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_span_hash(middle, end, hash_of))
            end = middle
        else:
            proof.append(_span_hash(start, middle, hash_of))
            start, whole = middle, False
    if not whole:
        proof.append(_span_hash(start, end, hash_of))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """By RFC 9162, section 2.1.3.2. Raises ProofFailed."""
    place, last, found = index, size - 1, leaf
    if not 0 <= index < size:
        raise ProofFailed(f"a tree of {size} entries has no entry {index}")
    for sibling in proof:
        if last == 0:
            raise ProofFailed("the proof is longer than the tree is high")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or found != root:
        raise ProofFailed(f"the proof does not lead from entry {index} to the tree's root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """By RFC 9162, section 2.1.4.2. Raises ProofFailed where the old tree is not the beginning of the new one."""
    if old > new:
        raise ProofFailed(f"a tree of {new} entries cannot contain one of {old}")
    if old == new or old == 0:
        expected = old_root if old == new else EMPTY_ROOT
        if proof or (new_root if old == new else old_root) != expected:
            raise ProofFailed("two different trees of one size" if old == new else "not the root of an empty tree")
        return
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        raise ProofFailed("the proof is empty")
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofFailed("the proof is longer than the tree is high")
        if place & 1 or place == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        place, last = place >> 1, last >> 1
    if last != 0 or older != old_root or newer != new_root:
        raise ProofFailed(f"the tree of {old} entries is not the beginning of the one of {new}")


def _split(length: int) -> int:
    """The largest power of two below a length above 1."""
    return 1 << (length - 1).bit_length() - 1


def _span_hash(start: int, end: int, hash_of: HashOf) -> bytes:
    """MTH(D[start:end]) of a span that RFC 6962 splits trees into."""
    length = end - start
    if length & (length - 1) == 0:
        level = length.bit_length() - 1
        return hash_of(level, start >> level)
    middle = start + _split(length)
    return node_hash(_span_hash(start, middle, hash_of), _span_hash(middle, end, hash_of))
