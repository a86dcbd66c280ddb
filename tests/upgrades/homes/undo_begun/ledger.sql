BEGIN TRANSACTION;
CREATE TABLE ledger_bases (
	scope INTEGER NOT NULL, 
	contact_id BIGINT NOT NULL, 
	said TEXT NOT NULL, 
	PRIMARY KEY (scope, contact_id)
)
 WITHOUT ROWID

;
INSERT INTO "ledger_bases" VALUES(1,1,'{"age":["100","100"]}');
INSERT INTO "ledger_bases" VALUES(1,2,'{"age":["101","101"]}');
INSERT INTO "ledger_bases" VALUES(1,3,'{"age":["102","102"]}');
INSERT INTO "ledger_bases" VALUES(1,4,'{"age":["103","103"]}');
INSERT INTO "ledger_bases" VALUES(1,5,'{"age":["104","104"]}');
INSERT INTO "ledger_bases" VALUES(1,6,'{"age":["105","105"]}');
INSERT INTO "ledger_bases" VALUES(1,7,'{"age":["106","106"]}');
INSERT INTO "ledger_bases" VALUES(1,8,'{"age":["107","107"]}');
INSERT INTO "ledger_bases" VALUES(1,9,'{"age":["108","108"]}');
INSERT INTO "ledger_bases" VALUES(1,10,'{"age":["109","109"]}');
INSERT INTO "ledger_bases" VALUES(1,11,'{"age":["110","110"]}');
INSERT INTO "ledger_bases" VALUES(1,12,'{"age":["111","111"]}');
CREATE TABLE ledger_calls (
	run_id TEXT NOT NULL, 
	"row" BIGINT NOT NULL, 
	server TEXT NOT NULL, 
	pipeline TEXT NOT NULL, 
	identity TEXT NOT NULL, 
	nth INTEGER NOT NULL, 
	campaign TEXT NOT NULL, 
	address_key TEXT NOT NULL, 
	address TEXT NOT NULL, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	call_id BIGINT, 
	asked_at VARCHAR(27) NOT NULL, 
	settled_at VARCHAR(27), 
	reason TEXT NOT NULL, 
	again_reason TEXT NOT NULL, 
	call_state TEXT NOT NULL, 
	fail_reason TEXT NOT NULL, 
	details JSON, 
	started_at VARCHAR(27), 
	finished_at VARCHAR(27), 
	tracked_at VARCHAR(27), 
	PRIMARY KEY (run_id, "row"), 
	CONSTRAINT ledger_calls_once UNIQUE (server, pipeline, identity, nth)
);
CREATE TABLE ledger_changes (
	run_id TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	position BIGINT NOT NULL, 
	contact_id BIGINT, 
	variable TEXT NOT NULL, 
	"before" TEXT, 
	"after" TEXT, 
	PRIMARY KEY (run_id, seq, position)
)
 WITHOUT ROWID

