-- How a workspace looks in lists, and in which zone its days begin (IANA).
ALTER TABLE workspaces ADD COLUMN colour BIGINT NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN zone TEXT NOT NULL DEFAULT 'UTC';
