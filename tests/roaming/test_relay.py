"""Partners' drivers charge here: an eMSP pushes its tokens, our backend asks, sessions and CDRs find their way, and nobody else
learns of any of it. Real servers on all sides."""

from __future__ import annotations

import time

import pytest
import requests
from structlog.testing import capture_logs

from app.clock import SystemClock, format_time
from app.relay.server import with_relay
from app.relaying import PullRelay
from app.sources.sessions import SessionPage
from app.web.application import create_app
from tests.emsp_server import Emsp
from tests.roaming.relayed import (
    TOKEN,
    TOKENS,
    UID,
    Relayed,
    assert_no_trace,
    behaving,
    commands,
    emsp,
    other,
    ours,
    said,
)

__all__ = ["behaving", "commands", "emsp", "other", "ours"]


# tokens


def test_the_modules_are_listed_for_who_relays(ours: Relayed, emsp: Emsp, other: Emsp) -> None:
    roles = {"tokens": "RECEIVER", "sessions": "SENDER", "cdrs": "SENDER", "commands": "RECEIVER"}
    listed = emsp.ask("GET", f"{ours.url}/ocpi/cpo/2.2.1").json()["data"]["endpoints"]
    assert roles.items() <= {entry["identifier"]: entry["role"] for entry in listed}.items()
    with Emsp(party="UNA", endpoints=("credentials",)) as unasked:
        ours.register(unasked, "unasked")
        listed = unasked.ask("GET", f"{ours.url}/ocpi/cpo/2.2.1").json()["data"]["endpoints"]
        assert not roles.keys() & {entry["identifier"] for entry in listed}
        assert ours.ocpi(unasked, "PUT", f"tokens/NL/UNA/{UID}", said("token", party_id="UNA")).status_code == 404


def test_a_token_comes_back_as_it_was_pushed_in_whatever_case(ours: Relayed, emsp: Emsp) -> None:
    assert ours.ocpi(emsp, "PUT", TOKENS, said("token")).status_code == 200
    answer = ours.ocpi(emsp, "GET", TOKENS.lower().replace("tokens/nl", "tokens/NL"))
    assert answer.json()["data"] == said("token")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_patch_changes_what_it_names_and_needs_its_time(ours: Relayed, emsp: Emsp) -> None:
    later = {"valid": False, "last_updated": "2026-11-01T11:00:00Z"}
    assert ours.ocpi(emsp, "PATCH", TOKENS, later).json()["status_code"] == 1000
    assert ours.ocpi(emsp, "GET", TOKENS).json()["data"] == said("token", **later)
    decided = ours.authorize(UID)
    assert (decided["allowed"], decided["how"]) == ("blocked", "whitelist")
    assert ours.ocpi(emsp, "PATCH", TOKENS, {"valid": True}).json()["status_code"] == 2001
    ours.ocpi(emsp, "PUT", TOKENS, said("token", last_updated="2026-11-01T10:30:00Z"))
    assert ours.ocpi(emsp, "GET", TOKENS).json()["data"]["valid"] is False  # what comes late undoes nothing
    ours.ocpi(emsp, "PUT", TOKENS, said("token", last_updated="2026-11-01T12:00:00Z"))
    assert ours.authorize(UID)["allowed"] == "allowed"


def test_what_lies_about_its_owner_is_refused(ours: Relayed, emsp: Emsp, other: Emsp) -> None:
    assert ours.ocpi(other, "PUT", TOKENS, said("token"), "2.3.0").status_code == 404
    assert ours.ocpi(other, "GET", TOKENS, version="2.3.0").status_code == 404
    answer = ours.ocpi(other, "PUT", f"tokens/NL/OTH/{UID}", said("token"), "2.3.0")
    assert (answer.status_code, answer.json()["status_code"]) == (200, 2001)
    assert UID not in answer.text
    assert ours.ocpi(emsp, "PATCH", "tokens/NL/EMS/NONE", {"last_updated": "2026-11-01T10:00:00Z"}).status_code == 404


def test_tokens_that_are_not_pushed_are_pulled(ours: Relayed, emsp: Emsp) -> None:
    uids = [f"PULLED{n}" for n in range(5)]
    foreign = said("token", uid="FOREIGN", party_id="OTH")
    emsp.listed = [*(said("token", uid=uid) for uid in uids), foreign, {"uid": "BROKEN", "last_updated": "2026"}]
    ours.work("emsp")
    assert [ours.authorize(uid)["allowed"] for uid in uids] == ["allowed"] * 5
    assert ours.authorize("FOREIGN")["how"] == "unknown"