;
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',0,0,1,'age','1','100');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',1,1,2,'age','1','101');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',2,2,3,'age','1','102');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',3,3,4,'age','1','103');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',4,4,5,'age','1','104');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',5,5,6,'age','1','105');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',6,6,7,'age','1','106');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',7,7,8,'age','1','107');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',8,8,9,'age','1','108');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',9,9,10,'age','1','109');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',10,10,11,'age','1','110');
INSERT INTO "ledger_changes" VALUES('20261128T112421Z-8f1f07',11,11,12,'age','1','111');
CREATE TABLE ledger_inbox_files (
	pipeline TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	name TEXT NOT NULL, 
	state TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	claimed_at VARCHAR(27) NOT NULL, 
	finished_at VARCHAR(27), 
	reason TEXT NOT NULL, 
	PRIMARY KEY (pipeline, content_hash)
);
CREATE TABLE ledger_leases (
	name TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	holder TEXT NOT NULL, 
	token BIGINT NOT NULL, 
	expires_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "ledger_leases" VALUES('push:p','20261128T112424Z-1f59aa','office/8513/485239',2,'2026-11-28T11:25:24.344315Z');
CREATE TABLE ledger_notices (
	pipeline TEXT NOT NULL, 
	state TEXT NOT NULL, 
	since VARCHAR(27) NOT NULL, 
	PRIMARY KEY (pipeline)
);
CREATE TABLE ledger_plans (
	checksum TEXT NOT NULL, 
	made_by TEXT NOT NULL, 
	pipeline TEXT NOT NULL, 
	made_at VARCHAR(27) NOT NULL, 
	body BLOB, 
	claimed_by TEXT, 
	claimed_at VARCHAR(27), 
	PRIMARY KEY (checksum, made_by)
);
CREATE TABLE ledger_rows (
	run_id TEXT NOT NULL, 
	"row" BIGINT NOT NULL, 
	address_key TEXT NOT NULL, 
	address TEXT NOT NULL, 
	status TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	contact_id BIGINT, 
	PRIMARY KEY (run_id, "row")
)
 WITHOUT ROWID

;
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',2,'855127000000','855127000000','updated','',1);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',3,'855127000001','855127000001','updated','',2);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',4,'855127000002','855127000002','updated','',3);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',5,'855127000003','855127000003','updated','',4);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',6,'855127000004','855127000004','updated','',5);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',7,'855127000005','855127000005','updated','',6);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',8,'855127000006','855127000006','updated','',7);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',9,'855127000007','855127000007','updated','',8);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',10,'855127000008','855127000008','updated','',9);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',11,'855127000009','855127000009','updated','',10);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',12,'855127000010','855127000010','updated','',11);
INSERT INTO "ledger_rows" VALUES('20261128T112421Z-8f1f07',13,'855127000011','855127000011','updated','',12);
CREATE TABLE ledger_runs (
	run_id TEXT NOT NULL, 
	pipeline TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	status TEXT NOT NULL, 
	started_at VARCHAR(27) NOT NULL, 
	finished_at VARCHAR(27), 
	server TEXT, 
	project_id BIGINT, 
	project_name TEXT, 
	plan_checksum TEXT, 
	approved_by TEXT, 
	resumes TEXT, 
	options JSON NOT NULL, 
	counts JSON NOT NULL, 
	requests JSON NOT NULL, 
	summary JSON NOT NULL, 
	error TEXT NOT NULL, 
	PRIMARY KEY (run_id)
);
INSERT INTO "ledger_runs" VALUES('20261128T112421Z-8f1f07','p','sync','succeeded','2026-11-28T11:24:21.448652Z','2026-11-28T11:24:22.429929Z','http://verboice.test',1,'Clinic','444e935e1a465e2a',NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": [], "again": "", "dry_run": false, "dropped": false}','{"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}','{"get": 13, "put": 12, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}','{"run_id": "20261128T112421Z-8f1f07", "pipeline": "p", "kind": "sync", "status": "succeeded", "started_at": "2026-11-28T11:24:21Z", "finished_at": "2026-11-28T11:24:22Z", "project": {"id": 1, "name": "Clinic"}, "rows": {"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}, "variables_changed": 12, "requests": {"get": 13, "put": 12, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}, "plan": {"checksum": "444e935e1a465e2a", "changes": 12, "violations": []}, "reports": {"workbook": ".verboice-sync/runs/20261128T112421Z-8f1f07/people.result.xlsx", "html": ".verboice-sync/runs/20261128T112421Z-8f1f07/report.html", "summary": ".verboice-sync/runs/20261128T112421Z-8f1f07/summary.json", "plan": ".verboice-sync/runs/20261128T112421Z-8f1f07/plan.json"}}','');
INSERT INTO "ledger_runs" VALUES('20261128T112424Z-1f59aa','p','undo','running','2026-11-28T11:24:24.264488Z',NULL,'http://verboice.test',NULL,NULL,NULL,NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": ["20261128T112421Z-8f1f07"], "again": "", "dry_run": false, "dropped": false}','{}','{}','{}','');
CREATE TABLE ledger_scopes (
	scope INTEGER NOT NULL, 
	server TEXT NOT NULL, 
	project_id BIGINT NOT NULL, 
	pipeline TEXT NOT NULL, 
	contacts BIGINT, 
	rows BIGINT, 
	counted_at VARCHAR(27), 
	full_check_at VARCHAR(27), 
	PRIMARY KEY (scope), 
	CONSTRAINT ledger_scopes_once UNIQUE (server, project_id, pipeline)
);
INSERT INTO "ledger_scopes" VALUES(1,'http://verboice.test',1,'p',NULL,12,'2026-11-28T11:24:22.263821Z','2026-11-28T11:24:22.199526Z');
CREATE TABLE ledger_server_costs (
	server TEXT NOT NULL, 
	measure TEXT NOT NULL, 
	value DOUBLE NOT NULL, 
	samples BIGINT NOT NULL, 
	seen_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (server, measure)
);
CREATE TABLE ledger_settled (
	scope INTEGER NOT NULL, 
	address_key TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	contact_id BIGINT, 
	address TEXT NOT NULL, 
	settled_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (scope, address_key)
)
 WITHOUT ROWID

;
INSERT INTO "ledger_settled" VALUES(1,'855127000000','c35dc21aca3d2fda21436dec',1,'855127000000','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000001','dbbc6e1fa5529ce3f3d0bc33',2,'855127000001','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000002','471427ac9c74bf8b6f5e4c29',3,'855127000002','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000003','3662c665f05f8ceae681cc70',4,'855127000003','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000004','1316590903356baeb800f253',5,'855127000004','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000005','7df01427c34f680f20bef5d3',6,'855127000005','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000006','f782fc860805826aedf78ef1',7,'855127000006','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000007','78654d2a3bc7248135552db5',8,'855127000007','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000008','a31f9cc821f71fb434be1bff',9,'855127000008','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000009','a4bbcc6c9f42baa773fbf726',10,'855127000009','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000010','fd7abfd90b3c35884d3bdf56',11,'855127000010','2026-11-28T11:24:22.316102Z');
INSERT INTO "ledger_settled" VALUES(1,'855127000011','9cedec5760abc9aa6c447132',12,'855127000011','2026-11-28T11:24:22.316102Z');
CREATE TABLE ledger_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT ledger_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "ledger_version" VALUES('0002');
CREATE TABLE ledger_watermarks (
	scope INTEGER NOT NULL, 
	cursor TEXT NOT NULL, 
	value TEXT NOT NULL, 
	run_id TEXT NOT NULL, 
	settled_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (scope, cursor)
);
CREATE TABLE ledger_writes (
	run_id TEXT NOT NULL, 
	seq BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	contact_id BIGINT, 
	address TEXT NOT NULL, 
	"row" BIGINT, 
	state TEXT NOT NULL, 
	attempts INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	sent_at VARCHAR(27), 
	settled_at VARCHAR(27), 
	PRIMARY KEY (run_id, seq)
)
 WITHOUT ROWID

;
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',0,'put',1,'855127000000',2,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',1,'put',2,'855127000001',3,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',2,'put',3,'855127000002',4,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',3,'put',4,'855127000003',5,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',4,'put',5,'855127000004',6,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',5,'put',6,'855127000005',7,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',6,'put',7,'855127000006',8,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',7,'put',8,'855127000007',9,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',8,'put',9,'855127000008',10,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',9,'put',10,'855127000009',11,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',10,'put',11,'855127000010',12,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
INSERT INTO "ledger_writes" VALUES('20261128T112421Z-8f1f07',11,'put',12,'855127000011',13,'done',1,'','2026-11-28T11:24:22.277765Z','2026-11-28T11:24:22.305746Z');
CREATE INDEX ledger_runs_by_pipeline ON ledger_runs (pipeline, started_at);
CREATE INDEX ledger_calls_by_time ON ledger_calls (pipeline, asked_at);
COMMIT;
