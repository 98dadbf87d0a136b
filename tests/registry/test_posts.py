"""Statuses that name charge point and connector, as OCPP does."""

from __future__ import annotations

import pytest

from app.clock import ManualClock
from app.registry.apply import Registry
from tests.registry.backend import Backend, connector, evse, location
from tests.registry.reading import status


@pytest.fixture(autouse=True)
def network(backend: Backend) -> None:
    two = evse("E1", connector("1"), connector("2"), status=None, charger_id="Post-7")
    stations = [{"id": "ST1", "evse_uids": ["E2"]}]
    backend.locations(
        location("L1", two, evse("E2", status=None), stations=stations),
        location("L2", evse("CP1-2", evse_id="DE*ABC*E3", status=None), evse("E4", status=None, charger_id="TWIN")),
        location("L3", evse("E5", status=None, charger_id="twin")),
    )


@pytest.mark.parametrize(
    ("name", "place", "uid"),
    [("POST-7/2", "L1", "E1"), ("post-7/1", "L1", "E1"), ("ST1/1", "L1", "E2"), ("CP1/2", "L2", "CP1-2")],
)
def test_charger_id_station_or_uid_with_the_connector_name_the_evse(
    backend: Backend, registry: Registry, name: str, place: str, uid: str
) -> None:
    assert backend.statuses((name, "CHARGING")).problems == ()
    assert status(registry, place, uid) == "CHARGING"


@pytest.mark.parametrize("name", ["TWIN/1", "POST-7/3", "POST-7", "CP12"])
def test_a_name_that_fits_several_or_none_is_told(backend: Backend, registry: Registry, name: str) -> None:
    [problem] = backend.statuses((name, "CHARGING")).problems
    assert (problem.what, problem.record) == ("a status of an EVSE that no inventory has", name)


def test_an_evse_that_comes_later_is_found(backend: Backend, registry: Registry, clock: ManualClock) -> None:
    assert len(backend.statuses(("CP9/1", "CHARGING")).problems) == 1
    backend.locations(location("L9", evse("E9", status=None, charger_id="CP9")), complete=False)
    clock.advance(seconds=15)
    assert backend.statuses(("CP9/1", "CHARGING")).problems == ()
    assert status(registry, "L9", "E9") == "CHARGING"
