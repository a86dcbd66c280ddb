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
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',0,0,1,'age','1','100');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',1,1,2,'age','1','101');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',2,2,3,'age','1','102');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',3,3,4,'age','1','103');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',4,4,5,'age','1','104');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',5,5,6,'age','1','105');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',6,6,7,'age','1','106');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',7,7,8,'age','1','107');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',8,8,9,'age','1','108');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',9,9,10,'age','1','109');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',10,10,11,'age','1','110');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',11,11,12,'age','1','111');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',12,12,13,'age','1','112');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',13,13,14,'age','1','113');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',14,14,15,'age','1','114');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',15,15,16,'age','1','115');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',16,16,17,'age','1','116');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',17,17,18,'age','1','117');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',18,18,19,'age','1','118');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',19,19,20,'age','1','119');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',20,20,21,'age','1','120');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',21,21,22,'age','1','121');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',22,22,23,'age','1','122');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',23,23,24,'age','1','123');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',24,24,25,'age','1','124');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',25,25,26,'age','1','125');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',26,26,27,'age','1','126');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',27,27,28,'age','1','127');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',28,28,29,'age','1','128');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',29,29,30,'age','1','129');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',30,30,31,'age','1','130');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',31,31,32,'age','1','131');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',32,32,33,'age','1','132');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',33,33,34,'age','1','133');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',34,34,35,'age','1','134');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',35,35,36,'age','1','135');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',36,36,37,'age','1','136');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',37,37,38,'age','1','137');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',38,38,39,'age','1','138');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',39,39,40,'age','1','139');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',40,40,41,'age','1','140');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',41,41,42,'age','1','141');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',42,42,43,'age','1','142');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',43,43,44,'age','1','143');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',44,44,45,'age','1','144');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',45,45,46,'age','1','145');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',46,46,47,'age','1','146');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',47,47,48,'age','1','147');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',48,48,49,'age','1','148');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',49,49,50,'age','1','149');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',50,50,51,'age','1','150');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',51,51,52,'age','1','151');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',52,52,53,'age','1','152');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',53,53,54,'age','1','153');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',54,54,55,'age','1','154');
INSERT INTO "ledger_changes" VALUES('20261128T112433Z-f15aac',55,55,56,'age','1','155');
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
INSERT INTO "ledger_leases" VALUES('push:p','20261128T112433Z-f15aac','office/9128/486141',1,'2026-11-28T11:25:33.344018Z');
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
INSERT INTO "ledger_runs" VALUES('20261128T112433Z-f15aac','p','sync','running','2026-11-28T11:24:33.138531Z',NULL,'http://verboice.test',1,'Clinic','194a5a1d5a3724cb',NULL,NULL,'{"only": [], "limit": null, "approve": null, "fill_only": false, "guarded": true, "after_row": null, "given": [], "again": "", "dry_run": false, "dropped": false}','{}','{}','{}','');
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
INSERT INTO "ledger_scopes" VALUES(1,'http://verboice.test',1,'p',56,56,'2026-11-28T11:24:33.783885Z',NULL);
CREATE TABLE ledger_server_costs (
	server TEXT NOT NULL, 
	measure TEXT NOT NULL, 
	value DOUBLE NOT NULL, 
	samples BIGINT NOT NULL, 
	seen_at VARCHAR(27) NOT NULL, 
	PRIMARY KEY (server, measure)
);
INSERT INTO "ledger_server_costs" VALUES('http://verboice.test','listed',1.02070576784691583079e-03,56,'2026-11-28T11:24:33.715508Z');
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
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',0,'put',1,'855127000000',2,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',1,'put',2,'855127000001',3,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',2,'put',3,'855127000002',4,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',3,'put',4,'855127000003',5,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',4,'put',5,'855127000004',6,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',5,'put',6,'855127000005',7,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',6,'put',7,'855127000006',8,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',7,'put',8,'855127000007',9,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',8,'put',9,'855127000008',10,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',9,'put',10,'855127000009',11,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',10,'put',11,'855127000010',12,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',11,'put',12,'855127000011',13,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',12,'put',13,'855127000012',14,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',13,'put',14,'855127000013',15,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',14,'put',15,'855127000014',16,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',15,'put',16,'855127000015',17,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',16,'put',17,'855127000016',18,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',17,'put',18,'855127000017',19,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',18,'put',19,'855127000018',20,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',19,'put',20,'855127000019',21,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',20,'put',21,'855127000020',22,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',21,'put',22,'855127000021',23,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',22,'put',23,'855127000022',24,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',23,'put',24,'855127000023',25,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',24,'put',25,'855127000024',26,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',25,'put',26,'855127000025',27,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',26,'put',27,'855127000026',28,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',27,'put',28,'855127000027',29,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',28,'put',29,'855127000028',30,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',29,'put',30,'855127000029',31,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',30,'put',31,'855127000030',32,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',31,'put',32,'855127000031',33,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',32,'put',33,'855127000032',34,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',33,'put',34,'855127000033',35,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',34,'put',35,'855127000034',36,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',35,'put',36,'855127000035',37,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',36,'put',37,'855127000036',38,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',37,'put',38,'855127000037',39,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',38,'put',39,'855127000038',40,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',39,'put',40,'855127000039',41,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',40,'put',41,'855127000040',42,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',41,'put',42,'855127000041',43,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',42,'put',43,'855127000042',44,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',43,'put',44,'855127000043',45,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',44,'put',45,'855127000044',46,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',45,'put',46,'855127000045',47,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',46,'put',47,'855127000046',48,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',47,'put',48,'855127000047',49,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',48,'put',49,'855127000048',50,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',49,'put',50,'855127000049',51,'sending',1,'','2026-11-28T11:24:33.858364Z',NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',50,'put',51,'855127000050',52,'planned',0,'',NULL,NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',51,'put',52,'855127000051',53,'planned',0,'',NULL,NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',52,'put',53,'855127000052',54,'planned',0,'',NULL,NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',53,'put',54,'855127000053',55,'planned',0,'',NULL,NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',54,'put',55,'855127000054',56,'planned',0,'',NULL,NULL);
INSERT INTO "ledger_writes" VALUES('20261128T112433Z-f15aac',55,'put',56,'855127000055',57,'planned',0,'',NULL,NULL);
CREATE INDEX ledger_runs_by_pipeline ON ledger_runs (pipeline, started_at);
CREATE INDEX ledger_calls_by_time ON ledger_calls (pipeline, asked_at);
COMMIT;
