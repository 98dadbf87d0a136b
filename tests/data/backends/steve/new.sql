-- SteVe since 3.13 (time zone since 3.14.1): EVSEs with connectors and ids of their own.
CREATE TABLE address (
  address_pk int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  street varchar(1000), house_number varchar(255), zip_code varchar(255), city varchar(255), country varchar(255),
  latitude decimal(11, 8), longitude decimal(11, 8),
  time_zone varchar(255)
);
CREATE TABLE charge_box (
  charge_box_pk int NOT NULL AUTO_INCREMENT PRIMARY KEY,
  charge_box_id varchar(255) NOT NULL UNIQUE,
  ocpp_protocol varchar(255),
  registration_status varchar(255) NOT NULL DEFAULT 'Accepted',
  last_heartbeat_timestamp timestamp(6) NULL,
  address_pk int NULL REFERENCES address (address_pk)
);
CREATE TABLE evse (
  evse_pk int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  charge_box_id varchar(255) NOT NULL REFERENCES charge_box (charge_box_id),
  evse_id int NOT NULL,
  evse_id_external varchar(255),
  topology_source enum('ocpp1', 'ocpp2') NOT NULL
);
CREATE TABLE connector_status (
  evse_pk int unsigned NOT NULL,
  status_timestamp timestamp(6) NULL,
  status varchar(255), error_code varchar(255), error_info varchar(255), vendor_id varchar(255), vendor_error_code varchar(255),
  KEY (evse_pk, status_timestamp)
);
CREATE TABLE transaction_start (
  transaction_pk int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  evse_pk int unsigned NOT NULL,
  id_tag varchar(255) NOT NULL,
  start_timestamp timestamp(6) NULL,
  start_value varchar(255)
);
CREATE TABLE transaction_stop (
  transaction_pk int unsigned NOT NULL PRIMARY KEY,
  stop_timestamp timestamp(6) NULL,
  stop_value varchar(255) NOT NULL,
  stop_reason varchar(255)
);
CREATE VIEW `transaction` AS
  SELECT a.transaction_pk, a.evse_pk, a.id_tag, a.start_timestamp, a.start_value, o.stop_timestamp, o.stop_value, o.stop_reason
  FROM transaction_start a LEFT JOIN transaction_stop o ON o.transaction_pk = a.transaction_pk;
CREATE TABLE connector_meter_value (
  evse_pk int unsigned NOT NULL,
  transaction_pk int unsigned,
  value_timestamp timestamp(6) NULL,
  value text, measurand varchar(255), unit varchar(255), phase varchar(255), reading_context varchar(255),
  KEY (transaction_pk)
);
CREATE TABLE settings (
  app_id varchar(40) NOT NULL PRIMARY KEY,
  heartbeat_interval_in_seconds int,
  mail_password varchar(255)
);
CREATE TABLE evse_connector (
  evse_connector_pk int unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  evse_pk int unsigned NOT NULL,
  connector_id int NOT NULL,
  connector_type varchar(255), connector_format varchar(255), power_type varchar(255),
  max_voltage int, max_amperage int, max_electric_power int
);
INSERT INTO address VALUES
  (1, 'Musterplatz', '1', '10115', 'Berlin', 'DE', 52.52000800, 13.40495400, 'Europe/Berlin'),
  (2, 'Musterplatz', '1', '10115', 'Berlin', 'DE', 52.52000800, 13.40495400, 'Europe/Berlin'),
  (3, 'Am Hafen', '7a', '20457', 'Hamburg', 'DE', 53.54100000, 9.98400000, NULL);
INSERT INTO charge_box VALUES
  (1, 'CP1', 'ocpp1.6J', 'Accepted', '2026-11-23 11:59:00', 1),
  (2, 'CP2', 'ocpp1.6J', 'Accepted', '2026-11-22 08:00:00', 2),
  (3, 'CP3', 'ocpp1.6J', 'Accepted', '2026-11-23 11:58:00', 3),
  (4, 'CP4', 'ocpp1.5S', 'Accepted', '2026-11-23 11:58:00', NULL),
  (5, 'CP5', 'ocpp1.6J', 'Rejected', '2026-11-23 11:58:00', NULL),
  (6, 'CP6', 'ocpp1.6J', 'Accepted', '2026-11-23 11:58:00', NULL);
INSERT INTO evse VALUES
  (1, 'CP1', 0, NULL, 'ocpp1'),
  (2, 'CP1', 1, 'de*abc*ecp1*1', 'ocpp1'),
  (3, 'CP1', 2, 'de*abc*ecp1*2', 'ocpp1'),
  (4, 'CP2', 1, 'de*abc*ecp2*1', 'ocpp1'),
  (5, 'CP3', 0, NULL, 'ocpp1'),
  (6, 'CP3', 1, 'de*abc*ecp3*1', 'ocpp1'),
  (7, 'CP3', 2, 'de*abc*ecp3*2', 'ocpp1'),
  (8, 'CP4', 1, 'de*abc*ecp4*1', 'ocpp1'),
  (9, 'CP5', 1, 'de*abc*ecp5*1', 'ocpp1'),
  (10, 'CP6', 1, NULL, 'ocpp1'),
  (11, 'CP6', 2, NULL, 'ocpp1');
INSERT INTO evse_connector VALUES
  (1, 2, 1, 'IEC_62196_T2', 'SOCKET', 'AC_3_PHASE', 230, 32, 22000),
  (2, 3, 1, 'IEC_62196_T2', NULL, NULL, NULL, NULL, NULL),
  (3, 4, 1, 'IEC_62196_T2_COMBO', 'CABLE', 'DC', 920, 200, 150000),
  (4, 4, 2, 'CHADEMO', 'CABLE', 'DC', 500, 125, 50000),
  (5, 6, 1, 'IEC_62196_T2', 'CABLE', 'AC_3_PHASE', 230, 16, 11000);
