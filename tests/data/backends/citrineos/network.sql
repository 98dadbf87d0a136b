-- It is 2026-11-23 12:00 UTC.
INSERT INTO "Tenants" VALUES (1, 'DE', 'ABC');
INSERT INTO "Locations" VALUES
  (1, 'Hafen', 'Am Hafen 7a', 'Hamburg', '20457', NULL, 'DE', true, 'UTC', '{"twentyfourSeven": true}', '(9.984, 53.541)', 1),
  (2, 'Depot', 'Hof 3', 'Berlin', '10115', NULL, 'DEU', false, 'Europe/Berlin', NULL, '(13.404954, 52.520008)', 1);
INSERT INTO "ChargingStations" VALUES
  ('CP16', true, 'ocpp1.6', '2026-11-23T11:59:00Z', NULL, true, 1, 1),
  ('CP201', true, 'ocpp2.0.1', '2026-11-23T11:59:00Z', '(9.9841, 53.5411)', true, 1, 1),
  ('CPNEW', NULL, 'ocpp1.6', NULL, NULL, true, 2, 1),
  ('CPOFF', false, 'ocpp1.6', '2026-11-23T09:00:00Z', NULL, true, 2, 1),
  ('CPSTALE', true, 'ocpp1.6', '2026-11-23T11:59:00Z', NULL, true, NULL, 1),
  ('CPZOMBIE', true, 'ocpp1.6', '2026-11-22T09:00:00Z', NULL, true, NULL, 1);
INSERT INTO "Evses" VALUES
  (11, 'CP16', 1, 'DE*ABC*E16*1', 'A1', NULL, 1), (12, 'CP16', 2, 'DE*ABC*E16*2', 'A2', false, 1),
  (13, 'CP16', 3, 'DE*ABC*E16*3', NULL, true, 1),
  (21, 'CP201', 1, 'DE*ABC*E201*1', NULL, NULL, 1), (22, 'CP201', 2, 'DE*ABC*E201*2', NULL, NULL, 1),
  (31, 'CPNEW', 1, 'DE*ABC*ENEW*1', NULL, NULL, 1), (41, 'CPOFF', 1, 'DE*ABC*EOFF*1', NULL, NULL, 1),
  (51, 'CPSTALE', 1, 'DE*ABC*ESTALE*1', NULL, NULL, 1), (61, 'CPZOMBIE', 1, NULL, NULL, NULL, 1);
-- What stands in `status` is what CitrineOS makes of connector 0: wrong.
INSERT INTO "Connectors" VALUES
  (101, 'CP16', 11, 1, NULL, 'Available', 'IEC62196T2', 'Socket', 'AC3Phase', 32, 230, 22000, 1),
  (102, 'CP16', 12, 2, NULL, 'Available', 'IEC62196T2COMBO', 'Cable', 'DC', 200, 920, 150000, 1),
  (201, 'CP201', 21, 1, 1, 'Occupied', 'IEC62196T2', 'Cable', 'AC3Phase', 16, 230, 11000, 1),
  (202, 'CP201', 22, 2, 1, 'Unknown', 'IEC62196T2', NULL, NULL, NULL, NULL, NULL, 1),
  (301, 'CPNEW', 31, 1, NULL, 'Available', 'IEC62196T2', 'Socket', 'AC1Phase', 16, 230, NULL, 1);
INSERT INTO "StatusNotifications" VALUES
  (1, 'CP16', '2026-11-23T10:00:00Z', 'Charging', NULL, 1, 'NoError', NULL, '2026-11-23T10:00:02Z'),
  (2, 'CP16', '2026-11-23T10:30:00Z', 'Faulted', NULL, 2, 'OtherError', 'CX017', '2026-11-23T10:30:01Z'),
  (3, 'CP16', '2026-11-23T11:00:00Z', 'Available', NULL, 0, 'NoError', NULL, '2026-11-23T11:00:01Z'),
  (4, 'CP201', '2026-11-23T10:00:00Z', 'Available', 1, 1, NULL, NULL, '2026-11-23T10:00:01Z'),
  (5, 'CP201', '2026-11-23T10:05:00Z', 'Occupied', 2, 1, NULL, NULL, '2026-11-23T10:05:01Z'),
  (6, 'CPNEW', '2031-01-01T00:00:00Z', 'Available', NULL, 1, 'NoError', NULL, '2026-11-23T11:58:00Z'),
  (7, 'CPOFF', '2026-11-23T08:00:00Z', 'Charging', NULL, 1, 'NoError', NULL, '2026-11-23T08:00:01Z'),
  (8, 'CPSTALE', '2026-11-23T09:00:00Z', 'Available', 1, 1, 'NoError', NULL, '2026-11-23T09:00:01Z'),
  (9, 'CPSTALE', '2026-11-23T09:00:00Z', 'Available', NULL, 2, 'NoError', NULL, '2026-11-23T09:00:01Z');
INSERT INTO "LatestStatusNotifications" ("stationId", "statusNotificationId") SELECT "stationId", id FROM "StatusNotifications";
INSERT INTO "Transactions" VALUES
  (1, 'CP16', 11, 101, '1', true, 'Charging', 3.5, '2026-11-23T10:00:00Z', '2026-11-23T11:55:00Z'),
  (2, 'CPSTALE', 51, NULL, '2', true, 'Charging', 3.5, '2026-11-23T07:00:00Z', '2026-11-23T08:00:00Z'),
  (3, 'CP201', 21, 201, '3', false, 'Idle', 3.5, '2026-11-23T07:00:00Z', '2026-11-23T08:00:00Z');
INSERT INTO "Variables" VALUES (1, 'AvailabilityState'), (2, 'Enabled');
INSERT INTO "Components" VALUES (1, 'Connector'), (2, 'EVSE');
INSERT INTO "EvseTypes" VALUES (1, 1, 1), (2, 2, 1);
INSERT INTO "VariableAttributes" VALUES
  (1, 'CP201', 'Actual', 'Unavailable', '2026-11-23T11:00:00Z', 1, 1, 1), (2, 'CP201', 'Actual', 'Available', '2026-11-23T07:00:00Z', 1, 1, 2),
  (3, 'CP201', 'Actual', 'true', '2026-11-23T11:00:00Z', 2, 1, 1);
INSERT INTO "Tariffs" VALUES
  (1, 'CP16', 101, 'EUR', 0.49, 0.02, 1, 30, NULL, 19, 1),
  (2, 'CP201', 201, 'EUR', 0.39, NULL, NULL, NULL, 0.35, 0.19, 1);
