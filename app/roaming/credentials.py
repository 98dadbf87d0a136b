"""OCPI's Credentials object (credentials module) of 2.1.1, 2.2.1 and 2.3.0: read from a partner, and ours for it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from app.errors import PartnerError
from app.formats.base import Publisher
from app.formats.ocpi.versions import V211
from app.model.identifiers import party
from app.roaming.reading import Read, read

Token = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,64}$", repr=False)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/\S*)?$", max_length=255)]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2}$", to_upper=True)]
PartyId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{3}$", to_upper=True)]
HUB = "HUB"
"""Role of a hub in 2.2.1; 2.3.0 has `hub_party_id` in its place."""


class _Role(Read):
    role: str
    party_id: PartyId
    country_code: CountryCode

    @property
    def party(self) -> str:
        return party(self.country_code, self.party_id)


class _Credentials(Read):
    token: Token
    url: Url
    roles: tuple[_Role, ...] = Field(min_length=1)
    hub_party_id: Annotated[str, Field(pattern=r"^[A-Za-z]{2}[A-Za-z0-9]{3}$")] | None = None


class _Credentials211(Read):
    token: Token
    url: Url
    party_id: PartyId
    country_code: CountryCode


@dataclass(frozen=True, slots=True)
class Offered:
    """What a partner's credentials say."""

    token: str
    url: str
    """Its versions endpoint."""
    roles: tuple[str, ...]
    """Its parties, `NL*ABC`, in its order, each once."""
    hub: str | None


def read_credentials(data: Any, version: str) -> Offered:
    """Raises PartnerError (2001), which names the field."""
    if version == V211:
        old = read(_Credentials211, data, "credentials")
        return Offered(old.token, old.url, (party(old.country_code, old.party_id),), None)
    found = read(_Credentials, data, "credentials")
    hub = found.hub_party_id
    named = hub and party(hub[:2], hub[2:])
    by_role = next((role.party for role in found.roles if role.role == HUB), None)
    return Offered(found.token, found.url, tuple(dict.fromkeys(role.party for role in found.roles)), named or by_role)


def our_credentials(
    version: str, token: str, versions_url: str, parties: Collection[str], publisher: Publisher
) -> dict[str, Any]:
    """`parties`: `DE*ABC` of all whose objects the partner sees; in 2.1.1 just one. Raises PartnerError where there is none."""
    if not parties:
        remedy = "Give the partner `parties`, or pull a source first"
        raise PartnerError("nobody's objects are published yet, so we are nobody", remedy=remedy, status_code=3000)
    told = {"name": publisher.name, **({"website": publisher.website} if publisher.website else {})}
    owners = [dict(zip(("country_code", "party_id"), each.split("*", 1), strict=True)) for each in sorted(parties)]
    base = {"token": token, "url": versions_url}
    if version == V211:
        return {**base, "business_details": told, **owners[0]}
    return {**base, "roles": [{"role": "CPO", "business_details": told, **owner} for owner in owners]}
