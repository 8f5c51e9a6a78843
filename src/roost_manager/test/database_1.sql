-- SPDX-FileCopyrightText: 2026 Roost contributors
-- SPDX-License-Identifier: Apache-2.0
-- A database as version 1 of the schema wrote it.
BEGIN TRANSACTION;
CREATE TABLE deployments (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	package TEXT NOT NULL, 
	singleton BOOLEAN NOT NULL, 
	stopped BOOLEAN NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "deployments" VALUES('old-id','old','pack',0,1,'{"components":[{"device":"rover1","generation":1,"name":"main","plan":[{"name":"run","sources":{"ROOST_COMPONENT":"roost","ROOST_DEPLOYMENT_ID":"roost","ROOST_DEPLOYMENT_NAME":"roost","ROOST_DEVICE":"roost","ROOST_EXECUTABLE":"roost","ROOST_GENERATION":"roost"},"spec":{"environment":{"ROOST_COMPONENT":"main","ROOST_DEPLOYMENT_ID":"old-id","ROOST_DEPLOYMENT_NAME":"old","ROOST_DEVICE":"rover1","ROOST_EXECUTABLE":"run","ROOST_GENERATION":"1"},"image":"run:1","runtime":"docker"}}],"restart":"always"}],"created_at":1000000.0,"created_by":"ann","deprovision_at":1000000.0,"deprovisioning":true,"executables":[{"component":"main","device":"rover1","generation":1,"name":"run","started":true,"status":"Stopped"}],"id":"old-id","phase":"Deployment stopped","removed_from":["rover1"],"removing":true,"removing_at":1000000.0,"spec":{"components":{"main":{"device":"rover1"}},"name":"old","package":{"name":"pack","version":"1"}},"status":"Stopped"}');
INSERT INTO "deployments" VALUES('camera-id','camera','pack',0,0,'{"components":[{"device":"rover1","generation":1,"name":"main","plan":[{"name":"run","sources":{"ROOST_COMPONENT":"roost","ROOST_DEPLOYMENT_ID":"roost","ROOST_DEPLOYMENT_NAME":"roost","ROOST_DEVICE":"roost","ROOST_EXECUTABLE":"roost","ROOST_GENERATION":"roost"},"spec":{"environment":{"ROOST_COMPONENT":"main","ROOST_DEPLOYMENT_ID":"camera-id","ROOST_DEPLOYMENT_NAME":"camera","ROOST_DEVICE":"rover1","ROOST_EXECUTABLE":"run","ROOST_GENERATION":"1"},"image":"run:1","runtime":"docker"}}],"restart":"always"}],"created_at":1000000.0,"created_by":"ann","executables":[{"component":"main","device":"rover1","generation":1,"name":"run","started":true,"status":"Running"}],"id":"camera-id","phase":"Succeeded","spec":{"components":{"main":{"device":"rover1"}},"name":"camera","package":{"name":"pack","version":"1"}},"status":"Running"}');
INSERT INTO "deployments" VALUES('failed-id','failed','pack',0,0,'{"codes":["DEP_E156"],"components":[{"device":"rover1","generation":1,"name":"main","restart":"always"}],"created_at":1000000.0,"created_by":"ann","dependencies":[{"id":"gone-id","name":"gone"}],"executables":[{"component":"main","device":"rover1","name":"run","status":"Stopped"}],"id":"failed-id","phase":"Failed to start","reason":{"kind":"DEPENDENCY_FAILED","text":"dependency gone was stopped"},"spec":{"components":{"main":{"device":"rover1"}},"depends_on":[{"deployment":"gone"}],"name":"failed","package":{"name":"pack","version":"1"}},"status":"Error"}');
INSERT INTO "deployments" VALUES('lidar-id','lidar','pack',0,0,'{"components":[{"device":"rover1","generation":1,"name":"main","plan":[{"name":"run","sources":{"ROOST_COMPONENT":"roost","ROOST_DEPLOYMENT_ID":"roost","ROOST_DEPLOYMENT_NAME":"roost","ROOST_DEVICE":"roost","ROOST_EXECUTABLE":"roost","ROOST_GENERATION":"roost"},"spec":{"environment":{"ROOST_COMPONENT":"main","ROOST_DEPLOYMENT_ID":"lidar-id","ROOST_DEPLOYMENT_NAME":"lidar","ROOST_DEVICE":"rover1","ROOST_EXECUTABLE":"run","ROOST_GENERATION":"1"},"image":"run:1","runtime":"docker"}}],"restart":"always"}],"created_at":1000000.0,"created_by":"ann","dependencies":[{"id":"camera-id","name":"camera"}],"executables":[{"component":"main","device":"rover1","generation":1,"name":"run","started":true,"status":"Running"}],"id":"lidar-id","phase":"Succeeded","spec":{"components":{"main":{"device":"rover1"}},"depends_on":[{"deployment":"camera"}],"name":"lidar","package":{"name":"pack","version":"1"}},"status":"Running"}');
CREATE TABLE devices (
	name TEXT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "devices" VALUES('rover1','{"facts":{"architecture":"amd64","runtimes":["docker","preinstalled"]},"incarnation":2,"key_id":"ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","name":"rover1","revision":3}');
CREATE TABLE events (
	number INTEGER NOT NULL, 
	deployment_id TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "events" VALUES(1,'camera-id',5.0,'{"at":5.0,"deployment_id":"camera-id","kind":"status","message":"event 1","number":1}');
CREATE TABLE meta (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO "meta" VALUES('schema_version','1');
INSERT INTO "meta" VALUES('manager_id','42a5d58a-1f45-4bcf-85fd-b13ae7919309');
INSERT INTO "meta" VALUES('epoch','4');
CREATE TABLE packages (
	number INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	version TEXT NOT NULL, 
	applied_at FLOAT NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (name, version)
);
INSERT INTO "packages" VALUES(1,'pack','1',5.0,'{"components":[{"executables":[{"image":"run:1","name":"run"}],"name":"main","runtime":"device"}],"name":"pack","version":"1"}');
CREATE TABLE requests (
	id TEXT NOT NULL, 
	digest TEXT NOT NULL, 
	answer BLOB NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "requests" VALUES('r1','digest',X'00616E73776572',7.0);
CREATE UNIQUE INDEX one_singleton ON deployments (package) WHERE stopped = 0 AND singleton = 1;
CREATE UNIQUE INDEX one_name ON deployments (name) WHERE stopped = 0;
CREATE INDEX stopped_by_name ON deployments (stopped, name, id);
CREATE INDEX ix_events_at ON events (at);
CREATE INDEX ix_events_deployment_id ON events (deployment_id);
CREATE INDEX ix_requests_at ON requests (at);
COMMIT;
