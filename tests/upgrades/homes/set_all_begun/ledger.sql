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
INSERT INTO "ledger_leases" VALUES('push:p','20261128T112430Z-d91e48','office/8960/485804',2,'2026-11-28T11:25:30.472084Z');
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
INSERT INTO "ledger_plans" VALUES('7f87ecbade020a16','20261128T112427Z-46ff08','p','2026-11-28T11:24:27.128352Z',X'7801BD97C18EDA301086EFFB1451CE0B894348806B5FA1A75615721C1BBC24766A3B505AEDBB77EC2498AC5C692F0D122026E3F1E7F9676CF3E7258A62D58B23AFE343146769562094EDBEC2479E95DF5679C158BA8B5FAD5BC73BDA7041AD6337982E5CB8715D83C560D1069B5E5B17DD1342694DEBC70365687DC4669A6885D0CA4D75C8F2034C36F8312EB83E7FC2B153F28D121BED0FD0019F5B02B2A8F043E0D6817E01624E6230BEBB452879B374E31045B1E547D938AAEF6A0C90CF26023E83299D9C04396371726E934D487364B277D9986C75DF359CC0600837D914B5CCB3A167DAD809270F8679337BDE0B4295C15C58A7C73AAE58715C35541F3FC0C48AFEECA9364FAB3C519BA5698D5D6F7F4DD3557D7339CE4D9DD4CF1E0437CDD300458DE2D446F7304EFE4752C999928BEE5B70894BB62B29A9704DD32CC5A8701A833C03B48DF2C8FD95CB061B2E85B57E772A46A34E4ED1538F952B364DCDD1320D72B8670D6FB9658ED3E8C6CD59F626C21D14C815CFDC268562944592C1D41191C26062F46B84A29A3346151526826190425B34F6F5EEBE7F8CEAB7D8C002871279A801538116AD23778EA04227D5B30837A92E959417A0147DD38CD1CEA6B5C97DB240E25AACEE73E398E0787DA5AA929CD095BE0B9240E3EAE41F3D9BD831EB372D852F7E4D1504B0793A1BD31D92640AB736503143FF75BD820270BD03895E4D897E74FF91417DDA1089693BFBBEE5BFEFB2FD754C20978C9F74D2ADEF18566557F8A4F3A0E8D077F000FA10828C35691D0721867D686C6230E3BA5654DBBCC6BBED166565EA5E0FEDE3A90FAC07C357A9B8A1A06A2395F7A92893CA3157A0ABB76366866C28D0D389ECF6085F7523E566AAB439A5870F53223FD312947998D2C38729B36529B7614A0F1FA6DC2C4B5984293D7C98325F96B20C537AF830E57659CA5D98D2C38729A7A302368125BA671FA6F4F061CA72D95CA2F1D8FEB8617AFA30E67083B387D922C9447E039FEFEB1E3FCCB95F389D7E0B9F737AFE20274A17E6F49BF89CD3F38739FFDF1104C7E570D1B11748387C3F1CEF9F695977CBB2E7B63F7E1F51875BF7D37D4A53B8CA816FB9CB8B9A6538A3555630B4C9F34DBDDF6C70BDDB6D71B1853F1C04C13F969A54152AF75991E394158810B64569BE67FBF8E5FDE52FD17F3D3F',NULL,NULL);
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
INSERT INTO "ledger_runs" VALUES('20261128T112427Z-46ff08','p','set-all','refused','2026-11-28T11:24:27.128352Z','2026-11-28T11:24:27.782190Z','http://verboice.test',1,'Clinic','7f87ecbade020a16',NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": ["favorite color=red"], "again": "", "dry_run": false, "dropped": false}','{"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}','{"get": 2, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}','{"run_id": "20261128T112427Z-46ff08", "pipeline": "p", "kind": "set-all", "status": "refused", "started_at": "2026-11-28T11:24:27Z", "finished_at": "2026-11-28T11:24:27Z", "project": {"id": 1, "name": "Clinic"}, "rows": {"read": 12, "updated": 12, "created": 0, "unchanged": 0, "not_found": 0, "duplicate": 0, "rejected": 0, "held": 0, "failed": 0, "uncertain": 0}, "variables_changed": 0, "requests": {"get": 2, "put": 0, "bulk_put": 0, "post": 0, "call": 0, "retries": 0}, "plan": {"checksum": "7f87ecbade020a16", "changes": 12, "violations": [{"guard": "set_all", "limit": "0 without approval", "found": "12 of 12 contacts, 1 different values"}]}, "reports": {"workbook": ".verboice-sync/runs/20261128T112427Z-46ff08/contacts.result.xlsx", "html": ".verboice-sync/runs/20261128T112427Z-46ff08/report.html", "summary": ".verboice-sync/runs/20261128T112427Z-46ff08/summary.json", "plan": ".verboice-sync/runs/20261128T112427Z-46ff08/plan.json"}}','Refused by the guard, nothing was sent: It would replace values of 12 of 12 contacts, 1 different values. If the plan is right, run the same command with --approve 7f87ecbade020a16');
INSERT INTO "ledger_runs" VALUES('20261128T112430Z-d91e48','p','set-all','running','2026-11-28T11:24:30.358969Z',NULL,'http://verboice.test',NULL,NULL,NULL,NULL,NULL,'{"only": [], "limit": null, "approve": "7f87ecbade020a16", "fill_only": false, "guarded": true, "after_row": null, "given": ["favorite color=red"], "again": "", "dry_run": false, "dropped": false}','{}','{}','{}','');
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
