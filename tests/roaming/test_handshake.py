"""The handshake against a real server, as the one that answers: each step, each wrong state, each failure of the call-back."""

from __future__ import annotations

import base64
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from app.model.token import hash_shown
from app.web.application import create_app
from tests.ocpi_partner import Partner
from tests.roaming.conftest import registered_as

VERSIONS = ["2.1.1", "2.2.1", "2.3.0"]
NEWER = VERSIONS[1:]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_partner_registers_and_its_versions_are_read_before_it_is_answered(platform, partner, version):
    token = platform.partners.invite("old")
    response = partner.register(platform.url, token, version=version)
    assert (response.status_code, response.json()["status_code"]) == (200, 1000)
    assert partner.lines() == ["GET /versions", f"GET /details/{version}"]
    data = response.json()["data"]
    assert data["url"] == f"{platform.url}/ocpi/versions"
    owner = data if version == "2.1.1" else data["roles"][0]
    assert (owner["country_code"], owner["party_id"]) == ("DE", "ODD")
    assert owner["business_details"]["name"] == "Example Networks"
    assert platform.get(f"/ocpi/cpo/{version}/locations", data["token"]).status_code == 200
    kept = platform.partners.read("old")
    assert kept is not None
    assert kept.counterparty is not None
    assert (kept.word, kept.counterparty.roles, kept.counterparty.version) == ("registered", ("NL*EMS",), version)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_new_token_is_new_printable_and_the_old_one_is_dead(platform, partner, version):
    token = platform.partners.invite("old")
    first = partner.register(platform.url, token, version=version).json()["data"]["token"]
    second = partner.register(platform.url, first, "PUT").json()["data"]["token"]
    assert len({token, first, second}) == 3
    assert all(re.fullmatch(r"[\x21-\x7e]{16,64}", each) for each in (token, first, second))
    for dead in (token, first):
        for path in ("versions", *(f"cpo/{version}{below}" for below in ("", "/credentials", "/locations"))):
            assert platform.get(f"/ocpi/{path}", dead).status_code == 401
        assert partner.register(platform.url, dead).status_code == 401
    assert platform.get(f"/ocpi/cpo/{version}/tariffs", second).status_code == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_a_token_to_register_with_is_good_for_nothing_else(platform, version):
    token = platform.partners.invite("old")
    for path in ("locations", "tariffs", "locations/ODD-NEW"):
        assert platform.get(f"/ocpi/cpo/{version}/{path}", token).status_code == 401
    for allowed in ("versions", f"cpo/{version}", f"cpo/{version}/credentials"):
        assert platform.get(f"/ocpi/{allowed}", token).status_code == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_wrong_states_are_405(platform, partner, version):
    token, partner.version = platform.partners.invite("old"), version
    url = partner.credentials_url(platform.url)
    for method in ("PUT", "DELETE"):
        response = partner.ask(method, url, partner.credentials(), token)
        assert (response.status_code, response.json()["status_code"]) == (405, 2000)
    partner.register(platform.url, token)
    response = partner.ask("POST", url, partner.credentials())
    assert response.status_code == 405
    assert "PUT" in response.headers["Allow"]


def test_get_gives_ours_with_the_token_that_was_shown(platform, registered):
    data = registered.ask("GET", registered.credentials_url(platform.url)).json()["data"]
    assert data["token"] == registered.theirs
    assert {(role["role"], role["party_id"]) for role in data["roles"]} >= {("CPO", "ODD"), ("CPO", "DEM")}


def test_put_reads_the_endpoints_again_and_switches_the_version(platform, registered, name):
    registered.requests.clear()
    registered.register(platform.url, registered.theirs, "PUT", version="2.3.0")
    assert registered.lines() == ["GET /versions", "GET /details/2.3.0"]
    kept = platform.partners.read(name).counterparty
    assert kept.version == "2.3.0"
    registered.endpoints = ("credentials", "locations", "tariffs", "sessions")
    registered.register(platform.url, registered.theirs, "PUT")
    assert "sessions" in platform.partners.read(name).counterparty.endpoints


def test_after_delete_no_token_is_good_and_it_may_be_invited_again(platform, registered, name):
    url = registered.credentials_url(platform.url)
    assert registered.ask("DELETE", url).json()["status_code"] == 1000
    assert registered.ask("DELETE", url).status_code == 401
    assert platform.get("/ocpi/versions", registered.theirs).status_code == 401
    assert platform.partners.read(name).word == "unregistered"
    registered_as(platform, registered, name)


