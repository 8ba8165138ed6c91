PRAGMA user_version=0;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE alerts (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	event_id VARCHAR(64) NOT NULL, 
	device_id VARCHAR(32) NOT NULL, 
	sensor VARCHAR(32) NOT NULL, 
	type VARCHAR(64) NOT NULL, 
	location TEXT NOT NULL, 
	mode VARCHAR(16) NOT NULL, 
	late BOOLEAN NOT NULL, 
	occurred_at_ms BIGINT NOT NULL, 
	opened_at_ms BIGINT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	acknowledged_at_ms BIGINT, 
	acknowledged_by VARCHAR(64), silent BOOLEAN DEFAULT 0 NOT NULL, 
	CONSTRAINT uq_alerts_event_id UNIQUE (event_id)
);
INSERT INTO "alerts" VALUES(1,'019ab34c-0000-7000-8000-000000000001','raspberry-01','motion','motion_detected','entrée, côté jardin','surveillance',0,1795417177001,1795420680000,'acknowledged',1795424280000,'agnès',0);
INSERT INTO "alerts" VALUES(2,'019ab34c-0000-7000-8000-000000000003','raspberry-01','button','button_pressed','entrée, côté jardin','surveillance',0,1795417371003,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(3,'019ab34c-0000-7000-8000-000000000005','raspberry-01','motion','motion_detected','entrée, côté jardin','surveillance',1,1795417565005,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(4,'019ab34c-0000-7000-8000-000000000007','raspberry-01','motion','motion_detected','entrée, côté jardin','surveillance',0,1795417759007,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(5,'019ab34c-0000-7000-8000-000000000009','raspberry-01','porte-cave','button_pressed','entrée, côté jardin','surveillance',0,1795417953009,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(6,'019ab34c-0000-7000-8000-000000000011','raspberry-01','motion','motion_detected','entrée, côté jardin','surveillance',0,1795418147011,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(7,'019ab34c-0000-7000-8000-000000000013','raspberry-01','motion','motion_detected','entrée, côté jardin','surveillance',0,1795420680000,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(8,'019ab34c-0000-7000-8000-000000000015','raspberry-01','button','button_pressed','entrée, côté jardin','surveillance',0,1795420680000,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(9,'019ab34c-0000-7000-8000-000000000017','raspberry-01','motion','motion_detected','entrée, côté jardin','surveillance',0,1795418729017,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(10,'019ab34c-0000-7000-8000-000000000019','raspberry-01','motion','motion_detected','entrée, côté jardin','surveillance',0,1795418923019,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(11,'019ab34c-0000-7000-8000-000000000021','raspberry-01','button','button_pressed','entrée, côté jardin','surveillance',0,1795419117021,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(12,'019ab34c-0000-7000-8000-000000000025','raspberry-01','motion','motion_detected','entrée, côté jardin','surveillance',0,1795419505025,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(13,'019ab34c-0000-7000-8000-000000000027','raspberry-01','button','button_pressed','entrée, côté jardin','surveillance',0,1795419699027,1795420680000,'open',NULL,NULL,0);
INSERT INTO "alerts" VALUES(14,'conflict:29dcb82133b8ec672b729679297921ebe28ddb429c4f37aa','raspberry-01','button','event_conflict','somewhere else','surveillance',0,1795417371003,1795420680000,'open',NULL,NULL,0);
CREATE TABLE attempts (
	"key" VARCHAR(128) NOT NULL, 
	failures BIGINT NOT NULL, 
	last_failed_at_ms BIGINT NOT NULL, 
	boot_id VARCHAR(64) NOT NULL, 
	mono_ms BIGINT NOT NULL, 
	CONSTRAINT pk_attempts PRIMARY KEY ("key")
);
INSERT INTO "attempts" VALUES('pin',3,1795424280000,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11',1234500);
CREATE TABLE audit (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at_ms BIGINT NOT NULL, 
	actor VARCHAR(64) NOT NULL, 
	origin VARCHAR(64) NOT NULL, 
	action VARCHAR(32) NOT NULL, 
	detail JSON NOT NULL
, hash VARCHAR(64) DEFAULT '0000000000000000000000000000000000000000000000000000000000000000' NOT NULL);
INSERT INTO "audit" VALUES(1,1795417080000,'dashboard','page 192.168.1.7','person_added','{"name":"agnes"}','ace03260a003de9d84bd1941330e1e56904495032f54e063b334cbb8edb1ba2b');
INSERT INTO "audit" VALUES(2,1795420680000,'agnès','page 192.168.1.7','mode','{"mode":"night","previous":null,"bypass":["pir côté jardin"],"stamp":[1763881200000,2,"bridge-01"]}','70079edf445b1309f426d7de71878c9c7bc60612e718c1e521d3fba6f949aa9f');
INSERT INTO "audit" VALUES(3,1795424280000,'','page 192.168.1.9','pin_failed','{"failures":3}','4c507a2febc5cc37140ce33c0c8f00c5d3ca7937ee4e457ee649c3e388922b18');
CREATE TABLE devices (
	device_id VARCHAR(32) NOT NULL, 
	status JSON, 
	heartbeat JSON, 
	heartbeat_at_ms BIGINT, 
	states JSON NOT NULL, 
	quarantined BIGINT DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_devices PRIMARY KEY (device_id)
);
INSERT INTO "devices" VALUES('raspberry-01','{"state":"online"}','{"boot_id":"b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69","beat":4,"mono_ms":null,"stream_id":"9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f","last_seq":30,"log_depth":9,"temp_c":null,"disk_free_bytes":null,"throttled":null,"clock":"unsynced","faults":[]}',1795417080000,'{}',1);
CREATE TABLE event_hours (
	hour BIGINT NOT NULL, 
	device_id VARCHAR(32) NOT NULL, 
	type VARCHAR(64) NOT NULL, 
	count BIGINT NOT NULL, 
	first_cursor BIGINT NOT NULL, 
	last_cursor BIGINT NOT NULL, 
	CONSTRAINT pk_event_hours PRIMARY KEY (hour, device_id, type)
);
INSERT INTO "event_hours" VALUES(498726,'raspberry-01','motion_detected',1,1,1);
INSERT INTO "event_hours" VALUES(498727,'raspberry-01','motion_ended',8,2,22);
INSERT INTO "event_hours" VALUES(498727,'raspberry-01','button_pressed',5,3,24);
INSERT INTO "event_hours" VALUES(498727,'raspberry-01','motion_detected',7,5,23);
INSERT INTO "event_hours" VALUES(498727,'raspberry-01','button_released',3,6,18);
INSERT INTO "event_hours" VALUES(498727,'esp32-cellar','humidity',1,25,25);
CREATE TABLE events (
	cursor INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id VARCHAR(64) NOT NULL, 
	type VARCHAR(64) NOT NULL, 
	device_id VARCHAR(32) NOT NULL, 
	sensor VARCHAR(32) NOT NULL, 
	details JSON NOT NULL, 
	occurred_at_ms BIGINT NOT NULL, 
	received_at_ms BIGINT NOT NULL, 
	clock VARCHAR(8) NOT NULL, 
	late BOOLEAN NOT NULL, 
	stream_id VARCHAR(64), 
	seq BIGINT, 
	boot_id VARCHAR(64), 
	CONSTRAINT uq_events_id UNIQUE (id), 
	CONSTRAINT uq_events_device_id_stream_id_seq UNIQUE (device_id, stream_id, seq)
);
INSERT INTO "events" VALUES(1,'019ab34c-0000-7000-8000-000000000001','motion_detected','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795417177001,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',1,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(2,'019ab34c-0000-7000-8000-000000000002','motion_ended','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795417274002,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',2,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(3,'019ab34c-0000-7000-8000-000000000003','button_pressed','raspberry-01','button','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',1795417371003,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',3,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(4,'019ab34c-0000-7000-8000-000000000004','motion_ended','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795417468004,1795420680000,'synced',1,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',4,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(5,'019ab34c-0000-7000-8000-000000000005','motion_detected','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795417565005,1795420680000,'synced',1,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',5,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(6,'019ab34c-0000-7000-8000-000000000006','button_released','raspberry-01','button','{"confidence":0.95,"location":"entrée, côté jardin","state":"released"}',1795417662006,1795420680000,'synced',1,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',6,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(7,'019ab34c-0000-7000-8000-000000000007','motion_detected','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795417759007,1795420680000,'holdover',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',7,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(8,'019ab34c-0000-7000-8000-000000000008','motion_ended','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795417856008,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',8,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(9,'019ab34c-0000-7000-8000-000000000009','button_pressed','raspberry-01','porte-cave','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',1795417953009,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',9,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(10,'019ab34c-0000-7000-8000-000000000010','motion_ended','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795418050010,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',10,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(11,'019ab34c-0000-7000-8000-000000000011','motion_detected','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795418147011,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',11,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(12,'019ab34c-0000-7000-8000-000000000012','button_released','raspberry-01','button','{"confidence":0.95,"location":"entrée, côté jardin","state":"released"}',1795418244012,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',12,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11');
INSERT INTO "events" VALUES(13,'019ab34c-0000-7000-8000-000000000013','motion_detected','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795420680000,1795420680000,'unsynced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',13,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(14,'019ab34c-0000-7000-8000-000000000014','motion_ended','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795420680000,1795420680000,'unsynced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',14,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(15,'019ab34c-0000-7000-8000-000000000015','button_pressed','raspberry-01','button','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',1795420680000,1795420680000,'unsynced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',15,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(16,'019ab34c-0000-7000-8000-000000000016','motion_ended','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795418632016,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',16,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(17,'019ab34c-0000-7000-8000-000000000017','motion_detected','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795418729017,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',17,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(18,'019ab34c-0000-7000-8000-000000000018','button_released','raspberry-01','button','{"confidence":0.95,"location":"entrée, côté jardin","state":"released"}',1795418826018,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',18,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(19,'019ab34c-0000-7000-8000-000000000019','motion_detected','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795418923019,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',19,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(20,'019ab34c-0000-7000-8000-000000000020','motion_ended','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795419020020,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',20,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(21,'019ab34c-0000-7000-8000-000000000021','button_pressed','raspberry-01','button','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',1795419117021,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',21,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(22,'019ab34c-0000-7000-8000-000000000022','motion_ended','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795419214022,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',22,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(23,'019ab34c-0000-7000-8000-000000000025','motion_detected','raspberry-01','motion','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795419505025,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',25,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(24,'019ab34c-0000-7000-8000-000000000027','button_pressed','raspberry-01','button','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',1795419699027,1795420680000,'synced',0,'9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',27,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69');
INSERT INTO "events" VALUES(25,'third-1','humidity','esp32-cellar','humidity','{"value_percent":61.5}',1795420680000,1795420680000,'synced',0,NULL,NULL,NULL);
CREATE TABLE media (
	id VARCHAR(64) NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	device_id VARCHAR(32) NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	work VARCHAR(8), 
	at_ms BIGINT NOT NULL, 
	started_at_ms BIGINT, 
	heard_at_ms BIGINT NOT NULL, 
	duration_ms BIGINT NOT NULL, 
	triggered_after_ms BIGINT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	truncated BOOLEAN NOT NULL, 
	sha256 VARCHAR(64), 
	width INTEGER NOT NULL, 
	height INTEGER NOT NULL, 
	cause_kind VARCHAR(16) NOT NULL, 
	cause_event_id VARCHAR(64), 
	cause_zone VARCHAR(64), 
	angle_deg FLOAT, 
	preset VARCHAR(64), 
	locked BOOLEAN DEFAULT 0 NOT NULL, 
	container VARCHAR(8), 
	has_poster BOOLEAN DEFAULT 0 NOT NULL, 
	note TEXT, 
	deleted_at_ms BIGINT, 
	deleted_reason VARCHAR(16), 
	CONSTRAINT pk_media PRIMARY KEY (id)
);
CREATE TABLE people (
	name VARCHAR(32) NOT NULL, 
	pin_hash VARCHAR(128) NOT NULL, 
	duress_hash VARCHAR(128), 
	created_at_ms BIGINT NOT NULL, 
	CONSTRAINT pk_people PRIMARY KEY (name)
);
INSERT INTO "people" VALUES('agnes','$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA',NULL,1763881200000);
CREATE TABLE quarantine (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	"key" VARCHAR(100) NOT NULL, 
	reason TEXT NOT NULL, 
	topic TEXT, 
	device_id VARCHAR(32), 
	payload BLOB NOT NULL, 
	payload_bytes BIGINT NOT NULL, 
	received_at_ms BIGINT NOT NULL, 
	CONSTRAINT uq_quarantine_key UNIQUE ("key")
);
INSERT INTO "quarantine" VALUES(1,'sha256:1d81cc1c501dc12f098215942fa34c38dcfa00db5c0b1ea009e606e11982dbed','device_id: String should match pattern ''^[a-z0-9][a-z0-9-]{0,31}$''',NULL,NULL,X'7B226465766963655F6964223A20224E4F54204120444556494345222C20226964223A202272656675736564222C202274797065223A202268756D6964697479227D',66,1795420680000);
INSERT INTO "quarantine" VALUES(2,'conflict:29dcb82133b8ec672b729679297921ebe28ddb429c4f37aa','seq 3 of stream 9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f is stored with other content',NULL,'raspberry-01',X'7B226964223A2230313961623334632D303030302D373030302D383030302D303030303030303030303033222C2274797065223A22627574746F6E5F70726573736564222C226465766963655F6964223A227261737062657272792D3031222C2273656E736F72223A22627574746F6E222C2264657461696C73223A7B226C6F636174696F6E223A22736F6D65776865726520656C7365227D2C226F636375727265645F6174223A22323032362D31312D32335430373A30323A35312E3030335A222C22636C6F636B223A2273796E636564222C226C617465223A66616C73652C2273747265616D5F6964223A223966336331643565376139623463326438653666306131623263336434653566222C22736571223A332C22626F6F745F6964223A2235643066326134342D396231652D346631652D386135332D306331623761396630653131227D',329,1795420680000);
CREATE TABLE sessions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	secret_hash VARCHAR(64) NOT NULL, 
	user_name VARCHAR(32) NOT NULL, 
	created_at_ms BIGINT NOT NULL, 
	seen_at_ms BIGINT NOT NULL, 
	address VARCHAR(64) NOT NULL, 
	browser VARCHAR(200) NOT NULL, 
	CONSTRAINT uq_sessions_secret_hash UNIQUE (secret_hash)
);
CREATE TABLE site (
	"key" VARCHAR(32) NOT NULL, 
	value JSON NOT NULL, 
	CONSTRAINT pk_site PRIMARY KEY ("key")
);
INSERT INTO "site" VALUES('mode','{"mode":"surveillance","stamp":[1763881200000,2,"bridge-01"],"changed_by":"agnès","changed_from":"","changed_at":"2026-11-23T06:58:00.000Z","bypass":[],"signature":null}');
CREATE TABLE skips (
	device_id VARCHAR(32) NOT NULL, 
	stream_id VARCHAR(64) NOT NULL, 
	first_seq BIGINT NOT NULL, 
	last_seq BIGINT NOT NULL, 
	reason VARCHAR(16) NOT NULL, 
	CONSTRAINT pk_skips PRIMARY KEY (device_id, stream_id, last_seq)
);
CREATE TABLE streams (
	device_id VARCHAR(32) NOT NULL, 
	stream_id VARCHAR(64) NOT NULL, 
	through_seq BIGINT NOT NULL, 
	max_seq BIGINT NOT NULL, 
	stored BIGINT NOT NULL, 
	late BIGINT NOT NULL, 
	accepted_seq BIGINT, 
	last_proof_at_ms BIGINT, 
	seen_at_ms BIGINT NOT NULL, through_event_id VARCHAR(64), dropped BIGINT DEFAULT 0 NOT NULL, quarantined BIGINT DEFAULT 0 NOT NULL, elsewhere BIGINT DEFAULT 0 NOT NULL, 
	CONSTRAINT pk_streams PRIMARY KEY (device_id, stream_id)
);
INSERT INTO "streams" VALUES('raspberry-01','9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f',22,27,24,3,30,1795417080000,1795417080000,'019ab34c-0000-7000-8000-000000000022',0,0,0);
INSERT INTO "streams" VALUES('esp32-cellar','',0,0,1,0,NULL,NULL,1795420680000,NULL,0,0,0);
CREATE TABLE tokens (
	name VARCHAR(32) NOT NULL, 
	scope VARCHAR(16) NOT NULL, 
	secret_hash VARCHAR(64) NOT NULL, 
	created_at_ms BIGINT NOT NULL, 
	created_by VARCHAR(64) NOT NULL, 
	seen_at_ms BIGINT, 
	CONSTRAINT pk_tokens PRIMARY KEY (name), 
	CONSTRAINT uq_tokens_secret_hash UNIQUE (secret_hash)
);
CREATE TABLE users (
	name VARCHAR(32) NOT NULL, 
	role VARCHAR(16) NOT NULL, 
	password_hash VARCHAR(128) NOT NULL, 
	created_at_ms BIGINT NOT NULL, 
	CONSTRAINT pk_users PRIMARY KEY (name)
);
CREATE INDEX ix_events_device_id_cursor ON events (device_id, cursor);
CREATE INDEX ix_events_type_cursor ON events (type, cursor);
CREATE INDEX ix_events_device_id_type_cursor ON events (device_id, type, cursor);
CREATE INDEX ix_alerts_state_id ON alerts (state, id);
CREATE INDEX ix_alerts_device_id_type_state ON alerts (device_id, type, state);
CREATE INDEX ix_media_kind_at_ms_id ON media (kind, at_ms, id);
CREATE INDEX ix_media_kind_device_id_at_ms_id ON media (kind, device_id, at_ms, id);
CREATE INDEX ix_media_cause_event_id ON media (cause_event_id);
CREATE INDEX ix_media_state ON media (state);
CREATE INDEX ix_sessions_user_name ON sessions (user_name);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',26);
INSERT INTO "sqlite_sequence" VALUES('alerts',14);
INSERT INTO "sqlite_sequence" VALUES('quarantine',2);
INSERT INTO "sqlite_sequence" VALUES('audit',3);
COMMIT;
