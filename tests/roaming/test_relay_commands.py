"""A partner's commands reach our backend once, and their results the partner; nobody commands what is another's. Also what is
written about the relay. Real servers on all sides."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time

from openapi_spec_validator import OpenAPIV31SpecValidator

from app.relay.server import with_relay
from app.web.application import create_app
from tests.emsp_server import Emsp
from tests.roaming.relayed import DATA, TOKEN, Relayed, assert_no_trace, behaving, commands, emsp, other, ours, said
from tests.shared import ROOT
from tests.webhook_receiver import WebhookReceiver

__all__ = ["behaving", "commands", "emsp", "other", "ours"]


def sent(ours: Relayed, emsp: Emsp, name: str, body: dict[str, object], version: str = "2.2.1") -> str:
    answer = ours.ocpi(emsp, "POST", f"commands/{name}", body, version).json()
    assert answer["status_code"] == 1000, answer
    return str(answer["data"]["result"])


def test_a_command_is_handed_on_once_and_its_result_told(ours: Relayed, emsp: Emsp, commands: WebhookReceiver) -> None:
    start = said("start", response_url=f"{emsp.base}/results/1")
    assert sent(ours, emsp, "START_SESSION", start) == "ACCEPTED"
    assert sent(ours, emsp, "START_SESSION", start) == "ACCEPTED"
    (taken,) = commands.taken("command")
    assert (taken["command"], taken["partner"], taken["data"]["evse_uid"]) == ("START_SESSION", "emsp", "E1")
    assert "response_url" not in taken["data"]
    path = taken["result_url"].removeprefix(f"{ours.url}/relay/")
    assert ours.post(path, {"result": "ACCEPTED"}).status_code == 202
    assert ours.post(path, {"result": "FAILED"}).status_code == 404
    ours.work("emsp")
    ours.work("emsp")
    assert emsp.results == [("1", {"result": "ACCEPTED"})]


def test_whom_a_command_was_for_may_charge_and_the_session_is_its_senders(ours: Relayed, emsp: Emsp) -> None:
    decided = ours.authorize("APP-CANARY-7", "Central", location_id="L1", evse_uid="E1")
    assert (decided["allowed"], decided["how"], decided["authorization_reference"]) == (
        "allowed",
        "command",
        "REF-CANARY-2",
    )
    token = {"uid": "APP-CANARY-7", "type": "APP_USER"}
    session = said("session", id="S-6", cdr_token=token, auth_method="COMMAND", authorization_reference="REF-CANARY-2")
    assert ours.post("sessions", session).json()["partner"] == "emsp"
    assert (
        sent(ours, emsp, "STOP_SESSION", {"response_url": f"{emsp.base}/results/2", "session_id": "S-6"}) == "ACCEPTED"
    )


def test_without_a_result_the_partner_is_told_so_in_time(ours: Relayed, emsp: Emsp) -> None:
    unlock = {"response_url": f"{emsp.base}/results/3", "location_id": "L1", "evse_uid": "E1", "connector_id": "1"}
    assert sent(ours, emsp, "UNLOCK_CONNECTOR", unlock) == "ACCEPTED"
    time.sleep(0.6)
    ours.work("emsp")
    assert ("3", {"result": "TIMEOUT"}) in emsp.results


def test_nobody_commands_what_is_not_his(ours: Relayed, emsp: Emsp, other: Emsp, commands: WebhookReceiver) -> None:
    before = len(commands.messages)
    url = f"{other.base}/results/1"
    assert sent(ours, other, "STOP_SESSION", {"response_url": url, "session_id": "S-6"}, "2.3.0") == "UNKNOWN_SESSION"
    assert sent(ours, other, "START_SESSION", said("start", response_url=url), "2.3.0") == "REJECTED"
    own = said("start", response_url=url)
    own["token"]["party_id"] = "OTH"
    assert sent(ours, other, "START_SESSION", own, "2.3.0") == "REJECTED"  # the token is known as another's
    own["token"]["uid"] = "OTH2"
    assert sent(ours, other, "START_SESSION", own, "2.3.0") == "REJECTED"  # and so is the reference
    del own["authorization_reference"]
    assert sent(ours, other, "START_SESSION", {**own, "location_id": "L404"}, "2.3.0") == "REJECTED"
    assert sent(ours, other, "REBOOT", own, "2.3.0") == "NOT_SUPPORTED"
    answer = ours.ocpi(other, "POST", "commands/START_SESSION", {"response_url": url}, "2.3.0")
    assert answer.json()["status_code"] == 2001
    assert len(commands.messages) == before


def test_reservations_of_two_partners_never_meet(
    ours: Relayed, emsp: Emsp, other: Emsp, commands: WebhookReceiver
) -> None:
    for server, version in ((emsp, "2.2.1"), (other, "2.3.0")):
        cancel = {"response_url": f"{server.base}/results/4", "reservation_id": "R-1"}
        assert sent(ours, server, "CANCEL_RESERVATION", cancel, version) == "ACCEPTED"
    ids = {taken["data"]["reservation_id"] for taken in commands.taken("command")[-2:]}
    assert len(ids) == 2
    assert "R-1" not in ids
    assert all(len(id) <= 36 for id in ids)


def test_a_backend_that_does_not_answer_rejects(ours: Relayed, emsp: Emsp, commands: WebhookReceiver) -> None:
    commands.misbehave("500#1", "501#1")
    for number, response in ((5, "REJECTED"), (6, "NOT_SUPPORTED")):
        cancel = {"response_url": f"{emsp.base}/results/{number}", "reservation_id": "R-2"}
        assert sent(ours, emsp, "CANCEL_RESERVATION", cancel) == response


def test_the_examples_of_the_documentation_work(ours: Relayed, emsp: Emsp, commands: WebhookReceiver) -> None:
    stop = {"response_url": f"{emsp.base}/results/7", "session_id": "S-6"}
    assert sent(ours, emsp, "STOP_SESSION", stop) == "ACCEPTED"
    for module, name in (("sessions", "session"), ("cdrs", "cdr")):
        assert ours.post(module, said(name)).status_code == 202
    ours.work("emsp")
    text = (ROOT / "deploy" / "relay.md").read_text().replace("\\\n", "")
    examples = re.findall(r"^    (curl .*)$", text, re.MULTILINE)
    given = {**os.environ, "BASE": ours.url, "TOKEN": TOKEN, "ID": commands.taken("command")[-1]["id"]}
    answers = [subprocess.check_output(["bash", "-c", one], cwd=DATA, env=given, timeout=20) for one in examples]
    decided, session, cdr, standing, result = map(json.loads, answers)
    assert decided["allowed"] == "allowed"
    assert (session["taken"], cdr["taken"]) == ("known", "known")
    assert standing["state"] == "told"
    assert result == {"taken": True}
    for word in {**decided, **standing}:
        assert f"`{word}`" in text


def test_every_route_is_described_where_it_is_there(ours: Relayed) -> None:
    application = with_relay(create_app(ours.network.settings), ours.network.settings)
    document = application.test_client().get("/openapi.json").json
    OpenAPIV31SpecValidator(document).validate()
    adapter, described = application.url_map.bind("localhost"), set()
    for path, item in document["paths"].items():
        example = re.sub(r"\{(\w+)\}", "1", path)
        if path.startswith("/relay/") or ("operationId" in str(item) and "/ocpi/cpo/" in path):
            for method in item.keys() - {"parameters"}:
                described.add(adapter.match(example, method.upper())[0])
    relayed = {rule.endpoint for rule in application.url_map.iter_rules() if rule.endpoint.startswith("relay")}
    assert relayed <= described
    assert "/relay/" not in create_app(ours.network.settings).test_client().get("/openapi.json").text


def test_no_token_stands_in_a_log_a_page_or_a_table(ours: Relayed) -> None:
    """The last of this file."""
    assert_no_trace(ours, ())
