"""Public locations are found by words, by EVSE id and by place; what is hidden, or was, is not."""

from __future__ import annotations

import orjson
import pytest
from sqlalchemy import Engine, select

from app.registry.apply import Registry
from app.registry.database import reading
from app.registry.search import WORLD, Box, Wanted, fold, from_map, search_row, to_map
from app.registry.tables import location as places
from app.registry.tables import location_body, location_search
from tests.registry.backend import Backend, evse, location

PARIS = {"latitude": "48.856600", "longitude": "2.352200"}
WEIMAR = Box(*to_map(11.0, 51.2), *to_map(11.6, 50.8))


def found(registry: Registry, text: str = "", box: Box | None = None) -> list[str]:
    """Ids, by title."""
    with registry.feed().read() as reader:
        search = reader.search(Wanted.of(text, box))
        names = search.names(ordinals := search.ordinals(100, 0))
        assert search.count() == len(ordinals)
        return [names[ordinal][2] for ordinal in ordinals]


@pytest.fixture
def network(backend: Backend) -> Backend:
    backend.locations(
        location("L1", evse("E1"), name="Ladepark Süd", address="Schillerstraße 5"),
        location("L2", evse("E12"), name="Gare", city="Paris", country="FRA", coordinates=PARIS),
    )
    return backend


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["L2", "L1"]),
        ("SÜD schillerstrasse", ["L1"]),
        ("sud, weimar", ["L1"]),
        ("paris weimar", []),
        ("DE*ABC*E1", ["L1"]),
        ("deabce12", ["L2"]),
        ("deabce", ["L2", "L1"]),
        ("l2", ["L2"]),
        ("100%", []),
        ("_", ["L2", "L1"]),
    ],
)
def test_every_word_must_occur_and_a_whole_id_names_one(
    network: Backend, registry: Registry, text: str, ids: list[str]
) -> None:
    assert found(registry, text) == ids


def test_what_changes_is_found_by_what_it_says_now(network: Backend, registry: Registry) -> None:
    network.locations(location("L1", evse("E7"), name="Umbau", coordinates=PARIS), complete=False)
    assert found(registry, "süd") == []
    assert found(registry, "umbau") == ["L1"]
    assert found(registry, box=WEIMAR) == []


def test_what_is_hidden_is_not_found_and_is_found_again(network: Backend, registry: Registry, engine: Engine) -> None:
    network.locations(location("L1", evse("E1"), publish=False, name="CANARY"), complete=False)
    assert found(registry) == ["L2"]
    assert "L1" not in found(registry, "DE*ABC*E1")
    with reading(engine) as connection:
        assert "canary" not in str(connection.execute(select(location_search)).all()).lower()
    network.locations(location("L1", evse("E1"), name="Ladepark"), complete=False)
    assert found(registry, "ladepark") == ["L1"]


def test_locations_that_stand_close_are_one_cluster(network: Backend, registry: Registry) -> None:
    network.locations(location("L3", evse("E3")), complete=False)
    with registry.feed().read() as reader:
        search = reader.search(Wanted())
        assert {cluster.count: cluster.title for cluster in search.clusters(1 << 18)} == {
            2: "Am Markt 1, Weimar",
            1: "Gare, Paris",
        }
        (whole,) = search.clusters(WORLD)
    assert whole.count == 3
    assert whole.box == search_extent(registry)


def search_extent(registry: Registry) -> Box | None:
    with registry.feed().read() as reader:
        return reader.search(Wanted()).extent()


def test_its_row_is_what_the_location_says(network: Backend, engine: Engine) -> None:
    with reading(engine) as connection:
        found = connection.execute(select(location_search).order_by(location_search.c.location)).all()
        query = select(places.c.ordinal, location_body.c.body).join(location_body).order_by(places.c.ordinal)
        bodies = connection.execute(query).all()
    assert [tuple(search_row(row.ordinal, orjson.loads(row.body)).values()) for row in bodies] == [*map(tuple, found)]


def test_letters_are_folded() -> None:
    assert fold("  Straße-Nr. 5, Besançon; ŁÓDŹ, Ærø! ") == "strasse nr 5 besancon lodz aero"
    assert fold("Αθήνα") == fold("ΑΘΗΝΑ")


@pytest.mark.parametrize("place", [(0.0, 0.0), (-179.9, 84.9), (11.3295, 50.9795)])
def test_places_survive_the_map(place: tuple[float, float]) -> None:
    assert from_map(*to_map(*place)) == pytest.approx(place, abs=1e-5)


def test_without_coordinates_a_location_has_no_place() -> None:
    assert search_row(1, {"id": "L", "coordinates": {"latitude": "north"}})["x"] is None
