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
INSERT INTO "ledger_leases" VALUES('push:p','20261128T112418Z-9c4aa7','office/7988/484635',1,'2026-11-28T11:25:18.651994Z');
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
INSERT INTO "ledger_plans" VALUES('444e935e1a465e2a','20261128T112415Z-ce9045','p','2026-11-28T11:24:15.401985Z',X'7801AD96CD729B3010C7EF7D0A0FE7DA202C63F0B5AFD053331D8F2C165B3196A810C9A499BC7B57202CECAA1C5267C69961F96BF5DB0F897DFFB25844BA937B5146BB4594266946489A7FC77F946C7E2C391409DD445FADAC110DD44282153683E92C64BFAEA9991C2CAD61A66BADA4ED380728A1BCBED006CA3D33E3464B4296FD56BB94EE70B341570929DAD38C3073C246AB67E0D6DB3BD2215F1F02B1A8F820D9A507FD86C4824768FCE883D0EAD5D2B9251A98E527A95BD5352543C8A989A3663025A348F21393C75E36DAA432FB4A757D36465BD935B5E0B818DD8D360D96F966E9096ABBE1A8A898A86FDE779283364C482BBAC6F1C2B460871ADAFD1D4CA4E15707AD994479049B25B276FC4D671FC7FD0E5D7DDEDF9A1AD54E159CD5F5648106A30558F79EA6AFFF35ABFC04FCDC76179444945228D61B208C661B48595F64ACCF406DBD5C93FF2254CD8C50D25A9F7E3ADA0B33E86F28C9357AAC3DC67EF1428CBA517A1AF4ABD2E7835267F425BBBA76DE4EE66263995890F3C2F4DBADD1C513AD5E401F94E0B06CDF248FF1A0B4F13FCE486CD7AC9E5B257DB3B5A0D101BA8E4EC634BB381EDDAD0C5668E8F7A6D398EFBE57ED1ECEE88EDABEC266B0EB637369EC4FE86792F1DFFB982B5989631B37AB378621D9F026397DC2C7856B727C814D8F4E5C935BA1928671331C7A7762D0CCCA52436B931AE59B0D49B749FFE74A8682B1E9AC821DC1BF3840A5740F4ABC915566089E2489CD893B827F71B9BEBCE7F2B861AEC94E9FE622735C74E8997B2E8F1BE64A7D063ECD95CE716DC25C1E37CCB57E00D77A8E2B0B7379DC30177D00179DE3DA86B93C6E986BF8EAD9B6FD7CDF6FE6B8F23097C70D73650FC85736C75584B93C6E986BFB00AEED1C17719FACFB03E979C360F903C0F259307F85DEDEAC1E384C563C80AC9825F397E82D99270E9291E4FFC9D0C7CCA53F4E23F7C51CA701B487C91E70ED93F1DA47BE7ECC88EC10841FB561E88886916F325CB4C0ECD41041C27852916DCA8BA2A22561390542F20C0A0AAC60B4CA529AE5454E298AD684A745017C4BD37599E609C9F036F8F8F2077668B3E1',NULL,NULL);
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
INSERT INTO "ledger_runs" VALUES('20261128T112415Z-ce9045','p','plan','succeeded','2026-11-28T11:24:15.401985Z','2026-11-28T11:24:16.364912Z','http://verboice.test',1,'Clinic','444e935e1a465e2a',NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": [], "again": "", "dry_run": false, "dropped": false}','{"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}','{"get": 13, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}','{"run_id": "20261128T112415Z-ce9045", "pipeline": "p", "kind": "plan", "status": "succeeded", "started_at": "2026-11-28T11:24:15Z", "finished_at": "2026-11-28T11:24:16Z", "project": {"id": 1, "name": "Clinic"}, "rows": {"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}, "variables_changed": 0, "requests": {"get": 13, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}, "plan": {"checksum": "444e935e1a465e2a", "changes": 12, "violations": []}, "reports": {"workbook": ".verboice-sync/runs/20261128T112415Z-ce9045/people.result.xlsx", "html": ".verboice-sync/runs/20261128T112415Z-ce9045/report.html", "summary": ".verboice-sync/runs/20261128T112415Z-ce9045/summary.json", "plan": ".verboice-sync/runs/20261128T112415Z-ce9045/plan.json"}}','');
INSERT INTO "ledger_runs" VALUES('20261128T112418Z-9c4aa7','p','apply','running','2026-11-28T11:24:18.552732Z',NULL,'http://verboice.test',NULL,NULL,NULL,NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": ["/srv/clinic/plan.json"], "again": "", "dry_run": false, "dropped": false}','{}','{}','{}','');
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
CREATE INDEX ledger_runs_by_pipeline ON ledger_runs (pipeline, started_at);
CREATE INDEX ledger_calls_by_time ON ledger_calls (pipeline, asked_at);
COMMIT;
