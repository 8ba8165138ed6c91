PRAGMA user_version=1;
BEGIN TRANSACTION;
CREATE TABLE commands (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    command_id TEXT NOT NULL UNIQUE,
    result TEXT NOT NULL
) STRICT;
INSERT INTO "commands" VALUES(1,'c0ffee-1','{"status": "done", "reason": null, "angle_deg": -30.0}');
INSERT INTO "commands" VALUES(2,'c0ffee-2','{"status": "rejected", "reason": "no such preset: ''grenier''"}');
CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    sensor TEXT NOT NULL,
    kind TEXT,
    type TEXT NOT NULL,
    body TEXT NOT NULL,
    occurred_at_ms INTEGER,
    mono_ms INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    clock TEXT NOT NULL
) STRICT;
INSERT INTO "events" VALUES(1,'019ab34c-0000-7000-8000-000000000001','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795417177001,97001,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(2,'019ab34c-0000-7000-8000-000000000002','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795417274002,194002,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(3,'019ab34c-0000-7000-8000-000000000003','button',NULL,'button_pressed','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',1795417371003,291003,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(4,'019ab34c-0000-7000-8000-000000000004','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795417468004,388004,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(5,'019ab34c-0000-7000-8000-000000000005','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795417565005,485005,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(6,'019ab34c-0000-7000-8000-000000000006','button',NULL,'button_released','{"confidence":0.95,"location":"entrée, côté jardin","state":"released"}',1795417662006,582006,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(7,'019ab34c-0000-7000-8000-000000000007','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795417759007,679007,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','holdover');
INSERT INTO "events" VALUES(8,'019ab34c-0000-7000-8000-000000000008','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795417856008,776008,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(9,'019ab34c-0000-7000-8000-000000000009','porte-cave','button','button_pressed','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',1795417953009,873009,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(10,'019ab34c-0000-7000-8000-000000000010','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795418050010,970010,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(11,'019ab34c-0000-7000-8000-000000000011','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795418147011,1067011,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(12,'019ab34c-0000-7000-8000-000000000012','button',NULL,'button_released','{"confidence":0.95,"location":"entrée, côté jardin","state":"released"}',1795418244012,1164012,'5d0f2a44-9b1e-4f1e-8a53-0c1b7a9f0e11','synced');
INSERT INTO "events" VALUES(13,'019ab34c-0000-7000-8000-000000000013','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',NULL,97000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','unsynced');
INSERT INTO "events" VALUES(14,'019ab34c-0000-7000-8000-000000000014','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',NULL,194000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','unsynced');
INSERT INTO "events" VALUES(15,'019ab34c-0000-7000-8000-000000000015','button',NULL,'button_pressed','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',NULL,291000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','unsynced');
INSERT INTO "events" VALUES(16,'019ab34c-0000-7000-8000-000000000016','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795418632016,388000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(17,'019ab34c-0000-7000-8000-000000000017','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795418729017,485000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(18,'019ab34c-0000-7000-8000-000000000018','button',NULL,'button_released','{"confidence":0.95,"location":"entrée, côté jardin","state":"released"}',1795418826018,582000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(19,'019ab34c-0000-7000-8000-000000000019','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795418923019,679000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(20,'019ab34c-0000-7000-8000-000000000020','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795419020020,776000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(21,'019ab34c-0000-7000-8000-000000000021','button',NULL,'button_pressed','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',1795419117021,873000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(22,'019ab34c-0000-7000-8000-000000000022','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795419214022,970000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(23,'019ab34c-0000-7000-8000-000000000023','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795419311023,1067000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(24,'019ab34c-0000-7000-8000-000000000024','button',NULL,'button_released','{"confidence":0.95,"location":"entrée, côté jardin","state":"released"}',1795419408024,1164000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(25,'019ab34c-0000-7000-8000-000000000025','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795419505025,1261000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(26,'019ab34c-0000-7000-8000-000000000026','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795419602026,1358000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(27,'019ab34c-0000-7000-8000-000000000027','button',NULL,'button_pressed','{"confidence":0.95,"location":"entrée, côté jardin","state":"pressed"}',1795419699027,1455000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(28,'019ab34c-0000-7000-8000-000000000028','motion',NULL,'motion_ended','{"confidence":0.95,"location":"entrée, côté jardin","state":"ended"}',1795419796028,1552000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(29,'019ab34c-0000-7000-8000-000000000029','motion',NULL,'motion_detected','{"confidence":0.95,"location":"entrée, côté jardin","state":"detected"}',1795419893029,1649000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
INSERT INTO "events" VALUES(30,'019ab34c-0000-7000-8000-000000000030','button',NULL,'button_released','{"confidence":0.95,"location":"entrée, côté jardin","state":"released"}',1795419990030,1746000,'b7c1f0de-2f5a-4a53-9d3e-3f1d2c4b5a69','synced');
CREATE TABLE values_by_name (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO "values_by_name" VALUES('acked_through','21');
INSERT INTO "values_by_name" VALUES('mode','{"mode":"surveillance","stamp":[1763881200000,2,"bridge-01"],"changed_by":"agnès","changed_at":"2026-11-23T06:58:00.000Z","signature":null}');
INSERT INTO "values_by_name" VALUES('servo_deg','-30.0');
INSERT INTO "values_by_name" VALUES('stream_id','9f3c1d5e7a9b4c2d8e6f0a1b2c3d4e5f');
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('events',30);
INSERT INTO "sqlite_sequence" VALUES('commands',2);
COMMIT;
