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
INSERT INTO "ledger_calls" VALUES('20261128T112000Z-40e0a3',2,'http://verboice.test','p','500f5a5ec13a5dd93c4236ae68dbce8cf5e951eea9c61bfff55fa7067d7f2b74',0,'','855127000000','855127000000','queued',1,1,'2026-11-28T11:20:01.531543Z','2026-11-28T11:20:01.585938Z','','','queued','',NULL,NULL,NULL,NULL);
INSERT INTO "ledger_calls" VALUES('20261128T112000Z-40e0a3',3,'http://verboice.test','p','b24aea116dc24977860991d65ea6d2abaca4f22be9f265e195671d8e0870fadb',0,'','855127000001','855127000001','queued',1,2,'2026-11-28T11:20:01.587871Z','2026-11-28T11:20:01.640319Z','','','queued','',NULL,NULL,NULL,NULL);
INSERT INTO "ledger_calls" VALUES('20261128T112000Z-40e0a3',4,'http://verboice.test','p','3773715a9bbd596f39edb7ccc4dc82e681be36981cfa55a04ae89406e80b8c5b',0,'','855127000002','855127000002','queued',1,3,'2026-11-28T11:20:01.640841Z','2026-11-28T11:20:01.693380Z','','','queued','',NULL,NULL,NULL,NULL);
INSERT INTO "ledger_calls" VALUES('20261128T112000Z-40e0a3',5,'http://verboice.test','p','5e3f01825fd225492a3692557826283743b8a127d90eaaea5f933bcf9706f343',0,'','855127000003','855127000003','sending',1,NULL,'2026-11-28T11:20:01.693920Z',NULL,'','','','',NULL,NULL,NULL,NULL);
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
INSERT INTO "ledger_leases" VALUES('call:p','20261128T112000Z-40e0a3','office/24046/458903',1,'2026-11-28T11:21:00.566489Z');
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
INSERT INTO "ledger_runs" VALUES('20261128T112000Z-40e0a3','p','call','running','2026-11-28T11:20:00.401349Z',NULL,'http://verboice.test',NULL,NULL,NULL,NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": [], "again": "", "dry_run": false, "dropped": false}','{}','{}','{}','');
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
