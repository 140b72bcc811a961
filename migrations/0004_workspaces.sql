-- The projects that a member is limited to, as a JSON list; '' for all.
ALTER TABLE members ADD COLUMN projects TEXT NOT NULL DEFAULT '';

-- Who is asked to join. Only the SHA-256 of the link's secret is kept.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    projects TEXT NOT NULL DEFAULT '',
    hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX invitations_workspace ON invitations (workspace_id, created_at);

-- What was done, by whom, from where; rows are only ever added.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    actor TEXT NOT NULL,
    origin TEXT NOT NULL,
    deed TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- What it was before and is afterwards, in short.
    detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audit_workspace ON audit (workspace_id, at);
