"""The handshake as the one that begins, with a partner that calls back at our real server."""

from __future__ import annotations

import pytest

from app.errors import PartnerError
from tests.ocpi_partner import Partner
from tests.roaming.conftest import Platform


@pytest.fixture
def begun(platform: Platform, partner: Partner, name: str) -> Partner:
    platform.own.begin(platform.settings(name), partner.versions_url, partner.token)
    return partner


@pytest.mark.parametrize("newest", ["2.1.1", "2.2.1", "2.3.0"])
def test_we_register_by_the_newest_version_that_both_know(platform, partner, newest):
    given, name = partner.token, "old"
    partner.versions = tuple(version for version in partner.versions if version <= newest)
    platform.partners.forget(name)
    found = platform.own.begin(platform.settings(name), partner.versions_url, given)
    assert (found.version, found.roles) == (newest, ("NL*EMS",))
    assert partner.lines() == ["GET /versions", f"GET /details/{newest}", "POST /credentials"]
    assert partner.requests[-1].headers["Content-Type"] == "application/json"
    kept = platform.partners.read(name)
    assert kept.word == "registered"
    assert kept.counterparty.token == partner.token != given
    assert platform.get(f"/ocpi/cpo/{newest}/locations", partner.theirs).status_code == 200


def test_each_request_has_fresh_ids_and_no_routing(begun):
    ids = [request.headers["X-Request-ID"] for request in begun.requests]
    assert len(set(ids)) == len(ids)
    assert all("X-Correlation-ID" in request.headers for request in begun.requests)
    assert not [name for request in begun.requests for name in request.headers if name.lower().startswith("ocpi-")]


def test_an_endpoint_that_is_missing_keeps_us_from_posting(platform, partner, name):
    partner.endpoints = ("credentials", "locations")
    with pytest.raises(PartnerError, match="tariffs"):
        platform.own.begin(platform.settings(name), partner.versions_url, partner.token)
    assert not [line for line in partner.lines() if line.startswith("POST")]
    known = platform.partners.read(name)
    assert known is None or known.word == "unregistered"


def test_a_wrong_token_is_told(platform, partner, name):
    with pytest.raises(PartnerError, match="401"):
        platform.own.begin(platform.settings(name), partner.versions_url, "wrong")


def test_a_raw_token_is_tried_where_base64_is_refused_and_remembered(platform, partner, name):
    partner.encoding = "raw"
    found = platform.own.begin(platform.settings(name), partner.versions_url, partner.token)
    assert found.encoding == "raw"
    assert platform.own.look(platform.settings(name)).encoding == "raw"


def test_what_the_partner_answers_is_read_like_any_credentials(platform, partner, name):
    partner.answers["credentials"] = {
        "status_code": 1000,
        "data": {"token": "a b"},
        "timestamp": "2026-01-01T00:00:00Z",
    }
    with pytest.raises(PartnerError, match="`token`"):
        platform.own.begin(platform.settings(name), partner.versions_url, partner.token)
    assert platform.partners.read(name).word == "unregistered"


def test_both_tokens_are_exchanged_and_the_old_ones_are_dead(platform, begun, name):
    ours, theirs = begun.token, begun.theirs
    platform.own.rotate(platform.settings(name))
    assert begun.lines()[-1] == "PUT /credentials"
    assert {ours, theirs}.isdisjoint({begun.token, begun.theirs})
    assert platform.get("/ocpi/versions", theirs).status_code == 401
    assert platform.get("/ocpi/versions", begun.theirs).status_code == 200


def test_an_exchange_that_fails_leaves_the_old_tokens_good(platform, begun, name):
    begun.misbehave("500@PUT /credentials")
    theirs = begun.theirs
    with pytest.raises(PartnerError, match="500"):
        platform.own.rotate(platform.settings(name))
    assert platform.get("/ocpi/versions", theirs).status_code == 200
    begun.misbehave()
    platform.own.rotate(platform.settings(name))


def test_we_unregister_even_where_it_does_not_answer(platform, begun, name):
    begun.misbehave("500@DELETE")
    with pytest.raises(PartnerError, match="500"):
        platform.own.end(platform.settings(name))
    assert begun.lines()[-1] == "DELETE /credentials"
    assert platform.partners.read(name).word == "unregistered"
    assert platform.get("/ocpi/versions", begun.theirs).status_code == 401


def test_a_look_says_what_is_missing_now(platform, begun, name):
    begun.endpoints = ("credentials",)
    with pytest.raises(PartnerError, match="locations, tariffs"):
        platform.own.look(platform.settings(name))


def test_a_redirect_to_the_same_origin_is_followed_and_no_other(platform, partner, name):
    partner.misbehave("slash@GET /versions#1")
    platform.own.begin(platform.settings(name), partner.versions_url, partner.token)
    partner.misbehave("elsewhere@GET /versions")
    with pytest.raises(PartnerError, match="HTTP 307"):
        platform.own.look(platform.settings(name))
