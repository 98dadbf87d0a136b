"""`/open/prices/…` answers what a price was, with its evidence."""

from __future__ import annotations

import pytest

from app.clock import format_time
from app.ledger.bundle import bundled
from app.ledger.checking import check_bundle
from app.ledger.keys import read_keys


@pytest.fixture(scope="module")
def evse(network, reader):
    """(location, EVSE) with a price, once the network's log is published."""
    network.seal()
    for location in reader.data("/open/ocpi/2.3.0/locations?limit=50"):
        for evse in location["evses"]:
            if location["party_id"] == "DEM" and evse["connectors"][0].get("tariff_ids"):
                return location, evse
    raise AssertionError("nothing has a price")


def path_of(location, evse):
    return f"/open/prices/{location['country_code']}/{location['party_id']}/{location['id']}/{evse['uid']}"


def test_one_price_by_each_of_its_addresses_with_evidence_that_holds(network, reader, evse):
    _, point = evse
    keys = [key.verifier for key in read_keys(network.settings.ledger.key)]
    connector = point["connectors"][0]["id"]
    for path in (f"/open/prices/{point['evse_id']}", path_of(*evse), f"{path_of(*evse)}/{connector}"):
        answer = reader.data(path)
        assert answer["evse"]["evse_uid"] == point["uid"]
        assert answer["moments"][0]["prices"]
        assert check_bundle(bundled([answer], answer["evidence"]), keys).holds


def test_all_prices_of_a_span_and_one_of_a_time(network, reader, evse):
    now = format_time(network.registry.clock.now())
    assert reader.data(f"{path_of(*evse)}?from=2020-01-01T00:00:00Z")["moments"]
    assert reader.data(f"{path_of(*evse)}?at={now}")["moments"][0]["at"] == now


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("?at=2001-01-01T00:00:00Z", 404, "the log begins at"),
        ("?at=yesterday", 400, "RFC 3339"),
        ("?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", 400, "after `from`"),
        ("/none", 404, "no connector"),
    ],
)
def test_what_cannot_be_answered_is_said(reader, evse, query, status, words):
    answer = reader.get(path_of(*evse) + query)
    assert answer.status_code == status
    assert words in answer.json()["status_message"]


def test_an_unknown_id_and_that_of_another_party_are_not_found(reader, evse):
    assert reader.get("/open/prices/DE*XXX*E1").status_code == 404
    _, point = evse
    assert reader.get(f"/open/party/DE-ODD/prices/{point['evse_id']}").status_code == 404
