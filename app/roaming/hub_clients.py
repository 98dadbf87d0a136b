"""Who can be reached through a hub, as the hub tells (OCPI 2.2.1 and 2.3.0, mod_hub_client_info).

Nothing is sent for a party that is OFFLINE, PLANNED or SUSPENDED, nor kept to be sent later: connected again, it is sent what it
is to have as that is by then. Who is not listed is taken for connected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import Field
from sqlalchemy import Engine, select

from app.errors import DeliveryError, PartnerError
from app.model.identifiers import party
from app.registry.commit import upsert
from app.registry.database import reading, writing
from app.roaming.counterpart import Counterpart
from app.roaming.credentials import CountryCode, PartyId
from app.roaming.reading import Read, read
from app.roaming.tables import hub_client

HUB_CLIENTS = "hubclientinfo"
CONNECTED = "CONNECTED"
PAGE, MOST_PAGES = 100, 100


class HubClient(Read):
    """OCPI's ClientInfo."""

    country_code: CountryCode
    party_id: PartyId
    role: str = Field(max_length=16)
    status: Literal["CONNECTED", "OFFLINE", "PLANNED", "SUSPENDED"]
    last_updated: str = Field(max_length=30)

    @property
    def party(self) -> str:
        return party(self.country_code, self.party_id)


def read_client(data: Any) -> HubClient:
    """Raises PartnerError (2001), which names the field."""
    return read(HubClient, data, "client info")


class HubClients:
    """Of one hub."""

    def __init__(self, engine: Engine, hub: str) -> None:
        self._engine = engine
        self._hub = hub

    def put(self, clients: Sequence[HubClient]) -> None:
        rows = [
            {
                "partner": self._hub,
                "party": client.party,
                **client.model_dump(include={"role", "status", "last_updated"}),
            }
            for client in clients
        ]
        if rows:
            with writing(self._engine) as connection:
                upsert(connection, hub_client, rows, keys=("partner", "party"))

    def get(self, named: str) -> dict[str, Any] | None:
        """OCPI's ClientInfo of a party (`NL*ABC`); None: nothing is known of it."""
        query = select(hub_client).where(hub_client.c.partner == self._hub, hub_client.c.party == named)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            return None
        country_code, _, party_id = named.partition("*")
        said = {"role": row.role, "status": row.status, "last_updated": row.last_updated}
        return {"country_code": country_code, "party_id": party_id, **said}

    def obstacle(self, named: str | None) -> str | None:
        """Why nothing is to be sent for a party; None where nothing is in the way."""
        known = self.get(named) if named is not None else None
        if known is None or known["status"] == CONNECTED:
            return None
        return f"{named} is {known['status']}, as the hub says (HubClientInfo)"


def ask_for_clients(counterpart: Counterpart, url: str) -> list[HubClient]:
    """All that the hub lists, but for those that cannot be read. Raises DeliveryError."""
    found: list[HubClient] = []
    for page in range(MOST_PAGES):
        query = urlencode({"offset": page * PAGE, "limit": PAGE})
        entries = counterpart.get(f"{url}{'&' if '?' in url else '?'}{query}")
        if not isinstance(entries, list):
            raise DeliveryError("`data` is no list", where=counterpart.where("GET", url))
        for entry in entries:
            try:
                found.append(read_client(entry))
            except PartnerError:
                continue
        if len(entries) < PAGE:
            break
    return found
