"""OCPI Token and AuthorizationInfo (tokens module) of 2.2.1 and 2.3.0, as far as anything here depends on them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from app.clock import to_millis
from app.errors import PartnerError
from app.model.enums import TokenType
from app.model.identifiers import party
from app.model.types import Bool, Ci, CountryAlpha2, DateTime, Open, Text
from app.registry.private.tokens import Body, Change
from app.roaming.reading import BAD_PARAMETER, Read, read


class Whitelist(StrEnum):
    ALWAYS = "ALWAYS"
    ALLOWED = "ALLOWED"
    ALLOWED_OFFLINE = "ALLOWED_OFFLINE"
    NEVER = "NEVER"


class Allowed(StrEnum):
    ALLOWED = "ALLOWED"
    BLOCKED = "BLOCKED"
    EXPIRED = "EXPIRED"
    NO_CREDIT = "NO_CREDIT"
    NOT_ALLOWED = "NOT_ALLOWED"


class Token(Read):
    country_code: CountryAlpha2
    party_id: Annotated[str, Ci(3, upper=True)]
    uid: Annotated[str, Ci(36)]
    type: Annotated[str, Open(TokenType)]
    contract_id: Annotated[str, Ci(36)]
    issuer: Annotated[str, Text(64)]
    group_id: Annotated[str, Ci(36)] | None = None
    valid: Bool
    whitelist: Whitelist
    language: Annotated[str, Text(2)] | None = None
    last_updated: DateTime

    @property
    def party(self) -> str:
        return party(self.country_code, self.party_id)


class LocationReferences(Read):
    location_id: Annotated[str, Ci(36)]
    evse_uids: tuple[Annotated[str, Ci(36)], ...] = ()


class DisplayText(Read):
    text: Annotated[str, Text(512)]


class AuthorizationInfo(Read):
    allowed: Allowed
    token: Token
    location: LocationReferences | None = None
    authorization_reference: Annotated[str, Ci(36)] | None = None
    info: DisplayText | None = None


def replacing(given: Any, owner: str, uid: str, type_: str) -> Change:
    """PUT: `given` in the place of whatever there was. What comes late does not undo what is newer."""
    return _changing(given, owner, uid, type_, whole=True)


def merging(given: Any, owner: str, uid: str, type_: str) -> Change:
    """PATCH: the fields of `given`, of a token that is there."""
    return _changing(given, owner, uid, type_, whole=False)


def _changing(given: Any, owner: str, uid: str, type_: str, *, whole: bool) -> Change:
    def change(known: Body | None) -> tuple[Body, int]:
        """Raises PartnerError, also where it is not there."""
        if not isinstance(given, dict):
            raise PartnerError("token: the body is no object", status_code=BAD_PARAMETER)
        if not whole and known is None:
            raise LookupError
        if not whole and "last_updated" not in given:
            raise PartnerError("token: `last_updated`: a PATCH needs it", status_code=BAD_PARAMETER)
        body = given if whole or known is None else {**known, **given}
        token = read(Token, body, "token")
        if (token.party, token.uid.lower(), token.type) != (owner, uid.lower(), type_):
            raise PartnerError("token: its party, uid or type is not that of the URL", status_code=BAD_PARAMETER)
        at = to_millis(token.last_updated)
        if known is not None and at < (before := to_millis(Token.model_validate(known).last_updated)):
            return known, before
        return body, at

    return change
