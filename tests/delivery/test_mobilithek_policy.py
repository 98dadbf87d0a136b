"""When a table, a snapshot or a delta is sent."""

from __future__ import annotations

import pytest

from app.delivery.base import Item
from app.delivery.mobilithek.policy import Standing
from app.model.batch import Kind
from app.registry.projection import PublicObject

SOUND = Standing("table-1", table_at=1000, sound=True)


def item(static_at: int) -> Item:
    found = PublicObject(1, "DE", "ABC", "L1", "DEU", 7, 5000, 0, static_at, {}, {})
    return Item(Kind.LOCATIONS, "DE*ABC/L1", 5000, found, evses=frozenset({"E1"}))


GONE = Item(Kind.LOCATIONS, "DE*ABC/L2", 5000, None)


@pytest.mark.parametrize(
    ("standing", "items", "whole"),
    [
        (SOUND, [item(900), item(1000)], False),
        (SOUND, [], False),
        (SOUND, [item(900), item(1001)], True),
        (SOUND, [item(900), GONE], True),
        (Standing("table-1", 1000, sound=False), [item(900)], True),
        (Standing(), [item(900)], True),
    ],
    ids=["statuses", "nothing", "newer than the table", "gone", "a document was lost", "nothing is known"],
)
def test_a_snapshot_is_needed_where_a_delta_would_be_lost(standing, items, whole):
    assert standing.needs_snapshot(items) is whole


def test_a_table_is_needed_at_the_start_and_when_it_has_changed():
    assert Standing().needs_table("table-1")
    assert not SOUND.needs_table("table-1")
    assert SOUND.needs_table("table-2")


def test_a_newer_table_that_is_the_same_still_counts_as_newer():
    later = SOUND.with_table("table-1", 2000)
    assert not later.needs_snapshot([item(1500)])
    assert later.sound
