"""Commands of partners: checked, handed to our backend, and their results told to the partner.

1. A partner commands for its own tokens, sessions and reservations, at locations that it is shown; all else is REJECTED.
2. Whether the token may charge is the partner's to know, and not checked here (OCPI commands, StartSession).
3. The same command again within REPLAYED is answered as before, and not handed on: whatever the driver got, he gets once.
4. A partner's reservation gets an id of our own, so that no partner reaches another's.
5. The result goes to `response_url` as soon as the backend tells it, TIMEOUT where it does not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol

import orjson
import structlog

from app.clock import Clock, Millis
from app.delivery.retry import wait_after
from app.errors import DeliveryError, PartnerError
from app.formats.ocpi.charged import SESSIONS
from app.registry.private.commands import CommandStore, Pending
from app.registry.private.outbox import Outbox, key_of
from app.registry.private.tokens import Claim, TokenStore
from app.roaming.backend import Backend
from app.roaming.calls import Line
from app.roaming.command import COMMANDS, Command, Response, Result, Told
from app.roaming.partners import Counterparty
from app.roaming.reading import read
from app.roaming.settings import PartnerSettings, Relay
from app.roaming.token import Token
from app.roaming.token_kinds import name_of, reference_name

REPLAYED: Millis = 15 * 60_000
GRACE: Millis = 60_000
"""For so long after the time-out the partner is still told."""

log = structlog.get_logger()


class Places(Protocol):
    """What a partner is shown of the network."""

    def operators(self) -> Collection[str]:
        """`DE*ABC` of all who publish here."""

    def shows(self, location_id: str, evse_uid: str | None) -> bool:
        """Whether it is there to be seen; just the location, where no EVSE is named."""


@dataclass(frozen=True, slots=True)
class Stores:
    tokens: TokenStore
    outbox: Outbox
    commands: CommandStore


class Commander:
    """Of one process. Thread-safe."""

    def __init__(self, relay: Relay, stores: Stores, backend: Backend, clock: Clock) -> None:
        self._relay = relay
        self._stores = stores
        self._backend = backend
        self._clock = clock

    def command(self, partner: PartnerSettings, found: Counterparty, name: str, body: Any, places: Places) -> Response:
        """Raises PartnerError (2001), RegistryError."""
        model = COMMANDS.get(name)
        if model is None or name not in self._relay.commands:
            return Response.NOT_SUPPORTED
        command = read(model, body, name)
        if not partner.allow_private and not command.response_url.lower().startswith("https://"):
            raise PartnerError(f"{name}: `response_url`: it must start with https://", status_code=2001)
        refusal = self._refused(partner, found, command, places)
        return refusal or self._handed(partner, name, command, body)

    def result(self, id: str, told: Told) -> bool:
        """As our backend tells it. False where there is no such command, or its result was told already. Raises RegistryError."""
        pending = self._stores.commands.find(bytes.fromhex(id))
        if pending is None or pending.due_at is None or "result" in pending.body:
            return False
        said = told.model_dump(mode="json", exclude_none=True)
        self._stores.commands.write(pending.id, {**pending.body, **said}, self._clock.now())
        return True

    def _refused(
        self, partner: PartnerSettings, found: Counterparty, command: Command, places: Places
    ) -> Response | None:
        if command.token is not None and not self._is_own(partner, found, command, command.token):
            return Response.REJECTED
        if command.location_id is not None and not places.shows(command.location_id, command.evse_uid):
            return Response.REJECTED
        id = command.session_id
        if id is not None and not self._stores.outbox.has(partner.name, SESSIONS, id, places.operators()):
            return Response.UNKNOWN_SESSION
        return None

    def _is_own(self, partner: PartnerSettings, found: Counterparty, command: Command, token: Token) -> bool:
        """The token and the reference are this partner's, by what it says and by what is known."""
        tokens, names = self._stores.tokens, [name_of(token.type, token.uid)]
        reference = command.authorization_reference
        referred = [] if reference is None else tokens.claimed([reference_name(reference)])
        holders = {kept.partner for kept in tokens.find(names)} | {claim.partner for claim in tokens.claimed(names)}
        known = [{claim.partner for claim in referred}, holders]
        return token.party in found.roles and all(partner.name in named for named in known if named)

    def _handed(self, partner: PartnerSettings, name: str, command: Command, body: dict[str, Any]) -> Response:
        commands, now = self._stores.commands, self._clock.now()
        said = orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()
        id = commands.id_of(f"command\n{partner.name}\n{name}\n{said}")
        until = now + round(self._relay.command_timeout * 1000)
        expected = {"url": command.response_url, "until": until, "response": Response.ACCEPTED.value}
        if not commands.begin(Pending(id, partner.name, now, until, 0, expected), now - REPLAYED):
            known = commands.find(id)
            return Response.REJECTED if known is None else Response(known.body["response"])
        if command.token is not None:
            self._note(partner, command, command.token, now)
        response = self._answer(id.hex(), name, partner, _as_ours(partner, body))
        if response is not Response.ACCEPTED:
            commands.write(id, {**expected, "response": response.value}, None)
        return response

    def _answer(self, id: str, name: str, partner: PartnerSettings, data: dict[str, Any]) -> Response:
        try:
            return self._backend.hand(id, name, partner.name, data)
        except DeliveryError as error:
            log.error("command not handed to the backend", command=name, partner=partner.name, error=str(error))
            return Response.REJECTED

    def _note(self, partner: PartnerSettings, command: Command, token: Token, now: Millis) -> None:
        """Whom the session is told, and that the driver need not be asked about."""
        at = {"location_id": command.location_id, "evse_uid": command.evse_uid}
        told = {"contract_id": token.contract_id, "group_id": token.group_id, "language": token.language}
        said = {**told, "command": at, "reference": command.authorization_reference}
        claim = Claim(partner.name, token.party, now, said)
        self._stores.tokens.claim(name_of(token.type, token.uid), claim, over=True)
        if command.authorization_reference is not None:
            self._stores.tokens.claim(reference_name(command.authorization_reference), claim, over=False)


def _as_ours(partner: PartnerSettings, body: dict[str, Any]) -> dict[str, Any]:
    """For the backend."""
    data = {field: value for field, value in body.items() if field != "response_url"}
    if "reservation_id" in data:
        data["reservation_id"] = key_of("reservation", partner.name, str(data["reservation_id"])).hex()
    return data


class Results:
    """Of commands, to one partner. One call at a time."""

    def __init__(self, line: Line, commands: CommandStore, clock: Clock) -> None:
        self._line = line
        self._commands = commands
        self._clock = clock

    def run(self) -> None:
        """Raises RegistryError."""
        found, now = self._line.counterparty(), self._clock.now()
        for pending in self._commands.due(self._line.name, now) if found is not None else ():
            assert found is not None
            self._tell(found, pending, now)

    def _tell(self, found: Counterparty, pending: Pending, now: Millis) -> None:
        body = {"result": Result.TIMEOUT.value, **pending.body}
        said = {name: body[name] for name in ("result", "message") if name in body}
        try:
            self._line.call(found, "POST", body["url"], said)
        except DeliveryError as error:
            failures = pending.failures + 1
            again = now + round(wait_after(failures, 1, 10) * 1000)
            ends = again > body["until"] + GRACE
            log.warning("result of a command not told", partner=self._line.name, error=str(error), given_up=ends)
            self._commands.write(pending.id, body, None if ends else again, failures)
        else:
            self._commands.write(pending.id, body, None)
