"""JSON that is nested more deeply than it can be written again spoils nothing but itself."""

from __future__ import annotations

import orjson
import pytest

from app.model.outside import DEEPEST, ROOM, decoded


def nested(levels: int) -> bytes:
    return b'{"id": "L1", "x": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"


@pytest.mark.parametrize("levels", [2, 200, 254 - ROOM])
def test_what_can_be_written_again_is_as_it_was(levels: int) -> None:
    assert decoded(nested(levels)) == orjson.loads(nested(levels))


@pytest.mark.parametrize("levels", [255 - ROOM, 255, 1024])
def test_what_is_nested_too_deeply_ends_and_the_rest_stays(levels: int) -> None:
    found = decoded(nested(levels))
    assert found["id"] == "L1"
    assert orjson.dumps(found).count(b"[") == DEEPEST - 1


def test_beyond_what_is_read_at_all_it_is_no_json() -> None:
    with pytest.raises(orjson.JSONDecodeError, match="depth limit"):
        decoded(nested(1100))
