"""Asking Hasura in front of a CitrineOS database, page by page."""

from __future__ import annotations

from typing import Any

import orjson

from app.errors import SourceAnswerError
from app.http.exchange import one_line
from app.model.batch import Kind
from app.model.outside import decoded
from app.sources.citrineos.settings import CitrineosSettings
from app.sources.http import Transport

_EVSES = """
Evses { id evseTypeId evseId physicalReference removed
  Connectors { id connectorId evseTypeConnectorId %s } }
"""
_FACTS = "type format powerType maximumVoltage maximumAmperage maximumPowerWatts Tariffs { id }"
_AVAILABILITY = '{ Variable: { name: { _eq: "AvailabilityState" } }, type: { _eq: "Actual" } }'
FIELDS = {
    Kind.STATUSES: (
        "ChargingStations",
        f"""
        id isOnline latestOcppMessageTimestamp {_EVSES % ""}
        LatestStatusNotifications {{ StatusNotification {{
          evseId connectorId connectorStatus errorCode vendorErrorCode timestamp createdAt }} }}
        Transactions(where: {{ isActive: {{ _eq: true }} }}) {{ evseId connectorId chargingState startTime updatedAt }}
        VariableAttributes(where: {_AVAILABILITY}) {{ value generatedAt Component {{ name }} EvseType {{ id connectorId }} }}
        """,
    ),
    Kind.LOCATIONS: (
        "Locations",
        f"""
        id name address city postalCode country coordinates timeZone openingHours publishUpstream
        Tenant {{ countryCode partyId }}
        ChargingStations {{ id coordinates {_EVSES % _FACTS} }}
        """,
    ),
    Kind.TARIFFS: (
        "Tariffs",
        """
        id currency pricePerKwh pricePerMin pricePerSession authorizationAmount paymentFee taxRate
        Tenant { countryCode partyId }
        """,
    ),
}


class Hasura:
    def __init__(self, settings: CitrineosSettings, transport: Transport) -> None:
        self._url = settings.url or ""
        self._page = settings.page
        self._transport = transport
        self.where = transport.where(self._url)
        self._secrets = {"Content-Type": "application/json"}
        if settings.secret:
            self._secrets["x-hasura-admin-secret"] = settings.secret.get_secret_value()

    def read(self, kind: Kind) -> list[Any]:
        """All objects of a kind, as GraphQL has them. Raises SourceError."""
        table, fields = FIELDS[kind]
        query = (
            "query($limit: Int, $offset: Int) {"
            f" {table}(limit: $limit, offset: $offset, order_by: {{ id: asc }}) {{ {fields} }} }}"
        )
        found: list[Any] = []
        while True:
            page = self._asked(query, table, len(found))
            found += page
            if len(page) < self._page:
                return found

    def _asked(self, query: str, table: str, offset: int) -> list[Any]:
        variables = {"limit": self._page, "offset": offset}
        body = orjson.dumps({"query": " ".join(query.split()), "variables": variables})
        answer = self._transport.post(self._url, body, self._secrets)
        try:
            content = decoded(answer.body)
            if content.get("errors"):
                raise self._refused(content["errors"])
            page = content["data"][table]
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
            raise SourceAnswerError(
                "no answer of GraphQL", where=self.where, remedy="Check `url` of the source"
            ) from error
        if not isinstance(page, list):
            raise SourceAnswerError(f"{table} is no list", where=self.where, remedy="Check `url` of the source")
        return page

    def _refused(self, errors: Any) -> SourceAnswerError:
        """Hasura answers 200 where it refuses."""
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
        remedy = "Check `secret` or `headers` of the source"
        if "not found in type" in str(first.get("message")):
            remedy = "Track the table in Hasura and let the role select the column, or use the admin secret (`secret`)"
        return SourceAnswerError(one_line(first.get("message", "it refuses")), where=self.where, remedy=remedy)