# authorisation


def test_only_our_backend_may_ask(ours: Relayed) -> None:
    assert ours.post("authorize", {"kind": "rfid", "uid": UID}, "another-token-of-nobody").status_code == 401
    assert requests.post(f"{ours.url}/relay/authorize", json={}, timeout=5).status_code == 401
    answer = ours.post("authorize", {"kind": "retina", "uid": UID})
    assert (answer.status_code, answer.json()["status_code"]) == (400, 2001)
    assert UID not in answer.text


def test_a_whitelisted_token_is_allowed_without_asking(ours: Relayed, emsp: Emsp) -> None:
    asked = len(emsp.asked("authorize"))
    decided = ours.authorize(UID.lower(), "ISO14443", location_id="L1", evse_uid="E1")
    assert (decided["allowed"], decided["how"], decided["partner"]) == ("allowed", "whitelist", "emsp")
    assert (decided["party"], decided["language"], decided["valid_until"]) == ("NL*EMS", "nl", None)
    assert len(emsp.asked("authorize")) == asked


def test_an_unknown_token_is_asked_about_at_those_who_allow_it_alone(ours: Relayed, emsp: Emsp) -> None:
    with Emsp(party="NEW") as newer:
        ours.register(newer, "newer", "2.3.0")
        info = said("authorization")
        info["token"] |= {"uid": "ASKED1", "party_id": "NEW"}
        newer.tokens["ASKED1"] = info
        decided = ours.authorize("ASKED1", location_id="L1", evse_uid="E1")
        assert (decided["allowed"], decided["how"], decided["party"]) == ("allowed", "real_time", "NL*NEW")
        assert newer.asked("authorize")[-1].body == {"location_id": "L1", "evse_uids": ["E1"]}
        info["token"]["party_id"] = "EMS"
        assert ours.authorize("ASKED1")["how"] == "offline"  # an answer for somebody else's driver is none
        assert ours.authorize("NOBODYS")["how"] == "unknown"
        assert not [request for request in emsp.requests if "ASKED1" in request.path or "NOBODYS" in request.path]
        ours.partners.forget("newer")


def test_a_contract_id_is_asked_about_at_its_provider(ours: Relayed, emsp: Emsp) -> None:
    info = said("authorization")
    info["token"] |= {"uid": "NLEMSC12345678", "type": "OTHER"}  # without the check digit
    emsp.tokens["NL-EMS-C12345678-X"] = info
    assert ours.authorize("NL-EMS-C12345678-X", "eMAID")["how"] == "real_time"
    assert emsp.asked("authorize")[-1].path.endswith("?type=OTHER")  # 2.2.1 has no EMAID


# sessions and CDRs


def test_a_session_and_a_cdr_arrive_once_also_where_the_answers_are_lost(
    ours: Relayed, emsp: Emsp, other: Emsp
) -> None:
    emsp.misbehave("lost@/sessions#1", "lost@/cdrs#1", "500@/cdrs#1")
    assert ours.post("sessions", said("session")).json() == {"partner": "emsp", "party": "NL*EMS", "taken": "new"}
    assert ours.post("cdrs", said("cdr")).status_code == 202
    for _ in range(6):
        ours.work("emsp")
        time.sleep(0.01)
    assert emsp.sessions == {"DE/ABC/S-1": said("session")}
    told = emsp.cdrs["C-1"]
    assert told["total_cost"] == {"excl_vat": 5.25, "incl_vat": 6.25}
    assert told["cdr_token"]["party_id"] == "EMS"
    assert [tariff["id"] for tariff in told["tariffs"]] == ["T1"]
    assert len(emsp.asked("/cdrs")) == 3
    standing = ours.get("cdrs/DE/ABC/C-1")
    assert (standing["state"], standing["location"]) == ("told", f"{emsp.base}/cdrs/C-1")
    ours.work("other")
    assert not other.sessions
    assert not other.cdrs


def test_what_comes_again_is_not_sent_again_and_a_cdr_cannot_change(ours: Relayed, emsp: Emsp) -> None:
    sent = len(emsp.requests)
    assert ours.post("sessions", said("session")).json()["taken"] == "known"
    assert ours.post("cdrs", said("cdr")).json()["taken"] == "known"
    assert ours.post("cdrs", said("cdr", total_energy=13.0)).status_code == 409
    ours.work("emsp")
    assert len(emsp.requests) == sent
    ended = said(
        "session", status="COMPLETED", last_updated="2026-11-20T11:00:00Z", end_date_time="2026-11-20T11:00:00Z"
    )
    assert ours.post("sessions", ended).json()["taken"] == "replaced"
    ours.work("emsp")
    assert emsp.sessions["DE/ABC/S-1"]["status"] == "COMPLETED"


