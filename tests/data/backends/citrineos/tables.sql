-- CitrineOS core 1.8. PostGIS is not there: a point of PostgreSQL's own stands for its geometry.
CREATE FUNCTION ST_AsGeoJSON(point) RETURNS text LANGUAGE sql AS $$
  SELECT json_build_object('type', 'Point', 'coordinates', json_build_array($1[0], $1[1]))::text WHERE $1 IS NOT NULL
$$;
CREATE TABLE "Tenants" (id serial PRIMARY KEY, "countryCode" varchar(2), "partyId" varchar(3));
CREATE TABLE "Locations" (
  id serial PRIMARY KEY, name varchar(255), address varchar(255), city varchar(255), "postalCode" varchar(255), state varchar(255),
  country varchar(255), "publishUpstream" boolean DEFAULT true, "timeZone" varchar(255) DEFAULT 'UTC', "openingHours" jsonb,
  coordinates point, "tenantId" int NOT NULL
);
CREATE TABLE "ChargingStations" (
  id varchar(36) PRIMARY KEY, "isOnline" boolean, protocol varchar(255), "latestOcppMessageTimestamp" timestamptz,
  coordinates point, "use16StatusNotification0" boolean DEFAULT true, "locationId" int, "tenantId" int NOT NULL
);
CREATE TABLE "Evses" (
  id serial PRIMARY KEY, "stationId" varchar(255), "evseTypeId" int, "evseId" varchar(255), "physicalReference" varchar(255),
  removed boolean, "tenantId" int NOT NULL
);
CREATE TABLE "Connectors" (
  id serial PRIMARY KEY, "stationId" varchar(255) NOT NULL, "evseId" int, "connectorId" int, "evseTypeConnectorId" int,
  status varchar(255) DEFAULT 'Unknown', type varchar(255), format varchar(255), "powerType" varchar(255), "maximumAmperage" int,
  "maximumVoltage" int, "maximumPowerWatts" int, "tenantId" int NOT NULL
);
CREATE TABLE "StatusNotifications" (
  id serial PRIMARY KEY, "stationId" varchar(255), timestamp timestamptz, "connectorStatus" varchar(255), "evseId" int,
  "connectorId" int, "errorCode" varchar(255), "vendorErrorCode" varchar(255), "createdAt" timestamptz NOT NULL
);
CREATE TABLE "LatestStatusNotifications" (id serial PRIMARY KEY, "stationId" varchar(255), "statusNotificationId" int);
CREATE TABLE "Transactions" (
  id serial PRIMARY KEY, "stationId" varchar(255), "evseId" int, "connectorId" int, "transactionId" varchar(255), "isActive" boolean,
  "chargingState" varchar(255), "totalKwh" decimal, "startTime" timestamptz, "updatedAt" timestamptz
);
CREATE TABLE "Variables" (id serial PRIMARY KEY, name varchar(255));
CREATE TABLE "Components" (id serial PRIMARY KEY, name varchar(255));
CREATE TABLE "EvseTypes" ("databaseId" serial PRIMARY KEY, id int, "connectorId" int);
CREATE TABLE "VariableAttributes" (
  id serial PRIMARY KEY, "stationId" varchar(255), type varchar(255) DEFAULT 'Actual', value varchar(4000), "generatedAt" timestamptz,
  "variableId" int, "componentId" int, "evseDatabaseId" int
);
CREATE TABLE "Tariffs" (
  id serial PRIMARY KEY, "stationId" varchar(255), "connectorId" int, currency char(3) NOT NULL, "pricePerKwh" decimal NOT NULL,
  "pricePerMin" decimal, "pricePerSession" decimal, "authorizationAmount" decimal, "paymentFee" decimal, "taxRate" decimal,
  "tenantId" int NOT NULL
);
