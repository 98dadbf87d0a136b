"""Reading CitrineOS's tables into the shape in which Hasura gives them, so that what follows is the same for both."""

from __future__ import annotations

from typing import Any

from app.model.batch import Kind
from app.sources.citrineos.settings import CitrineosSettings
from app.sources.sql import Database, Wanted

_STATUS = ("evseId", "connectorId", "connectorStatus", "errorCode", "vendorErrorCode", "timestamp", "createdAt")
_TRANSACTION = ("evseId", "connectorId", "chargingState", "startTime", "updatedAt")
_EVSE = ("id", "evseTypeId", "evseId", "physicalReference", "removed")
_CONNECTOR = ("id", "connectorId", "evseTypeConnectorId")
_FACTS = ("type", "format", "powerType", "maximumVoltage", "maximumAmperage", "maximumPowerWatts")
_PLACE = ("id", "name", "address", "city", "postalCode", "country", "timeZone", "openingHours", "publishUpstream")
_PRICES = ("pricePerKwh", "pricePerMin", "pricePerSession", "authorizationAmount", "paymentFee", "taxRate")
_TENANT = ("countryCode", "partyId")
_COLUMNS = {
    "ChargingStations": ("id", "isOnline", "latestOcppMessageTimestamp", "coordinates", "locationId"),
    "Evses": (*_EVSE, "stationId"),
    "Connectors": (*_CONNECTOR, "evseId", *_FACTS),
    "LatestStatusNotifications": ("stationId", "statusNotificationId"),
    "StatusNotifications": ("id", *_STATUS),
    "Transactions": ("stationId", "isActive", *_TRANSACTION),
    "VariableAttributes": ("stationId", "variableId", "componentId", "evseDatabaseId", "type", "value", "generatedAt"),
    "Variables": ("id", "name"),
    "Components": ("id", "name"),
    "EvseTypes": ("databaseId", "id", "connectorId"),
    "Locations": (*_PLACE, "coordinates", "tenantId"),
    "Tariffs": ("id", "connectorId", "currency", *_PRICES, "tenantId"),
    "Tenants": ("id", *_TENANT),
}


def _object(alias: str, *names: str, **more: str) -> str:
    """SQL of a JSON object: columns by name, and what else is in it."""
    pairs = [f"'{name}', {alias}.\"{name}\"" for name in names] + [f"'{name}', {sql}" for name, sql in more.items()]
    return f"json_build_object({', '.join(pairs)})"


def _list(item: str, rest: str) -> str:
    return f"(SELECT coalesce(json_agg({item}), '[]'::json) FROM {rest})"


def _evses(*facts: str, **more: str) -> str:
    connectors = _list(
        _object("c", *_CONNECTOR, *facts, **more),
        '"Connectors" c WHERE c."evseId" = e.id',
    )
    evse = _object("e", *_EVSE, Connectors=connectors)
    return _list(evse, '"Evses" e WHERE e."stationId" = s.id')


_OWNER = f'(SELECT {_object("n", *_TENANT)} FROM "Tenants" n WHERE n.id = o."tenantId")'
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
        _object("t", *_TRANSACTION),
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
_LOCATION = _object(
    "o",
    *_PLACE,
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
_TARIFF = _object("o", "id", "currency", **{name: f'o."{name}"::text' for name in _PRICES}, Tenant=_OWNER)
_QUERIES = {
    Kind.STATUSES: f'SELECT {_STATION} FROM "ChargingStations" s ORDER BY s.id',
    Kind.LOCATIONS: f'SELECT {_LOCATION} FROM "Locations" o ORDER BY o.id',
    Kind.TARIFFS: f'SELECT {_TARIFF} FROM "Tariffs" o ORDER BY o.id',
}


class Tables:
    def __init__(self, settings: CitrineosSettings) -> None:
        assert settings.database is not None
        self._database = Database(settings.name, settings.database, settings.timeout, Wanted(_COLUMNS))

    def read(self, kind: Kind) -> list[Any]:
        """All objects of a kind, as GraphQL would have them. Raises SourceError."""
        with self._database.reading() as connection:
            return list(connection.exec_driver_sql(_QUERIES[kind]).scalars())
