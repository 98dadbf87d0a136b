"""What push sources were given: object and letter are kept together, and changes of one object wait for each other."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from app.model.batch import Kind
from app.model.letter import Letter, Turn
from app.registry.inbox import Inbox
from app.registry.received import ReceivedObjects
from tests.registry.reading import tables

KEY = "de*abc/l1"


def letters(engine: Engine) -> list[bytes]:
    return [letter.payload for letters in Inbox(engine, "backend").take(Kind.LOCATIONS) for letter in letters]


def test_changes_of_one_object_at_once_lose_nothing(engine: Engine) -> None:
    held = ReceivedObjects(engine, "backend")
    held.turn(Kind.LOCATIONS, KEY, lambda _: (b"", Letter(Kind.LOCATIONS, 1, b"")))

    def add(letter: str) -> None:
        def change(before: bytes | None) -> Turn:
            assert before is not None
            time.sleep(0.02)
            after = before + letter.encode()
            return after, Letter(Kind.LOCATIONS, 1, after)

        held.turn(Kind.LOCATIONS, KEY, change)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, "abcdefgh"))
    last = held.get(Kind.LOCATIONS, KEY)
    assert last is not None
    assert sorted(last) == sorted(b"abcdefgh")
    assert letters(engine) == [last[:length] for length in range(9)]


def test_what_is_refused_leaves_neither_object_nor_letter(engine: Engine) -> None:
    held, before = ReceivedObjects(engine, "backend"), tables(engine)

    def change(_: bytes | None) -> Turn:
        raise LookupError

    with pytest.raises(LookupError):
        held.turn(Kind.LOCATIONS, KEY, change)
    assert tables(engine) == before


def test_each_source_has_its_own_and_what_is_withdrawn_is_gone(engine: Engine) -> None:
    held, other = ReceivedObjects(engine, "backend"), ReceivedObjects(engine, "other")
    held.turn(Kind.TARIFFS, KEY, lambda _: (b"one", Letter(Kind.TARIFFS, 1, b"put")))
    assert (held.get(Kind.TARIFFS, KEY), other.get(Kind.TARIFFS, KEY), held.get(Kind.LOCATIONS, KEY)) == (
        b"one",
        None,
        None,
    )
    held.turn(Kind.TARIFFS, KEY, lambda _: (None, Letter(Kind.TARIFFS, 1, b"gone")))
    assert held.get(Kind.TARIFFS, KEY) is None
    assert [one.payload for letters in Inbox(engine, "backend").take(Kind.TARIFFS) for one in letters] == [
        b"put",
        b"gone",
    ]
