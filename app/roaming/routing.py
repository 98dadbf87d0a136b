"""Whom a session or CDR is told: the partner whose token it was, and nobody else.

1. The reference of an authorisation says whose it is; so does the token, as it was pushed or as it was answered for last.
2. Where they contradict each other, or what the record says of its token, nobody is told: that is a mistake to be found.
3. A token that nobody here has pushed or answered for is nobody's.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from pydantic import Field

from app.clock import to_millis
from app.errors import PartnerError
from app.formats.ocpi.charged import CDRS
from app.formats.ocpi.charged_versions import upgraded
from app.model.identifiers import party
from app.model.session import CDR, Session
from app.model.types import Ci, CountryAlpha2
from app.registry.private.outbox import Record
from app.registry.private.tokens import Claim, TokenStore
from app.roaming.reading import BAD_PARAMETER, Read, read
from app.roaming.token_kinds import name_of, reference_name, types_of

UNKNOWN_TOKEN = 2004


class CdrToken(Read):
    country_code: CountryAlpha2 | None = None
    party_id: Annotated[str, Ci(3, upper=True)] | None = None
    uid: Annotated[str, Ci(36)]
    type: str = Field(max_length=40)
    contract_id: Annotated[str, Ci(36)] | None = None

    @property
    def party(self) -> str | None:
        return party(self.country_code, self.party_id) if self.country_code and self.party_id else None

    @property
    def names(self) -> list[str]:
        """Raises PartnerError."""
        try:
            return [name_of(type_, self.uid) for type_ in types_of(self.type)]
        except ValueError as error:
            raise PartnerError(f"cdr_token: `type`: {error}", status_code=BAD_PARAMETER) from None


class _Referring(Read):
    cdr_token: CdrToken
    authorization_reference: Annotated[str, Ci(36)] | None = None


def routed(tokens: TokenStore, module: str, body: Any, version: str, ours: Collection[str]) -> Record:
    """The record as 2.3.0 says it, for its partner; `ours`: operators, `DE*ABC`. Raises PartnerError: 2001 where it cannot be
    read or contradicts itself, 2004 where nobody knows whose token it was."""
    if not isinstance(body, dict):
        raise PartnerError(f"{module}: the body is no object", status_code=BAD_PARAMETER)
    said = upgraded(body, version)
    charged = read(CDR, said, module) if module == CDRS else read(Session, said, module)
    operator = party(charged.country_code, charged.party_id)
    if operator not in ours:
        what = f"{module}: `party_id`: {operator} publishes nothing here, so it has nothing to bill"
        raise PartnerError(what, status_code=BAD_PARAMETER)
    referring = read(_Referring, said, module)
    owner = _owner(tokens, referring)
    country_code, _, party_id = owner.party.partition("*")
    token = {"country_code": country_code, "party_id": party_id, **_contract(owner), **said["cdr_token"]}
    at = to_millis(charged.last_updated)
    return Record(module, operator, charged.id, owner.partner, owner.party, at, {**said, "cdr_token": token})


def _owner(tokens: TokenStore, referring: _Referring) -> Claim:
    token = referring.cdr_token
    owners = tokens.claimed(token.names) + [
        Claim(kept.partner, kept.party, kept.created_at, kept.body) for kept in tokens.find(token.names)
    ]
    if token.party is not None:
        named = [owner for owner in owners if owner.party == token.party]
        if owners and not named:
            raise PartnerError("cdr_token: its party is not that of the token", status_code=BAD_PARAMETER)
        owners = named
    if referring.authorization_reference is not None:
        referred = tokens.claimed([reference_name(referring.authorization_reference)])
        owners = _agreeing(referred, owners) if referred else owners
    if not owners:
        what = "cdr_token: no partner has pushed this token, or answered for it"
        raise PartnerError(what, status_code=UNKNOWN_TOKEN)
    return owners[0]


def _agreeing(referred: list[Claim], owners: list[Claim]) -> list[Claim]:
    same = [owner for owner in owners if owner.partner == referred[0].partner]
    if owners and not same:
        what = "`authorization_reference` is another partner's than the token"
        raise PartnerError(what, status_code=BAD_PARAMETER)
    return same or referred


def _contract(owner: Claim) -> dict[str, Any]:
    contract_id = owner.body.get("contract_id")
    return {} if contract_id is None else {"contract_id": contract_id}
