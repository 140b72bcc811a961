-- Until when the address of a new account has to be confirmed; 0 for accounts from before.
ALTER TABLE accounts ADD COLUMN confirm_by BIGINT NOT NULL DEFAULT 0;

-- What happened at the door of an account, for its owner to read: sign-ins, failures, changes. The same
-- thing from the same place within a quarter of an hour is one row that counts.
CREATE TABLE security_log (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at BIGINT NOT NULL,
    deed TEXT NOT NULL,
    -- The network, not the address: 203.0.113.0/24, 2001:db8:1::/48.
    place TEXT NOT NULL,
    device TEXT NOT NULL,
    times BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX security_log_account ON security_log (account_id, at);

-- What a workspace keeps in the data folder is summed.
CREATE INDEX files_workspace ON files (workspace_id, at, size);
CREATE INDEX packs_workspace ON packs (workspace_id, at, size);