def test_one_that_never_arrives_keeps_no_other_back(ours: Relayed, emsp: Emsp) -> None:
    emsp.misbehave("500@/STUCK")
    for id in ("STUCK", "S-10"):
        ours.post("sessions", said("session", id=id))
    for _ in range(4):
        ours.work("emsp")
        time.sleep(0.01)
    assert "DE/ABC/S-10" in emsp.sessions
    standing = ours.get("sessions/DE/ABC/STUCK")
    assert standing["state"] == "due"
    assert standing["error"].startswith("partner emsp, PUT 127.0.0.1: HTTP 500, status_code 3000. ")
    emsp.misbehave()
    ours.work("emsp")
    assert ours.get("sessions/de/abc/stuck")["state"] == "told"


def test_a_partner_reads_its_own_alone(ours: Relayed, emsp: Emsp, other: Emsp) -> None:
    answer = ours.ocpi(emsp, "GET", "cdrs?limit=1")
    assert ([cdr["id"] for cdr in answer.json()["data"]], answer.headers["X-Total-Count"]) == (["C-1"], "1")
    assert ours.ocpi(emsp, "GET", "sessions?date_from=2027-01-01T00:00:00Z").json()["data"] == []
    assert ours.ocpi(other, "GET", "sessions", version="2.3.0").json()["data"] == []
    assert ours.ocpi(emsp, "GET", "sessions?limit=x").json()["status_code"] == 2001


@pytest.mark.parametrize(
    ("fields", "status", "why"),
    [
        ({"id": "S-9", "cdr_token": {**said("session")["cdr_token"], "party_id": "OTH"}}, 400, "party"),
        ({"id": "S-9", "cdr_token": {"uid": "NOBODYS", "type": "RFID"}}, 404, "no partner"),
        ({"id": "S-9", "party_id": "XYZ"}, 400, "publishes nothing here"),
        ({"id": "S-9", "kwh": "three"}, 400, "`kwh`"),
    ],
)
def test_a_record_whose_token_is_not_what_it_says_goes_nowhere(
    ours: Relayed, emsp: Emsp, fields: dict[str, object], status: int, why: str
) -> None:
    answer = ours.post("sessions", said("session", **fields))
    assert answer.status_code == status
    assert why in answer.json()["status_message"]
    assert UID not in answer.text


def test_the_reference_of_an_authorisation_leads_to_who_gave_it(ours: Relayed, emsp: Emsp, other: Emsp) -> None:
    for server, party, reference in ((other, "OTH", "REF-CANARY-9"), (emsp, "EMS", "REF-CANARY-8")):
        info = said("authorization", authorization_reference=reference)
        info["token"] |= {"party_id": party, "uid": f"{party}1"}
        server.tokens[f"{party}1"] = info
        token = {**info["token"], "whitelist": "NEVER"}
        version = "2.3.0" if server is other else "2.2.1"
        assert ours.ocpi(server, "PUT", f"tokens/NL/{party}/{party}1", token, version).status_code == 201
    assert ours.authorize("OTH1")["authorization_reference"] == "REF-CANARY-9"
    assert ours.authorize("EMS1")["authorization_reference"] == "REF-CANARY-8"
    session = said(
        "session", id="S-2", cdr_token={"uid": "OTH1", "type": "RFID"}, authorization_reference="REF-CANARY-9"
    )
    assert ours.post("sessions", session).json()["partner"] == "other"
    ours.work("other")
    told = other.sessions["DE/ABC/S-2"]
    assert told["total_cost"]["before_taxes"] == 1.37  # 2.3.0
    assert told["total_cost"]["taxes"] == [{"name": "VAT", "amount": 0.26}]
    crossed = {**session, "id": "S-3", "authorization_reference": "REF-CANARY-8"}
    assert "another partner's" in ours.post("sessions", crossed).json()["status_message"]
    moved = said("session", id="S-2", last_updated="2026-11-21T00:00:00Z")
    assert ours.post("sessions", moved).status_code == 409


