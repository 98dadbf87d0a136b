"""What each partner sees: its parties, its tariffs, the locations that are shown to holders of its tokens; and nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ocpi_partner import Partner
from tests.roaming.conftest import Platform, registered_as

VERSIONS = ["2.1.1", "2.2.1", "2.3.0"]
MODULES = ["locations", "tariffs"]


@pytest.fixture(scope="module")
def readers(platform: Platform) -> dict[str, str]:
    """Partner → the token with which it reads."""
    tokens = {}
    for name, version in {
        "contract": "2.2.1",
        "regular": "2.2.1",
        "other": "2.2.1",
        "german": "2.2.1",
        "old": "2.2.1",
    }.items():
        with Partner() as partner:
            tokens[name] = registered_as(platform, partner, name, version).theirs
    return tokens


@pytest.mark.parametrize("module", MODULES)
@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_without_terms_of_its_own_a_partner_sees_the_open_feed(platform, readers, version, module):
    everything = platform.crawl(f"/open/ocpi/{version}/{module}", "anyone")
    assert platform.crawl(f"/ocpi/cpo/{version}/{module}?limit=7", readers["other"]) == everything


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
def test_tariffs_of_its_types_and_sites_shown_to_its_tokens_come_on_top(platform, readers, version):
    for module, extra, word in (("tariffs", "ODD-CONTRACT", "CONTRACT"), ("locations", "ODD-HIDDEN", "HIDDEN")):
        public = {item["id"] for item in platform.crawl(f"/open/ocpi/{version}/{module}", "anyone")}
        theirs = platform.crawl(f"/ocpi/cpo/{version}/{module}?limit=9", readers["contract"])
        on_top = {item["id"] for item in theirs} - public
        assert public < {item["id"] for item in theirs}
        assert extra in on_top
        assert all(word in id for id in on_top)
        first = platform.get(f"/ocpi/cpo/{version}/{module}?limit=2", readers["contract"])
        assert int(first.headers["X-Total-Count"]) == len(theirs)


def test_a_hidden_site_says_whom_it_is_shown_to_and_is_found_by_its_id(platform, readers):
    path = "/ocpi/cpo/2.2.1/locations/ODD-HIDDEN"
    data = platform.get(path, readers["contract"]).json()["data"]
    assert data["publish"] is False
    assert data["publish_allowed_to"] == [{"visual_number": "CANARY-1", "issuer": "CANARY"}]
    assert platform.get(path, readers["other"]).status_code == 404


def test_connectors_name_just_the_tariffs_that_it_sees(platform, readers):
    def named(name: str) -> set[str]:
        data = platform.get("/ocpi/cpo/2.2.1/locations/ODD-PRICES/PRI-1", readers[name]).json()["data"]
        return {id for connector in data["connectors"] for id in connector.get("tariff_ids", [])}

    assert named("contract") == {"ODD-ADHOC", "ODD-CONTRACT"}
    assert named("regular") == {"ODD-CONTRACT"}
    assert named("other") == {"ODD-ADHOC"}


def test_every_tariff_named_is_in_its_own_feed(platform, readers):
    for name in ("contract", "regular", "other", "german"):
        known = {tariff["id"] for tariff in platform.crawl("/ocpi/cpo/2.2.1/tariffs", readers[name])}
        for location in platform.crawl("/ocpi/cpo/2.2.1/locations", readers[name]):
            assert tariffs_of(location) <= known


def test_2_1_1_has_its_one_tariff_and_no_hidden_site(platform, readers):
    found = platform.crawl("/ocpi/cpo/2.1.1/locations", readers["regular"])
    assert "ODD-HIDDEN" not in {location["id"] for location in found}
    total = platform.get("/ocpi/cpo/2.1.1/locations", readers["regular"]).headers["X-Total-Count"]
    assert int(total) == len(found)
    one = platform.get("/ocpi/cpo/2.1.1/locations/ODD-PRICES/PRI-1", readers["regular"]).json()["data"]
    assert one["connectors"][0]["tariff_id"] == "ODD-CONTRACT"
    assert {tariff["id"] for tariff in platform.crawl("/ocpi/cpo/2.1.1/tariffs", readers["regular"])} == {
        "ODD-CONTRACT"
    }


@pytest.mark.parametrize("name", ["contract", "other"])
def test_windows_of_time_neither_overlap_nor_leave_gaps(platform, readers, name):
    for module in MODULES:
        path, token = f"/ocpi/cpo/2.3.0/{module}", readers[name]
        everything = platform.crawl(path, token)
        middle = sorted(item["last_updated"] for item in everything)[len(everything) // 2]
        before, after = (
            platform.crawl(f"{path}?date_to={middle}", token),
            platform.crawl(f"{path}?date_from={middle}", token),
        )
        assert len(before) + len(after) == len(everything)
        assert all(item["last_updated"] < middle for item in before)
        assert all(item["last_updated"] >= middle for item in after)


def test_a_view_of_its_own_has_its_own_etag(platform, readers):
    first = platform.get("/ocpi/cpo/2.2.1/locations", readers["contract"])
    again = platform.get("/ocpi/cpo/2.2.1/locations", readers["contract"], If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    other = platform.get("/ocpi/cpo/2.2.1/locations", readers["other"], If_None_Match=first.headers["ETag"])
    assert other.status_code == 200


def test_a_version_that_is_not_offered_is_404(platform, readers):
    offered = [each["version"] for each in platform.get("/ocpi/versions", readers["other"]).json()["data"]]
    assert offered == ["2.2.1", "2.3.0"]
    assert platform.get("/ocpi/cpo/2.1.1", readers["other"]).status_code == 404
    assert platform.get("/ocpi/cpo/2.1.1/locations", readers["other"]).status_code == 404


def test_the_open_feed_has_nothing_of_it(platform, readers):
    for version in VERSIONS:
        for module in MODULES:
            for item in platform.crawl(f"/open/party/DE-ODD/ocpi/{version}/{module}", "anyone"):
                assert "CANARY" not in str(item)
                assert "ODD-CONTRACT" not in str(item)


def tariffs_of(location: dict[str, Any]) -> set[str]:
    connectors = [connector for evse in location.get("evses", []) for connector in evse["connectors"]]
    return {id for connector in connectors for id in connector.get("tariff_ids", [])}
