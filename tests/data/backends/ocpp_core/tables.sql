-- OCPP.Core on SQLite. It is 2026-11-23 12:00 UTC.
CREATE TABLE "ChargePoint" ("ChargePointId" TEXT NOT NULL PRIMARY KEY, "Name" TEXT, "Comment" TEXT);
CREATE TABLE "ConnectorStatus" (
  "ChargePointId" TEXT NOT NULL, "ConnectorId" INTEGER NOT NULL, "ConnectorName" TEXT, "LastStatus" TEXT, "LastStatusTime" TEXT,
  "LastMeter" REAL, "LastMeterTime" TEXT, PRIMARY KEY ("ChargePointId", "ConnectorId")
);
CREATE TABLE "Transactions" (
  "TransactionId" INTEGER PRIMARY KEY AUTOINCREMENT, "Uid" TEXT, "ChargePointId" TEXT, "ConnectorId" INTEGER, "StartTagId" TEXT,
  "StartTime" TEXT, "MeterStart" REAL, "StopTime" TEXT, "MeterStop" REAL, "StopReason" TEXT
);
CREATE TABLE "MessageLog" (
  "LogId" INTEGER PRIMARY KEY AUTOINCREMENT, "LogTime" TEXT, "ChargePointId" TEXT, "ConnectorId" INTEGER, "Message" TEXT, "Result" TEXT,
  "ErrorCode" TEXT
);
INSERT INTO "ConnectorStatus" VALUES
  ('CP1', 0, NULL, 'Available', '2026-11-23 11:00:00', NULL, NULL),
  ('CP1', 1, 'left', 'Occupied', '2026-11-23 10:00:00.1234567', 4.5, '2026-11-23 11:58:00'),
  ('CP1', 2, 'right', 'Available', '2026-11-23 09:00:00', NULL, NULL),
  ('CP2', 1, NULL, 'Faulted', '2026-11-23 09:30:00', NULL, NULL),
  ('CP2', 2, NULL, 'Unavailable', '2099-01-01 00:00:00', NULL, NULL),
  ('CP3', 1, NULL, NULL, NULL, NULL, NULL);
INSERT INTO "Transactions" VALUES
  (1, NULL, 'CP1', 1, 'TAG1', '2026-11-23 10:00:05', 1.0, NULL, NULL, NULL),
  (2, NULL, 'CP1', 2, 'TAG2', '2026-11-23 08:00:00', 1.0, NULL, NULL, NULL);
INSERT INTO "MessageLog" ("LogTime", "ChargePointId", "Message") VALUES
  ('2026-11-23 07:00:00', 'CP2', 'Heartbeat'),
  ('2026-11-23 11:59:00', 'CP1', 'Heartbeat'),
  ('2026-11-23 11:57:00', 'CP1', 'Heartbeat');
