-- Who runs the instance, and who may sign in no longer (epoch milliseconds; 0 for everybody else).
ALTER TABLE accounts ADD COLUMN admin BIGINT NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN disabled_at BIGINT NOT NULL DEFAULT 0;

-- What a workspace may hold, as JSON; '' for the usual.
ALTER TABLE workspaces ADD COLUMN quotas TEXT NOT NULL DEFAULT '';
-- Evidence of older scans is forgotten after so many days; their results stay.
ALTER TABLE workspaces ADD COLUMN keep_days BIGINT NOT NULL DEFAULT 90;
-- Whether a result's evidence was forgotten.
ALTER TABLE results ADD COLUMN forgotten BIGINT NOT NULL DEFAULT 0;
