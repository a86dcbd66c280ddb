BEGIN TRANSACTION;
CREATE TABLE ledger_bases (
	scope INTEGER NOT NULL, 
	contact_id BIGINT NOT NULL, 
	said TEXT NOT NULL, 
	PRIMARY KEY (scope, contact_id)
)
 WITHOUT ROWID

;
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
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',0,0,1,'age','1','100');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',1,1,2,'age','1','101');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',2,2,3,'age','1','102');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',3,3,4,'age','1','103');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',4,4,5,'age','1','104');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',5,5,6,'age','1','105');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',6,6,7,'age','1','106');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',7,7,8,'age','1','107');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',8,8,9,'age','1','108');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',9,9,10,'age','1','109');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',10,10,11,'age','1','110');
INSERT INTO "ledger_changes" VALUES('20261128T111947Z-5ecac8',11,11,12,'age','1','111');
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
INSERT INTO "ledger_leases" VALUES('push:p','20261128T111947Z-5ecac8','office/23411/457554',1,'2026-11-28T11:20:47.996235Z');
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
INSERT INTO "ledger_plans" VALUES('444e935e1a465e2a','20261128T111944Z-efb9e3','p','2026-11-28T11:19:44.530543Z',X'7801AD96CD729B3010C7EF7D0A0FE7DA202C30F8DA57E8A9998E4748C2568C252A44326926EFDE15080BBB2A87D49EF181E5AFD56F3FB4E8FDCB6A15E95E1E048BF6AB284DD21CA1B4F88E102A31FEB1E67555F26DF4D5CA5AD1F246486E85ED683A0B39AC6B1B22474B6788E93B2BE97A4A39679C5D5F68C3D9819869A33542EB61AB3D2AF7B0D9A8AB8514DD6941983961ABD533A7D6DB3BD001DF1002B2A8F020C96500FD06C4824660FC1882D0EAD5D2B9259A13CB8F52B7AA6F1901C8B989826634259348D21391C74136D9A432875AF54336261BEBDB4650580CEE269BE696F966E9893776C3495113D1DCBCEF25E5DA1021ADE81AC70BD182540DEF0E773091E6BF7ADE995994476EB384B68EBFEDEDE3B45FD537E7C3ADA955DD5C4149D3CC16686EB4E0D6BDA719EA7FCD2A3D717AEEFA0B48228C312FB7194704E7194FC95064A8CF486DBD5C93FF2254438C50D25A9F7E3ADA0B31E06F2CC9357AA83DC47EF14288BA557A1EF4ABD2E74AA933F8927DD3386F2773B1B1CC2CC07921FAEDD6E8E289362F5C574A50BEEEDE248DE1A074F13FCE486CD76C9E3B257DB3755C8303701D9D8C69F7713CB9DB18A8D0D8EF6DAF21DF43AFDA3D9CD11DB5430DCD60D7C7E6D2DAFFE19CA1DFE7D726A64AD6E2D8C5EDE68D404836BC594E9FE071E59A1C5E40D38313D7E456A8A421D48C87DE9D183013C634EF6C52A322CB50BA4B869F2B1908A6A6B30A72E4FE45C56BA50750E48DA43663F028496C4EDC11FC8BCBF5E53D97C70D73CD76FA34175AE2C263CFDC7379DC3057EA33F069AE74892B0B7379DC30D738C56D193E5FC7ED12571EE6F2B8612EFC807CE125AE5D98CBE386B9B20770654B5C4598CBE386B9F20770E54B5C6598CBE386B9760FE0DA2D7121F7C9BA3F909E370C563C00AC5804F323F476B27AE03059F900B27291CC0FD15B324F1C2443C9FF93818F85A13FDD46EE8B39DD06C01E267BC0D847D3D807BEE19A11D94B107CD4C64B47345EF966978B8E137B6B88D2BC24B8D81625C384D5F50E33B64D338CD302239ED709AF12B4ADCA2C67BB344DB2BACA68CA32949415633B5CC3F4FCF8F2077A54B550','20261128T111947Z-5ecac8','2026-11-28T11:19:48.737330Z');
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
INSERT INTO "ledger_runs" VALUES('20261128T111944Z-efb9e3','p','plan','succeeded','2026-11-28T11:19:44.530543Z','2026-11-28T11:19:45.297052Z','http://verboice.test',1,'Clinic','444e935e1a465e2a',NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": [], "again": "", "dry_run": false, "dropped": false}','{"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}','{"get": 13, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}','{"run_id": "20261128T111944Z-efb9e3", "pipeline": "p", "kind": "plan", "status": "succeeded", "started_at": "2026-11-28T11:19:44Z", "finished_at": "2026-11-28T11:19:45Z", "project": {"id": 1, "name": "Clinic"}, "rows": {"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}, "variables_changed": 0, "requests": {"get": 13, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}, "plan": {"checksum": "444e935e1a465e2a", "changes": 12, "violations": []}, "reports": {"workbook": ".verboice-sync/runs/20261128T111944Z-efb9e3/people.result.xlsx", "html": ".verboice-sync/runs/20261128T111944Z-efb9e3/report.html", "summary": ".verboice-sync/runs/20261128T111944Z-efb9e3/summary.json", "plan": ".verboice-sync/runs/20261128T111944Z-efb9e3/plan.json"}}','');
INSERT INTO "ledger_runs" VALUES('20261128T111947Z-5ecac8','p','apply','running','2026-11-28T11:19:47.922384Z',NULL,'http://verboice.test',1,'Clinic','444e935e1a465e2a',NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": ["/srv/clinic/plan.json"], "again": "", "dry_run": false, "dropped": false}','{}','{}','{}','');
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
INSERT INTO "ledger_scopes" VALUES(1,'http://verboice.test',1,'p',NULL,NULL,'2026-11-28T11:19:48.773647Z','1970-01-01T00:00:00.000000Z');
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
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',0,'put',1,'855127000000',2,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',1,'put',2,'855127000001',3,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',2,'put',3,'855127000002',4,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',3,'put',4,'855127000003',5,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',4,'put',5,'855127000004',6,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',5,'put',6,'855127000005',7,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',6,'put',7,'855127000006',8,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',7,'put',8,'855127000007',9,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',8,'put',9,'855127000008',10,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',9,'put',10,'855127000009',11,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',10,'put',11,'855127000010',12,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T111947Z-5ecac8',11,'put',12,'855127000011',13,'sending',1,'','2026-11-28T11:19:48.797770Z',NULL);
CREATE INDEX ledger_runs_by_pipeline ON ledger_runs (pipeline, started_at);
CREATE INDEX ledger_calls_by_time ON ledger_calls (pipeline, asked_at);
COMMIT;
