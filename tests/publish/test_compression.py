"""Parts encoded apart are, put together, what other decoders read."""

from __future__ import annotations

import gzip
import subprocess
import zlib

import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.publish.compression import EMPTY, deflate, gzip_member, stored, zstd_frames

parts = st.lists(st.tuples(st.booleans(), st.binary(max_size=300).map(lambda part: part * 40)), max_size=8)


@given(parts)
def test_a_member_of_pieces_is_the_gzip_of_their_join(parts: list[tuple[bool, bytes]]) -> None:
    pieces = [(deflate if packed else stored)(plain) for packed, plain in parts]
    member = b"".join(gzip_member(pieces))
    assert gzip.decompress(member) == b"".join(plain for _, plain in parts)


def test_other_programs_read_the_member(text: bytes) -> None:
    pieces = [deflate(text), stored(b","), EMPTY, deflate(text[::-1])]
    whole = text + b"," + text[::-1]
    member = b"".join(gzip_member(pieces))
    assert subprocess.run(["zcat"], input=member, capture_output=True, check=True).stdout == whole
    reader = zlib.decompressobj(31)
    assert reader.decompress(member) == whole
    assert reader.eof
    assert reader.unused_data == b""


def test_a_piece_gives_its_bytes_back(text: bytes) -> None:
    piece = deflate(text)
    assert piece.plain() == text
    assert len(piece.deflated) < len(text) / 2
    assert deflate(b"") == EMPTY
    assert EMPTY.plain() == b""


def test_long_text_is_stored_in_several_blocks() -> None:
    text = bytes(range(251)) * 1000
    assert stored(text).plain() == text
    assert gzip.decompress(b"".join(gzip_member([stored(text)]))) == text


@given(st.lists(st.binary(max_size=2000), max_size=8))
def test_frames_are_the_zstd_of_the_join(plains: list[bytes]) -> None:
    encoded = b"".join(zstd_frames(plains))
    with zstandard.ZstdDecompressor().stream_reader(encoded, read_across_frames=True) as reader:
        assert reader.read() == b"".join(plains)
