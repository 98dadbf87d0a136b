"""Locations are found by what their EVSEs offer and whether one of those is free; who is hidden offers nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.registry.apply import Registry
from app.registry.search import WORLD, Tally, Wanted
from tests.registry.backend import Backend, connector, evse, location, tariff

FAST = {"standard": "IEC_62196_T2_COMBO", "power_type": "DC", "max_electric_power": 150_000}


@pytest.fixture
def network(backend: Backend) -> Backend:
    backend.tariffs(tariff("T1"), tariff("CONTRACT", type="REGULAR"))
    backend.locations(
        location("L1", evse("E1", connector(**FAST, tariff_ids=["T1", "CONTRACT"])), evse("E2", status="CHARGING")),
        location("L2", evse("E3"), evse("E4", status="OUTOFORDER")),
        location("L3", evse("E5", connector(standard="CHAOJI")), publish=False),
    )
    return backend


def found(registry: Registry, *, standard: str | None = None, free: bool = False) -> dict[str, Tally]:
    """By id of the location: what clusters count there, each in a square of its own or not at all."""
    with registry.feed().read() as reader:
        numbers = frozenset(
            one.number for one in reader.offers() if any(each["standard"] == standard for each in one.connectors)
        )
        search = reader.search(replace(Wanted(), offers=numbers if standard else None, free=free))
        ordinals = search.ordinals(10, 0)
        names = {ordinal: ids[2] for ordinal, ids in search.names(ordinals).items()}
        tallies = {
            names[ordinal]: Tally.of(statuses.values()) for ordinal, statuses in search.statuses(ordinals).items()
        }
        count = search.count()
        whole = search.clusters(WORLD)
    assert count == len(ordinals) == sum(cluster.count for cluster in whole)
    assert sum(cluster.tally.free for cluster in whole) == sum(one.free for one in tallies.values())
    return tallies


def test_one_of_the_points_that_offer_it_must_be_free(network: Backend, registry: Registry) -> None:
    assert found(registry) == {"L1": Tally(2, 1, 1, 0), "L2": Tally(2, 1, 0, 0)}
    assert found(registry, standard="IEC_62196_T2", free=True) == {"L2": Tally(2, 1, 0, 0)}
    assert found(registry, standard="IEC_62196_T2_COMBO", free=True) == {"L1": Tally(1, 1, 0, 0)}
    network.statuses(("DE*ABC*E1", "CHARGING"), complete=False)
    assert found(registry, standard="IEC_62196_T2_COMBO", free=True) == {}


def test_who_is_hidden_offers_nothing_and_what_changes_is_found_as_it_is(network: Backend, registry: Registry) -> None:
    assert found(registry, standard="CHAOJI") == {}
    network.locations(location("L2", evse("E3", connector(standard="CHADEMO")), evse("E4")), complete=False)
    assert found(registry, standard="CHADEMO").keys() == {"L2"}
    network.locations(location("L2", evse("E3", connector(standard="CHADEMO")), publish=False), complete=False)
    assert found(registry, standard="CHADEMO") == {}


def test_an_offer_names_public_tariffs_alone(network: Backend, registry: Registry) -> None:
    with registry.feed().read() as reader:
        (fast,) = (one for one in reader.offers() if one.connectors[0]["standard"] == FAST["standard"])
    assert fast.connectors[0]["tariff_ids"] == ["T1"]
    assert fast.tariffs.keys() == {"T1"}