def test_what_a_backend_is_pulled_for_is_told_too(ours: Relayed, emsp: Emsp) -> None:
    relay = PullRelay(ours.network.settings, ours.network.registry.engine, SystemClock())
    at = format_time(SystemClock().now())
    nobodys = {"uid": "NOBODYS", "type": "RFID"}
    mine = said("session", id="S-7", last_updated=at)
    old = said("session", id="S-9", last_updated="2020-01-01T00:00:00Z")
    given = (mine, said("session", id="S-8", cdr_token=nobodys), old, {"id": "BROKEN"})
    with capture_logs() as logged:
        relay("backend", SessionPage("sessions", (), relayed=given, version="2.2.1"))
    ours.work("emsp")
    assert "DE/ABC/S-7" in emsp.sessions
    assert not {"DE/ABC/S-8", "DE/ABC/S-9"} & emsp.sessions.keys()
    assert [line["records"] for line in logged if line["event"] == "not relayed"] == [1]


def test_who_has_left_gets_nothing(ours: Relayed, emsp: Emsp) -> None:
    with Emsp(party="LEA") as leaving:
        ours.register(leaving, "leaving")
        token = said("token", uid="LEFT1", party_id="LEA")
        ours.ocpi(leaving, "PUT", "tokens/NL/LEA/LEFT1", token)
        session = said("session", id="S-4", cdr_token={"uid": "LEFT1", "type": "RFID"})
        assert ours.authorize("LEFT1")["allowed"] == "allowed"
        assert ours.post("sessions", session).status_code == 202
        url = leaving.credentials_url(ours.url)
        assert leaving.ask("DELETE", url).json()["status_code"] == 1000
        ours.work("leaving")
        assert not leaving.sessions
        assert ours.authorize("LEFT1")["how"] == "unknown"
        assert ours.ocpi(leaving, "GET", "sessions").status_code == 401


def test_who_has_no_endpoint_reads(ours: Relayed, emsp: Emsp) -> None:
    with Emsp(party="REA", endpoints=("credentials",)) as reader:
        ours.register(reader, "reader")
        ours.ocpi(reader, "PUT", "tokens/NL/REA/READ1", said("token", uid="READ1", party_id="REA"))
        session = said("session", id="S-5", cdr_token={"uid": "READ1", "type": "RFID"})
        assert ours.post("sessions", session).status_code == 202
        ours.work("reader")
        assert ours.get("sessions/DE/ABC/S-5")["state"] == "pulled"
        assert [found["id"] for found in ours.ocpi(reader, "GET", "sessions").json()["data"]] == ["S-5"]


def test_who_hangs_costs_no_more_than_the_time_out(ours: Relayed, emsp: Emsp) -> None:
    for uid, whitelist in (("OFFLINE1", "ALLOWED_OFFLINE"), ("NEVER1", "NEVER")):
        ours.ocpi(emsp, "PUT", f"tokens/NL/EMS/{uid}", said("token", uid=uid, whitelist=whitelist))
    emsp.misbehave("hang@authorize")
    began = time.monotonic()
    decided = [ours.authorize(uid) for uid in ("OFFLINE1", "NEVER1", "OFFLINE1", "OFFLINE1")]
    assert [(one["allowed"], one["how"]) for one in decided] == [
        ("allowed", "offline"),
        ("not_allowed", "offline"),
        *[("allowed", "offline")] * 2,
    ]
    assert time.monotonic() - began < 2  # twice the time-out; after that nobody waits for it


def test_without_the_private_store_what_is_public_is_there(ours: Relayed) -> None:
    settings = ours.network.settings
    assert settings.private is not None
    away = settings.private.model_copy(update={"database": "postgresql+psycopg://sessions@127.0.0.1:9/none"})
    settings = settings.model_copy(update={"private": away})
    client = with_relay(create_app(settings), settings).test_client()
    assert client.get("/open/ocpi/2.3.0/locations").status_code == 200
    backend = {"Authorization": f"Bearer {TOKEN}"}
    answer = client.post("/relay/authorize", json={"kind": "rfid", "uid": UID}, headers=backend)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


# and nobody else


def test_no_token_stands_in_a_log_a_page_or_a_table(ours: Relayed, emsp: Emsp) -> None:
    """The last of this file: all that came before has left its traces."""
    emsp.misbehave("500@/sessions", "hang@authorize")
    with capture_logs() as logged:
        ours.post("sessions", said("session", last_updated="2026-11-22T00:00:00Z"))
        ours.work("emsp")
    assert logged
    assert_no_trace(ours, logged)
