"""Reading CitrineOS's tables into the shape in which Hasura gives them, so that what follows is the same for both."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from app.model.batch import Kind
from app.sources.citrineos.settings import CitrineosSettings
from app.sources.sql import Database, Wanted

_TENANT = ("id", "countryCode", "partyId")
_COLUMNS = {
    "ChargingStations": ("id", "isOnline", "latestOcppMessageTimestamp", "coordinates", "locationId", "tenantId"),
    "Evses": ("id", "stationId", "evseTypeId", "evseId", "physicalReference", "removed"),
    "Connectors": ("id", "stationId", "evseId", "connectorId", "evseTypeConnectorId", "type", "format", "powerType")
    + ("maximumVoltage", "maximumAmperage", "maximumPowerWatts"),
    "LatestStatusNotifications": ("stationId", "statusNotificationId"),
    "StatusNotifications": ("id", "evseId", "connectorId", "connectorStatus", "errorCode", "vendorErrorCode")
    + ("timestamp", "createdAt"),
    "Transactions": ("stationId", "evseId", "connectorId", "isActive", "chargingState", "startTime", "updatedAt"),
    "VariableAttributes": ("stationId", "variableId", "componentId", "evseDatabaseId", "type", "value", "generatedAt"),
    "Variables": ("id", "name"),
    "Components": ("id", "name"),
    "EvseTypes": ("databaseId", "id", "connectorId"),
    "Locations": ("id", "name", "address", "city", "postalCode", "country", "coordinates", "timeZone", "openingHours")
    + ("publishUpstream", "tenantId"),
    "Tariffs": ("id", "connectorId", "currency", "pricePerKwh", "pricePerMin", "pricePerSession", "authorizationAmount")
    + ("paymentFee", "taxRate", "tenantId"),
    "Tenants": _TENANT,
}


def _object(alias: str, *names: str, **more: str) -> str:
    """SQL of a JSON object: columns by name, and what else is in it."""
    pairs = [f"'{name}', {alias}.\"{name}\"" for name in names] + [f"'{name}', {sql}" for name, sql in more.items()]
    return f"json_build_object({', '.join(pairs)})"


def _list(item: str, rest: str) -> str:
    return f"(SELECT coalesce(json_agg({item}), '[]'::json) FROM {rest})"


def _evses(*facts: str, **more: str) -> str:
    connectors = _list(
        _object("c", "id", "connectorId", "evseTypeConnectorId", *facts, **more),
        '"Connectors" c WHERE c."evseId" = e.id',
    )
    evse = _object("e", "id", "evseTypeId", "evseId", "physicalReference", "removed", Connectors=connectors)
    return _list(evse, '"Evses" e WHERE e."stationId" = s.id')


_FACTS = ("type", "format", "powerType", "maximumVoltage", "maximumAmperage", "maximumPowerWatts")
_OWNER = f'(SELECT {_object("n", "countryCode", "partyId")} FROM "Tenants" n WHERE n.id = o."tenantId")'
_STATUS = ("evseId", "connectorId", "connectorStatus", "errorCode", "vendorErrorCode", "timestamp", "createdAt")
_STATION = _object(
    "s",
    "id",
    "isOnline",
    "latestOcppMessageTimestamp",
    Evses=_evses(),
    LatestStatusNotifications=_list(
        f"json_build_object('StatusNotification', {_object('x', *_STATUS)})",
        '"LatestStatusNotifications" l JOIN "StatusNotifications" x ON x.id = l."statusNotificationId"'
        ' WHERE l."stationId" = s.id',
    ),
    Transactions=_list(
        _object("t", "evseId", "connectorId", "chargingState", "startTime", "updatedAt"),
        '"Transactions" t WHERE t."stationId" = s.id AND t."isActive"',
    ),
    VariableAttributes=_list(
        _object(
            "a", "value", "generatedAt", Component=_object("k", "name"), EvseType=_object("y", "id", "connectorId")
        ),
        '"VariableAttributes" a JOIN "Variables" v ON v.id = a."variableId" JOIN "Components" k ON k.id = a."componentId"'
        ' LEFT JOIN "EvseTypes" y ON y."databaseId" = a."evseDatabaseId"'
        " WHERE a.\"stationId\" = s.id AND v.name = 'AvailabilityState' AND a.type = 'Actual'",
    ),
)
_PLACE = _object(
    "o",
    *("id", "name", "address", "city", "postalCode", "country", "timeZone", "openingHours", "publishUpstream"),
    coordinates="ST_AsGeoJSON(o.coordinates)::json",
    Tenant=_OWNER,
    ChargingStations=_list(
        _object(
            "s",
            "id",
            coordinates="ST_AsGeoJSON(s.coordinates)::json",
            Evses=_evses(
                *_FACTS,
                Tariffs=_list(_object("f", "id"), '"Tariffs" f WHERE f."connectorId" = c.id'),
            ),
        ),
        '"ChargingStations" s WHERE s."locationId" = o.id',
    ),
)
_PRICES = ("pricePerKwh", "pricePerMin", "pricePerSession", "authorizationAmount", "paymentFee", "taxRate")
_TARIFF = _object(
    "o", "id", "currency", **{name: f'o."{name}"::text' for name in _PRICES}, Tenant=_OWNER
)  # fmt: skip
_QUERIES = {
    Kind.STATUSES: f'SELECT {_STATION} FROM "ChargingStations" s ORDER BY s.id',
    Kind.LOCATIONS: f'SELECT {_PLACE} FROM "Locations" o ORDER BY o.id',
    Kind.TARIFFS: f'SELECT {_TARIFF} FROM "Tariffs" o ORDER BY o.id',
}


class Tables:
    def __init__(self, settings: CitrineosSettings) -> None:
        assert settings.database is not None
        self._database = Database(settings.name, settings.database, settings.timeout, Wanted(_COLUMNS))

    def read(self, kind: Kind) -> list[Any]:
        """All objects of a kind, as GraphQL would have them. Raises SourceError."""
        with self._database.reading() as connection:
            return list(connection.execute(text(_QUERIES[kind].replace(":", "\\:"))).scalars())
