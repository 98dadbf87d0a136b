"""Whether a driver may charge: by the partner's whitelist, by asking it, or by what its whitelist says where it does not answer.

1. ALWAYS, and ALLOWED where the token is valid: the whitelist decides. Everything else is asked in real time.
2. Without an answer in time ALLOWED_OFFLINE is allowed where the token is valid; NEVER is not allowed.
3. A driver whose partner has just sent a command is not asked about again for COMMANDED (OCPI commands, StartSession).
4. A token that nobody pushed: a contract id is asked about at its provider, every other at the partners with `ask_unknown`.
5. An answer about another token, or one that is not the partner's, is none.
6. Who let a driver charge is noted: the session is told to that partner.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import structlog

from app.clock import Clock, Millis
from app.errors import DeliveryError, ObjectRefused, PartnerError
from app.formats.ocpi.versions import V221
from app.model.enums import TokenType
from app.registry.private.tokens import Claim, Kept, TokenStore
from app.roaming.calls import Line
from app.roaming.partners import Counterparty
from app.roaming.reading import read
from app.roaming.token import Allowed, AuthorizationInfo, Token, Whitelist
from app.roaming.token_kinds import name_of, provider_of, reference_name

COMMANDED: Millis = 15 * 60_000
PATIENCE, SILENT_S = 2, 5.0

log = structlog.get_logger()


class How(StrEnum):
    WHITELIST = "whitelist"
    REAL_TIME = "real_time"
    OFFLINE = "offline"
    """The partner did not answer in time: its whitelist says what then."""
    COMMAND = "command"
    UNKNOWN = "unknown"
    """No partner knows the token."""


@dataclass(frozen=True, slots=True)
class Asked:
    types: tuple[TokenType, ...]
    uid: str
    location_id: str | None = None
    evse_uid: str | None = None

    @property
    def names(self) -> list[str]:
        return [name_of(type_, self.uid) for type_ in self.types]

    @property
    def where(self) -> dict[str, Any] | None:
        """LocationReferences."""
        if self.location_id is None:
            return None
        return {"location_id": self.location_id, "evse_uids": [self.evse_uid] if self.evse_uid else []}


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: Allowed
    how: How
    valid_until: Millis | None = None
    """None: until it is asked again."""
    partner: str | None = None
    party: str | None = None
    """`NL*ABC`."""
    contract_id: str | None = None
    group_id: str | None = None
    language: str | None = None
    reference: str | None = None
    """To be given with the session and the CDR."""
    message: str | None = None
    """For the driver."""


class Authoriser:
    """Of one process. Thread-safe."""

    def __init__(self, tokens: TokenStore, lines: Sequence[Line], clock: Clock) -> None:
        self._tokens = tokens
        self._lines = {line.name: line for line in lines}
        self._patience = {line.name: _Patience() for line in lines}
        self._clock = clock

    def authorise(self, asked: Asked) -> Decision:
        """Raises RegistryError."""
        decision = self._commanded(asked)
        if decision is None:
            known = next(filter(self._counts, self._tokens.find(asked.names)), None)
            decision = self._by_asking(asked) if known is None else self._by_token(asked, known)
        if decision.allowed is Allowed.ALLOWED and decision.how is not How.COMMAND:
            decision = self._claimed(asked, decision)
        return decision

    def _counts(self, kept: Kept) -> bool:
        """Its partner is registered, still as that party."""
        line = self._lines.get(kept.partner)
        found = None if line is None else line.counterparty()
        return found is not None and kept.party in found.roles

    def _commanded(self, asked: Asked) -> Decision | None:
        for claim in self._tokens.claimed(asked.names):
            at, line = claim.body.get("command"), self._lines.get(claim.partner)
            recent = claim.at > self._clock.now() - COMMANDED and line is not None and line.counterparty() is not None
            if at is not None and recent and _is_there(asked, at):
                said = {name: claim.body.get(name) for name in ("contract_id", "group_id", "language", "reference")}
                until = claim.at + COMMANDED
                return Decision(Allowed.ALLOWED, How.COMMAND, until, claim.partner, claim.party, **said)
        return None

    def _by_token(self, asked: Asked, kept: Kept) -> Decision:
        token = Token.model_validate(kept.body)
        listed = _decided(Allowed.ALLOWED if token.valid else Allowed.BLOCKED, How.WHITELIST, kept.partner, token)
        if token.whitelist is Whitelist.ALWAYS or (token.whitelist is Whitelist.ALLOWED and token.valid):
            return listed
        answered = self._ask(self._lines[kept.partner], token.type, token.uid, asked, kept.party)
        if answered is not None and answered.partner is None:
            return replace(answered, how=How.REAL_TIME, partner=kept.partner, party=kept.party)
        if answered is not None:
            return answered
        offline = replace(listed, how=How.OFFLINE, valid_until=self._clock.now())
        return replace(offline, allowed=Allowed.NOT_ALLOWED) if token.whitelist is Whitelist.NEVER else offline

    def _by_asking(self, asked: Asked) -> Decision:
        """All at once; the first that lets the driver charge, else the first that knows the token."""
        unknown = Decision(Allowed.NOT_ALLOWED, How.UNKNOWN, self._clock.now())
        lines = self._asked_about(asked)
        if not lines:
            return unknown
        with ThreadPoolExecutor(len(lines)) as pool:
            answers = list(pool.map(lambda line: self._ask(line, asked.types[0], asked.uid, asked, None), lines))
        found = [answer for answer in answers if answer is not None and answer.partner is not None]
        if not found and None in answers:
            return replace(unknown, how=How.OFFLINE)
        return min(found, key=lambda answer: answer.allowed is not Allowed.ALLOWED, default=unknown)

    def _asked_about(self, asked: Asked) -> list[Line]:
        provider = provider_of(asked.uid) if asked.types[0] is TokenType.EMAID else None
        lines = [(line, line.counterparty()) for line in self._lines.values()]
        of_provider = [line for line, found in lines if found is not None and provider in found.roles]
        return of_provider or [line for line, found in lines if found is not None and line.settings.ask_unknown]

    def _ask(self, line: Line, type_: str, uid: str, asked: Asked, party: str | None) -> Decision | None:
        """None: no answer. Without a partner: it does not know the token."""
        found = line.counterparty()
        if found is None or "tokens" not in found.endpoints or not self._patience[line.name].begin():
            return None
        answered = False
        try:
            info = read(AuthorizationInfo, self._asked(line, found, type_, uid, asked), "AuthorizationInfo")
            answered = True
        except ObjectRefused:  # HTTP 404, 2004: it does not know it; 2002: not by what we could tell
            answered = True
            return Decision(Allowed.NOT_ALLOWED, How.UNKNOWN, self._clock.now())
        except (DeliveryError, PartnerError) as error:
            log.warning("no authorisation", partner=line.name, error=str(error))
            return None
        finally:
            self._patience[line.name].end(answered=answered)
        owners = found.roles if party is None else (party,)
        if info.token.party not in owners or name_of(type_, info.token.uid) != name_of(type_, uid):
            log.warning("no authorisation", partner=line.name, error="the answer is about another token")
            return None
        allowed = info.allowed if _covers(info, asked) else Allowed.NOT_ALLOWED
        decision = _decided(allowed, How.REAL_TIME, line.name, info.token)
        said = None if info.info is None else info.info.text
        until = self._clock.now()
        return replace(decision, valid_until=until, reference=info.authorization_reference, message=said)

    def _asked(self, line: Line, found: Counterparty, type_: str, uid: str, asked: Asked) -> Any:
        wanted = TokenType.OTHER if type_ == TokenType.EMAID and found.version == V221 else type_
        url = f"{found.endpoints['tokens'].rstrip('/')}/{quote(uid, safe='')}/authorize?type={quote(wanted, safe='')}"
        return line.call(found, "POST", url, asked.where).data

    def _claimed(self, asked: Asked, decision: Decision) -> Decision:
        assert decision.partner is not None
        assert decision.party is not None
        claim = Claim(decision.partner, decision.party, self._clock.now(), {"contract_id": decision.contract_id})
        for name in asked.names:
            self._tokens.claim(name, claim, over=True)
        if decision.reference is None or self._tokens.claim(reference_name(decision.reference), claim, over=False):
            return decision
        log.warning("reference not taken: it is another partner's", partner=decision.partner)
        return replace(decision, reference=None)


class _Patience:
    """A partner that was silent PATIENCE times in a row is asked by one in SILENT_S, so that it keeps no other driver waiting."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silences = 0
        self._until = 0.0

    def begin(self) -> bool:
        """Whether it may be asked now."""
        with self._lock:
            now = time.monotonic()
            if now < self._until:
                return False
            if self._silences >= PATIENCE:
                self._until = now + SILENT_S
            return True

    def end(self, *, answered: bool) -> None:
        with self._lock:
            self._silences = 0 if answered else self._silences + 1
            self._until = time.monotonic() + SILENT_S if self._silences >= PATIENCE else 0.0


def _decided(allowed: Allowed, how: How, partner: str, token: Token) -> Decision:
    return Decision(allowed, how, None, partner, token.party, token.contract_id, token.group_id, token.language)


def _is_there(asked: Asked, at: dict[str, Any]) -> bool:
    """Where the command was for; without an EVSE it is for all of the location."""
    pairs = ((asked.location_id, at.get("location_id")), (asked.evse_uid, at.get("evse_uid")))
    return all(one is None or other is None or one.lower() == other.lower() for one, other in pairs)


def _covers(info: AuthorizationInfo, asked: Asked) -> bool:
    """Only the EVSEs at which the driver may charge come back, where any do."""
    listed = {uid.lower() for uid in info.location.evse_uids} if info.location is not None else set()
    return not listed or asked.evse_uid is None or asked.evse_uid.lower() in listed