@pytest.mark.parametrize(
    ("defect", "said"),
    [
        ("500@/versions", "HTTP 500"),
        ("html@/versions", "envelope"),
        ("3000@/details", "3000"),
        ("hang@/details", "cannot be reached"),
        ("endless@/versions", "cannot be reached"),
        ("elsewhere@/versions", "HTTP 307"),
    ],
)
def test_a_call_back_that_fails_is_3001_and_nothing_is_registered(platform, partner, name, defect, said):
    token = platform.partners.invite(name)
    partner.misbehave(defect)
    response = partner.register(platform.url, token)
    assert (response.status_code, response.json()["status_code"]) == (200, 3001)
    assert said in response.json()["status_message"]
    assert platform.partners.read(name).word == "invited"
    partner.misbehave()
    assert partner.register(platform.url, token).json()["status_code"] == 1000


def test_a_wrong_token_of_its_own_is_3001(platform, partner, name):
    given = partner.credentials() | {"token": "some-other-token"}
    response = partner.ask("POST", partner.credentials_url(platform.url), given, platform.partners.invite(name))
    assert response.json()["status_code"] == 3001


@pytest.mark.parametrize("version", VERSIONS)
def test_an_endpoint_that_is_missing_is_3003(platform, partner, version):
    partner.endpoints = ("credentials", "locations")
    response = partner.register(platform.url, platform.partners.invite("old"), version=version)
    assert response.json()["status_code"] == 3003
    assert "tariffs" in response.json()["status_message"]


def test_a_sender_interface_is_no_receiver(platform, partner, name):
    def bent(data):
        return {**data, "endpoints": [{**each, "role": "SENDER"} for each in data["endpoints"]]}

    partner.details = bent
    assert partner.register(platform.url, platform.partners.invite(name)).json()["status_code"] == 3003


def test_who_only_pulls_needs_no_receiver(platform, partner):
    partner.endpoints = ("credentials",)
    assert partner.register(platform.url, platform.partners.invite("puller")).json()["status_code"] == 1000


def test_a_version_that_it_does_not_offer_itself_is_3002(platform, partner, name):
    partner.versions = ("2.1.1", "2.2.1")
    response = partner.register(platform.url, platform.partners.invite(name), version="2.3.0")
    assert response.json()["status_code"] == 3002


def test_a_version_list_that_changes_is_read_anew_each_time(platform, registered, name):
    registered.versions = ("2.3.0",)
    assert registered.register(platform.url, registered.theirs, "PUT").json()["status_code"] == 3002
    assert platform.partners.read(name).counterparty.version == "2.2.1"
    assert registered.register(platform.url, registered.theirs, "PUT", "2.3.0").json()["status_code"] == 1000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"token": "with blank"}, "token"),
        ({"token": "x" * 65}, "token"),
        ({"url": "ftp://example.org"}, "url"),
        ({"url": f"https://example.org/{'x' * 255}"}, "url"),
        ({"roles": []}, "roles"),
        ({"roles": [{"role": "EMSP"}]}, "roles.0.party_id"),
    ],
)
def test_credentials_that_cannot_be_read_are_2001_and_name_the_field(platform, partner, name, change, field):
    body = partner.credentials() | change
    response = partner.ask("POST", partner.credentials_url(platform.url), body, platform.partners.invite(name))
    assert (response.status_code, response.json()["status_code"]) == (200, 2001)
    assert f"`{field}`" in response.json()["status_message"]
    assert "with blank" not in response.text
    assert partner.requests == []


def test_a_body_that_is_no_json_is_http_400_and_a_huge_one_413(platform, name):
    url, token = f"{platform.url}/ocpi/cpo/2.2.1/credentials", platform.partners.invite(name)
    headers = {"Authorization": f"Token {base64.b64encode(token.encode()).decode()}"}
    response = requests.post(url, data=b"{", headers=headers, timeout=10)
    assert (response.status_code, response.json()["status_code"]) == (400, 2000)
    assert requests.post(url, data=b" " * 100_000, headers=headers, timeout=10).status_code == 413
    chunks = (b" " * 10_000 for _ in range(20))
    assert requests.post(url, data=chunks, headers=headers, timeout=10).status_code in (400, 413)


def test_a_body_may_come_in_chunks(platform, partner, name):
    token = platform.partners.invite(name)
    headers = {"Authorization": f"Token {base64.b64encode(token.encode()).decode()}"}
    url, body = partner.credentials_url(platform.url), json.dumps(partner.credentials()).encode()
    response = requests.post(url, data=iter([body[:50], body[50:]]), headers=headers, timeout=10)
    assert response.json()["status_code"] == 1000


