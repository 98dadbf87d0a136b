"""Pages: by cursor, by offset, by date; whatever changes meanwhile, a crawl misses nothing and sees nothing twice."""

from __future__ import annotations

import gzip
from typing import Any

import orjson
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from app.clock import ManualClock
from app.model.batch import Kind
from app.publish.block import Rendering
from app.publish.feed import Feed
from app.publish.index import EVERYTHING
from app.publish.pages import Page, Query, page
from app.publish.publications import Publication
from app.registry.projection import View
from app.store.base import Encoding
from tests.publish.forms import Plain
from tests.publish.network import Network

ONE_PARTY = View(parties=frozenset({"FR*XYZ"}))


def publication(view: View = EVERYTHING) -> Publication:
    return Publication("/open/locations.json", Rendering(Plain(), Kind.LOCATIONS), view)


def feed_of(network: Network) -> Feed:
    return Feed(network, network.stamp, ManualClock())


def network_of(count: int) -> Network:
    network = Network()
    for number in range(count):
        network.add(f"text {number}", party="FR*XYZ" if number % 97 == 0 else "DE*ABC")
    return network


def ids(of: Page) -> list[int]:
    return [int(item["id"][1:]) for item in data(of)]


def data(of: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(of.body(None))["data"]
    assert len(found) == of.count
    return found


def test_full_blocks_are_pages() -> None:
    network = network_of(250)
    feed, listed = feed_of(network), publication()
    first = page(feed, listed, Query())
    assert (ids(first), first.total, first.next) == (list(range(100)), 250, 99)
    second = page(feed, listed, Query(after=99))
    assert (ids(second), second.next) == (list(range(100, 200)), 199)
    third = page(feed, listed, Query(after=199))
    assert (ids(third), third.total, third.next) == (list(range(200, 250)), 250, None)


def test_a_page_in_memory_is_answered_without_the_database() -> None:
    network = network_of(250)
    feed, listed = feed_of(network), publication()
    page(feed, listed, Query(after=99))
    reads = network.reads
    page(feed, listed, Query(after=99)).body(Encoding.GZIP)
    assert network.reads == reads


def test_a_page_reads_no_block_it_does_not_show() -> None:
    network = network_of(300)
    network.hide(150)
    feed, listed = feed_of(network), publication()
    page(feed, listed, Query(after=99))
    assert feed.rendered == 1


def test_every_encoding_says_the_same() -> None:
    network = network_of(120)
    shown = page(feed_of(network), publication(), Query(limit=7, offset=95))
    plain = shown.body(None)
    assert gzip.decompress(shown.body(Encoding.GZIP)) == plain
    assert zstandard.ZstdDecompressor().decompress(shown.body(Encoding.ZSTD)) == plain
    assert orjson.loads(plain)["timestamp"] == network.seq


def test_short_blocks_are_merged_up_to_the_limit() -> None:
    network = network_of(400)
    for ordinal in [*range(10, 100), *range(120, 200), *range(200, 300)]:
        network.hide(ordinal)
    feed, listed = feed_of(network), publication()
    shown = page(feed, listed, Query(after=-1))
    assert ids(shown) == [*range(10), *range(100, 120)]
    assert ids(page(feed, listed, Query(after=shown.next))) == list(range(300, 400))


def test_a_sparse_view_has_no_empty_pages() -> None:
    network = network_of(3000)
    feed, listed = feed_of(network), publication(ONE_PARTY)
    shown = page(feed, listed, Query())
    assert (ids(shown), shown.total, shown.next) == (list(range(0, 3000, 97)), 31, None)
    by_ten = page(feed, listed, Query(limit=10))
    assert ids(page(feed, listed, Query(limit=10, after=by_ten.next))) == list(range(970, 1940, 97))


def test_a_view_of_all_objects_costs_no_second_block() -> None:
    network = Network()
    for _ in range(100):
        network.add("text", party="FR*XYZ")
    feed = feed_of(network)
    page(feed, publication(), Query())
    page(feed, publication(ONE_PARTY), Query())
    assert len(feed.cache) == 1


@pytest.mark.parametrize("limit", [1, 7, 99, 100, 101, 250])
def test_offsets_count_along_exactly(limit: int) -> None:
    network = network_of(333)
    for ordinal in (0, 50, 99, 100, 101, 332):
        network.hide(ordinal)
    feed, listed, seen = feed_of(network), publication(), list[int]()
    for offset in range(0, 330, limit):
        seen += ids(page(feed, listed, Query(limit=limit, offset=offset)))
    assert seen == network.visible()


def test_an_offset_behind_the_last_is_an_empty_page() -> None:
    shown = page(feed_of(network_of(5)), publication(), Query(offset=5))
    assert (ids(shown), shown.total, shown.next) == ([], 5, None)
    empty = page(feed_of(Network()), publication(), Query())
    assert (ids(empty), empty.total, empty.next) == ([], 0, None)


@pytest.mark.parametrize("query", [Query(), Query(after=-1), Query(offset=40, limit=70), Query(limit=10)])
def test_a_block_may_be_ahead_of_the_index(query: Query) -> None:
    """Between two looks for commits, a block that has to be rendered shows its latest state."""
    network = network_of(250)
    feed = Feed(network, lambda: ("e", 250), ManualClock())
    assert feed.index().head.seq == 250
    for ordinal in range(150):
        network.hide(ordinal)
    listed, seen = publication(), list[int]()
    while True:
        shown = page(feed, listed, query)
        seen += ids(shown)
        if shown.next is None:
            break
        query = Query(after=shown.next)
    assert seen == network.visible()


def test_the_etag_follows_the_content_and_not_the_time() -> None:
    network = network_of(250)
    feed, listed = feed_of(network), publication()
    before = page(feed, listed, Query())
    network.change(200, "elsewhere")
    same = page(feed, listed, Query())
    assert same.etag(None) == before.etag(None)
    assert same.head.seq > before.head.seq
    network.change(50, "here")
    assert page(feed, listed, Query()).etag(None) != same.etag(None)
    assert same.etag(None) != same.etag(Encoding.GZIP)


def test_the_etag_follows_the_total_since_headers_tell_it() -> None:
    network = network_of(250)
    feed, listed = feed_of(network), publication()
    before = page(feed, listed, Query())
    network.add("at the end")
    assert page(feed, listed, Query()).etag(None) != before.etag(None)


@given(date_from=st.none() | st.integers(0, 40), date_to=st.none() | st.integers(0, 40), limit=st.integers(1, 12))
def test_a_crawl_by_date_gives_what_changed_then(date_from: int | None, date_to: int | None, limit: int) -> None:
    network = network_of(25)
    for ordinal in (3, 4, 20, 3):
        network.change(ordinal, "new")
    network.hide(20)
    feed, listed = feed_of(network), publication()
    page(feed, listed, Query(after=-1))
    low, high = date_from or 0, 1000 if date_to is None else date_to
    wanted = [ordinal for ordinal in network.visible() if low <= network.objects[ordinal].last_updated < high]
    seen, after = list[int](), None
    while True:
        shown = page(feed, listed, Query(limit, after=after, date_from=date_from, date_to=date_to))
        assert shown.count <= limit
        seen += ids(shown)
        after = shown.next
        if after is None:
            break
    assert seen == wanted
    if date_from is not None or date_to is not None:
        assert shown.total == len(wanted)


def test_single_changes_of_a_cold_block_are_rendered_alone() -> None:
    network, form = network_of(100), Plain()
    listed = Publication("/open/locations.json", Rendering(form, Kind.LOCATIONS))
    feed = feed_of(network)
    shown = page(feed, listed, Query(date_from=99, date_to=None))
    assert ids(shown) == [98, 99]
    assert form.rendered == 2


STEP = st.tuples(st.sampled_from(["add", "change", "hide", "show"]), st.integers(0, 450), st.sampled_from("ab"))


@given(
    hidden=st.sets(st.integers(0, 349), max_size=300),
    limit=st.sampled_from([1, 40, 100, 130]),
    steps=st.lists(st.lists(STEP, max_size=4), max_size=12),
    view=st.sampled_from([EVERYTHING, ONE_PARTY]),
)
def test_a_crawl_while_objects_come_and_go_misses_and_repeats_nothing(
    hidden: set[int], limit: int, steps: list[list[tuple[str, int, str]]], view: View
) -> None:
    network = network_of(350)
    network.hidden = set(hidden)
    feed, listed, later = feed_of(network), publication(view), iter(steps)
    throughout, ever = set(network.visible(view)), set(network.visible(view))
    seen, query = list[int](), Query(limit)
    while True:
        shown = page(feed, listed, query)
        assert shown.count <= limit
        seen += ids(shown)
        if shown.next is None:
            break
        assert shown.count
        query = Query(limit, after=shown.next)
        for step, ordinal, text in next(later, []):
            if step == "add":
                network.add(text, party="FR*XYZ")
            elif ordinal in network.objects:
                getattr(network, step)(ordinal, *([text] if step == "change" else []))
            throughout &= set(network.visible(view))
            ever |= set(network.visible(view))
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)
    assert throughout <= set(seen) <= ever
