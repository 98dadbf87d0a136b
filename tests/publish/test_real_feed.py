"""Blocks, pages and snapshots on a real registry: the same bytes whichever way they came about, and nothing that is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.clock import format_time
from app.publish.documents import read_document
from app.publish.feed import Feed
from app.publish.pages import Page, Query, page
from app.publish.publications import Publication
from app.publish.snapshots import Snapshots
from app.store.base import Encoding
from app.store.directory import DirectoryStore
from tests.publish.backend import Backend, catalogue_of, demo_locations, demo_tariffs, dressed
from tests.publish.stores import decoded, document_of, is_whole, manifest_of

COUNT = 104


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """Shared: each test goes on from where the last one left it."""
    backend = Backend(f"sqlite:///{tmp_path_factory.mktemp('feed')}/registry.db")
    backend.put_tariffs(*demo_tariffs())
    backend.put_locations(*(dressed(body) for body in demo_locations(COUNT)))
    yield backend
    backend.registry.engine.dispose()


def documents(feed: Feed) -> dict[str, tuple[bytes, list[tuple[str, str, int]]]]:
    with feed.read() as read:
        found = {}
        for path, publication in catalogue_of({("DE*DEM", "DEU")}).items():
            document = read_document(feed, publication, read)
            found[path] = (b"".join(document.plain(document.head.published_at)), document.losses)
        return found


BODIES = demo_locations(COUNT + 8)
STEP = st.one_of(
    st.tuples(st.just("say"), st.integers(0, COUNT - 1), st.sampled_from(["AVAILABLE", "CHARGING", "BLOCKED"])),
    st.tuples(st.just("rename"), st.integers(0, COUNT + 7), st.sampled_from(["One", "Two", "A much longer name"])),
    st.tuples(st.just("hide"), st.integers(0, COUNT + 7), st.just("")),
    st.tuples(st.just("country"), st.integers(0, COUNT - 1), st.sampled_from(["AUT", "DEU"])),
    st.tuples(st.just("price"), st.integers(0, 8), st.sampled_from(["GBP", "EUR"])),
    st.tuples(st.just("private"), st.integers(0, 8), st.sampled_from(["REGULAR", "AD_HOC_PAYMENT"])),
    st.tuples(st.just("ends"), st.integers(0, 8), st.just("")),
    st.tuples(st.just("begins"), st.integers(0, 8), st.just("")),
    st.tuples(st.just("wait"), st.just(0), st.just("")),
)


def take(backend: Backend, step: tuple[str, int, str]) -> None:
    what, place, word = step
    if what == "say":
        backend.say(BODIES[place]["evses"][0]["uid"], word)
    elif what == "rename":
        backend.put_locations(dressed(BODIES[place], name=word, publish=True))
    elif what == "hide":
        backend.put_locations(dressed(BODIES[place], publish=False))
    elif what == "country":
        backend.put_locations(dressed(BODIES[place], country=word))
    elif what == "wait":
        backend.clock.advance(seconds=10)
        backend.registry.tick()
    elif what in ("ends", "begins"):
        name = "end_date_time" if what == "ends" else "start_date_time"
        backend.put_tariffs(demo_tariffs()[place] | {name: format_time(backend.clock.now() + 5_000)})
    else:
        tariff = demo_tariffs()[place]
        backend.put_tariffs(tariff | ({"currency": word} if what == "price" else {"type": word}))


@pytest.fixture(scope="module")
def following(backend: Backend) -> Feed:
    """A process that has followed every commit since the beginning."""
    feed = backend.feed()
    documents(feed)
    return feed


COMMITS = st.lists(st.lists(STEP, min_size=1, max_size=4), min_size=1, max_size=3)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commits=COMMITS)
def test_whatever_changes_a_feed_that_follows_equals_one_that_begins(
    backend: Backend, following: Feed, commits: list[list[tuple[str, int, str]]]
) -> None:
    for steps in commits:
        for step in steps:
            take(backend, step)
        assert documents(following) == documents(backend.feed())


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(commits=COMMITS)
def test_whatever_changes_at_length(
    backend: Backend, following: Feed, commits: list[list[tuple[str, int, str]]]
) -> None:
    test_whatever_changes_a_feed_that_follows_equals_one_that_begins.hypothesis.inner_test(backend, following, commits)


def test_a_cache_too_small_for_anything_gives_the_same(backend: Backend, following: Feed) -> None:
    assert documents(backend.feed(cache_bytes=1)) == documents(following)


def test_every_tariff_that_a_snapshot_names_is_in_it(backend: Backend, tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    backend.put_locations(dressed(BODIES[0], publish=True))
    Snapshots(backend.feed(), store, catalogue_of, backend.clock).run()
    for folder in ("ocpi/2.2.1", "ocpi/2.3.0", "party/DE-DEM/ocpi/2.3.0"):
        locations = orjson.loads(document_of(store, f"/open/{folder}/locations.json"))["data"]
        tariffs = orjson.loads(document_of(store, f"/open/{folder}/tariffs.json"))["data"]
        named = {
            (body["country_code"], tariff)
            for body in locations
            for evse in body["evses"]
            for connector in evse["connectors"]
            for tariff in connector.get("tariff_ids", ())
        }
        assert named
        assert named <= {(tariff["country_code"], tariff["id"]) for tariff in tariffs}


def test_the_root_of_one_party_a_connection_speaks_for_one_party(backend: Backend) -> None:
    found = documents(backend.feed())
    listed = orjson.loads(found["/open/ocpi/2.1.1/locations.json"][0])["data"]
    assert listed
    assert all(body["id"].startswith("DE") for body in listed)
    assert found["/open/ocpi/2.1.1/locations.json"] == found["/open/party/DE-DEM/ocpi/2.1.1/locations.json"]


def test_a_crawl_by_date_finds_what_changed_since_the_last_page(backend: Backend, following: Feed) -> None:
    publication = catalogue_of({("DE*DEM", "DEU")})["/open/ocpi/2.2.1/locations.json"]
    stamp = page(following, publication, Query()).head.published_at
    assert page(following, publication, Query(date_from=stamp + 1)).total == 0
    backend.say(BODIES[3]["evses"][0]["uid"], "RESERVED")
    backend.put_locations(dressed(BODIES[7], name="Changed", publish=True))
    found = page(following, publication, Query(date_from=stamp + 1))
    listed = orjson.loads(found.body(None))["data"]
    assert {body["id"] for body in listed} >= {BODIES[7]["id"]}
    assert found.head.published_at > stamp


CANARY = "canary-9b1f"


def test_what_is_not_public_is_in_no_output(backend: Backend, following: Feed, tmp_path: Path) -> None:
    store, snapshots = DirectoryStore(tmp_path), None
    bearer = dressed(BODIES[20], name=CANARY, publish=True)
    backend.put_locations(bearer)
    snapshots = Snapshots(backend.feed(), store, catalogue_of, backend.clock)
    snapshots.run()
    assert CANARY.encode() in document_of(store, "/open/ocpi/2.3.0/locations.json")
    backend.put_locations(bearer | {"publish": False})
    backend.clock.advance(seconds=10)
    snapshots.run()
    backend.clock.advance(seconds=600)  # static documents wait for their time
    snapshots.run()
    backend.clock.advance(seconds=200)
    snapshots.run()
    outputs = [*every_page(following), *every_stored(store), *(body for body, _ in documents(following).values())]
    assert len(outputs) > 60
    assert not [output for output in outputs if CANARY.encode() in output]


def every_page(feed: Feed) -> Iterator[bytes]:
    for publication in catalogue_of(feed.index().scopes()).values():
        for query in (Query(), Query(limit=7, offset=15), Query(date_from=0), Query(after=18, limit=3)):
            found = page(feed, publication, query)
            yield found.body(None)
            assert decoded(found.body(Encoding.ZSTD), Encoding.ZSTD) == decoded(
                found.body(Encoding.GZIP), Encoding.GZIP
            )


def every_stored(store: DirectoryStore) -> Iterator[bytes]:
    for file in manifest_of(store).files:
        assert is_whole(store, file, file.path)
    for entry in store.list(""):
        encoding = {".gz": Encoding.GZIP, "zst": Encoding.ZSTD}.get(entry.key[-3:])
        fetched = store.get(entry.key)
        assert fetched is not None
        yield decoded(fetched.read(), encoding) if encoding else fetched.read()


def test_a_snapshot_goes_on_while_others_render_later_states(backend: Backend) -> None:
    """A web thread of the same process may bring a block further than the read that a snapshot is made from."""
    feed = backend.feed()
    cold = backend.feed()
    publication = catalogue_of({("DE*DEM", "DEU")})["/open/ocpi/2.3.0/locations.json"]
    with feed.read() as read, cold.read() as same:
        expected = b"".join(read_document(cold, publication, same).plain(0))
        backend.put_locations(dressed(BODIES[5], name="Later", publish=True))
        backend.put_locations(dressed(BODIES[6], publish=False))
        page(feed, publication, Query())
        assert b"".join(read_document(feed, publication, read).plain(0)) == expected
    assert b"Later" in page(feed, publication, Query()).body(None)


def test_what_time_alone_changes_is_shown_and_found_by_date_where_the_format_shows_it(
    backend: Backend, following: Feed
) -> None:
    """OCPI 2.1.1 has one tariff per connector, the one valid now; 2.2.1 lists them all."""
    now, body = backend.clock.now(), dressed(BODIES[30], publish=True)
    model = next(tariff for tariff in demo_tariffs() if tariff["country_code"] == body["country_code"])
    backend.put_tariffs(
        model | {"id": "OLD", "end_date_time": format_time(now + 60_000)},
        model | {"id": "NEW", "start_date_time": format_time(now + 60_000)},
    )
    body["evses"] = [
        evse | {"connectors": [plug | {"tariff_ids": ["OLD", "NEW"]} for plug in evse["connectors"]]}
        for evse in body["evses"]
    ]
    backend.put_locations(body)
    listed = catalogue_of({(f"{body['country_code']}*DEM", body["country"])})
    old, new = (listed[f"/open/ocpi/{version}/locations.json"] for version in ("2.1.1", "2.2.1"))
    assert tariff_shown(following, old, body["id"]) == "OLD"
    stamp = following.index().head.published_at
    backend.clock.set(now + 61_000)
    backend.registry.tick()
    assert tariff_shown(following, old, body["id"]) == "NEW"
    assert body["id"] in ids(page(following, old, Query(date_from=stamp + 1)))
    assert body["id"] not in ids(page(following, new, Query(date_from=stamp + 1)))


def tariff_shown(feed: Feed, publication: Publication, id: str) -> str:
    found = page(feed, publication, Query(limit=1000))
    (body,) = (body for body in orjson.loads(found.body(None))["data"] if body["id"] == id)
    return str(body["evses"][0]["connectors"][0]["tariff_id"])


def ids(found: Page) -> set[str]:
    return {body["id"] for body in orjson.loads(found.body(None))["data"]}
