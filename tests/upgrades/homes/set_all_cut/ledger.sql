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
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,0,1,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,1,2,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,2,3,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,3,4,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,4,5,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,5,6,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,6,7,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,7,8,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,8,9,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,9,10,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,10,11,'favorite color','blue','red');
INSERT INTO "ledger_changes" VALUES('20261128T111958Z-bed53e',0,11,12,'favorite color','blue','red');
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
INSERT INTO "ledger_leases" VALUES('push:p','20261128T111958Z-bed53e','office/23884/458683',2,'2026-11-28T11:20:58.276892Z');
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
INSERT INTO "ledger_plans" VALUES('7f87ecbade020a16','20261128T111956Z-f3b1bd','p','2026-11-28T11:19:56.627674Z',X'7801BD96C18EDB201086EFFB1496CF9B8D71123BC9B5AFD053AB2AC278D89038E002CE2A5DEDBB77C0768857B4EAA58E64451E0FC3C7FC33C0FB5392A4BA930751A7FB24CDB3BC2024DF7E2584EC36C5B7055F55A4AAD367E7D68A161A21C139B6BDE92CA41FD73654F61663A9ED8C73311D6300350CA3F183B6501FA81D275A10B2F053EDC96E8F93F501B890C21CFFE2580E8EAD5627602EDA3BD2219F5F0271A8F822E9C5837E4162C152347EF84568F5E6E886211AA8E327F930AA6B6B8A908F26863EBD291B9D243B52F9EADD469B54F6C055E7B331DAEAAE6D04C3C1186EB46970CC93A14768DC84A307A7A2997CEF24036DA990CEE9BE8E2BD582560D98C3279854C3CF0E8C7D58E52BB82C8D6B6C3BF7364E5775CDF93035B5CA3C7A30DA340F0334582DC0450F305EFE7B52D911D8D9741774494BBE2D8155B4862CCF2829BCC6284F0FEDA2DC737F15AAA15628E9ACDFBD8AC9A09357F4B5A3DA179B017B704CBD1CFE5B232EC231A759F226EC517536A12D16C8954EDC46855292278AE3D40953D25266CD7342925A700E1AA44D7018A6D0158DFB7DF8FF1F83FA176A71817D89DCD5C0A9508B8B27F78EA842ABF4A3086F4A9F2BA5CE4829BBA619A21DEDC525F7C18289BB507D9B1A8704A72F57D095120C16E626D9121BD72CFFD0B34B37E6E564940CC56F40630097A7A3B5ED7EB91CC3BD58AC98BEFFDA4E6301F8DEC1442FC644DFBBFFC0B13E5D88A5BDB4EEB99DEC29AF7ED925E6928B57B36C5F6E1457E556F8A073AF68DF77F801FB10830C35E91C7B21FA7D68686234D3BAD6605C5ED3ED6643F232F3BFBBF6E9D807CE83D3ABD2C202AADA281D7C2AE04A7BE60A750D76CA6D9F0D8D7A7A91FD1E11AA6EA05C8D9536A50CF0714A12669A83721DA70CF071CA7C5ECA4D9C32C0C72957F3521671CA001FA75CCF4B59C629037C9C72332FE5364E19E0E394E351819BC01CDDB38B5306F83865396F2EC9706C7FDE30037D1C733B3366D8C0A7FB7AC08F73EE66E60C5BF89433F0473949363367D8C4A79C813FCEF9FF8E203C2EFB8B8EBB40E2E1FBE978FF9796F5B72C776E87E3F71EB5BF753FDCA70CE0550E7DD99AE76559ACD6A4E41C1FB6A6148ACDAE80AC58ED78C657505575B6632B42ABB2ACD1719BD719DDE54551704AD3A78FA7DFAEC93DF1','20261128T111958Z-bed53e','2026-11-28T11:19:58.640738Z');
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
INSERT INTO "ledger_runs" VALUES('20261128T111956Z-f3b1bd','p','set-all','refused','2026-11-28T11:19:56.627674Z','2026-11-28T11:19:57.134276Z','http://verboice.test',1,'Clinic','7f87ecbade020a16',NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": ["favorite color=red"], "again": "", "dry_run": false, "dropped": false}','{"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}','{"get": 2, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}','{"run_id": "20261128T111956Z-f3b1bd", "pipeline": "p", "kind": "set-all", "status": "refused", "started_at": "2026-11-28T11:19:56Z", "finished_at": "2026-11-28T11:19:57Z", "project": {"id": 1, "name": "Clinic"}, "rows": {"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}, "variables_changed": 0, "requests": {"get": 2, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}, "plan": {"checksum": "7f87ecbade020a16", "changes": 12, "violations": [{"guard": "set_all", "limit": "0 without approval", "found": "12 of 12 contacts, 1 different values"}]}, "reports": {"workbook": ".verboice-sync/runs/20261128T111956Z-f3b1bd/contacts.result.xlsx", "html": ".verboice-sync/runs/20261128T111956Z-f3b1bd/report.html", "summary": ".verboice-sync/runs/20261128T111956Z-f3b1bd/summary.json", "plan": ".verboice-sync/runs/20261128T111956Z-f3b1bd/plan.json"}}','Refused by the guard, nothing was sent: It would replace values of 12 of 12 contacts, 1 different values. If the plan is right, run the same command with --approve 7f87ecbade020a16');
INSERT INTO "ledger_runs" VALUES('20261128T111958Z-bed53e','p','set-all','running','2026-11-28T11:19:58.243803Z',NULL,'http://verboice.test',1,'Clinic','7f87ecbade020a16','ana',NULL,'{"only": [], "limit": null, "approve": "7f87ecbade020a16", "fill_only": false, "guarded": true, "after_row": null, "given": ["favorite color=red"], "again": "", "dry_run": false, "dropped": false}','{}','{}','{}','');
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
INSERT INTO "ledger_scopes" VALUES(1,'http://verboice.test',1,'p',12,NULL,'2026-11-28T11:19:58.633575Z','1970-01-01T00:00:00.000000Z');
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
INSERT INTO "ledger_writes" VALUES('20261128T111958Z-bed53e',0,'bulk',NULL,'',NULL,'sending',1,'','2026-11-28T11:19:58.647130Z',NULL);
CREATE INDEX ledger_runs_by_pipeline ON ledger_runs (pipeline, started_at);
CREATE INDEX ledger_calls_by_time ON ledger_calls (pipeline, asked_at);
COMMIT;
