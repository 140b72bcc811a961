-- What the owner says beside domain and hosts (mail services, links, health paths, stack), as JSON,
-- and the DNS map that somebody approved, as JSON ('' for none).
ALTER TABLE projects ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
ALTER TABLE projects ADD COLUMN dns_map TEXT NOT NULL DEFAULT '';
