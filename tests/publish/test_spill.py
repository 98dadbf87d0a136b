"""Blocks on disk: the same bytes as in memory, and a place is not written again while anybody holds what stands there."""

from __future__ import annotations

import os

import pytest

from app.publish.compression import deflate
from app.publish.spill import FiledPiece, Spill


def test_a_piece_is_the_same_and_takes_no_memory() -> None:
    piece = deflate(b"the same " * 500)
    filed = Spill().keep(piece)
    assert isinstance(filed, FiledPiece)
    assert (filed.deflated, filed.crc, filed.length, filed.plain()) == (
        *(piece.deflated, piece.crc, piece.length),
        b"the same " * 500,
    )
    assert (piece.resident, filed.resident) == (len(piece.deflated), 0)


def test_a_place_is_used_again_when_nobody_holds_what_stood_there() -> None:
    spill = Spill()
    held, gone = spill.keep(deflate(b"held")), spill.keep(deflate(b"gone"))
    size = spill.size
    del gone
    kept = [spill.keep(deflate(b"next"))]
    assert spill.size == size
    kept.append(spill.keep(deflate(b"last")))
    assert spill.size > size
    assert [piece.plain() for piece in (held, *kept)] == [b"held", b"next", b"last"]


def test_where_the_disk_is_full_it_stays_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    spill, piece = Spill(), deflate(b"large")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    assert spill.keep(piece) is piece
