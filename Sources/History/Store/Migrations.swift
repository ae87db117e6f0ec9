import GRDB

/// The steps by which the database came to its present form. A step that was published is never changed; new ones are added.
enum Migrations {
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 runs") { try $0.execute(sql: runs) }
    migrator.registerMigration("2 full-text search") { try $0.execute(sql: search) }
    migrator.registerMigration("3 audit") { try $0.execute(sql: audit) }
    migrator.registerMigration("4 grants") { try $0.execute(sql: grants) }
    migrator.registerMigration("5 other settings") { try $0.execute(sql: "ALTER TABLE runs ADD COLUMN settings TEXT") }
    migrator.registerMigration("6 negative as typed") {
      try $0.execute(sql: "ALTER TABLE runs ADD COLUMN typed_negative TEXT")
    }
    migrator.registerMigration("7 hashes of inputs") {
      try $0.execute(sql: "ALTER TABLE runs ADD COLUMN input_hashes TEXT")
    }
    migrator.registerMigration("5 reports") { try $0.execute(sql: reports) }
    migrator.registerMigration("7 tokens") { try $0.execute(sql: tokens) }
    migrator.registerMigration("8 jobs") { try $0.execute(sql: jobs) }
    migrator.registerMigration("9 picture filter") { try $0.execute(sql: "ALTER TABLE runs ADD COLUMN nudity REAL") }
    return migrator
  }()

  private static let runs = """
    CREATE TABLE runs (
      number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, order_id TEXT,
      started_at INTEGER NOT NULL, finished_at INTEGER, user_id INTEGER NOT NULL, user_name TEXT NOT NULL,
      role TEXT NOT NULL, host_name TEXT NOT NULL, process_id INTEGER, process_mark TEXT, version TEXT NOT NULL,
      prompt TEXT NOT NULL, typed_prompt TEXT, negative TEXT NOT NULL, style TEXT, aspect TEXT,
      width INTEGER, height INTEGER, model TEXT, model_path TEXT, model_hash TEXT, sampler TEXT, schedule TEXT,
      spacing TEXT, steps INTEGER, guidance REAL, seed INTEGER, clip_skip INTEGER, rng TEXT, prompt_syntax TEXT,
      strength REAL, reference_path TEXT, reference_hash TEXT,
      outcome TEXT NOT NULL CHECK (outcome IN ('painted', 'refused', 'failed', 'interrupted', 'running')),
      exit_status INTEGER, error TEXT, decision TEXT, category TEXT, score REAL, verdict TEXT,
      output_path TEXT, output_bytes INTEGER, output_hash TEXT, pixel_hash TEXT,
      load_seconds REAL, encode_seconds REAL, sample_seconds REAL, decode_seconds REAL, write_seconds REAL,
      peak_memory INTEGER, batch_id TEXT, job_key TEXT, queued_at INTEGER, redo_of TEXT,
      rating INTEGER CHECK (rating BETWEEN 1 AND 5), flags TEXT);
    CREATE INDEX runs_by_time ON runs(started_at);
    CREATE INDEX runs_unfinished ON runs(number) WHERE outcome = 'running';
    CREATE INDEX runs_unpainted ON runs(outcome, started_at) WHERE outcome <> 'painted';
    CREATE INDEX runs_by_user ON runs(user_id, started_at);
    CREATE INDEX runs_by_style ON runs(style, started_at) WHERE style IS NOT NULL;
    CREATE INDEX runs_by_model ON runs(model, started_at);
    CREATE INDEX runs_by_batch ON runs(batch_id) WHERE batch_id IS NOT NULL;
    CREATE INDEX runs_redone ON runs(redo_of) WHERE redo_of IS NOT NULL;
    CREATE INDEX runs_judged ON runs(started_at) WHERE rating IS NOT NULL OR flags IS NOT NULL;
    CREATE INDEX runs_by_output ON runs(output_hash) WHERE output_hash IS NOT NULL;
    """

  /// The index holds words only; the texts stay in `runs`.
  private static let search = """
    CREATE VIRTUAL TABLE runs_text USING fts5(
      prompt, negative, style, model, content='runs', content_rowid='number', tokenize='unicode61 remove_diacritics 2');
    CREATE TRIGGER runs_text_added AFTER INSERT ON runs BEGIN
      INSERT INTO runs_text(rowid, prompt, negative, style, model)
      VALUES (new.number, new.prompt, new.negative, new.style, new.model);
    END;
    CREATE TRIGGER runs_text_removed AFTER DELETE ON runs BEGIN
      INSERT INTO runs_text(runs_text, rowid, prompt, negative, style, model)
      VALUES ('delete', old.number, old.prompt, old.negative, old.style, old.model);
    END;
    CREATE TRIGGER runs_text_changed AFTER UPDATE OF prompt, negative, style, model ON runs
    WHEN old.prompt <> new.prompt OR old.negative <> new.negative OR old.style IS NOT new.style OR old.model IS NOT new.model
    BEGIN
      INSERT INTO runs_text(runs_text, rowid, prompt, negative, style, model)
      VALUES ('delete', old.number, old.prompt, old.negative, old.style, old.model);
      INSERT INTO runs_text(rowid, prompt, negative, style, model)
      VALUES (new.number, new.prompt, new.negative, new.style, new.model);
    END;
    """

  /// Everything that a report counts, so that it need not read the runs themselves.
  private static let reports = """
    CREATE INDEX runs_report ON runs(
      started_at, outcome, finished_at, queued_at, output_bytes, user_id, user_name, model, style, category);
    """

  /// The triggers stand against accidents; against intent there is the chain of hashes.
  private static let audit = """
    CREATE TABLE audit (
      position INTEGER PRIMARY KEY, at INTEGER NOT NULL, user_id INTEGER NOT NULL, user_name TEXT NOT NULL,
      role TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL,
      previous TEXT NOT NULL, hash TEXT NOT NULL);
    CREATE TABLE audit_head (only INTEGER PRIMARY KEY CHECK (only = 1), position INTEGER NOT NULL, hash TEXT NOT NULL);
    CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
    CREATE TRIGGER audit_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit is only added to'); END;
    """

  private static let grants = """
    CREATE TABLE grants (
      kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'everyone')), subject_id INTEGER NOT NULL,
      subject_name TEXT NOT NULL, what TEXT NOT NULL, is_denied INTEGER NOT NULL DEFAULT 0,
      granted_by TEXT NOT NULL, granted_at INTEGER NOT NULL,
      PRIMARY KEY (kind, subject_id, what));
    """

  /// Who may ask over HTTP: tokens of programs, and the sessions of browsers. Secrets are kept as their SHA-256 alone.
  private static let tokens = """
    CREATE TABLE tokens (
      id TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE, kind TEXT NOT NULL CHECK (kind IN ('token', 'session')),
      parent TEXT REFERENCES tokens(id) ON DELETE CASCADE, name TEXT NOT NULL, user_id INTEGER NOT NULL,
      user_name TEXT NOT NULL, role TEXT, created_at INTEGER NOT NULL, created_by TEXT NOT NULL,
      expires_at INTEGER, last_used_at INTEGER, revoked_at INTEGER);
    CREATE INDEX tokens_by_parent ON tokens(parent) WHERE parent IS NOT NULL;
    """

  /// The queue of a server, and the pictures that people handed to it.
  private static let jobs = """
    CREATE TABLE jobs (
      number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, user_id INTEGER NOT NULL,
      user_name TEXT NOT NULL, token TEXT,
      state TEXT NOT NULL CHECK (state IN ('waiting', 'painting', 'done', 'stopped', 'refused', 'failed')),
      request TEXT NOT NULL, runs TEXT NOT NULL, answer TEXT, created_at INTEGER NOT NULL, finished_at INTEGER,
      process_id INTEGER NOT NULL, process_mark TEXT NOT NULL);
    CREATE INDEX jobs_open ON jobs(number) WHERE state IN ('waiting', 'painting');
    CREATE INDEX jobs_by_user ON jobs(user_id, user_name, number);
    CREATE TABLE uploads (
      id TEXT PRIMARY KEY, user_id INTEGER NOT NULL, user_name TEXT NOT NULL, width INTEGER NOT NULL,
      height INTEGER NOT NULL, bytes INTEGER NOT NULL, created_at INTEGER NOT NULL);
    CREATE INDEX uploads_by_user ON uploads(user_id, user_name, created_at);
    """
}