@pytest.mark.parametrize("version", NEWER)
def test_unknown_fields_are_let_be(platform, partner, name, version):
    partner.version = version
    body = partner.credentials(version) | {"novelty": {"a": 1}}
    url = partner.credentials_url(platform.url, version)
    assert partner.ask("POST", url, body, platform.partners.invite(name)).json()["status_code"] == 1000


def test_the_same_request_twice_at_once_registers_once(platform, partner, name):
    """Credentials replayed: the token is used up in the transaction that registers."""
    token, url = platform.partners.invite(name), partner.credentials_url(platform.url)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: partner.ask("POST", url, partner.credentials(), token), range(4)))
    assert [answer.json()["status_code"] for answer in answers].count(1000) == 1
    assert {(answer.status_code, answer.json()["status_code"]) for answer in answers} <= {
        (200, 1000),
        (200, 3000),
        (401, 2000),
    }
    again = partner.ask("POST", url, partner.credentials(), token)
    assert again.status_code == 401


def test_a_partner_that_lets_us_wait_keeps_no_reader_waiting(platform, partner, name):
    """One call-back at a time in a process: whoever has a token to register with cannot take up all its threads."""
    token, url = platform.partners.invite(name), partner.credentials_url(platform.url)
    partner.misbehave("hang@GET /versions")
    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(partner.ask, "POST", url, partner.credentials(), token) for _ in range(8)]
        began = time.monotonic()
        assert platform.get("/open/ocpi/versions", None).status_code == 200
        assert time.monotonic() - began < 2
        codes = [answer.result().json()["status_code"] for answer in asked]
    assert sorted(codes) == [3000] * 7 + [3001]


def test_a_token_of_another_partner_is_that_partner_alone(platform, registered):
    with Partner(party="TWO") as two:
        registered_as(platform, two, "german")
        assert {item["party_id"] for item in platform.crawl("/ocpi/cpo/2.2.1/locations", two.theirs)} == {"ODD"}
        everybody = {item["party_id"] for item in platform.crawl("/ocpi/cpo/2.2.1/locations", registered.theirs)}
        assert everybody == {"ODD", "DEM"}
        two.ask("DELETE", two.credentials_url(platform.url))
    assert platform.get("/ocpi/versions", registered.theirs).status_code == 200


def test_every_owner_of_what_it_sees_is_among_our_roles(platform, registered):
    roles = registered.ask("GET", registered.credentials_url(platform.url)).json()["data"]["roles"]
    ours = [(role["role"], role["country_code"], role["party_id"]) for role in roles]
    assert len(ours) == len(set(ours))
    for module in ("locations", "tariffs"):
        owned = platform.crawl(f"/ocpi/cpo/2.2.1/{module}", registered.theirs)
        assert {("CPO", item["country_code"], item["party_id"]) for item in owned} <= set(ours)


def test_a_blocked_partner_reads_nothing(platform, registered, name):
    platform.partners.block(name, blocked=True)
    assert platform.get("/ocpi/versions", registered.theirs).status_code == 401
    platform.partners.block(name, blocked=False)
    assert platform.get("/ocpi/versions", registered.theirs).status_code == 200


def test_tokens_are_kept_hashed_or_encrypted(platform, registered):
    """In the whole database file there is neither the token that it shows us nor the one that we show it."""
    folder = platform.network.config.parent
    stored = b"".join(file.read_bytes() for file in folder.glob("feed.db*"))
    assert hash_shown(registered.theirs).encode() in stored
    for token in (registered.theirs, registered.token):
        assert token.encode() not in stored
    assert (folder / "partners.key").stat().st_mode & 0o777 == 0o600


def test_no_token_is_ever_logged(platform, partner, name, capsys):
    network = platform.network
    client = create_app(network.settings).test_client()
    given = platform.partners.invite(name)
    shown = {"Authorization": f"Token {given}"}
    tokens = [given, partner.token]
    partner.misbehave("500@/versions#1")
    for body in ({"token": "with blank"}, partner.credentials(), partner.credentials()):
        answer = client.post("/ocpi/cpo/2.2.1/credentials", json=body, headers=shown).json
    assert answer["status_code"] == 1000
    tokens.append(answer["data"]["token"])
    said = capsys.readouterr()
    assert "handshake failed" in said.out
    assert "partner registered" in said.out
    assert not [token for token in tokens if token in said.out + said.err]


def test_a_private_address_is_not_called_without_leave(platform, partner):
    response = partner.register(platform.url, platform.partners.invite("strict"))
    assert response.json()["status_code"] == 3001
    assert "127.0.0.1" not in response.json()["status_message"]
    assert partner.requests == []
