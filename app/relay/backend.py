"""`/relay/…`: what our own backend calls, behind a token of `roaming.relay.tokens`. deploy/relay.md has it with examples.

Answers are plain JSON, failures in the shape of all failures: 400 what cannot be read, 404 nobody's token, 409 what contradicts
what is known.
"""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from flask import Blueprint, Response, request
from pydantic import AfterValidator, Field

from app.clock import format_time
from app.errors import PartnerError
from app.formats.ocpi.versions import V221, V230
from app.model.enums import TokenType
from app.model.types import Ci
from app.registry.private.outbox import Taken, key_of
from app.relay.site import LARGEST, access, discreet, relaying, unstored
from app.roaming.authorisation import Asked, Decision
from app.roaming.command import Told
from app.roaming.reading import Read, read
from app.roaming.routing import UNKNOWN_TOKEN, routed
from app.roaming.token_kinds import types_of
from app.web.door import bearer
from app.web.failure import BAD_PARAMETER, GENERIC_CLIENT, Failure
from app.web.incoming import read_json
from app.web.site import site

area = Blueprint("relay", __name__)
area.after_request(unstored)
discreet(area)
_COMMAND = re.compile(r"[0-9a-f]{64}")


def _kind(word: str) -> str:
    types_of(word)
    return word


class Question(Read):
    kind: Annotated[str, Field(max_length=40), AfterValidator(_kind)]
    uid: Annotated[str, Ci(36)]
    location_id: Annotated[str, Ci(36)] | None = None
    evse_uid: Annotated[str, Ci(36)] | None = None

    @property
    def types(self) -> tuple[TokenType, ...]:
        return types_of(self.kind)


@area.before_request
def _enter() -> None:
    door = access().door
    token = bearer(request.headers.get("Authorization", ""))
    if token is None:
        raise door.refusal("a token is needed here: `Authorization: Bearer …`, one of `roaming.relay.tokens`")
    door.admit(token, request.environ)


@area.post("/authorize")
def authorize() -> Response:
    question = _read(Question, "authorize")
    asked = Asked(question.types, question.uid, question.location_id, question.evse_uid)
    return _answered(_decided(relaying().authoriser.authorise(asked)))


@area.post("/<any(sessions, cdrs):module>")
def take(module: str) -> Response:
    version = request.args.get("version", V221)
    if version not in (V221, V230):
        raise Failure(400, BAD_PARAMETER, f"`version` is {version[:10]!r}: write {V221} or {V230}")
    stores = relaying().stores
    try:
        record = routed(stores.tokens, module, read_json(LARGEST), version, site().parties())
    except PartnerError as error:
        code = 404 if error.status_code == UNKNOWN_TOKEN else 400
        raise Failure(code, error.status_code, error.what) from None
    taken = stores.outbox.take(record, site().clock.now())
    if taken is Taken.FOREIGN:
        raise Failure(409, GENERIC_CLIENT, f"{module}: it was another partner's before, and stays there")
    if taken is Taken.FIXED:
        raise Failure(
            409, GENERIC_CLIENT, "cdrs: it was said otherwise before: send a credit CDR, then one of another id"
        )
    return _answered({"partner": record.partner, "party": record.party, "taken": taken.value}, 202)


@area.get("/<any(sessions, cdrs):module>/<country_code>/<party_id>/<id>")
def standing(module: str, country_code: str, party_id: str, id: str) -> Response:
    """What became of one."""
    stored = relaying().stores.outbox.find(key_of(module, f"{country_code}*{party_id}", id))
    if stored is None:
        raise Failure(404, GENERIC_CLIENT, f"{module}: none of this id has come")
    outcome = {name: said for name, said in stored.outcome.items() if name != "word"}
    return _answered({"partner": stored.record.partner, "state": stored.word, "failures": stored.failures, **outcome})


@area.post("/commands/<id>/result")
def result(id: str) -> Response:
    told = _read(Told, "result")
    if not _COMMAND.fullmatch(id) or not relaying().commander.result(id, told):
        raise Failure(404, GENERIC_CLIENT, "no command of this id waits for a result")
    return _answered({"taken": True}, 202)


def _read(model: type[Any], what: str) -> Any:
    try:
        return read(model, read_json(LARGEST), what)
    except PartnerError as error:
        raise Failure(400, error.status_code, error.what) from None


def _decided(decision: Decision) -> dict[str, Any]:
    said = {**asdict(decision), "allowed": decision.allowed.value.lower(), "how": decision.how.value}
    said["authorization_reference"] = said.pop("reference")
    said["valid_until"] = None if decision.valid_until is None else format_time(decision.valid_until)
    return said


def _answered(said: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(said), status, mimetype="application/json")
