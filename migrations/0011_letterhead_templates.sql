-- The picture on reports, in base64, apart from what every page reads of a workspace.
CREATE TABLE logos (
    workspace_id TEXT PRIMARY KEY REFERENCES workspaces (id) ON DELETE CASCADE,
    -- image/png or image/jpeg.
    kind TEXT NOT NULL,
    body TEXT NOT NULL
);

-- How sprints of the workspace may begin, a JSON list.
ALTER TABLE workspaces ADD COLUMN templates TEXT NOT NULL DEFAULT '[]';
