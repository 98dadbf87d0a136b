"""A block that was refreshed equals one rendered from nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import partial

import orjson
from hypothesis import given
from hypothesis import strategies as st

from app.model.batch import Kind
from app.publish.block import Rendering, evaluated_at, refreshed_block, rendered_block, total_losses
from app.registry.projection import PublicObject
from tests.publish.forms import Plain
from tests.publish.network import Network, Reader

TEXTS = st.sampled_from(["short", "a longer text than that", "loud", "unsayable", "x" * 500])
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "change", "hide", "show", "refresh"]), st.integers(0, 9), TEXTS), max_size=40
)


def take(network: Network, step: str, place: int, text: str) -> None:
    """One commit; on an object that is not there, none."""
    ordinals = sorted(network.objects)
    if step == "add" and len(ordinals) < 100:
        network.add(text)
    elif step in ("hide", "show") and place < len(ordinals):
        getattr(network, step)(ordinals[place])
    elif step == "change" and place < len(ordinals):
        network.change(ordinals[place], text)


@given(STEPS)
def test_any_changes_and_refreshes_equal_a_cold_build(steps: list[tuple[str, int, str]]) -> None:
    network, rendering = Network(), Rendering(Plain(), Kind.LOCATIONS)
    block = rendered_block(rendering, [], 0)
    for step, place, text in [*steps, ("refresh", 0, "")]:
        if step != "refresh":
            take(network, step, place, text)
            continue
        reader = Reader(network)
        changed = reader.block(Kind.LOCATIONS, 0, newer_than=block.seq)
        ordinals = [member.ordinal for member in reader.members(Kind.LOCATIONS, 0)]
        block = refreshed_block(
            block, rendering, ordinals, changed, network.seq, partial(reader.objects, Kind.LOCATIONS)
        )
    assert block == rendered_block(rendering, Reader(network).block(Kind.LOCATIONS, 0), network.seq)


def test_sites_of_other_countries_are_not_rendered_and_keep_their_places() -> None:
    network, form = Network(), Plain()
    for _ in range(3):
        network.add("text")
    network.objects[1] = replace(network.objects[1], country="FRA")
    rendering = Rendering(form, Kind.LOCATIONS, frozenset({"FRA"}))
    block = rendered_block(rendering, Reader(network).block(Kind.LOCATIONS, 0), network.seq)
    assert (form.rendered, block.count, list(block.ordinals)) == (1, 1, [0, 1, 2])
    assert block.piece.plain() == b'{"id":"L1","text":"text"}'


def test_only_what_changed_is_rendered() -> None:
    network, form = Network(), Plain()
    rendering = Rendering(form, Kind.LOCATIONS)
    for _ in range(100):
        network.add("text")
    old = rendered_block(rendering, Reader(network).block(Kind.LOCATIONS, 0), network.seq)
    network.change(50, "new text")
    network.hide(70)
    form.rendered = 0
    reader = Reader(network)
    changed = reader.block(Kind.LOCATIONS, 0, newer_than=old.seq)
    new = refreshed_block(old, rendering, network.visible(), changed, network.seq, lambda _: [])
    assert form.rendered == 1
    assert new.count == 99
    assert new.identity != old.identity


def test_a_refresh_without_changes_keeps_the_bytes() -> None:
    network, rendering = Network(), Rendering(Plain(), Kind.LOCATIONS)
    network.add("text")
    old = rendered_block(rendering, Reader(network).block(Kind.LOCATIONS, 0), network.seq)
    new = refreshed_block(old, rendering, [0], [], 7, lambda _: [])
    assert new.piece is old.piece
    assert new.seq == 7


def test_what_became_public_unnoticed_is_read() -> None:
    network, rendering = Network(), Rendering(Plain(), Kind.LOCATIONS)
    for _ in range(3):
        network.add("text")
    whole = Reader(network).block(Kind.LOCATIONS, 0)
    old = rendered_block(rendering, [whole[0], whole[2]], network.seq)
    new = refreshed_block(
        old, rendering, [0, 1, 2], [], network.seq, lambda missing: [whole[ordinal] for ordinal in missing]
    )
    assert new == rendered_block(rendering, whole, network.seq)


@given(st.lists(TEXTS, max_size=12), st.sets(st.integers(0, 12)))
def test_a_part_of_a_block_equals_one_rendered_alone(texts: list[str], wanted: set[int]) -> None:
    network, rendering = Network(), Rendering(Plain(), Kind.LOCATIONS)
    for text in texts:
        network.add(text)
    objects = Reader(network).block(Kind.LOCATIONS, 0)
    part = rendered_block(rendering, objects, 1).only(wanted, b",")
    assert part == rendered_block(rendering, [item for item in objects if item.ordinal in wanted], 1)
    listed = orjson.loads(b"[" + part.piece.plain() + b"]")
    assert [f"L{ordinal}" for ordinal in sorted(wanted) if ordinal < len(texts) and texts[ordinal] != "unsayable"] == [
        item["id"] for item in listed
    ]


def test_what_cannot_be_said_is_left_out_and_counted_as_lost() -> None:
    network, rendering = Network(), Rendering(Plain(), Kind.LOCATIONS)
    for text in ("unsayable", "loud", "unsayable", "a", "loud", "unsayable"):
        network.add(text)
    block = rendered_block(rendering, Reader(network).block(Kind.LOCATIONS, 0), network.seq)
    assert block.count == 3
    assert [item["id"] for item in orjson.loads(b"[" + block.piece.plain() + b"]")] == ["L1", "L3", "L4"]
    assert total_losses([block]) == Counter({("", "cannot be said"): 3, ("text", "too loud"): 2})


def test_an_object_that_makes_a_format_fail_does_not_hide_the_others() -> None:
    network, rendering = Network(), Rendering(Plain(), Kind.LOCATIONS)
    for text in ("a", "poison", "b"):
        network.add(text)
    block = rendered_block(rendering, Reader(network).block(Kind.LOCATIONS, 0), network.seq)
    assert [item["id"] for item in orjson.loads(b"[" + block.piece.plain() + b"]")] == ["L0", "L2"]
    assert total_losses([block]) == Counter({("", "the format failed: KeyError"): 1})


def test_evaluated_is_at_the_last_change_of_all_that_is_read() -> None:
    tariffs = {"A": {"last_updated": "1970-01-01T00:00:00.700Z"}, "B": {"last_updated": "1970-01-01T00:00:00.300Z"}}
    item = PublicObject(
        0, "DE", "ABC", "L", "DEU", 9, last_updated=400, boundary_at=0, static_at=0, body={}, tariffs=tariffs
    )
    assert evaluated_at(item) == 700
    later = PublicObject(
        0, "DE", "ABC", "L", "DEU", 9, last_updated=400, boundary_at=0, static_at=900, body={}, tariffs=tariffs
    )
    assert evaluated_at(later) == 900
    bare = PublicObject(
        0, "DE", "ABC", "L", "DEU", 9, last_updated=400, boundary_at=0, static_at=0, body={}, tariffs={}
    )
    assert evaluated_at(bare) == 400
