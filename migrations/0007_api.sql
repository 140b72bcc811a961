-- Secrets of programs. Only the SHA-256 is kept; `shown` is the beginning, to recognise one by.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- '' for the whole workspace.
    project_id TEXT NOT NULL DEFAULT '',
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    shown TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- 0 for never.
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX tokens_workspace ON tokens (workspace_id, created_at);

-- Answers to creations, so that one that is sent again is not done again.
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    -- SHA-256 of the request.
    request TEXT NOT NULL,
    status BIGINT NOT NULL DEFAULT 0,
    body TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
