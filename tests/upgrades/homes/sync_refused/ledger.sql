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
INSERT INTO "ledger_leases" VALUES('push:p','20261128T111941Z-6fc933','office/23276/456984',1,'2026-11-28T11:19:42.328110Z');
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
INSERT INTO "ledger_plans" VALUES('444e935e1a465e2a','20261128T111941Z-6fc933','p','2026-11-28T11:19:41.529287Z',X'7801AD96516F9B3010C7DFFB2922A4BD2D09060221AFFB0A7B5A354517631237603363D27553BFFBCE36C424A23C74A9D4569CCFE7DFFDCF67FBEFD36211A84EEC7911EC164114462921D1F63B21244FC88F655AD23C8E83AFC6ADE10DABB860C6B171A63317765E538170965683EE5AE3D276943256B0E23AA0342BF6A0878596842CED523B92EF7031E75772C1DBD38C63D43B364ABE306AA2FD453AE4B32910838A1F026A0BFA0D89390DD0F86E9350F2D5D0F5531403C34FA27E56D71480906313451F670A0727414F208ED66DB009A9F7A5ECAC1A83ADE89A8A539C8CE1069B6286F966EA895566C1C1A3045EDD8C778232A5810BE374CDE3028AC3A162EDFE0E2650EC57C75A3DCAF2C88C4A24EEF99BCE7C0EEB1DBAEABCBF3535B21D7B50A8AAD104C5B4E2CC84F734B6FE5755E989D173DBD5E8122449C2F278C30824E98645608B8CF571D426CA55FC0B9715682E85B13EDB322EFA42D9921E3B5076B7D5F07B2F2F4CBD2AAE11C4A5655D2A5E73831EC4E197B17D284D40421CE843BFDBFF3F7B556AD0C8ED4A7F5519F7186A5C5B20EB88EA36528DC57D95EA7C90F28CAB8AAEAAFA68275D1BCD4616D4A306F5766BEC750B5698CD4172CA96ED9BA06B6CC876FD412FAECD9CD54B2B85DFD42D5318C0E47DD2BAD9ADD743B815EAA35D5F359DC2BADA9E306BF4C6BEA5F7256E3A337FADEBC6FC36077AF923E2764DA528F9B15D37AB37C0944C7AA3DAB92AB966C2016C2E0CD2379371944203D5EE70E93B13CD50148AB546D460BBD990280BEDCFB560C1B0B98D071C991F38B0522A0B4ABC114AED92C7E2BADADA56F77BA7E7EAF7FF3D97C79DE61AADF4692E32C7950C1BF8562F8F3BCD1579053ECD15CD716DA6B93CEE3497BB2D6C3B7E9A2B9EE34AA7B93CEE3457F200BD9239AE6C9ACBE34E736D1EC0B599E3DA4E7379DC69AEF4015CE91C573ECDE571A7B9B2077065735CA4BF1AEF0F0ACF3B0DB67D00D87616CC1FA1B727AB079E26CB1F4096CF92F943F496CC134F9291F0FFC93086BDC8A70FFDE1D5735FCCE1D5F1D175441E70EC630C47867FDDEBC13CB6F0527B765FEE69397A5CB40CCCAB21088B0D844594A634C97342320006590E61CAE2022F4B52E4B48C28836D12A5101F687E806C1B171066715A94B4089EDE9FFE01A8DACC8D',NULL,NULL);
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
INSERT INTO "ledger_runs" VALUES('20261128T111941Z-6fc933','p','sync','refused','2026-11-28T11:19:41.529287Z','2026-11-28T11:19:42.333603Z','http://verboice.test',1,'Clinic','444e935e1a465e2a',NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": [], "again": "", "dry_run": false, "dropped": false}','{"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}','{"get": 13, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}','{"run_id": "20261128T111941Z-6fc933", "pipeline": "p", "kind": "sync", "status": "refused", "started_at": "2026-11-28T11:19:41Z", "finished_at": "2026-11-28T11:19:42Z", "project": {"id": 1, "name": "Clinic"}, "rows": {"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}, "variables_changed": 0, "requests": {"get": 13, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}, "plan": {"checksum": "444e935e1a465e2a", "changes": 12, "violations": [{"guard": "max_overwrites", "limit": "30%", "found": "100%"}]}, "reports": {"workbook": ".verboice-sync/runs/20261128T111941Z-6fc933/people.result.xlsx", "html": ".verboice-sync/runs/20261128T111941Z-6fc933/report.html", "summary": ".verboice-sync/runs/20261128T111941Z-6fc933/summary.json", "plan": ".verboice-sync/runs/20261128T111941Z-6fc933/plan.json"}}','Refused by the guard, nothing was sent: 12 of 12 contacts would have a value replaced; the limit is 30%. If the plan is right, run the same command with --approve 444e935e1a465e2a');
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
