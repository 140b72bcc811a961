-- Read-only links to a project (its newest result) or to one scan. Only the SHA-256 of the secret is kept.
CREATE TABLE shares (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    -- '' for whatever is newest.
    scan_id TEXT NOT NULL DEFAULT '',
    label TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL DEFAULT '',
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- 0 for never.
    expires_at BIGINT NOT NULL,
    views BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX shares_project ON shares (project_id, created_at);

-- The public id of a project's badge; '' while it has none.
ALTER TABLE projects ADD COLUMN badge TEXT NOT NULL DEFAULT '';
CREATE INDEX projects_badge ON projects (badge);
-- Counts changes, for If-Match.
ALTER TABLE projects ADD COLUMN version BIGINT NOT NULL DEFAULT 1;

-- What is said about a finding of a project, whichever scan found it.
CREATE TABLE comments (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    check_id TEXT NOT NULL,
    author TEXT NOT NULL,
    text TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX comments_finding ON comments (project_id, check_id, at);

-- Who sees to a finding, and by when (YYYY-MM-DD, or '').
CREATE TABLE assignments (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    check_id TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    due TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (project_id, check_id)
);
CREATE INDEX assignments_account ON assignments (account_id);

-- A project that is offered to somebody else's workspace; one offer at a time.
CREATE TABLE handovers (
    project_id TEXT PRIMARY KEY REFERENCES projects (id) ON DELETE CASCADE,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    -- Who offers it, and whether they stay as a viewer of it.
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    stays BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
