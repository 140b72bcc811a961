-- One text for SQLite and Postgres: only TEXT and BIGINT, booleans as 0/1, times as epoch
-- milliseconds (0 for never), structures as JSON text, ids as UUIDv7 text ('' for none).

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE workspaces (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When a worker last took up one of its scans: the fair queue serves the longest waiting first.
    served_at BIGINT NOT NULL DEFAULT 0
);

-- Previews belong to nobody; they stand in a workspace without members.
INSERT INTO workspaces (id, name, created_at) VALUES ('preview', 'Previews', 0);

CREATE TABLE members (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    account_id TEXT NOT NULL REFERENCES accounts (id),
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, account_id)
);
CREATE INDEX members_account ON members (account_id);

CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    domain TEXT NOT NULL,
    hosts TEXT NOT NULL,
    sends_mail TEXT NOT NULL,
    dkim_selectors TEXT NOT NULL,
    -- Who declared to be entitled to test the site, when, and from which address.
    entitled_by TEXT NOT NULL DEFAULT '',
    entitled_at BIGINT NOT NULL DEFAULT 0,
    entitled_from TEXT NOT NULL DEFAULT '',
    archived_at BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX projects_workspace ON projects (workspace_id, archived_at, domain);

CREATE TABLE scans (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    project_id TEXT NOT NULL DEFAULT '',
    domain TEXT NOT NULL,
    target TEXT NOT NULL,
    status TEXT NOT NULL,
    queued_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL DEFAULT 0,
    finished_at BIGINT NOT NULL DEFAULT 0,
    lease_owner TEXT NOT NULL DEFAULT '',
    lease_until BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,
    progress TEXT NOT NULL DEFAULT '{}',
    error TEXT NOT NULL DEFAULT '',
    -- The judgement in short, for lists: score in tenths, coverage in thousandths.
    verdict TEXT NOT NULL DEFAULT '',
    score BIGINT NOT NULL DEFAULT -1,
    coverage BIGINT NOT NULL DEFAULT 0,
    blockers BIGINT NOT NULL DEFAULT 0,
    -- A keyed hash of the visitor's address, for the limit of previews.
    asked_from TEXT NOT NULL DEFAULT ''
);
CREATE INDEX scans_due ON scans (status, queued_at);
CREATE INDEX scans_project ON scans (workspace_id, project_id, queued_at);
CREATE INDEX scans_preview ON scans (workspace_id, domain, queued_at);
-- One scan at a time per project.
CREATE UNIQUE INDEX scans_one_active ON scans (project_id) WHERE project_id <> '' AND status IN ('queued', 'running');

CREATE TABLE results (
    scan_id TEXT PRIMARY KEY REFERENCES scans (id),
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    evidence TEXT NOT NULL,
    assessment TEXT NOT NULL
);

CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    data TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- Attempts that are limited: sign-ins and sign-ups.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    subject TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX attempts_subject ON attempts (subject, at);
