"""What is kept in memory of all locations is what the database has, whatever changed since it was read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event

from app.registry.apply import Registry
from app.registry.projection import PublicFeed
from app.registry.search import WORLD, Cluster, Tally, Wanted
from tests.registry.backend import Backend, connector, evse, location, tariff

NUMBER = 24
CELL = WORLD >> 6
PARIS = {"latitude": "48.856600", "longitude": "2.352200"}


@pytest.fixture
def network(backend: Backend) -> Backend:
    backend.tariffs(tariff("T1"))
    backend.locations(
        *(location(f"L{number}", evse(f"E{number}", connector(tariff_ids=["T1"]))) for number in range(NUMBER))
    )
    return backend


@pytest.fixture
def feed(network: Backend, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> PublicFeed:
    """It has read everything, and may not do so again."""
    feed = registry.feed()
    seen(feed)
    monkeypatch.setattr(feed._gazetteer, "_read_all", None)
    return feed


def seen(feed: PublicFeed) -> tuple[list[int], list[Cluster], list[int], int]:
    with feed.read() as reader:
        whole, free = reader.search(Wanted()), reader.search(Wanted(free=True))
        clusters = sorted(whole.clusters(CELL), key=lambda cluster: cluster.location)
        return whole.ordinals(100, 0), clusters, free.ordinals(100, 0), len(reader.offers())


def test_what_changes_is_read_again_and_nothing_else(feed: PublicFeed, network: Backend, registry: Registry) -> None:
    def same_as_anew() -> None:
        assert seen(feed) == seen(registry.feed())

    network.statuses(("DE*ABC*E3", "CHARGING"), ("DE*ABC*E5", "OUTOFORDER"), complete=False)
    same_as_anew()
    network.locations(location("L4", evse("E4"), name="Anders", coordinates=PARIS), complete=False)
    same_as_anew()
    network.locations(location("L5", evse("E5"), publish=False), location("NEW", evse("E99")), complete=False)
    same_as_anew()
    network.locations(location("L5", evse("E5", connector(standard="CHADEMO")), evse("E55")), complete=False)
    same_as_anew()
    assert sum(cluster.count for cluster in seen(feed)[1]) == NUMBER + 1
    assert sum(cluster.tally.points for cluster in seen(feed)[1]) == NUMBER + 2


def test_statuses_change_no_offers_and_tariffs_do(feed: PublicFeed, network: Backend) -> None:
    def offers() -> object:
        with feed.read() as reader:
            return reader.offers()

    before = offers()
    network.statuses(("DE*ABC*E3", "CHARGING"), complete=False)
    assert offers() is before
    network.tariffs(tariff("T1", currency="CHF"))
    (now,) = offers()  # type: ignore[misc]
    assert now.tariffs["T1"]["currency"] == "CHF"


def test_who_sees_an_older_state_leaves_the_newer_one(feed: PublicFeed, network: Backend) -> None:
    with feed.read() as older:
        older.head()
        network.statuses(("DE*ABC*E3", "CHARGING"), complete=False)
        with feed.read() as newer:
            assert newer.search(Wanted(free=True)).count() == NUMBER - 1
        assert older.search(Wanted(free=True)).count() == NUMBER - 1
        assert len(older.offers()) == 1


def test_locations_that_have_the_same_share_it(feed: PublicFeed, network: Backend, engine: Engine) -> None:
    network.statuses(*((f"DE*ABC*E{number}", "RESERVED") for number in range(4)), complete=False)
    _, (cluster,), _, _ = seen(feed)
    assert cluster.tally == Tally(NUMBER, NUMBER - 4, 4, 0)
    assert len(feed._gazetteer._known) == 2


@pytest.fixture
def statements(engine: Engine) -> Iterator[list[str]]:
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def test_who_asks_again_reads_the_head_alone(feed: PublicFeed, statements: list[str]) -> None:
    with feed.read() as reader:
        found = reader.search(Wanted(free=True))
        assert found.count() == NUMBER
        assert found.extent() is not None
        assert found.clusters(WORLD)[0].count == NUMBER
    assert [statement.split("FROM ")[1].split()[0] for statement in statements if "FROM" in statement] == ["feed_head"]
