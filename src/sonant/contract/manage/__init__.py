"""Projects and what belongs to them: options, bodies, replies and operations of `/v1/projects`."""
