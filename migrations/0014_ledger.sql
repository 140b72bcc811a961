-- What each source brought, verbatim and never changed. The pieces with superseded_at = 0 are a project's ledger now; those
-- with stored_at <= m and (superseded_at = 0 or superseded_at > m) were its ledger at the moment m.
CREATE TABLE pieces (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    -- '' for a preview.
    project_id TEXT NOT NULL,
    -- The scan that brought it, or ''.
    scan_id TEXT NOT NULL,
    source TEXT NOT NULL,
    -- Which repository, monitor, account or question.
    slot TEXT NOT NULL,
    taken_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- The project's moments of its coming and of its end; 0 while it is the newest of its source and slot.
    stored_at BIGINT NOT NULL,
    superseded_at BIGINT NOT NULL DEFAULT 0,
    format BIGINT NOT NULL,
    tool TEXT NOT NULL,
    brought_by TEXT NOT NULL,
    -- 1 once the project was judged again after its end.
    settled BIGINT NOT NULL DEFAULT 0,
    -- 1 once its body was forgotten by the workspace's rule.
    forgotten BIGINT NOT NULL DEFAULT 0,
    -- The piece whose body this one's is compressed against, or ''.
    base TEXT NOT NULL DEFAULT '',
    -- As store/src/codec.rs writes it; empty where it is the same as the base's.
    body BLOB NOT NULL,
    -- Bytes of the body as JSON.
    size BIGINT NOT NULL
);
CREATE INDEX pieces_ledger ON pieces (project_id, superseded_at);
CREATE INDEX pieces_scan ON pieces (scan_id, stored_at) WHERE scan_id <> '';
CREATE INDEX pieces_end ON pieces (expires_at) WHERE superseded_at = 0 AND settled = 0;
CREATE INDEX pieces_base ON pieces (base) WHERE base <> '';

-- What was judged, each time anew. It rests on the ledger of its project at its moment.
CREATE TABLE assessments (
    id TEXT PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id) ON DELETE CASCADE,
    project_id TEXT NOT NULL,
    -- The scan whose evidence is part of it.
    scan_id TEXT NOT NULL,
    -- The project's moment.
    at BIGINT NOT NULL,
    -- When that evidence was taken; times in the texts are told from here.
    zero BIGINT NOT NULL,
    -- The source whose piece set it off.
    cause TEXT NOT NULL,
    base TEXT NOT NULL DEFAULT '',
    -- As readiness/src/stored.rs splits it.
    judged BLOB NOT NULL,
    details BLOB NOT NULL
);
CREATE INDEX assessments_scan ON assessments (scan_id, at);
CREATE INDEX assessments_project ON assessments (project_id, at);
CREATE INDEX assessments_base ON assessments (base) WHERE base <> '';

-- Counts up with every piece and judgement: epoch milliseconds, or one more than the last.
ALTER TABLE projects ADD COLUMN moment BIGINT NOT NULL DEFAULT 0;
-- When a piece waits to be judged together with others, epoch milliseconds; 0 while none does.
ALTER TABLE projects ADD COLUMN judge_due BIGINT NOT NULL DEFAULT 0;
CREATE INDEX projects_judge_due ON projects (judge_due) WHERE judge_due > 0;
