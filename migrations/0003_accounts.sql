-- Mail is written in the transaction of what causes it, and sent by a worker. A cause is unique, so
-- one cause makes one mail. The text is blanked once it is sent: it holds links that work once.
CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    cause TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    html TEXT NOT NULL,
    -- waiting, sent or dead.
    status TEXT NOT NULL DEFAULT 'waiting',
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL DEFAULT 0,
    sent_at BIGINT NOT NULL DEFAULT 0,
    error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_due ON outbox (status, due_at);

-- When the address was confirmed; 0 for not yet. An unconfirmed address is no hindrance to its
-- owner: email_key then ends in '#' and the account's id, if another account came first.
ALTER TABLE accounts ADD COLUMN verified_at BIGINT NOT NULL DEFAULT 0;

-- When the account and what is its alone will be deleted; 0 for never.
ALTER TABLE accounts ADD COLUMN delete_at BIGINT NOT NULL DEFAULT 0;

-- Devices from which an account was signed in to before: SHA-256 of a random cookie.
CREATE TABLE known_devices (
    account_id TEXT NOT NULL REFERENCES accounts (id),
    hash TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, hash)
);

-- Links that work once: only their SHA-256 is kept. Kinds: verify, reset, email.
CREATE TABLE links (
    hash TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    -- The new address, for kind email.
    detail TEXT NOT NULL DEFAULT '',
    expires_at BIGINT NOT NULL
);
CREATE INDEX links_account ON links (account_id, kind);

-- Sessions are found by the SHA-256 of their id from now on, and know whose they are.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN account_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_account ON sessions (account_id);
