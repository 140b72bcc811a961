-- What a project is filed under, and who sees to it (an account's id, or '').
ALTER TABLE projects ADD COLUMN client TEXT NOT NULL DEFAULT '';
ALTER TABLE projects ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE projects ADD COLUMN owner TEXT NOT NULL DEFAULT '';
-- The newest result in short (JSON), so that lists need not read results; '' before the first.
ALTER TABLE projects ADD COLUMN brief TEXT NOT NULL DEFAULT '';

-- What a person says about a check that no scan can judge: the newest answer.
CREATE TABLE attestations (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    check_id TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- 1 once the newest result was judged again after its end.
    settled BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, check_id)
);
-- An open finding that somebody answers for.
CREATE TABLE excuses (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    check_id TEXT NOT NULL,
    body TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    settled BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (project_id, check_id)
);
CREATE INDEX attestations_end ON attestations (settled, expires_at);
CREATE INDEX excuses_end ON excuses (settled, expires_at);

-- Files that show something. The bytes lie in the data folder under the id.
CREATE TABLE files (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    check_id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    author TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX files_project ON files (project_id, check_id);

-- A question put to somebody by mail. Only the SHA-256 of the link's secret is kept.
CREATE TABLE asks (
    hash TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    check_id TEXT NOT NULL,
    email TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX asks_project ON asks (project_id, check_id);

-- What was changed: written by itself from fixes and differences, and by hand.
CREATE TABLE changes (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    -- Where it comes from: a scan's id, a person's address.
    source TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX changes_project ON changes (project_id, at);

-- A list with its filters under a name.
CREATE TABLE views (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    query TEXT NOT NULL
);
CREATE INDEX views_account ON views (workspace_id, account_id);

-- When a project is scanned by itself.
CREATE TABLE schedules (
    project_id TEXT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- daily, weekly, monthly, or five fields of cron.
    rhythm TEXT NOT NULL,
    zone TEXT NOT NULL,
    next_at BIGINT NOT NULL,
    -- Why it rests: '' while it does not.
    paused TEXT NOT NULL DEFAULT ''
);
CREATE INDEX schedules_due ON schedules (paused, next_at);

-- The interval of the score in tenths, -1 before there is one.
ALTER TABLE scans ADD COLUMN low BIGINT NOT NULL DEFAULT -1;
ALTER TABLE scans ADD COLUMN high BIGINT NOT NULL DEFAULT -1;
-- Whether a scan was asked for by a person or by the clock.
ALTER TABLE scans ADD COLUMN scheduled BIGINT NOT NULL DEFAULT 0;

-- What a member wants to be told about a project ('' for all others): change, weekly, monthly, off.
CREATE TABLE subscriptions (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL DEFAULT '',
    mode TEXT NOT NULL,
    PRIMARY KEY (workspace_id, account_id, project_id)
);
-- From and to which hour nothing is mailed ('22-7', or ''), and when the next digests are due (0 for never).
ALTER TABLE members ADD COLUMN quiet TEXT NOT NULL DEFAULT '';
ALTER TABLE members ADD COLUMN weekly_due BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN monthly_due BIGINT NOT NULL DEFAULT 0;
CREATE INDEX members_weekly ON members (weekly_due);
CREATE INDEX members_monthly ON members (monthly_due);
-- The address that ends such mail at one click (RFC 8058), or ''.
ALTER TABLE outbox ADD COLUMN unsubscribe TEXT NOT NULL DEFAULT '';

-- Where events go. Address and key are sealed.
CREATE TABLE channels (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- '' for every project.
    project_id TEXT NOT NULL DEFAULT '',
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed TEXT NOT NULL,
    -- Kinds of events, a JSON list.
    rules TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Why it was switched off, '' while it is on.
    off TEXT NOT NULL DEFAULT ''
);
CREATE INDEX channels_workspace ON channels (workspace_id);

-- One event to one channel; a second of the same event is not written.
CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    channel_id TEXT NOT NULL REFERENCES channels (id) ON DELETE CASCADE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'waiting',
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- What the other side last said, in short.
    answer TEXT NOT NULL DEFAULT '',
    took_ms BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX deliveries_once ON deliveries (channel_id, event);
CREATE INDEX deliveries_due ON deliveries (status, due_at);
CREATE INDEX deliveries_channel ON deliveries (channel_id, created_at);

-- The secret address of a calendar of what ends, as SHA-256; one a member.
ALTER TABLE members ADD COLUMN calendar TEXT NOT NULL DEFAULT '';
CREATE INDEX members_calendar ON members (calendar);

-- A table that people keep: access, secrets (names and places, never values), recovery …
CREATE TABLE documents (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    word TEXT NOT NULL,
    rows_json TEXT NOT NULL,
    author TEXT NOT NULL,
    at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (project_id, word)
);

-- A frozen pack of everything, made once and signed by the founder. The ZIP lies in the data folder.
CREATE TABLE packs (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    scan_id TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    author TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- Name and address of who signed, and when; '' and 0 before.
    signed_name TEXT NOT NULL DEFAULT '',
    signed_by TEXT NOT NULL DEFAULT '',
    signed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX packs_project ON packs (project_id, at);

-- What the owners say on every report.
ALTER TABLE workspaces ADD COLUMN words TEXT NOT NULL DEFAULT '';

-- A sprint on a project; one at a time is open.
CREATE TABLE sprints (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    body TEXT NOT NULL,
    -- 0 while it runs.
    closed_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX sprints_one_open ON sprints (project_id) WHERE closed_at = 0;
