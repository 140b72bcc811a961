-- What is under way, without reading every scan that ever was.
CREATE INDEX scans_busy ON scans (workspace_id, project_id) WHERE status IN ('queued', 'running');
