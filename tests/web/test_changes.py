"""`/open/changes` gives every public change once, in order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from app.registry.database import writing
from app.registry.tables import feed_head
from app.web.application import create_app
from tests.described import defects

CHANGES = "/open/changes"
MADE_UP = json.loads((Path(__file__).parent.parent / "data" / "web" / "changes.json").read_text())
"""A tombstone, a status, a boundary."""


def walk(reader, path):
    """All changes, by `next`."""
    found, since = [], None
    while True:
        page = reader.get(f"{path}&since={since}" if since is not None else path).json()
        found += page["data"]
        if page["next"] >= page["head"]:
            return found
        since = page["next"]


def test_a_walk_gives_every_change_once_in_order(reader):
    seqs = [change["seq"] for change in walk(reader, f"{CHANGES}?limit=300")]
    assert seqs == sorted(set(seqs))
    assert seqs[0] == 1
    assert seqs[-1] == reader.get(CHANGES).json()["head"]


def test_each_is_as_it_is_described(reader):
    found = walk(reader, f"{CHANGES}?limit=1000")
    samples = {(change["type"], change["op"]): change for change in found}
    assert {("location", "put"), ("tariff", "put"), ("status", "status")} <= samples.keys()
    for change in (*samples.values(), *MADE_UP):
        assert defects("Change", change) == []
    for wrong in ({**found[-1], "surprise": 1}, {**found[0], "object": None}, {**MADE_UP[0], "object": {}}):
        assert defects("Change", wrong)


def test_its_schema_stands_by_itself(reader):
    check = Draft202012Validator(reader.get("/open/change.schema.json").json())
    assert check.is_valid(MADE_UP[0])
    assert not check.is_valid({**MADE_UP[0], "op": "vanish"})
    assert not check.is_valid({**MADE_UP[0], "op": "put", "object": {"id": 1}})


def test_links_lead_the_same_way(reader):
    response = reader.get(f"{CHANGES}?limit=500")
    found = response.json()["data"]
    while "next" in response.links:
        response = reader.get(response.links["next"]["url"])
        found += response.json()["data"]
    assert found == walk(reader, f"{CHANGES}?limit=500")


def test_a_new_change_is_the_next_after_the_head(network, reader):
    head = reader.get(CHANGES).json()["head"]
    evse = reader.data("/open/ocpi/2.3.0/locations?limit=1")[0]["evses"][0]
    new = "CHARGING" if evse["status"] != "CHARGING" else "AVAILABLE"
    network.say(evse["uid"], new)
    page = reader.get(f"{CHANGES}?since={head}").json()
    while not page["data"]:
        page = reader.get(f"{CHANGES}?since={head}").json()
    (change,) = page["data"]
    assert (change["op"], change["type"], change["party"]) == ("status", "status", "DE*DEM")
    assert change["status"] == new
    assert change["published_at"] >= change["received_at"]
    assert page["next"] == page["head"] == change["seq"]
    assert page["epoch"]


def test_a_party_has_its_own_changes_alone(reader):
    own = walk(reader, "/open/party/DE-ODD/changes?limit=1000")
    assert own
    assert {change["party"] for change in own} == {"DE*ODD"}
    assert own == [change for change in walk(reader, f"{CHANGES}?limit=1000") if change["party"] == "DE*ODD"]


def test_what_is_hidden_has_no_change(reader):
    assert "ODD-HIDDEN" not in {change.get("id") for change in walk(reader, f"{CHANGES}?limit=1000")}


def test_a_page_holds_at_most_a_thousand(reader):
    assert len(reader.get(f"{CHANGES}?limit=99999").json()["data"]) <= 1000
    assert len(reader.get(f"{CHANGES}?limit=3").json()["data"]) == 3


def test_a_sequence_after_the_head_is_gone(network, reader):
    response = reader.get(f"{CHANGES}?since=999999999")
    assert (response.status_code, response.json()["status_code"]) == (410, 2000)
    assert response.json()["data"]["manifest"] == f"{network.settings.web.url}/open/manifest.json"


@pytest.mark.parametrize("since", ["", "&since=5"])
def test_a_pruned_sequence_is_gone_and_none_starts_at_the_oldest(empty, since):
    empty.pull()
    with writing(empty.registry.engine) as connection:
        connection.execute(feed_head.update().values(oldest=10))
    response = create_app(empty.settings).test_client().get(f"{CHANGES}?limit=2{since}")
    if since:
        assert response.status_code == 410
        assert response.json["data"]["oldest"] == 10
    else:
        assert response.json["data"][0]["seq"] == 10
