-- What happened, for each layout: the columns stand in the same order, whatever they are called. It is 2026-11-23 12:00 UTC.
INSERT INTO settings VALUES ('U3RlY2tkb3NlblZlcndhbHR1bmc=', 300, 'secret');
INSERT INTO connector_status VALUES
  (1, '2026-11-23 11:30:00', 'Available', 'NoError', NULL, NULL, NULL),
  (2, '2026-11-23 09:00:00', 'Available', 'NoError', NULL, NULL, NULL),
  (2, '2026-11-23 10:00:00', 'Charging', 'NoError', NULL, NULL, NULL),
  (3, '2026-11-23 10:30:00', 'Faulted', 'GroundFailure', 'RCD', 'chargex', 'CX002'),
  (4, '2026-11-21 08:00:00', 'Available', 'NoError', NULL, NULL, NULL),
  (5, '2026-11-23 11:00:00', 'Unavailable', 'NoError', NULL, NULL, NULL),
  (6, '2026-11-23 10:00:00', 'Available', 'NoError', NULL, NULL, NULL),
  (7, '2026-11-23 10:15:00', 'SuspendedEV', 'NoError', NULL, NULL, NULL),
  (8, '2026-11-23 11:00:00', 'Available', 'NoError', NULL, NULL, NULL),
  (8, '2037-01-01 00:00:00', 'Faulted', 'OtherError', NULL, NULL, NULL),
  (9, '2026-11-23 10:00:00', 'Available', 'NoError', NULL, NULL, NULL),
  (10, '2026-11-23 09:00:00', 'Available', 'NoError', NULL, NULL, NULL),
  (11, '2026-11-23 11:59:50', 'Available', 'NoError', NULL, NULL, NULL);
INSERT INTO transaction_start VALUES
  (1, 2, 'TAG1', '2026-11-23 10:00:00', '1000'),
  (2, 7, 'TAG2', '2026-11-23 10:15:00', '1000'),
  (3, 10, 'TAG3', '2026-11-23 08:00:00', '1000'),
  (4, 11, 'TAG4', '2026-11-23 11:00:00', '1000');
INSERT INTO transaction_stop VALUES (4, '2026-11-23 11:59:50', '9000', 'Local');
INSERT INTO connector_meter_value VALUES (2, 1, '2026-11-23 11:58:00', '4000', NULL, 'Wh', NULL, NULL);
